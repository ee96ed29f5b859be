/*
 * codec: the byte forms used in keys, ids and texts.
 *
 * Base32 is Crockford's alphabet, lower case, without padding or check symbol (no i, l, o, u; made to be read aloud).
 * Encoders write a NUL after the text; the output needs codec_*_len(n) + 1 bytes.
 */
#ifndef HAYAT_BASE_CODEC_H
#define HAYAT_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

static inline void put_be32(uint8_t *out, uint32_t v)
{
    out[0] = (uint8_t)(v >> 24);
    out[1] = (uint8_t)(v >> 16);
    out[2] = (uint8_t)(v >> 8);
    out[3] = (uint8_t)v;
}

static inline void put_be64(uint8_t *out, uint64_t v)
{
    put_be32(out, (uint32_t)(v >> 32));
    put_be32(out + 4, (uint32_t)v);
}

static inline uint32_t get_be32(const uint8_t *in)
{
    return (uint32_t)in[0] << 24 | (uint32_t)in[1] << 16 | (uint32_t)in[2] << 8 | (uint32_t)in[3];
}

static inline uint64_t get_be64(const uint8_t *in)
{
    return (uint64_t)get_be32(in) << 32 | get_be32(in + 4);
}

static inline size_t base32_len(size_t n)
{
    return (n * 8 + 4) / 5;
}

void base32_encode(bytes in, char *out);
/* Exactly LEN bytes from TEXT; false for another length, a foreign character, or stray bits. */
bool base32_decode(bytes text, uint8_t *out, size_t len);

/* LEN letters of a code as a person typed it, in capitals: either case, spaces and hyphens anywhere, o for 0 and i or l for 1.  False for
   another number of letters or a foreign one. */
bool base32_typed(bytes typed, char *out, size_t len);

void hex_encode(bytes in, char *out);
/* Exactly LEN bytes; upper and lower case accepted. */
bool hex_decode(bytes text, uint8_t *out, size_t len);

#endif
