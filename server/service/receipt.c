#include "service/receipt.h"

#include <assert.h>
#include <sodium.h>

#include "base/wipe.h"
#include "service/message.h"
#include "service/signed_text.h"

static_assert(sizeof((struct receipt_signer *)0)->secret_key == crypto_sign_SECRETKEYBYTES,
              "Ed25519");
static_assert(SEAL_KEY_BYTES == crypto_sign_SEEDBYTES, "a data key is a seed");

void receipt_signer_init(struct receipt_signer *signer, const struct seal_keys *keys)
{
    const struct seal_key *seed = &keys->key[DOMAIN_RECEIPT][keys->current[DOMAIN_RECEIPT]];
    (void)crypto_sign_seed_keypair(signer->public_key, signer->secret_key, seed->bytes);
    receipt_key_id(signer->public_key, signer->key_id);
}

void receipt_signer_fini(struct receipt_signer *signer)
{
    wipe(signer, sizeof *signer);
}

status receipt_sign_packed(const struct receipt_signer *signer, struct arena *arena,
                           const char *context, const ProtobufCMessage *payload,
                           struct packed_signature *ret)
{
    size_t len = protobuf_c_message_get_packed_size(payload);
    uint8_t *packed = arena_alloc(arena, len);
    uint8_t *signature = arena_alloc(arena, RECEIPT_SIGNATURE_BYTES);
    TRY(arena_check(arena));
    bytes text;
    (void)protobuf_c_message_pack(payload, packed);
    TRY(signed_text(arena, context, bytes_of(packed, len), &text));
    (void)crypto_sign_detached(signature, NULL, text.ptr, text.len, signer->secret_key);
    ret->payload = (ProtobufCBinaryData){len, packed};
    ret->signature = (ProtobufCBinaryData){RECEIPT_SIGNATURE_BYTES, signature};
    ret->key_id = message_text(arena, signer->key_id);
    return arena_check(arena);
}

status receipt_sign(const struct receipt_signer *signer, struct arena *arena,
                    const Hayat__V1__ReceiptPayload *payload,
                    Hayat__V1__SignedReceipt **ret_receipt)
{
    struct packed_signature made;
    Hayat__V1__SignedReceipt *receipt = message_new(arena, &hayat__v1__signed_receipt__descriptor);
    TRY(arena_check(arena));
    TRY(receipt_sign_packed(signer, arena, RECEIPT_CONTEXT, &payload->base, &made));
    receipt->payload = made.payload;
    receipt->signature = made.signature;
    receipt->key_id = made.key_id;
    *ret_receipt = receipt;
    return STATUS_OK;
}
