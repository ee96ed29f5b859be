/*
 * receipt_verify: checks a receipt with nothing but the fund's public key (SEC-F4).  Knows no store: clients link it.
 *
 * The signature is Ed25519 over  "hayat receipt v1" ‖ 0x00 ‖ payload.  The key id names the key and is checked too.
 *
 * Memory  outputs live in the arena.
 * Reasons RECEIPT_INVALID (any difference, whatever it is) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_RECEIPT_VERIFY_H
#define HAYAT_SERVICE_RECEIPT_VERIFY_H

#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/status.h"
#include "hayat/v1/life_certificate.pb-c.h"

enum {
    RECEIPT_PUBLIC_KEY_BYTES = 32,
    RECEIPT_SIGNATURE_BYTES = 64,
    RECEIPT_KEY_ID_LEN = 16,   /* without the NUL */
    RECEIPT_DIGEST_BYTES = 32, /* SHA-256 */
};

#define RECEIPT_CONTEXT "hayat receipt v1"
#define RECEIPT_KIND "hayat.life-certificate.receipt.v1"
#define RECEIPT_KIND_OF_DECISION "hayat.life-certificate.decision.v1"

/* First 8 bytes of BLAKE2b-256 of the public key, in hex. */
void receipt_key_id(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                    char ret_text[RECEIPT_KEY_ID_LEN + 1]);
/* What is signed, without looking at the signature. */
status receipt_payload(const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                       Hayat__V1__ReceiptPayload **ret_payload);
status receipt_verify(const uint8_t public_key[RECEIPT_PUBLIC_KEY_BYTES],
                      const Hayat__V1__SignedReceipt *receipt, struct arena *arena,
                      Hayat__V1__ReceiptPayload **ret_payload);

#endif
