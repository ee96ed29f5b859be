/* The gate lets in exactly the callers a policy names, fails closed on what nobody can show, and knows the time (SEC-A2). */
#include "auth/gate.h"
#include "base/array.h"
#include "tests/support/cm.h"

static const enum caller kinds[] = {CALLER_ANONYMOUS, CALLER_MEMBER, CALLER_AGENT,
                                    CALLER_CORE_SYSTEM, CALLER_PROVIDER};

static void every_set_of_callers_against_every_caller(void **state)
{
    (void)state;
    for (uint32_t callers = 0; callers < 1U << ARRAY_LEN(kinds); callers++) {
        for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
            struct policy policy = {.callers = callers};
            struct principal principal = {.kind = kinds[k], .session_expire_ms = 100};
            enum reason expected = (callers & (uint32_t)kinds[k]) != 0 ? REASON_OK
                                   : kinds[k] == CALLER_ANONYMOUS      ? REASON_TOKEN_MISSING
                                                                       : REASON_PERMISSION_DENIED;
            assert_int_equal(gate_check(&policy, &principal, 99).why, expected);
        }
    }
}

static void a_session_ends_at_its_millisecond(void **state)
{
    (void)state;
    struct policy policy = {.callers = CALLER_MEMBER};
    struct principal principal = {.kind = CALLER_MEMBER, .session_expire_ms = 100};
    assert_ok(gate_check(&policy, &principal, 99));
    assert_reason(gate_check(&policy, &principal, 100), TOKEN_INVALID);
}

static void what_nobody_can_show_is_refused(void **state)
{
    (void)state;
    struct principal member = {.kind = CALLER_MEMBER, .session_expire_ms = 100};
    struct principal agent = {.kind = CALLER_AGENT};
    struct policy step_up = {.callers = CALLER_MEMBER | CALLER_AGENT, .step_up = true};
    assert_reason(gate_check(&step_up, &agent, 0), PERMISSION_DENIED);
    assert_ok(gate_check(&step_up, &member, 0)); /* shows it in the acting transaction */
}

static void one_scope_of_the_policy_is_enough_and_needed(void **state)
{
    (void)state;
    struct policy policy = {.callers = CALLER_AGENT | CALLER_MEMBER | CALLER_CORE_SYSTEM,
                            .scopes = SCOPE_AGENCY | SCOPE_FEED};
    for (uint32_t scopes = 0; scopes < 1U << 10; scopes++) {
        struct principal agent = {.kind = CALLER_AGENT, .scopes = scopes};
        struct principal core_system = {.kind = CALLER_CORE_SYSTEM, .scopes = scopes};
        enum reason expected = (scopes & (SCOPE_AGENCY | SCOPE_FEED)) != 0
                                   ? REASON_OK
                                   : REASON_PERMISSION_DENIED;
        assert_int_equal(gate_check(&policy, &agent, 0).why, expected);
        assert_int_equal(gate_check(&policy, &core_system, 0).why, expected);
    }
    struct principal member = {.kind = CALLER_MEMBER, .session_expire_ms = 100};
    assert_ok(gate_check(&policy, &member, 0)); /* scopes are no matter of members */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_of_callers_against_every_caller),
        cmocka_unit_test(a_session_ends_at_its_millisecond),
        cmocka_unit_test(what_nobody_can_show_is_refused),
        cmocka_unit_test(one_scope_of_the_policy_is_enough_and_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
