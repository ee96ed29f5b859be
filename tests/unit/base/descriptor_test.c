/* Promise: what is read is whole and no longer than it may be; what is written is whole, or said not to be. */
#include "base/descriptor.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/cm.h"

enum { LARGE = 300000, ARENA_CAP = 4 * 1024 * 1024 };

static uint8_t large[LARGE];

struct piped {
    int ends[2];
    bytes content;
    bool written;
};

static void *write_and_close(void *ctx)
{
    struct piped *piped = ctx;
    piped->written = descriptor_write_all(piped->ends[1], piped->content);
    (void)close(piped->ends[1]);
    return NULL;
}

/* Through a pipe, which holds less than is written. */
static status through(bytes content, size_t most, struct arena *arena, bytes *ret_read)
{
    struct piped piped = {.content = content};
    pthread_t writer;
    assert_int_equal(pipe(piped.ends), 0);
    assert_int_equal(pthread_create(&writer, NULL, write_and_close, &piped), 0);
    status s = descriptor_read_all(piped.ends[0], arena, most, ret_read);
    (void)close(piped.ends[0]); /* frees a writer whose rest is not read */
    assert_int_equal(pthread_join(writer, NULL), 0);
    assert_true(piped.written || !ok(s));
    return s;
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 65535, 65536, 65537, LARGE};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct arena arena;
        bytes content;
        arena_init(&arena, ARENA_CAP);
        assert_ok(through(bytes_of(large, sizes[i]), sizes[i], &arena, &content));
        assert_int_equal(content.len, sizes[i]);
        assert_int_equal(memcmp(content.ptr, large, sizes[i]), 0);
        arena_fini(&arena);
    }
}

static void one_byte_too_many_is_too_much(void **state)
{
    (void)state;
    struct arena arena;
    bytes content;
    arena_init(&arena, ARENA_CAP);
    assert_reason(through(bytes_of(large, LARGE), LARGE - 1, &arena, &content), ARENA_FULL);
    arena_fini(&arena);
}

static void what_cannot_be_is_said(void **state)
{
    (void)state;
    struct arena arena;
    bytes content;
    int ends[2];
    arena_init(&arena, ARENA_CAP);
    assert_reason(descriptor_read_all(-1, &arena, LARGE, &content), FILE_UNREADABLE);
    assert_int_equal(pipe(ends), 0);
    (void)close(ends[0]);
    assert_false(descriptor_write_all(ends[1], bytes_str("nobody reads")));
    (void)close(ends[1]);
    arena_fini(&arena);
}

int main(void)
{
    (void)signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < LARGE; i++) {
        large[i] = (uint8_t)(i * 7 + i / 251);
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(one_byte_too_many_is_too_much),
        cmocka_unit_test(what_cannot_be_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
