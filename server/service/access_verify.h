/*
 * access_verify: checks a list of accesses with nothing but the fund's audit key (SEC-F2).  Knows no store: clients link it.
 *
 * The proof leads from one entry to a signed head; each access names the one before, so everything up to that entry is proven:
 * no number is missing, nothing was changed, and what the list shows is what the entries say.  Accesses after the newest
 * signed head wait for the next one, a minute at most.
 * Reasons  ACCESS_PROOF_INVALID (any difference, whatever it is).
 */
#ifndef HAYAT_SERVICE_ACCESS_VERIFY_H
#define HAYAT_SERVICE_ACCESS_VERIFY_H

#include <stdint.h>

#include "base/status.h"
#include "hayat/v1/privacy.pb-c.h"

enum { ACCESS_PUBLIC_KEY_BYTES = 32 };

struct access_list {
    Hayat__V1__Access *const *accesses; /* newest first, all of them */
    size_t count;
};

/* *ret_proven: how many of them, the oldest ones, are proven. */
status access_verify(const uint8_t public_key[ACCESS_PUBLIC_KEY_BYTES],
                     const Hayat__V1__GetAccessProofResponse *proof, struct access_list list,
                     size_t *ret_proven);

#endif
