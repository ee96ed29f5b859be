/* prefetch: asks the processor for memory that will be read soon, so that it comes while something else is done. */
#ifndef HAYAT_BASE_PREFETCH_H
#define HAYAT_BASE_PREFETCH_H

#include <stddef.h>
#include <stdint.h>

enum {
    PREFETCH_LINE_BYTES = 64,
    PREFETCH_MOST_BYTES = 8192 /* more would push out what is needed first */
};

static inline void prefetch(const void *from, size_t len)
{
    size_t most = len < PREFETCH_MOST_BYTES ? len : PREFETCH_MOST_BYTES;
    for (size_t at = 0; at < most; at += PREFETCH_LINE_BYTES) {
        __builtin_prefetch((const uint8_t *)from + at);
    }
}

#endif
