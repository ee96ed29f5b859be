/*
 * session: sessions and the tokens that stand for them (SEC-B5, SEC-B8).
 *
 * A sign-in opens a family: one session, whatever access and refresh tokens it has had.  The family's row knows its live access
 * tokens, so that ending it deletes their rows with it, in one transaction: an access token is good exactly as long as its row is
 * there and not over, and a check reads that one row.  It is read again in the transaction that acts (SEC-A5), from memory
 * while nothing was written there (storage/opened.h).  Refresh tokens are auth/refresh.h's.
 *
 * Rules    an access token ends at its expiry or with its family.  A family ends LIMIT_SESSION_IDLE_MS after its last refresh, at
 *          LIMIT_SESSION_MS, when it is ended, with its device, or when a newer one needs its place (LIMIT_SESSIONS_PER_MEMBER).
 * Units    milliseconds of wall clock, from txn_now_ms (never before the high-water mark, SEC-G4).
 * Threads  re-entrant; what writes runs in the writer's transaction.
 * Reasons  TOKEN_INVALID (malformed, unknown, ended, expired: no difference is told) and what storage/table.h says.
 */
#ifndef HAYAT_AUTH_SESSION_H
#define HAYAT_AUTH_SESSION_H

#include "auth/device_key.h"
#include "auth/principal.h"
#include "auth/token.h"
#include "base/bytes.h"
#include "base/signed_call.h"
#include "base/status.h"
#include "storage/session_family_store.h"
#include "storage/table.h"

/* --- opening --- */

/* What the client gets, once. */
struct session_token {
    char text[TOKEN_TEXT_LEN + 1];
    int64_t expire_ms;
};

struct session_tokens {
    struct session_token access;
    struct session_token refresh;           /* expires when the session is idle */
    uint8_t nonce[SIGNED_CALL_NONCE_BYTES]; /* to be signed with the refresh token */
    int64_t end_ms;                         /* the absolute end */
};

struct session_options {
    struct owner owner;
    struct id device;             /* all zero: none, then ... */
    const struct device_key *key; /* ... the session's own key; NULL with a device */
    int64_t access_ms;            /* an access token's life */
};

/* A new session, in the writer's transaction, with the rows that will expire it. */
status session_open(struct txn *txn, const struct session_options *options,
                    struct session_tokens *ret_tokens);

/* The same for tests and tools that need no more than an access token. */
status session_create(struct txn *txn, struct owner owner, struct id device, int64_t access_ms,
                      struct session_token *ret_token);

/* --- checking --- */

struct session_family {
    struct owner owner;
    struct id id;
    session_family_row *row; /* in the transaction's arena; may be changed and put back */
};

/* Hashes an access token's text: the session's key. */
status token_hash(const struct seal_keys *keys, bytes text, uint8_t ret_hash[TOKEN_HASH_BYTES]);

/* Fills a MEMBER principal from a live session; PRINCIPAL->network stays. */
status session_check(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES],
                     struct principal *principal);

/* The session behind a checked principal's token. */
status session_of(struct txn *txn, const struct principal *principal,
                  struct session_family *ret_family);
/* The key that signs for the session: its device's while that is not revoked, or its own.  TOKEN_INVALID when there is none (any
   more).  The key lives in the transaction's arena. */
status session_signer(struct txn *txn, const struct session_family *family,
                      struct device_key *ret_key);

/* --- ending; what has ended is OK --- */

/* The session of an access token, with all its tokens. */
status session_end(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES]);
status session_end_family(struct txn *txn, struct owner owner, struct id id);
/* Every session of the member, or those that DEVICE signs for. */
status session_end_all(struct txn *txn, struct owner owner);
status session_end_device(struct txn *txn, struct owner owner, struct id device);

/* --- for auth/refresh.c --- */

/* Gives the family another access token, ending the oldest when there are too many; the row is changed, not put. */
status session_add_access(struct txn *txn, const struct session_family *family,
                          const uint8_t hash[TOKEN_HASH_BYTES], int64_t expire_ms);
/* A refresh token of the family that works from now on, under its keyed hash; draws its nonce. */
status session_add_refresh(struct txn *txn, const struct session_family *family,
                           const uint8_t hash[TOKEN_HASH_BYTES], int64_t idle_ms,
                           uint8_t ret_nonce[SIGNED_CALL_NONCE_BYTES]);
/* Until when a refresh token made now works. */
int64_t session_idle_ms(int64_t now_ms, int64_t access_expire_ms, int64_t end_ms);

#endif
