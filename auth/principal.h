/*
 * principal: who calls.  Made once per call by the pipeline; handlers read owner and nothing else.
 */
#ifndef HAYAT_AUTH_PRINCIPAL_H
#define HAYAT_AUTH_PRINCIPAL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/id.h"
#include "base/scope.h"
#include "storage/seal.h"

/* Bits, so that a policy is a mask; the order is hayat.policy.v1.CallerKind's. */
enum caller {
    CALLER_ANONYMOUS = 1 << 0,
    CALLER_MEMBER = 1 << 1,
    CALLER_AGENT = 1 << 2,
    CALLER_CORE_SYSTEM = 1 << 3,
    CALLER_PROVIDER = 1 << 4,
};

enum { TOKEN_HASH_BYTES = 32, CERTIFICATE_KEY_BYTES = 32 };

struct principal {
    enum caller kind;
    struct owner owner;                   /* MEMBER only, else zero */
    struct id device;                     /* MEMBER only */
    uint8_t token_hash[TOKEN_HASH_BYTES]; /* MEMBER only: the session's key */
    int64_t session_expire_ms;            /* MEMBER only */
    uint64_t network; /* ANONYMOUS only: keyed hash of the caller's /24 or /56, to count by */

    /* --- AGENT, CORE_SYSTEM and PROVIDER only: by client certificate (auth/certificate.h) --- */
    struct id agent;                         /* "agt", "sys" or "prv" to id_format */
    uint8_t key_hash[CERTIFICATE_KEY_BYTES]; /* of the certificate's public key */
    uint32_t scopes; /* mask of enum scope: an agent's roles, a system's channels */
};

static inline bool principal_has_certificate(const struct principal *principal)
{
    return principal->kind == CALLER_AGENT || principal->kind == CALLER_CORE_SYSTEM ||
           principal->kind == CALLER_PROVIDER;
}

/* What is counted and remembered of a caller, by a key that it cannot choose: a member's owner, else an agent's id. */
static inline struct owner principal_account(const struct principal *principal)
{
    struct owner account = principal->owner;
    if (principal_has_certificate(principal)) {
        memcpy(account.bytes, principal->agent.bytes, OWNER_BYTES);
    }
    return account;
}

#endif
