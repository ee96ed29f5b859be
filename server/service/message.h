/*
 * message: small parts of responses, made in the call's arena.
 *
 * Memory  everything returned lives in the arena.  NULL (or an empty value) when it ran dry: fill a message, then look
 *         once with arena_check.  Only message_new must be looked at before its fields are set.
 */
#ifndef HAYAT_SERVICE_MESSAGE_H
#define HAYAT_SERVICE_MESSAGE_H

#include <protobuf-c/protobuf-c.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/id.h"
#include "google/protobuf/timestamp.pb-c.h"
#include "google/type/date.pb-c.h"

/* An initialised message of that type. */
void *message_new(struct arena *arena, const ProtobufCMessageDescriptor *type);
/* DAYS since 1970-01-01. */
Google__Type__Date *message_date(struct arena *arena, int64_t days);
Google__Protobuf__Timestamp *message_time(struct arena *arena, int64_t wall_ms);
/* NULL, an absent field, for 0: no day, no time. */
Google__Type__Date *message_optional_date(struct arena *arena, int64_t days);
Google__Protobuf__Timestamp *message_optional_time(struct arena *arena, int64_t wall_ms);
/* "card_…" from the 16 stored bytes; "" when there are not 16. */
char *message_id(struct arena *arena, const char *prefix, ProtobufCBinaryData id);
char *message_id_of(struct arena *arena, const char *prefix, struct id id);
char *message_text(struct arena *arena, const char *text);
ProtobufCBinaryData message_bytes(struct arena *arena, bytes b);

static inline bytes bytes_of_binary(ProtobufCBinaryData b)
{
    return bytes_of(b.data, b.len);
}

/* False when B is not 16 bytes. */
static inline bool id_of_binary(ProtobufCBinaryData b, struct id *ret_id)
{
    if (b.len != ID_BYTES) {
        return false;
    }
    memcpy(ret_id->bytes, b.data, ID_BYTES);
    return true;
}

#endif
