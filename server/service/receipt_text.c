#include "service/receipt_text.h"

#include <string.h>

#include "base/codec.h"
#include "service/receipt_verify.h"

#define PREFIX "HAYAT1:"

enum { PREFIX_LEN = sizeof PREFIX - 1, PAYLOAD_MAX = 4096 };

static void to_upper(char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'a' && *text <= 'z') {
            *text = (char)(*text - 'a' + 'A');
        }
    }
}

static void to_lower(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z') {
            text[i] = (char)(text[i] - 'A' + 'a');
        }
    }
}

static char *encoded(struct arena *arena, ProtobufCBinaryData data)
{
    char *text = arena_alloc(arena, base32_len(data.len) + 1);
    if (text != NULL) {
        base32_encode(bytes_of(data.data, data.len), text);
    }
    return text;
}

status receipt_to_text(const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                       char **ret_text)
{
    const char *payload = encoded(arena, receipt->payload);
    const char *signature = encoded(arena, receipt->signature);
    TRY(arena_check(arena));
    char *text = arena_printf(arena, PREFIX "%s:%s:%s", receipt->key_id, payload, signature);
    TRY(arena_check(arena));
    to_upper(text);
    *ret_text = text;
    return STATUS_OK;
}

bool receipt_text_likely(bytes text)
{
    return bytes_starts_with(text, PREFIX) || bytes_starts_with(text, "hayat1:");
}

static bool is_space(uint8_t c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

static bytes trimmed(bytes text)
{
    while (text.len > 0 && is_space(text.ptr[0])) {
        text = bytes_skip(text, 1);
    }
    while (text.len > 0 && is_space(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* The part of *TEXT up to the next colon, which is passed over. */
static bytes next_part(bytes *text)
{
    const uint8_t *colon = text->len == 0 ? NULL : memchr(text->ptr, ':', text->len);
    bytes part = colon == NULL ? *text : bytes_head(*text, (size_t)(colon - text->ptr));
    *text = bytes_skip(*text, part.len + (colon == NULL ? 0 : 1));
    return part;
}

static status decoded(bytes text, struct arena *arena, ProtobufCBinaryData *ret_data)
{
    size_t len = text.len * 5 / 8;
    if (len == 0 || len > PAYLOAD_MAX) {
        return FAIL(RECEIPT_INVALID);
    }
    uint8_t *data = arena_alloc(arena, len);
    TRY(arena_check(arena));
    if (!base32_decode(text, data, len)) {
        return FAIL(RECEIPT_INVALID);
    }
    *ret_data = (ProtobufCBinaryData){len, data};
    return STATUS_OK;
}

status receipt_of_text(bytes text, struct arena *arena, Hayat__V1__SignedReceipt *ret_receipt)
{
    text = trimmed(text);
    if (!receipt_text_likely(text)) {
        return FAIL(RECEIPT_INVALID);
    }
    char *copy = arena_str(arena, bytes_skip(text, PREFIX_LEN));
    TRY(arena_check(arena));
    to_lower(copy, strlen(copy));
    bytes rest = bytes_str(copy);
    bytes key_id = next_part(&rest), payload = next_part(&rest), signature = next_part(&rest);
    if (key_id.len != RECEIPT_KEY_ID_LEN || rest.len > 0) {
        return FAIL(RECEIPT_INVALID);
    }
    hayat__v1__signed_receipt__init(ret_receipt);
    ret_receipt->key_id = arena_str(arena, key_id);
    TRY(decoded(payload, arena, &ret_receipt->payload));
    TRY(decoded(signature, arena, &ret_receipt->signature));
    return arena_check(arena);
}
