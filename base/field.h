/* field: what protobuf-c's fields hold.  They are not const though packing does not write to them; nobody else may, either. */
#ifndef HAYAT_BASE_FIELD_H
#define HAYAT_BASE_FIELD_H

#include <protobuf-c/protobuf-c.h>

#include "base/bytes.h"

static inline ProtobufCBinaryData field_bytes(bytes b)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } unconst = {.in = b.ptr};
    return (ProtobufCBinaryData){b.len, unconst.out};
}

static inline char *field_text(const char *text)
{
    union {
        const char *in;
        char *out;
    } unconst = {.in = text};
    return unconst.out;
}

#endif
