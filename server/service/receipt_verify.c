#include "service/receipt_verify.h"

#include <sodium.h>
#include <string.h>

#include "base/codec.h"
#include "service/signed_text.h"

void receipt_key_id(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                    char ret_text[RECEIPT_KEY_ID_LEN + 1])
{
    uint8_t hash[32];
    (void)crypto_generichash(hash, sizeof hash, public_key, RECEIPT_PUBLIC_KEY_BYTES, NULL, 0);
    hex_encode(bytes_of(hash, RECEIPT_KEY_ID_LEN / 2), ret_text);
}

static bool is_kind(const char *kind)
{
    return strcmp(kind, RECEIPT_KIND) == 0 || strcmp(kind, RECEIPT_KIND_OF_DECISION) == 0;
}

status receipt_payload(const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                       Hayat__V1__ReceiptPayload **ret_payload)
{
    Hayat__V1__ReceiptPayload *payload = hayat__v1__receipt_payload__unpack(
        &arena->allocator, receipt->payload.len, receipt->payload.data);
    TRY(arena_check(arena));
    if (payload == NULL || !is_kind(payload->kind)) {
        return FAIL(RECEIPT_INVALID);
    }
    *ret_payload = payload;
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
    TRY(signed_text(arena, RECEIPT_CONTEXT, bytes_of(receipt->payload.data, receipt->payload.len),
                    &text));
    if (crypto_sign_verify_detached(receipt->signature.data, text.ptr, text.len, public_key) != 0) {
        return FAIL(RECEIPT_INVALID);
    }
    return receipt_payload(receipt, arena, ret_payload);
}
