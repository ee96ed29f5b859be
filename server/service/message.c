#include "service/message.h"

#include "base/clock.h"

void *message_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);
    if (message != NULL) {
        type->message_init(message);
    }
    return message;
}

Google__Type__Date *message_date(struct arena *arena, int64_t days)
{
    Google__Type__Date *message = message_new(arena, &google__type__date__descriptor);
    if (message != NULL) {
        struct date date = date_from_days(days);
        message->year = date.year;
        message->month = date.month;
        message->day = date.day;
    }
    return message;
}

Google__Protobuf__Timestamp *message_time(struct arena *arena, int64_t wall_ms)
{
    Google__Protobuf__Timestamp *message = message_new(arena,
                                                       &google__protobuf__timestamp__descriptor);
    if (message != NULL) {
        int64_t ms = wall_ms % 1000;
        ms = ms < 0 ? ms + 1000 : ms; /* nanos are never negative, even before 1970 */
        message->seconds = (wall_ms - ms) / 1000;
        message->nanos = (int32_t)(ms * 1000000);
    }
    return message;
}

Google__Type__Date *message_optional_date(struct arena *arena, int64_t days)
{
    return days == 0 ? NULL : message_date(arena, days);
}

Google__Protobuf__Timestamp *message_optional_time(struct arena *arena, int64_t wall_ms)
{
    return wall_ms == 0 ? NULL : message_time(arena, wall_ms);
}

char *message_id_of(struct arena *arena, const char *prefix, struct id id)
{
    char *text = arena_alloc(arena, ID_TEXT_MAX);
    if (text != NULL) {
        id_format(id, prefix, text);
    }
    return text;
}

char *message_id(struct arena *arena, const char *prefix, ProtobufCBinaryData id)
{
    struct id value;
    return id_of_binary(id, &value) ? message_id_of(arena, prefix, value) : message_text(arena, "");
}

char *message_text(struct arena *arena, const char *text)
{
    return arena_str(arena, bytes_str(text));
}

ProtobufCBinaryData message_bytes(struct arena *arena, bytes b)
{
    uint8_t *copy = arena_alloc(arena, b.len);
    if (copy == NULL) {
        return (ProtobufCBinaryData){0, NULL};
    }
    if (b.len > 0) {
        memcpy(copy, b.ptr, b.len);
    }
    return (ProtobufCBinaryData){b.len, copy};
}
