#include "auth/gate.h"

status gate_check(const struct policy *policy, const struct principal *principal, int64_t now_ms)
{
    if ((policy->callers & (uint32_t)principal->kind) == 0) {
        return principal->kind == CALLER_ANONYMOUS ? FAIL(TOKEN_MISSING) : FAIL(PERMISSION_DENIED);
    }
    if (principal->kind == CALLER_MEMBER && principal->session_expire_ms <= now_ms) {
        return FAIL(TOKEN_INVALID);
    }
    if (policy->step_up || policy->scopes[0] != '\0') {
        return FAIL(PERMISSION_DENIED); /* no principal can show either: fail closed (SEC-A2) */
    }
    return STATUS_OK;
}
