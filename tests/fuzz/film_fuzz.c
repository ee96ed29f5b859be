/*
 * Promise: whatever bytes are sent as a film, the walk over its boxes stays within them and ends; what passes is given to agents at its own
 * length, passes again, and has nothing more to take away (SEC-E6).
 */
#include <assert.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/limits.h"
#include "checker/film.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(bytes film, struct arena *arena)
{
    bytes clean, again;
    size_t end = 0;
    status stripped = film_strip(film, arena, &clean);
    assert(ok(stripped) && clean.len == film.len);
    assert(film_check(clean, &end) == PASSED && end == clean.len);
    stripped = film_strip(clean, arena, &again);
    assert(ok(stripped) && bytes_equal(clean, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const bytes film = bytes_of(data, size);
    struct arena arena;
    size_t end = 0;
    if (size == 0 || size > LIMIT_UPLOAD_BYTES || film_check(film, &end) != PASSED) {
        return 0;
    }
    arena_init(&arena, 2 * size + 4096);
    look(film, &arena);
    arena_fini(&arena);
    return 0;
}
