/*
 * What a store wrote is read here without copying it: the fields' bytes stay where their cell was opened to, and the arena gives
 * only what must lie elsewhere - the message, texts with their NUL, lists.  Fields come in the order of their numbers and the items
 * of a list one after the other, as protobuf-c packs them.  Whatever is not so - an unknown field, another order, a packed list, a message
 * given twice, bytes that are no message - is left to protobuf-c, which knows all of it.
 */
#include "storage/record.h"

#include <assert.h>
#include <string.h>

enum { VARINT_BYTES = 10, PREFIX_BYTES = 5 /* of tags and lengths */, DEPTH_MAX = 8 };

struct reader {
    struct arena *arena;
    bytes wire; /* what is left of the message */
    int depth;
};

struct tag {
    uint32_t number;
    ProtobufCWireType type;
};

static bool take_long_varint(bytes *wire, size_t most, uint64_t *ret)
{
    uint64_t value = 0;
    for (size_t i = 0; i < wire->len && i < most; i++) {
        value |= (uint64_t)(wire->ptr[i] & 0x7F) << (7 * i);
        if (wire->ptr[i] < 0x80) {
            *wire = bytes_skip(*wire, i + 1);
            *ret = value;
            return true;
        }
    }
    return false;
}

static inline bool take_varint(bytes *wire, size_t most, uint64_t *ret)
{
    if (wire->len == 0 || wire->ptr[0] >= 0x80) {
        return take_long_varint(wire, most, ret);
    }
    *ret = *wire->ptr++; /* almost all tags and lengths */
    wire->len--;
    return true;
}

static bool take_tag(bytes *wire, struct tag *ret)
{
    uint64_t key;
    if (!take_varint(wire, PREFIX_BYTES, &key) || key >> 3 == 0 || key > UINT32_MAX) {
        return false;
    }
    *ret = (struct tag){(uint32_t)(key >> 3), (ProtobufCWireType)(key & 7)};
    return true;
}

static bool take_bytes(bytes *wire, bytes *ret)
{
    uint64_t len;
    if (!take_varint(wire, PREFIX_BYTES, &len) || len > wire->len) {
        return false;
    }
    *ret = bytes_head(*wire, (size_t)len);
    *wire = bytes_skip(*wire, (size_t)len);
    return true;
}

static bool take_fixed(bytes *wire, size_t size, uint64_t *ret)
{
    uint64_t value = 0;
    if (wire->len < size) {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        value |= (uint64_t)wire->ptr[i] << (8 * i);
    }
    *wire = bytes_skip(*wire, size);
    *ret = value;
    return true;
}

/* --- values: OUT is the field's member, or its item in a list --- */

static bool read_message(struct reader *reader, const ProtobufCMessageDescriptor *descriptor,
                         ProtobufCMessage **ret);

static bool put_bytes(bytes value, void *out)
{
    /* Only read by whoever has the record. */
    ProtobufCBinaryData data = {value.len, value.len == 0 ? NULL : (uint8_t *)(uintptr_t)value.ptr};
    memcpy(out, &data, sizeof data);
    return true;
}

static bool put_text(struct arena *arena, bytes value, void *out)
{
    char *text = (char *)arena_room(arena, value.len + 1);
    if (text == NULL) {
        return false;
    }
    memcpy(text, value.ptr, value.len);
    text[value.len] = '\0';
    memcpy(out, &text, sizeof text);
    return true;
}

static bool put_message(const struct reader *reader, const ProtobufCFieldDescriptor *field,
                        bytes value, void *out)
{
    ProtobufCMessage *message;
    struct reader inner = {reader->arena, value, reader->depth + 1};
    if (inner.depth > DEPTH_MAX || !read_message(&inner, field->descriptor, &message)) {
        return false;
    }
    memcpy(out, &message, sizeof message);
    return true;
}

static bool put_number(ProtobufCType type, uint64_t value, void *out)
{
    uint32_t half = (uint32_t)value;
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        memcpy(out, &half, sizeof half);
        return true;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        memcpy(out, &value, sizeof value);
        return true;
    case PROTOBUF_C_TYPE_BOOL: {
        protobuf_c_boolean is_set = value != 0;
        memcpy(out, &is_set, sizeof is_set);
        return true;
    }
    case PROTOBUF_C_TYPE_SINT32: /* seldom: protobuf-c's */
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        break;
    }
    return false;
}

static bool is_fixed(ProtobufCType type, size_t size)
{
    bool wide = type == PROTOBUF_C_TYPE_FIXED64 || type == PROTOBUF_C_TYPE_SFIXED64 ||
                type == PROTOBUF_C_TYPE_DOUBLE;
    bool narrow = type == PROTOBUF_C_TYPE_FIXED32 || type == PROTOBUF_C_TYPE_SFIXED32 ||
                  type == PROTOBUF_C_TYPE_FLOAT;
    return size == 8 ? wide : narrow;
}

static bool is_delimited(ProtobufCType type)
{
    return type == PROTOBUF_C_TYPE_STRING || type == PROTOBUF_C_TYPE_BYTES ||
           type == PROTOBUF_C_TYPE_MESSAGE;
}

static bool read_delimited(struct reader *reader, const ProtobufCFieldDescriptor *field, void *out)
{
    bytes value;
    if (!is_delimited(field->type) || !take_bytes(&reader->wire, &value)) {
        return false;
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return put_bytes(value, out);
    }
    return field->type == PROTOBUF_C_TYPE_STRING ? put_text(reader->arena, value, out)
                                                 : put_message(reader, field, value, out);
}

static bool read_value(struct reader *reader, const ProtobufCFieldDescriptor *field,
                       ProtobufCWireType type, void *out)
{
    uint64_t value;
    switch (type) {
    case PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED:
        return read_delimited(reader, field, out);
    case PROTOBUF_C_WIRE_TYPE_VARINT:
        return !is_fixed(field->type, 4) && !is_fixed(field->type, 8) &&
               take_varint(&reader->wire, VARINT_BYTES, &value) &&
               put_number(field->type, value, out);
    case PROTOBUF_C_WIRE_TYPE_64BIT:
        return is_fixed(field->type, 8) && take_fixed(&reader->wire, 8, &value) &&
               put_number(field->type, value, out);
    case PROTOBUF_C_WIRE_TYPE_32BIT:
        return is_fixed(field->type, 4) && take_fixed(&reader->wire, 4, &value) &&
               put_number(field->type, value, out);
    }
    return false;
}

/* --- lists --- */

/* 0 for numbers: lists of them come packed. */
static size_t item_size(ProtobufCType type)
{
    if (type == PROTOBUF_C_TYPE_BYTES) {
        return sizeof(ProtobufCBinaryData);
    }
    return is_delimited(type) ? sizeof(void *) : 0;
}

/* How many delimited items with the field's tag lie at WIRE, of which the first one's tag was taken. */
static size_t count_items(bytes wire, uint32_t number)
{
    bytes item;
    struct tag tag = {number, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED};
    size_t count = 0;
    while (tag.number == number && tag.type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
           take_bytes(&wire, &item)) {
        count++;
        if (!take_tag(&wire, &tag)) {
            break;
        }
    }
    return count;
}

static bool read_list(struct reader *reader, const ProtobufCFieldDescriptor *field,
                      ProtobufCMessage *message)
{
    size_t size = item_size(field->type), count = count_items(reader->wire, field->id);
    uint8_t *items = size == 0 || count == 0 ? NULL : arena_array(reader->arena, count, size);
    struct tag tag;
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && !take_tag(&reader->wire, &tag)) ||
            !read_delimited(reader, field, items + i * size)) {
            return false;
        }
    }
    memcpy((uint8_t *)message + field->quantifier_offset, &count, sizeof count);
    memcpy((uint8_t *)message + field->offset, &items, sizeof items);
    return true;
}

/* --- messages --- */

/* False for what was set already: protobuf-c merges. */
static bool choose(const ProtobufCFieldDescriptor *field, ProtobufCMessage *message)
{
    uint32_t chosen;
    uint8_t *at = (uint8_t *)message + field->quantifier_offset;
    if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0) {
        return field->label == PROTOBUF_C_LABEL_NONE || field->quantifier_offset == 0;
    }
    memcpy(&chosen, at, sizeof chosen);
    memcpy(at, &field->id, sizeof field->id);
    return chosen == 0;
}

static bool read_field(struct reader *reader, const ProtobufCFieldDescriptor *field,
                       ProtobufCWireType type, ProtobufCMessage *message)
{
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED && read_list(reader, field, message);
    }
    return choose(field, message) &&
           read_value(reader, field, type, (uint8_t *)message + field->offset);
}

/* Each field once, in the order of the numbers. */
static bool read_fields(struct reader *reader, ProtobufCMessage *message)
{
    const ProtobufCMessageDescriptor *descriptor = message->descriptor;
    unsigned at = 0;
    while (reader->wire.len > 0) {
        struct tag tag;
        if (!take_tag(&reader->wire, &tag)) {
            return false;
        }
        while (at < descriptor->n_fields && descriptor->fields[at].id < tag.number) {
            at++;
        }
        if (at == descriptor->n_fields || descriptor->fields[at].id != tag.number ||
            !read_field(reader, &descriptor->fields[at], tag.type, message)) {
            return false;
        }
        at++;
    }
    return true;
}

static bool read_message(struct reader *reader, const ProtobufCMessageDescriptor *descriptor,
                         ProtobufCMessage **ret)
{
    ProtobufCMessage *message = (ProtobufCMessage *)(void *)arena_room(reader->arena,
                                                                       descriptor->sizeof_message);
    if (message == NULL) {
        return false;
    }
    protobuf_c_message_init(descriptor, message);
    *ret = message;
    return read_fields(reader, message);
}

status record_read(struct arena *arena, const ProtobufCMessageDescriptor *descriptor, bytes plain,
                   ProtobufCMessage **ret_record)
{
    struct reader reader = {arena, plain, 0};
    if (read_message(&reader, descriptor, ret_record)) {
        return STATUS_OK;
    }
    ProtobufCMessage *record = protobuf_c_message_unpack(descriptor, &arena->allocator, plain.len,
                                                         plain.ptr);
    if (record == NULL) {
        return arena_ran_dry(arena) ? FAIL(ARENA_FULL) : FAIL(STORE_CORRUPT);
    }
    *ret_record = record;
    return STATUS_OK;
}

status record_unpack(struct arena *arena, enum table_id table, bytes plain,
                     ProtobufCMessage **ret_record)
{
    const ProtobufCMessageDescriptor *descriptor = table_info(table)->record;
    assert(descriptor != NULL); /* chunks are no records */
    return record_read(arena, descriptor, plain, ret_record);
}
