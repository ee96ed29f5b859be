/*
 * session: bearer tokens and the sessions behind them (SEC-B5).
 *
 * Token    "hyt_" and 52 base32 characters of 32 random bytes.  The store knows only the keyed hash of the bytes
 *          (DOMAIN_TOKEN), which is the session's key: whoever reads the store cannot sign in.
 * Rules    a session ends at its expiry, or when session_end commits; nothing prolongs it.  A check reads one row, so it
 *          is done again in the transaction that acts (SEC-A5).
 * Units    milliseconds of wall clock, from txn_now_ms (never before the high-water mark, SEC-G4).
 * Threads  re-entrant.
 * Reasons  TOKEN_INVALID (malformed, unknown, ended, expired: no difference is told) and what storage/table.h says.
 */
#ifndef HAYAT_AUTH_SESSION_H
#define HAYAT_AUTH_SESSION_H

#include "auth/principal.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/status.h"
#include "storage/table.h"

enum {
    TOKEN_BYTES = 32,
    TOKEN_TEXT_LEN = 4 + 52, /* without the NUL */
};

/* What the client gets, once. */
struct session_token {
    char text[TOKEN_TEXT_LEN + 1];
    int64_t expire_ms;
};

/* Hashes a token's text: the session's key. */
status token_hash(const struct seal_keys *keys, bytes text, uint8_t ret_hash[TOKEN_HASH_BYTES]);

/* A new session of the device, in the writer's transaction, with the row that will expire it. */
status session_create(struct txn *txn, struct owner owner, struct id device, int64_t life_ms,
                      struct session_token *ret_token);

/* Fills a MEMBER principal from a live session; PRINCIPAL->network stays. */
status session_check(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES],
                     struct principal *principal);

/* Ending what has ended is OK. */
status session_end(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES]);

#endif
