/*
 * signed_call: what a device signs to refresh its session and to confirm an act (SEC-B6).
 *
 * Message  "hayat signed call v1" ‖ 0x00 ‖ nonce (32) ‖ SHA-256(token) (32) ‖ method ‖ SHA-256(body) (32).
 *          token   the bearer token's text, as it is sent: the refresh token, or the access token that confirms
 *          method  "/hayat.v1.SessionService/RefreshSession"
 *          body    refresh: the rotation_id's text; step-up: the text shown ‖ 0x00 ‖ the request's bytes
 *          Everything but the method has a fixed length, so no two calls have one message.  docs/clients.md has test vectors.
 * Threads  re-entrant.
 */
#ifndef HAYAT_BASE_SIGNED_CALL_H
#define HAYAT_BASE_SIGNED_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    SIGNED_CALL_NONCE_BYTES = 32,
    SIGNED_CALL_HASH_BYTES = 32,
    SIGNED_CALL_METHOD_MAX = 128,
    SIGNED_CALL_MESSAGE_MAX = 20 + 1 + SIGNED_CALL_NONCE_BYTES + 2 * SIGNED_CALL_HASH_BYTES +
                              SIGNED_CALL_METHOD_MAX,
};

struct signed_call {
    uint8_t nonce[SIGNED_CALL_NONCE_BYTES];
    uint8_t token_digest[SIGNED_CALL_HASH_BYTES];
    const char *method; /* at most SIGNED_CALL_METHOD_MAX characters (assert) */
    uint8_t body_hash[SIGNED_CALL_HASH_BYTES];
};

/* Returns its length. */
size_t signed_call_message(const struct signed_call *call, uint8_t out[SIGNED_CALL_MESSAGE_MAX]);

/* SHA-256 of one thing. */
void signed_call_digest(bytes of, uint8_t out[SIGNED_CALL_HASH_BYTES]);
/* SHA-256 of TEXT ‖ 0x00 ‖ REQUEST. */
void signed_call_body(bytes text, bytes request, uint8_t out[SIGNED_CALL_HASH_BYTES]);

#endif
