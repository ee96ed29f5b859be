#include "rpc/count.h"

bytes count_caller(const struct call *call)
{
    const struct principal *principal = &call->principal;
    if (principal->kind == CALLER_ANONYMOUS) {
        return bytes_of(&principal->network, sizeof principal->network);
    }
    return principal_has_certificate(principal) ? bytes_of(principal->agent.bytes, ID_BYTES)
                                                : bytes_of(principal->owner.bytes, OWNER_BYTES);
}

static status take(struct call *call)
{
    const struct policy *policy = &call->route->policy;
    for (size_t i = 0; i < policy->throttle_count; i++) {
        TRY(throttle_take(call->rpc.txn, &policy->throttles[i], count_caller(call),
                          &call->rpc.details.retry_after_ms));
    }
    return STATUS_OK;
}

status count_take(struct call *call)
{
    if (call->counted) { /* before it went aside, and committed then */
        call->count_committed = true;
        return STATUS_OK;
    }
    call->counted = true;
    return take(call);
}

status count_keep(struct call *call, status outcome)
{
    bool needs_no_help = ok(outcome) || call->rpc.keep_writes || call->count_committed;
    if (needs_no_help || call->route->policy.throttle_count == 0) {
        return outcome;
    }
    table_drop_writes(call->rpc.txn);
    call->rpc.keep_writes = ok(take(call));
    return outcome;
}
