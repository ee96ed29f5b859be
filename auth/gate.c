#include "auth/gate.h"

status gate_check(const struct policy *policy, const struct principal *principal, int64_t now_ms)
{
    if ((policy->callers & (uint32_t)principal->kind) == 0) {
        return principal->kind == CALLER_ANONYMOUS ? FAIL(TOKEN_MISSING) : FAIL(PERMISSION_DENIED);
    }
    if (principal->kind == CALLER_MEMBER && principal->session_expire_ms <= now_ms) {
        return FAIL(TOKEN_INVALID);
    }
    if (principal_has_certificate(principal) && policy->scopes != 0 &&
        (policy->scopes & principal->scopes) == 0) {
        return FAIL(PERMISSION_DENIED);
    }
    if (policy->step_up && principal->kind != CALLER_MEMBER) {
        return FAIL(
            PERMISSION_DENIED); /* nobody else can show it; members do in the acting transaction (rpc/confirm.h) */
    }
    return STATUS_OK;
}
