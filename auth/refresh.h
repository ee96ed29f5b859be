/*
 * refresh: new tokens for old ones, over networks that lose answers, so that a stolen token is found out (SEC-B6, SEC-B7).
 *
 *     refresh_read (a transaction) → refresh_verify (outside any) → refresh_settle (the writer's transaction, reads all again)
 *
 * The device signs (signed_call.h) the nonce that came with the refresh token; a token has one nonce and is used once, so no round
 * trip is spent on asking for one.  The same token, rotation id and signature get the same tokens again for
 * LIMIT_ROTATION_REPEAT_MS; any other use of a used token ends the session.
 *
 * Memory   the struct lives in the call's arena, which is wiped at its end.
 * Threads  one at a time.
 * Reasons  TOKEN_INVALID (unknown, or its session is over) · SIGNATURE_INVALID · TOKEN_REUSED (the session was ended: commit that) and
 *          what storage/table.h says.
 */
#ifndef HAYAT_AUTH_REFRESH_H
#define HAYAT_AUTH_REFRESH_H

#include "auth/refresh_rules.h"
#include "auth/session.h"

enum { ROTATION_ID_LEN = 36 };

struct refresh {
    /* --- the request --- */
    bytes token_text, rotation_id, signature;
    int64_t access_ms; /* the new access token's life */

    /* --- set by refresh_read and refresh_verify --- */
    struct token token;
    uint8_t hash[TOKEN_HASH_BYTES];
    struct owner owner;
    Hayat__Store__V1__DeviceAlgorithm algorithm;
    uint8_t public_key[DEVICE_P256_KEY_BYTES];
    size_t public_key_len;
    uint8_t nonce[SIGNED_CALL_NONCE_BYTES];
    bool signature_good;

    /* --- set by refresh_settle --- */
    struct session_tokens tokens;
    struct id device; /* all zero for a session without one */
};

#define REFRESH_METHOD "/hayat.v1.SessionService/RefreshSession"

status refresh_read(struct txn *txn, struct refresh *refresh);
void refresh_verify(struct refresh *refresh);
status refresh_settle(struct txn *txn, struct refresh *refresh);

#endif
