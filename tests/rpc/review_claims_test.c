/*
 * Promise: no agent keeps tasks from the others: a claim renewed, given back or let lapse and taken again is theirs for so long in all, and then
 * others come first; nobody has more than a pile of them at one time, and what they decided on or gave back is not theirs any more.
 */
#include "base/array.h"
#include "base/limits.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "service/task.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define CLAIM(name) HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_##name

enum { TASKS = LIMIT_TASK_CLAIMS + 2, STEP_MS = 20 * 60 * 1000 };

static struct harness h;
static struct harness_caller amal, brahim;
static char *tasks[TASKS];

/* Whatever a kind means: claims are the same for all. */
static status open_task(void *ctx, struct txn *txn)
{
    struct task_spec spec = {.kind = TASK_KIND(SUSPENSION), .due_in_ms = 1000, .persons_needed = 2};
    task_row *task;
    spec.object = id_new(txn_random(txn));
    TRY(task_open(txn, &spec));
    TRY(task_store_about(txn, spec.kind, spec.object, &task));
    *(char **)ctx = message_id(&h.arena, "tsk", task->task_id);
    return STATUS_OK;
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    brahim = named_agent(&h, SCOPE_REVIEWER, "TEST-2");
    for (size_t i = 0; i < ARRAY_LEN(tasks); i++) {
        assert_ok(harness_write(&h, open_task, &tasks[i]));
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static status claimed(const struct harness_caller *who, const char *task)
{
    fake_clock_advance(&h.clock, 1000); /* the rate of calls is another matter */
    return reviewed_claim(&h, who, task).result;
}

static status released(const struct harness_caller *who, char *task)
{
    Hayat__Backoffice__V1__ReleaseTaskRequest request =
        HAYAT__BACKOFFICE__V1__RELEASE_TASK_REQUEST__INIT;
    request.task_id = task;
    return harness_call_as(&h, REVIEW_METHOD("ReleaseTask"), who, &request.base).result;
}

static size_t count_free(const struct harness_caller *who)
{
    Hayat__Backoffice__V1__ListTasksRequest request =
        HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    request.claim = CLAIM(NONE);
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ListTasks"), who,
                                                 &request.base);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__ListTasksResponse *)reply.response)->n_tasks;
}

/* --- how long --- */

/* Renewed in time, or given back and taken again. */
static void hold_as_long_as_may_be(bool gives_back)
{
    int64_t begin_us = h.clock.mono_us;
    assert_ok(claimed(&amal, tasks[0]));
    while (h.clock.mono_us - begin_us < (LIMIT_TASK_HOLD_MS - STEP_MS) * 1000) {
        fake_clock_advance(&h.clock, STEP_MS - 1000);
        if (gives_back) {
            assert_ok(released(&amal, tasks[0]));
        }
        assert_ok(claimed(&amal, tasks[0]));
    }
    fake_clock_advance(&h.clock, STEP_MS);
    struct harness_reply over = reviewed_claim(&h, &amal, tasks[0]);
    assert_reason(over.result, TASK_HELD);
    assert_int_equal(over.code, CODE_FAILED_PRECONDITION);
}

static void a_claim_renewed_ends_all_the_same(void **state)
{
    (void)state;
    hold_as_long_as_may_be(false);
    assert_int_equal(count_free(&amal), TASKS - 1);
    assert_int_equal(count_free(&brahim), TASKS);
    assert_ok(claimed(&brahim, tasks[0]));
    assert_ok(released(&brahim, tasks[0]));
    assert_ok(claimed(&amal, tasks[0])); /* somebody else had it */
}

static void nor_does_giving_it_back_help(void **state)
{
    (void)state;
    hold_as_long_as_may_be(true);
    struct harness_reply next = reviewed_claim(&h, &amal, "");
    assert_ok(next.result);
    assert_string_not_equal(
        ((Hayat__Backoffice__V1__ClaimTaskResponse *)next.response)->task->task_id, tasks[0]);
}

static void whom_nobody_relieves_may_go_on(void **state)
{
    (void)state;
    hold_as_long_as_may_be(false);
    fake_clock_advance(&h.clock, LIMIT_TASK_REST_MS);
    assert_ok(claimed(&amal, tasks[0]));
}

/* --- how many --- */

static void take_a_pile(void)
{
    for (size_t i = 0; i < LIMIT_TASK_CLAIMS; i++) {
        assert_ok(claimed(&amal, tasks[i]));
    }
    struct harness_reply full = reviewed_claim(&h, &amal, tasks[LIMIT_TASK_CLAIMS]);
    assert_reason(full.result, TASK_CLAIM_LIMIT);
    assert_int_equal(full.code, CODE_RESOURCE_EXHAUSTED);
    assert_string_equal(full.quota->violations[0]->subject, "claimed_tasks");
    assert_ok(claimed(&brahim, tasks[LIMIT_TASK_CLAIMS]));
    assert_ok(claimed(&amal, tasks[0])); /* once more is no other */
}

static void a_pile_is_enough(void **state)
{
    (void)state;
    take_a_pile();
    assert_ok(released(&amal, tasks[3]));
    assert_ok(claimed(&amal, tasks[LIMIT_TASK_CLAIMS + 1]));
    assert_reason(claimed(&amal, tasks[3]), TASK_CLAIM_LIMIT);
}

struct voting {
    const char *task;
    struct id agent;
};

static status vote(void *ctx, struct txn *txn)
{
    const struct voting *voting = ctx;
    struct id id;
    task_row *task;
    assert_true(id_parse(bytes_str(voting->task), "tsk", &id));
    TRY(task_find(txn, id, &task));
    return task_vote(txn, task,
                     &(struct task_vote){
                         .agent = voting->agent, .said = TASK_STATE(APPROVED), .reason = "seen"});
}

static void what_was_voted_on_is_off_the_pile(void **state)
{
    (void)state;
    take_a_pile();
    assert_ok(harness_write(&h, vote, &(struct voting){tasks[5], amal.id}));
    assert_ok(claimed(&amal, tasks[LIMIT_TASK_CLAIMS + 1]));
}

static void what_lapsed_is_off_the_pile(void **state)
{
    (void)state;
    take_a_pile();
    fake_clock_advance(&h.clock, LIMIT_TASK_LEASE_MS);
    assert_ok(claimed(&amal, tasks[LIMIT_TASK_CLAIMS + 1]));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_claim_renewed_ends_all_the_same), TEST(nor_does_giving_it_back_help),
        TEST(whom_nobody_relieves_may_go_on),    TEST(a_pile_is_enough),
        TEST(what_was_voted_on_is_off_the_pile), TEST(what_lapsed_is_off_the_pile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
