/*
 * limits_bank: the bounds of changing the account a member is paid on; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_BANK_H
#define HAYAT_BASE_LIMITS_BANK_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_BANK_PROPOSAL_MS (15 * 60 * 1000)               /* a proposal waits so long for its confirmation */
#define LIMIT_BANK_STARTS 3                                   /* changes confirmed in a day: each sends a letter and a text message when it starts, and when it stops */
#define LIMIT_BANK_COOLING_MS (72LL * 3600 * 1000)            /* SEC-C1: the member has time to refuse ... */
#define LIMIT_BANK_COOLING_LONG_MS (7 * 24LL * 3600 * 1000)   /* ... longer when the device is young, or was enrolled by SMS */
#define LIMIT_BANK_YOUNG_DEVICE_MS (30 * 24LL * 3600 * 1000)  /* SEC-C1: younger than this is young */
#define LIMIT_BANK_FREEZE_MS (7 * 24LL * 3600 * 1000)         /* after a refusal nothing is proposed for so long */
#define LIMIT_BANK_CHANGES 100                                /* of one member that are looked at: eight years of one a month */
#define LIMIT_BANK_UNCONFIRMED_MS (2 * 24LL * 3600 * 1000)    /* what was never confirmed is forgotten so long after it ended */
#define LIMIT_BANK_STEPS 16                                   /* a change has at most seven */
#define LIMIT_BANK_DUE 32                                     /* changes looked at in one step of the job */
#define LIMIT_BANK_TRIES 400                                  /* questions to the bank: two weeks at one an hour, and the first ones faster */
#define LIMIT_BANK_RETRY_MS 60000                             /* the wait after the first unanswered question, then doubled up to ... */
#define LIMIT_BANK_RETRY_MAX_MS (3600LL * 1000)               /* ... an hour, with a random half of it more or less */
#define LIMIT_BANK_CALL_MS 10000                              /* SEC-C3: a slower answer is none */
#define LIMIT_BANK_OPEN_MS 30000                              /* after three unanswered questions the bank is left alone so long, then longer */
#define LIMIT_BANK_NAME_BYTES 128                             /* a name on an account, in UTF-8 */
#define LIMIT_BANK_REVIEW_MS (3 * 24LL * 3600 * 1000)         /* a person should decide within so long */

#endif
