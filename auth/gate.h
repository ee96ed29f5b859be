/*
 * gate: the one place that decides whether a caller may call a method (SEC-A2).  Pure: policy × principal × now.
 *
 * Scopes are asked of callers with a certificate alone: one of the policy's is enough.  What a policy demands and a
 * principal cannot show (step-up) is refused: the gate fails closed.
 * Reasons  TOKEN_MISSING (anonymous where that is not enough) · TOKEN_INVALID (the session is over) ·
 *          PERMISSION_DENIED.
 */
#ifndef HAYAT_AUTH_GATE_H
#define HAYAT_AUTH_GATE_H

#include "auth/policy.h"
#include "auth/principal.h"
#include "base/status.h"

status gate_check(const struct policy *policy, const struct principal *principal, int64_t now_ms);

#endif
