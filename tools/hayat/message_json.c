#include "message_json.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/defer.h"

void time_text(const Google__Protobuf__Timestamp *time, char out[TIME_TEXT_MAX])
{
    struct tm parts;
    time_t seconds = time == NULL ? 0 : (time_t)time->seconds;
    out[0] = '\0';
    if (time != NULL && gmtime_r(&seconds, &parts) != NULL) {
        (void)strftime(out, TIME_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &parts);
    }
}

void date_text(const Google__Type__Date *date, char out[TIME_TEXT_MAX])
{
    out[0] = '\0';
    if (date != NULL) {
        (void)snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02d", date->year, date->month, date->day);
    }
}

static json_t *base64(const ProtobufCBinaryData *data)
{
    size_t size = sodium_base64_ENCODED_LEN(data->len, sodium_base64_VARIANT_ORIGINAL);
    DEFER(defer_free) char *text = malloc(size);
    return text == NULL ? NULL
                        : json_string(sodium_bin2base64(text, size, data->data, data->len,
                                                        sodium_base64_VARIANT_ORIGINAL));
}

static json_t *sub_message(const ProtobufCMessage *message)
{
    char text[TIME_TEXT_MAX];
    if (message->descriptor == &google__protobuf__timestamp__descriptor) {
        time_text((const Google__Protobuf__Timestamp *)message, text);
        return json_string(text);
    }
    if (message->descriptor == &google__type__date__descriptor) {
        date_text((const Google__Type__Date *)message, text);
        return json_string(text);
    }
    return message_json(message);
}

static json_t *enum_name(const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);
    return known != NULL ? json_string(known->name) : json_integer(value);
}

/* One value of FIELD stored at AT. */
static json_t *value_json(const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
        return json_integer(*(const int32_t *)at);
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
        return json_integer(*(const uint32_t *)at);
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
        return json_integer(*(const int64_t *)at);
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        return json_integer((json_int_t) * (const uint64_t *)at);
    case PROTOBUF_C_TYPE_FLOAT:
        return json_real((double)*(const float *)at);
    case PROTOBUF_C_TYPE_DOUBLE:
        return json_real(*(const double *)at);
    case PROTOBUF_C_TYPE_BOOL:
        return json_boolean(*(const protobuf_c_boolean *)at);
    case PROTOBUF_C_TYPE_ENUM:
        return enum_name(field->descriptor, *(const int *)at);
    case PROTOBUF_C_TYPE_STRING:
        return json_string(*(char *const *)at);
    case PROTOBUF_C_TYPE_BYTES:
        return base64(at);
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(ProtobufCMessage *const *)at == NULL ? NULL
                                                      : sub_message(*(ProtobufCMessage *const *)at);
    }
    return NULL;
}

static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_ENUM:
        return 4;
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    }
    return 0;
}

static json_t *repeated_json(const ProtobufCFieldDescriptor *field, const uint8_t *message)
{
    json_t *array = json_array();
    size_t count = *(const size_t *)(const void *)(message + field->quantifier_offset);
    const uint8_t *items = *(const uint8_t *const *)(const void *)(message + field->offset);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(array,
                                    value_json(field, items + i * element_size(field->type)));
    }
    return array;
}

json_t *message_json(const ProtobufCMessage *message)
{
    json_t *object = json_object();
    const uint8_t *base = (const uint8_t *)message;
    for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        bool one_of = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
        uint32_t chosen = one_of
                              ? *(const uint32_t *)(const void *)(base + field->quantifier_offset)
                              : field->id;
        json_t *value = NULL;
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            value = repeated_json(field, base);
        } else if (chosen == field->id) {
            value = value_json(field, base + field->offset);
        }
        if (value != NULL) {
            (void)json_object_set_new(object, field->name, value);
        }
    }
    return object;
}
