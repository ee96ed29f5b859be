/*
 * receipt: the fund's signature under what it took (SEC-F4).
 *
 * Memory  a signer holds a secret: receipt_signer_fini wipes it.  Receipts live in the arena.
 * Threads a signer is read-only once made.
 */
#ifndef HAYAT_SERVICE_RECEIPT_H
#define HAYAT_SERVICE_RECEIPT_H

#include "base/arena.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "service/receipt_verify.h"
#include "storage/seal.h"

struct receipt_signer {
    uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES];
    uint8_t secret_key[64]; /* libsodium's Ed25519 secret key */
    char key_id[RECEIPT_KEY_ID_LEN + 1];
};

/* The Ed25519 key whose seed is the current key of DOMAIN_RECEIPT. */
void receipt_signer_init(struct receipt_signer *signer, const struct seal_keys *keys);
void receipt_signer_fini(struct receipt_signer *signer);

/* Who signs, and by which names they are told. */
struct receipt_issuer {
    const struct receipt_signer *signer;
    const char *name_fr, *name_ar; /* NULL is "" */
};

/* A payload as it was signed, with its signature, in the arena. */
struct packed_signature {
    ProtobufCBinaryData payload, signature;
    char *key_id;
};

/* Signs any payload; CONTEXT tells what the signature is for (service/signed_text.h). */
status receipt_sign_packed(const struct receipt_signer *signer, struct arena *arena,
                           const char *context, const ProtobufCMessage *payload,
                           struct packed_signature *ret);

status receipt_sign(const struct receipt_signer *signer, struct arena *arena,
                    const Hayat__V1__ReceiptPayload *payload,
                    Hayat__V1__SignedReceipt **ret_receipt);

#endif
