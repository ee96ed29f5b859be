#include "service/export_json.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/codec.h"
#include "service/calendar_rules.h"

enum { ROOM_FIRST = 4096, HEX_MOST = 32 };

/* --- text --- */

static bool make_room(struct export_text *out, size_t more)
{
    size_t room = out->room == 0 ? ROOM_FIRST : out->room;
    while (room < out->len + more) {
        room *= 2;
    }
    if (room == out->room) {
        return true;
    }
    char *text = arena_alloc(out->arena, room);
    if (text == NULL) {
        out->full = true;
        return false;
    }
    if (out->len > 0) {
        memcpy(text, out->text, out->len);
    }
    out->text = text;
    out->room = room;
    return true;
}

static void add(struct export_text *out, const char *text, size_t len)
{
    if (!out->full && make_room(out, len)) {
        memcpy(out->text + out->len, text, len);
        out->len += len;
    }
}

void export_raw(struct export_text *out, const char *text)
{
    add(out, text, strlen(text));
}

void export_string(struct export_text *out, const char *text)
{
    export_raw(out, "\"");
    for (const char *c = text; *c != '\0'; c++) {
        char escaped[8];
        if (*c == '"' || *c == '\\') {
            const char pair[] = {'\\', *c};
            add(out, pair, sizeof pair);
        } else if ((unsigned char)*c < 0x20) {
            int len = snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)(unsigned char)*c);
            add(out, escaped, (size_t)len);
        } else {
            add(out, c, 1);
        }
    }
    export_raw(out, "\"");
}

/* --- what is left out --- */

static const struct hidden {
    const char *record, *field;
} hidden[] = {
#define HIDDEN(message, name, why) {"hayat.store.v1." #message, #name},
#include "service/export_hidden.def"
#undef HIDDEN
};

bool export_is_hidden(const ProtobufCMessageDescriptor *record, const char *field)
{
    for (size_t i = 0; i < ARRAY_LEN(hidden); i++) {
        if (strcmp(hidden[i].record, record->name) == 0 && strcmp(hidden[i].field, field) == 0) {
            return true;
        }
    }
    return false;
}

/* --- values --- */

static bool ends_with(const char *name, const char *ending)
{
    size_t len = strlen(name), tail = strlen(ending);
    return len > tail && strcmp(name + len - tail, ending) == 0;
}

static void instant(struct export_text *out, int64_t wall_ms)
{
    char text[48];
    int64_t day = wall_ms / MS_PER_DAY, second = wall_ms % MS_PER_DAY / 1000;
    struct date date = date_from_days(day);
    (void)snprintf(text, sizeof text, "\"%04d-%02d-%02dT%02d:%02d:%02dZ\"", date.year, date.month,
                   date.day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    export_raw(out, text);
}

void export_time_field(struct export_text *out, const char *name, int64_t wall_ms)
{
    export_string(out, name);
    export_raw(out, ":");
    instant(out, wall_ms);
}

static void civil_date(struct export_text *out, int64_t days)
{
    char text[48];
    struct date date = date_from_days(days);
    (void)snprintf(text, sizeof text, "\"%04d-%02d-%02d\"", date.year, date.month, date.day);
    export_raw(out, text);
}

static void number(struct export_text *out, const char *name, int64_t value)
{
    char text[24];
    bool is_time = ends_with(name, "_ms") && !ends_with(name, "_steady_ms");
    bool is_date = ends_with(name, "_days");
    if ((is_time || is_date) && value == 0 && strcmp(name, "birth_days") != 0) {
        export_raw(out, "null");
    } else if (is_time && value > 0) {
        instant(out, value);
    } else if (is_date) {
        civil_date(out, value);
    } else {
        (void)snprintf(text, sizeof text, "%" PRId64, value);
        export_raw(out, text);
    }
}

static void binary(struct export_text *out, const ProtobufCBinaryData *data)
{
    size_t room = data->len <= HEX_MOST
                      ? 2 * data->len + 1
                      : sodium_base64_ENCODED_LEN(data->len, sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_alloc(out->arena, room);
    if (text == NULL) {
        out->full = true;
        return;
    }
    if (data->len <= HEX_MOST) {
        hex_encode(bytes_of(data->data, data->len), text);
    } else {
        (void)sodium_bin2base64(text, room, data->data, data->len, sodium_base64_VARIANT_ORIGINAL);
    }
    export_string(out, text);
}

static void enum_value(struct export_text *out, const ProtobufCEnumDescriptor *type, int value)
{
    const ProtobufCEnumValue *known = protobuf_c_enum_descriptor_get_value(type, value);
    if (known != NULL) {
        export_string(out, known->name);
    } else {
        number(out, "", value);
    }
}

static void message_value(struct export_text *out, const ProtobufCMessage *message)
{
    export_raw(out, message == NULL ? "null" : "{");
    if (message != NULL) {
        export_fields(out, message); /* stored messages are no deeper than LIMIT_MESSAGE_DEPTH */
        export_raw(out, "}");
    }
}

static int64_t integer_at(ProtobufCType type, const void *at)
{
    int32_t small;
    uint32_t bare;
    int64_t large;
    bool is_large = type == PROTOBUF_C_TYPE_INT64 || type == PROTOBUF_C_TYPE_SINT64 ||
                    type == PROTOBUF_C_TYPE_SFIXED64 || type == PROTOBUF_C_TYPE_UINT64 ||
                    type == PROTOBUF_C_TYPE_FIXED64;
    bool is_unsigned = type == PROTOBUF_C_TYPE_UINT32 || type == PROTOBUF_C_TYPE_FIXED32;
    if (is_large) {
        memcpy(&large, at, sizeof large);
        return large;
    }
    if (is_unsigned) {
        memcpy(&bare, at, sizeof bare);
        return bare;
    }
    memcpy(&small, at, sizeof small);
    return small;
}

/* Stored records have neither floats nor doubles: a test holds them to it. */
static void value_at(struct export_text *out, const ProtobufCFieldDescriptor *field, const void *at)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_BOOL:
        export_raw(out, *(const protobuf_c_boolean *)at ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_ENUM:
        enum_value(out, field->descriptor, (int)integer_at(PROTOBUF_C_TYPE_INT32, at));
        break;
    case PROTOBUF_C_TYPE_STRING:
        export_string(out, *(const char *const *)at);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        binary(out, at);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        message_value(out, *(const ProtobufCMessage *const *)at);
        break;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
        number(out, field->name, integer_at(field->type, at));
        break;
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
        export_raw(out, "null");
        break;
    }
}

static size_t element_size(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_BOOL:
        return sizeof(protobuf_c_boolean);
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_MESSAGE:
        return sizeof(void *);
    case PROTOBUF_C_TYPE_BYTES:
        return sizeof(ProtobufCBinaryData);
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_ENUM:
    case PROTOBUF_C_TYPE_FLOAT:
        return 4;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return 8;
    }
    return 0;
}

static void repeated(struct export_text *out, const ProtobufCFieldDescriptor *field,
                     const uint8_t *message)
{
    size_t count;
    const uint8_t *items;
    memcpy(&count, message + field->quantifier_offset, sizeof count);
    memcpy(&items, message + field->offset, sizeof items);
    export_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        export_raw(out, i == 0 ? "" : ",");
        value_at(out, field, items + i * element_size(field->type));
    }
    export_raw(out, "]");
}

void export_fields(struct export_text *out, const ProtobufCMessage *record)
{
    const uint8_t *message = (const uint8_t *)record;
    bool first = true;
    for (unsigned i = 0; i < record->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *field = &record->descriptor->fields[i];
        if (export_is_hidden(record->descriptor, field->name)) {
            continue;
        }
        export_raw(out, first ? "" : ",");
        export_string(out, field->name);
        export_raw(out, ":");
        if (field->label == PROTOBUF_C_LABEL_REPEATED) {
            repeated(out, field, message);
        } else {
            value_at(out, field, message + field->offset);
        }
        first = false;
    }
}
