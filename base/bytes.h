/*
 * bytes: a view of bytes somebody else owns.  Everything from outside is bytes until it is validated.
 *
 * Memory  a view owns nothing; it is good as long as what it looks at.
 * Units   len is in bytes.  ptr may be NULL only when len is 0.
 */
#ifndef HAYAT_BASE_BYTES_H
#define HAYAT_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct bytes {
    const uint8_t *ptr;
    size_t len;
} bytes;

static inline bytes bytes_of(const void *ptr, size_t len)
{
    return (bytes){(const uint8_t *)ptr, len};
}

/* The view of a NUL-terminated string, without its NUL. */
static inline bytes bytes_str(const char *s)
{
    return (bytes){(const uint8_t *)s, strlen(s)};
}

static inline bool bytes_equal(bytes a, bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool bytes_equal_str(bytes a, const char *s)
{
    return bytes_equal(a, bytes_str(s));
}

/* Without the first N bytes; empty when there are fewer. */
static inline bytes bytes_skip(bytes b, size_t n)
{
    return n >= b.len ? (bytes){NULL, 0} : (bytes){b.ptr + n, b.len - n};
}

/* At most the first N bytes. */
static inline bytes bytes_head(bytes b, size_t n)
{
    return (bytes){b.ptr, b.len < n ? b.len : n};
}

static inline bool bytes_starts_with(bytes b, const char *prefix)
{
    size_t n = strlen(prefix);
    return b.len >= n && memcmp(b.ptr, prefix, n) == 0;
}

/* Well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates) without NUL. */
bool bytes_is_text(bytes b);

#endif
