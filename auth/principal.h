/*
 * principal: who calls.  Made once per call by the pipeline; handlers read owner and nothing else.
 */
#ifndef HAYAT_AUTH_PRINCIPAL_H
#define HAYAT_AUTH_PRINCIPAL_H

#include <stdint.h>

#include "base/id.h"
#include "storage/seal.h"

/* Bits, so that a policy is a mask; the order is hayat.policy.v1.CallerKind's. */
enum caller {
    CALLER_ANONYMOUS = 1 << 0,
    CALLER_MEMBER = 1 << 1,
    CALLER_AGENT = 1 << 2,
    CALLER_CORE_SYSTEM = 1 << 3,
    CALLER_PROVIDER = 1 << 4,
};

enum { TOKEN_HASH_BYTES = 32 };

struct principal {
    enum caller kind;
    struct owner owner;                   /* MEMBER only, else zero */
    struct id device;                     /* MEMBER only */
    uint8_t token_hash[TOKEN_HASH_BYTES]; /* MEMBER only: the session's key */
    int64_t session_expire_ms;            /* MEMBER only */
    uint64_t network; /* ANONYMOUS only: keyed hash of the caller's /24 or /56, to count by */
};

#endif
