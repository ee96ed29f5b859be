#include "service/signed_text.h"

#include <string.h>

status signed_text(struct arena *arena, const char *context, bytes payload, bytes *ret_text)
{
    const size_t head = strlen(context) + 1; /* its NUL is signed too */
    uint8_t *text = arena_alloc(arena, head + payload.len);
    if (text == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(text, context, head);
    if (payload.len > 0) {
        memcpy(text + head, payload.ptr, payload.len);
    }
    *ret_text = bytes_of(text, head + payload.len);
    return STATUS_OK;
}
