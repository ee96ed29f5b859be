#include "service/splice.h"

#include <assert.h>
#include <string.h>

enum { TAG_OF_FIELD_1 = 0x0A };

status splice_room(struct arena *arena, ProtobufCMessage *response, size_t count)
{
    ProtobufCMessageUnknownField *fields = arena_array(arena, response->n_unknown_fields + count,
                                                       sizeof *fields);
    if (fields == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (response->n_unknown_fields > 0) {
        memcpy(fields, response->unknown_fields, response->n_unknown_fields * sizeof *fields);
    }
    response->unknown_fields = fields;
    return STATUS_OK;
}

void splice_item(ProtobufCMessage *response, uint32_t tag, bytes wire)
{
    assert(wire.len > 1 && wire.ptr[0] < 0x80);
    response->unknown_fields[response->n_unknown_fields++] = (ProtobufCMessageUnknownField){
        .tag = tag,
        .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED,
        .len = wire.len - 1, /* of a length-prefixed field, data holds the prefix too */
        .data = (uint8_t *)(uintptr_t)(wire.ptr + 1),
    };
}

void splice_run(ProtobufCMessage *response, bytes wires)
{
    assert(wires.ptr[0] == TAG_OF_FIELD_1);
    splice_item(response, 1, wires);
}
