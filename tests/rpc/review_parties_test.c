/*
 * Promise (RULE TASK-1): whoever gave a member a code at a counter decides nothing about them, however many agents did and under whatever entry of the
 * register: a maker is no checker for being one too many for the list.  Where nobody can say who did, since a row is damaged, nobody decides; all other
 * tasks go on.
 */
#include "base/limits.h"
#include "service/message.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"
#include "tests/support/temp_store.h"

enum { AGENTS = LIMIT_TASK_PARTIES + 4, IN_SEAL = 31 };

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

/* --- what is damaged --- */

static bool take_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    *(struct key *)ctx = key;
    return false;
}

static status find_check(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_identity_check,
                        .owner = member.owner,
                        .prefix = key_owner(member.owner),
                        .keys_only = true};
    return table_scan(txn, &scan, take_key, ctx);
}

static struct harness_reply list_tasks(const struct harness_caller *who)
{
    Hayat__Backoffice__V1__ListTasksRequest request =
        HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    return harness_call_as(&h, REVIEW_METHOD("ListTasks"), who, &request.base);
}

/* Two wait; the first is about whom too many saw, and nobody knows any more who. */
static void expect_closed(const struct harness_caller *amal, const struct reviewed_case *closed,
                          const struct reviewed_case *other)
{
    Hayat__Backoffice__V1__ClaimTaskRequest next = HAYAT__BACKOFFICE__V1__CLAIM_TASK_REQUEST__INIT;
    struct harness_reply reply = list_tasks(amal);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__ListTasksResponse *page = (void *)reply.response;
    assert_int_equal(page->n_tasks, 2);
    assert_string_equal(page->tasks[0]->task_id, closed->task);
    assert_true(page->tasks[0]->involves_me);
    assert_false(page->tasks[1]->involves_me);
    assert_reason(reviewed_claim(&h, amal, closed->task).result, TASK_INVOLVED);
    reply = harness_call_as(&h, REVIEW_METHOD("ClaimTask"), amal, &next.base);
    assert_ok(reply.result);
    assert_string_equal(((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task->task_id,
                        other->task);
}

static struct reviewed_case another_filed(void)
{
    const struct harness_member other = fund_pensioner(&h, "TEST-OTHER");
    fake_clock_advance(&h.clock, 1000);
    return reviewed_file(&h, &other, ROUTE(AUTHORITY_FORM));
}

static void a_damaged_check_closes_its_task_alone(void **state)
{
    (void)state;
    struct key check = key_empty();
    const struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "TEST-AMAL");
    const struct reviewed_case c = filed_after(AGENTS), other = another_filed();
    assert_ok(harness_read(&h, find_check, &check));
    temp_store_damage(h.app.db, TABLE_identity_check, check, IN_SEAL);
    expect_closed(&amal, &c, &other);
}

/* Of an agent whom the task could not name. */
static void a_damaged_agent_closes_its_task_alone(void **state)
{
    (void)state;
    const struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "TEST-AMAL");
    const struct reviewed_case c = filed_after(AGENTS), other = another_filed();
    for (int i = 0; i < AGENTS; i++) {
        const struct id *agent = &at_counter[i].id;
        temp_store_damage(h.app.db, TABLE_caller,
                          key_bytes(key_empty(), bytes_of(agent->bytes, ID_BYTES)), IN_SEAL);
    }
    expect_closed(&amal, &c, &other);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nobody_decides_for_being_one_too_many),
        TEST(another_entry_of_the_register_helps_nobody),
        TEST(as_many_as_fit_are_named),
        TEST(a_damaged_check_closes_its_task_alone),
        TEST(a_damaged_agent_closes_its_task_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
