/*
 * Promise (RULE TASK-1): whoever gave a member a code at a counter decides nothing about them, however many agents did and under whatever entry of the
 * register: a maker is no checker for being one too many for the list.
 */
#include "base/limits.h"
#include "service/message.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

enum { AGENTS = LIMIT_TASK_PARTIES + 4 };

static struct harness h;
static struct harness_member member;
static struct harness_caller at_counter[AGENTS];

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = fund_pensioner(&h, "TEST-KNOWN");
    for (int i = 0; i < AGENTS; i++) {
        at_counter[i] = named_agent(&h, SCOPE_REVIEWER, arena_printf(&h.arena, "TEST-C%d", i));
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct reviewed_case filed_after(int agents)
{
    for (int i = 0; i < agents; i++) {
        named_agent_at_counter(&h, &at_counter[i], member.owner);
    }
    return reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
}

static void nobody_decides_for_being_one_too_many(void **state)
{
    (void)state;
    const struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "TEST-AMAL");
    const struct reviewed_case c = filed_after(AGENTS);
    for (int i = 0; i < AGENTS; i++) {
        assert_reason(reviewed_claim(&h, &at_counter[i], c.task).result, TASK_INVOLVED);
    }
    assert_ok(reviewed_claim(&h, &amal, c.task).result); /* who did not, may */
}

static void another_entry_of_the_register_helps_nobody(void **state)
{
    (void)state;
    const struct harness_caller again = named_agent(&h, SCOPE_REVIEWER, "TEST-AGAIN");
    const struct reviewed_case c = filed_after(AGENTS);
    for (int i = 0; i < AGENTS; i++) {
        named_agent_rename(&h, again.id, arena_printf(&h.arena, "TEST-C%d", i));
        assert_reason(reviewed_claim(&h, &again, c.task).result, TASK_INVOLVED);
    }
}

/* A list that has room for all of them is all there is to ask: as it was when the task was opened. */
static void as_many_as_fit_are_named(void **state)
{
    (void)state;
    const struct reviewed_case c = filed_after(LIMIT_TASK_PARTIES);
    assert_reason(reviewed_claim(&h, &at_counter[LIMIT_TASK_PARTIES - 1], c.task).result,
                  TASK_INVOLVED);
    named_agent_at_counter(&h, &at_counter[LIMIT_TASK_PARTIES], member.owner); /* afterwards */
    assert_ok(reviewed_claim(&h, &at_counter[LIMIT_TASK_PARTIES], c.task).result);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nobody_decides_for_being_one_too_many),
        TEST(another_entry_of_the_register_helps_nobody),
        TEST(as_many_as_fit_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
