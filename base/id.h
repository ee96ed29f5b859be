/*
 * id: the opaque public ids, a prefix and 128 random bits in base32: "lc_0p3x…" (26 characters after the prefix).
 * An id is never a database key and says nothing about its owner; stores key by owner and the 16 bytes.
 */
#ifndef HAYAT_BASE_ID_H
#define HAYAT_BASE_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/random.h"

enum { ID_BYTES = 16, ID_TEXT_MAX = 40 };

struct id {
    uint8_t bytes[ID_BYTES];
};

struct id id_new(struct random_source *random);
/* PREFIX without its underscore, at most 8 characters; OUT holds ID_TEXT_MAX bytes. */
void id_format(struct id id, const char *prefix, char *out);
/* False unless TEXT is PREFIX, an underscore and 26 base32 characters. */
bool id_parse(bytes text, const char *prefix, struct id *ret);
/* The id of nothing. */
bool id_is_zero(struct id id);

#endif
