/*
 * policy: what a method demands, as rpcgen read it from the proto (hayat/policy/v1/policy.proto).  Constants.
 */
#ifndef HAYAT_AUTH_POLICY_H
#define HAYAT_AUTH_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/throttle.h"

enum transaction_kind {
    TRANSACTION_NONE = 1,
    TRANSACTION_READ,
    TRANSACTION_WRITE,
    TRANSACTION_MANUAL
};
enum audit_kind { AUDIT_NONE, AUDIT_CHANGE, AUDIT_READ }; /* the default is settled by rpcgen */
enum idempotency { IDEMPOTENCY_READ_ONLY = 1, IDEMPOTENCY_REQUEST_ID, IDEMPOTENCY_NATURAL };

struct policy {
    uint32_t callers; /* mask of enum caller */
    enum transaction_kind transaction;
    enum idempotency idempotency;
    uint16_t rate_class; /* index into rate_class_names, generated */
    int32_t rate_per_minute, rate_burst;
    int32_t deadline_ms;
    int32_t max_request_bytes;
    const struct throttle_rule *throttles; /* taken in the writer's transaction */
    size_t throttle_count;
    bool step_up;
    enum audit_kind audit;
    uint32_t
        scopes; /* mask of enum scope: a caller with a certificate needs one of them; 0 for none */
};

#endif
