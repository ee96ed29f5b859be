/*
 * limits_notify: the bounds of a member's inbox and of the ways they are told by; base/limits.h has all of them.
 */
#ifndef HAYAT_BASE_LIMITS_NOTIFY_H
#define HAYAT_BASE_LIMITS_NOTIFY_H

/* A table, one line each. */
/* clang-format off */

#define LIMIT_INBOX_ROWS 200                  /* of one member: two years of one each four days; read in one transaction */
#define LIMIT_INBOX_TRIM 4                    /* rows that go when one too many comes: what must go is looked for once in four times */
#define LIMIT_EMAIL_BYTES 128                 /* an address; with a code it fits LIMIT_OUTBOX_PAYLOAD_BYTES */
#define LIMIT_THROTTLE_KEY_BYTES LIMIT_EMAIL_BYTES /* whom a throttle counts by: an address is the longest */
#define LIMIT_EMAIL_CODE_MS (24LL * 3600 * 1000) /* mail may take its time */
#define LIMIT_EMAIL_CODE_TRIES 5              /* wrong codes; then another must be asked for */
#define LIMIT_EMAIL_CODES_A_DAY 5             /* asked for by one member ... */
#define LIMIT_EMAIL_CODES_AN_ADDRESS 3        /* ... and sent to one address in a day, whoever asks: nobody's is flooded */
#define LIMIT_OUTBOX_ADOPT_ARENA_BYTES (4 * 1024 * 1024) /* LIMIT_OUTBOX_BATCH old rows, read and written */
#define LIMIT_PUSH_TOKEN_BYTES 256
#define LIMIT_PUSH_WAITING 2                  /* wake-ups of one device that wait: the second one comes after all there is to see */

#endif
