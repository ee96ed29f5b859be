/*
 * limits_session: the bounds of sessions, passphrases and confirmations; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_SESSION_H
#define HAYAT_BASE_LIMITS_SESSION_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_SESSION_IDLE_MS (30 * 60 * 1000)             /* without a refresh, SEC-B5 */
#define LIMIT_SESSION_MS (30LL * 24 * 3600 * 1000)         /* from sign-in to the end, SEC-B5 */
#define LIMIT_SESSIONS_PER_MEMBER 16                       /* at one time; one more ends the one idle longest */
#define LIMIT_ACCESS_PER_SESSION 4                         /* access tokens of a session that work at one time: calls in flight outlive a refresh */
#define LIMIT_ROTATIONS 8192                               /* refreshes of a session: twice one every ten minutes for 30 days; each leaves a row */
#define LIMIT_ROTATION_REPEAT_MS (24LL * 3600 * 1000)      /* how long a refresh whose answer was lost may be asked again, SEC-B7 */
#define LIMIT_PASSPHRASE_TRIES 10                          /* passphrases tried for one member from one network ... */
#define LIMIT_PASSPHRASE_NETWORK_TRIES 120                 /* ... from one network: a carrier's has many people behind it ... */
#define LIMIT_PASSPHRASE_TRIES_MS (3600 * 1000)            /* ... in an hour */
#define LIMIT_PASSPHRASE_MEMBER_TRIES 100                  /* for one member from anywhere (NIST SP 800-63B 5.2.2) ... */
#define LIMIT_PASSPHRASE_MEMBER_MS (24LL * 3600 * 1000)    /* ... in a day; devices still sign in */
#define LIMIT_SIGN_INS 200                                 /* of one device in a day, each an audit entry for ever: a session lasts 30 days */
#define LIMIT_PASSPHRASE_CHANGES 20                        /* ... of a member in a day, likewise */
#define LIMIT_REVOKED_AGAIN 20                             /* ... devices revoked that are revoked already, likewise */
#define LIMIT_STEP_UP_MS 120000                            /* a person reads a sentence and unlocks a key */
#define LIMIT_STEP_UP_CODES 10                             /* one-time codes a passphrase session may try for a step-up ... */
#define LIMIT_STEP_UP_CODES_MS (3600 * 1000)               /* ... in an hour */
#define LIMIT_STEP_UP_TEXT_BYTES 1024                      /* the sentence, in UTF-8: Arabic letters take two */

#endif
