#include "service/feed_csv.h"

#include <string.h>

/* Up to the next comma or the end; quotes have no place in it. */
static bool take_plain(bytes *rest, bytes *ret_field)
{
    const uint8_t *comma = rest->len > 0 ? memchr(rest->ptr, ',', rest->len) : NULL;
    size_t len = comma != NULL ? (size_t)(comma - rest->ptr) : rest->len;
    *ret_field = bytes_of(rest->ptr, len);
    *rest = bytes_of(rest->ptr + len, rest->len - len);
    return len == 0 || memchr(ret_field->ptr, '"', len) == NULL;
}

/* The text between quotes with "" made one. */
static bool undouble(struct arena *arena, bytes text, bytes *ret_field)
{
    uint8_t *out = arena_alloc(arena, text.len);
    size_t len = 0;
    if (out == NULL) {
        return false;
    }
    for (size_t i = 0; i < text.len; i++) {
        out[len++] = text.ptr[i];
        i += text.ptr[i] == '"' ? 1 : 0;
    }
    *ret_field = bytes_of(out, len);
    return true;
}

static bool take_quoted(struct arena *arena, bytes *rest, bytes *ret_field)
{
    bool doubled = false;
    size_t at = 1;
    for (;; at++) {
        if (at >= rest->len) {
            return false; /* never closed */
        }
        if (rest->ptr[at] != '"') {
            continue;
        }
        if (at + 1 == rest->len || rest->ptr[at + 1] != '"') {
            break;
        }
        doubled = true;
        at++;
    }
    bytes text = bytes_of(rest->ptr + 1, at - 1);
    *rest = bytes_of(rest->ptr + at + 1, rest->len - at - 1);
    *ret_field = text;
    return !doubled || undouble(arena, text, ret_field);
}

bool feed_csv_split(struct arena *arena, bytes row, bytes *fields, size_t most, size_t *ret_count)
{
    size_t count = 0;
    for (bytes rest = row;; rest = bytes_of(rest.ptr + 1, rest.len - 1)) {
        bool quoted = rest.len > 0 && rest.ptr[0] == '"';
        if (count == most || !(quoted ? take_quoted(arena, &rest, &fields[count])
                                      : take_plain(&rest, &fields[count]))) {
            return false;
        }
        count++;
        if (rest.len == 0) {
            *ret_count = count;
            return true;
        }
        if (rest.ptr[0] != ',') {
            return false; /* something after a closing quote */
        }
    }
}
