#include "options.h"

#include <string.h>

/* The payload of a length-delimited unknown field; protobuf-c keeps the length in front of it. */
static bytes payload_of(const ProtobufCMessageUnknownField *field)
{
    size_t prefix = 0;
    while (prefix < field->len && (field->data[prefix] & 0x80) != 0) {
        prefix++;
    }
    return bytes_skip(bytes_of(field->data, field->len), prefix + 1);
}

static bool is_option(const ProtobufCMessageUnknownField *field, uint32_t number)
{
    return field->tag == number && field->wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
}

static ProtobufCMessage *unpack(struct model *model, const ProtobufCMessageDescriptor *type,
                                bytes wire)
{
    ProtobufCMessage *message = protobuf_c_message_unpack(type, &model->arena.allocator, wire.len,
                                                          wire.ptr);
    if (message == NULL) {
        problem(model, "options", type->name, "cannot be decoded");
    }
    return message;
}

ProtobufCMessage *option_merged(struct model *model, const ProtobufCMessage *options,
                                uint32_t number, const ProtobufCMessageDescriptor *type)
{
    size_t total = 0;
    bool found = false;
    for (size_t i = 0; options != NULL && i < options->n_unknown_fields; i++) {
        if (is_option(&options->unknown_fields[i], number)) {
            total += options->unknown_fields[i].len;
            found = true;
        }
    }
    if (!found) {
        return NULL;
    }
    uint8_t *all = model_alloc(model, total + 1);
    size_t len = 0;
    for (size_t i = 0; i < options->n_unknown_fields; i++) {
        if (is_option(&options->unknown_fields[i], number)) {
            bytes part = payload_of(&options->unknown_fields[i]);
            if (part.len > 0) {
                memcpy(all + len, part.ptr, part.len);
            }
            len += part.len;
        }
    }
    return unpack(model, type, bytes_of(all, len)); /* protobuf merges by concatenation */
}

ProtobufCMessage *option_at(struct model *model, const ProtobufCMessage *options, uint32_t number,
                            size_t index, const ProtobufCMessageDescriptor *type)
{
    for (size_t i = 0; options != NULL && i < options->n_unknown_fields; i++) {
        if (is_option(&options->unknown_fields[i], number) && index-- == 0) {
            return unpack(model, type, payload_of(&options->unknown_fields[i]));
        }
    }
    return NULL;
}
