#include "service/text_fill.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* The value of a place at TEXT, NULL when it is none. */
static const char *place_at(const char *text, const char *const *values, size_t count)
{
    bool place = text[0] == '{' && text[1] >= '1' && text[1] <= '9' && text[2] == '}';
    if (!place) {
        return NULL;
    }
    size_t index = (size_t)(text[1] - '1');
    assert(index < count);
    return values[index];
}

/* Into OUT when it is not NULL; the length either way. */
static size_t fill(const char *pattern, const char *const *values, size_t count, char *out)
{
    size_t len = 0;
    while (*pattern != '\0') {
        const char *value = place_at(pattern, values, count);
        size_t n = value == NULL ? 1 : strlen(value);
        if (out != NULL) {
            memcpy(out + len, value == NULL ? pattern : value, n);
        }
        len += n;
        pattern += value == NULL ? 1 : 3;
    }
    return len;
}

char *text_fill(struct arena *arena, const char *pattern, const char *const *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (values[i] == NULL) {
            return NULL;
        }
    }
    char *out = arena_alloc(arena, fill(pattern, values, count, NULL) + 1);
    if (out != NULL) {
        out[fill(pattern, values, count, out)] = '\0';
    }
    return out;
}
