#include "service/receipt_verify.h"

#include <sodium.h>
#include <string.h>

#include "base/codec.h"

static const char context[] = "hayat receipt v1"; /* its NUL is signed too */

void receipt_key_id(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                    char ret_text[RECEIPT_KEY_ID_LEN + 1])
{
    uint8_t hash[32];
    (void)crypto_generichash(hash, sizeof hash, public_key, RECEIPT_PUBLIC_KEY_BYTES, NULL, 0);
    hex_encode(bytes_of(hash, RECEIPT_KEY_ID_LEN / 2), ret_text);
}

status receipt_signed_text(struct arena *arena, bytes payload, bytes *ret_text)
{
    uint8_t *text = arena_alloc(arena, sizeof context + payload.len);
    if (text == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(text, context, sizeof context);
    if (payload.len > 0) {
        memcpy(text + sizeof context, payload.ptr, payload.len);
    }
    *ret_text = bytes_of(text, sizeof context + payload.len);
    return STATUS_OK;
}

status receipt_verify(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                      const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                      Hayat__V1__ReceiptPayload **ret_payload)
{
    char key_id[RECEIPT_KEY_ID_LEN + 1];
    bytes text;
    receipt_key_id(public_key, key_id);
    if (receipt->signature.len != RECEIPT_SIGNATURE_BYTES || strcmp(receipt->key_id, key_id) != 0) {
        return FAIL(RECEIPT_INVALID);
    }
    TRY(receipt_signed_text(arena, bytes_of(receipt->payload.data, receipt->payload.len), &text));
    if (crypto_sign_verify_detached(receipt->signature.data, text.ptr, text.len, public_key) != 0) {
        return FAIL(RECEIPT_INVALID);
    }
    Hayat__V1__ReceiptPayload *payload = hayat__v1__receipt_payload__unpack(
        &arena->allocator, receipt->payload.len, receipt->payload.data);
    TRY(arena_check(arena));
    if (payload == NULL || strcmp(payload->kind, RECEIPT_KIND) != 0) {
        return FAIL(RECEIPT_INVALID);
    }
    *ret_payload = payload;
    return STATUS_OK;
}
