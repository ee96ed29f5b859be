#include "auth/enrolment_message.h"

#define CONTEXT "hayat enrolment v1"

static uint8_t *append(uint8_t *at, bytes part)
{
    if (part.len > 0) {
        memcpy(at, part.ptr, part.len);
    }
    return at + part.len;
}

/* ACT with its NUL; REST with the 0x00 before it, unless it is NULL. */
static bytes message(struct arena *arena, bytes act, bytes text, const bytes *rest)
{
    size_t len = sizeof CONTEXT + act.len + text.len + (rest == NULL ? 0 : 1 + rest->len);
    uint8_t *out = arena_alloc(arena, len);
    if (out == NULL) {
        return (bytes){NULL, 0};
    }
    uint8_t *at = append(out, bytes_of(CONTEXT, sizeof CONTEXT)); /* the NULs are the 0x00 */
    at = append(append(at, act), text);
    if (rest != NULL) {
        *at++ = 0;
        (void)append(at, *rest);
    }
    return bytes_of(out, len);
}

bytes enrolment_message_start(struct arena *arena, bytes registration_number, bytes public_key)
{
    return message(arena, bytes_of("start", sizeof "start"), registration_number, &public_key);
}

bytes enrolment_message_confirm(struct arena *arena, bytes enrolment_id, bytes code)
{
    return message(arena, bytes_of("confirm", sizeof "confirm"), enrolment_id, &code);
}

bytes enrolment_message_resend(struct arena *arena, bytes enrolment_id)
{
    return message(arena, bytes_of("resend", sizeof "resend"), enrolment_id, NULL);
}
