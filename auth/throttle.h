/*
 * throttle: counts what somebody does within a window, in the store: the count survives restarts, and no jump of the wall
 * clock ends or prolongs it (SEC-B4).  For what must not be tried often; floods are auth/ratelimit.h's, in memory.
 *
 * Window   counted in LIMIT_THROTTLE_SLICES parts: at most LIMIT takes within any window; one stops counting after the
 *          window and at most one part more.
 * Whom     KEY is whatever the purpose counts by (a network, a device key's hash, an owner, an e-mail address), at most
 *          LIMIT_THROTTLE_KEY_BYTES, a longer one is a bug; only a keyed hash of it and the purpose is stored.  Never count by the victim where that could lock out a live session (SEC-B4).
 * Commit   a take lives in the caller's transaction.  Who refuses after it sets rpc->keep_writes, or the attempt is not
 *          counted.
 * Threads  runs in the writer's transaction.
 * Reasons  RATE_LIMITED (with *ret_retry_after_ms; nothing more is counted) · OVERLOADED (LIMIT_THROTTLES rows) and what
 *          storage/table.h says.
 */
#ifndef HAYAT_AUTH_THROTTLE_H
#define HAYAT_AUTH_THROTTLE_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/table.h"

/* Part of the stored keys: never reuse a number. */
enum throttle_purpose {
    THROTTLE_ENROL_START_NETWORK = 1,
    THROTTLE_ENROL_START_KEY = 2,
    THROTTLE_ENROL_CONFIRM_NETWORK = 3,
    THROTTLE_ENROL_LETTERS = 4,   /* by member */
    THROTTLE_ENROL_SMS_DAY = 5,   /* by member */
    THROTTLE_ENROL_SMS_MONTH = 6, /* by member */
    THROTTLE_PASSPHRASE_DEVICE = 20,
    THROTTLE_PASSPHRASE_NETWORK = 21,
    THROTTLE_PASSPHRASE_MEMBER = 22,
    THROTTLE_STEP_UP_CODE = 23,       /* by member: passphrase sessions alone need codes */
    THROTTLE_PASSPHRASE_CHANGES = 24, /* by member, once confirmed */
    THROTTLE_SIGN_INS = 25,           /* by device, once its key has signed */
    THROTTLE_REVOKED_AGAIN =
        26,                /* by member: revoking what is revoked; nobody is kept from revoking */
    THROTTLE_NOTICES = 30, /* by member and kind of notice */
    THROTTLE_EMAIL_CODES = 31,         /* by member */
    THROTTLE_EMAIL_ADDRESS = 32,       /* by the address a code goes to */
    THROTTLE_RECTIFICATION = 33,       /* by member */
    THROTTLE_PREFERENCES = 34,         /* by member */
    THROTTLE_LIVENESS = 35,            /* by member */
    THROTTLE_ERASURE_WISHES = 36,      /* by member, once decided on */
    THROTTLE_ERASURE_WITHDRAWALS = 37, /* by member, once taken back; nobody is kept from that */
    THROTTLE_BANK_PROPOSALS = 40,      /* by member */
    THROTTLE_BANK_REFUSALS = 41,       /* by network */
    THROTTLE_BANK_STARTS = 42,         /* by member, once confirmed */
};

struct throttle_rule {
    enum throttle_purpose purpose;
    uint32_t limit;
    int64_t window_ms;
};

/* Takes one.  It writes as much when it refuses as when it does not. */
status throttle_take(struct txn *txn, const struct throttle_rule *rule, bytes key,
                     int64_t *ret_retry_after_ms);

/* Whether a take would be refused, as a take tells it, without taking: for sparing work that would be in vain. */
status throttle_peek(struct txn *txn, const struct throttle_rule *rule, bytes key,
                     int64_t *ret_retry_after_ms);

/* Forgets what was counted, after a success that proves the attempts honest. */
status throttle_clear(struct txn *txn, enum throttle_purpose purpose, bytes key);

#endif
