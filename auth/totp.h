/*
 * totp: time-based one-time codes (RFC 6238, HMAC-SHA-1, steps of 30 s), for authenticator programs and hardware tokens.
 *
 * A code is taken for the step before and after too, since clocks differ, and never for a step up to the last one taken: no code works
 * twice, nor an older one after it.
 * Threads  re-entrant.
 */
#ifndef HAYAT_AUTH_TOTP_H
#define HAYAT_AUTH_TOTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

enum {
    TOTP_KEY_BYTES = 20, /* RFC 4226 R6 */
    TOTP_DIGITS = 6,
    TOTP_STEP_MS = 30000,
};

/* The code of one step, of DIGITS (6 to 8) digits. */
uint32_t totp_code(bytes key, uint64_t step, int digits);

/* The step for which the code (TOTP_DIGITS digits of text) is right, around now_ms and past last_step; false when there is none. */
struct totp_try {
    bytes key, code;
    int64_t now_ms;
    uint64_t last_step;
};
bool totp_find(const struct totp_try *attempt, uint64_t *ret_step);

#endif
