/*
 * Promise: the list leaves out what others have; the next task is the first that is free, the same again for a retry, another for another
 * agent; a kind that knows yes and no takes nothing else.  A damaged task is neither shown nor given to anybody, and keeps no other.
 */
#include "base/array.h"
#include "service/message.h"
#include "service/task.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"
#include "tests/support/temp_store.h"

#define CLAIM(name) HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define KIND(name) HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_##name

enum { TASKS = 3, IN_SEAL = 31 };

static struct harness h;
static struct harness_caller amal, brahim;
static struct reviewed_case cases[TASKS];

static struct harness_caller reviewer(const char *staff_number)
{
    return named_agent(&h, SCOPE_REVIEWER, staff_number);
}

/* Three that wait, each of which two persons must accept. */
static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    amal = reviewer("TEST-1");
    brahim = reviewer("TEST-2");
    for (size_t i = 0; i < TASKS; i++) {
        struct harness_member m = fund_pensioner(&h, arena_printf(&h.arena, "TEST-QUEUE-%zu", i));
        fake_clock_advance(&h.clock, 1000);
        cases[i] = reviewed_file(&h, &m, ROUTE(WITNESSED_FORM));
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_reply claim_next(const struct harness_caller *who, int kind)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request =
        HAYAT__BACKOFFICE__V1__CLAIM_TASK_REQUEST__INIT;
    request.kind = (Hayat__Backoffice__V1__TaskKind)kind;
    return harness_call_as(&h, REVIEW_METHOD("ClaimTask"), who, &request.base);
}

static Hayat__Backoffice__V1__Task *next(const struct harness_caller *who)
{
    struct harness_reply reply = claim_next(who, KIND(UNSPECIFIED));
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task;
}

static Hayat__Backoffice__V1__DecideTaskRequest vote_of(const Hayat__Backoffice__V1__Task *task)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.task_id = task->task_id;
    request.etag = task->etag;
    request.decision = DECISION(APPROVE);
    request.reason = message_text(&h.arena, "A reason of this test's");
    return request;
}

static void approve(const struct harness_caller *who, const Hayat__Backoffice__V1__Task *task)
{
    Hayat__Backoffice__V1__DecideTaskRequest request = vote_of(task);
    assert_ok(harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request.base).result);
}

static size_t count_listed(const struct harness_caller *who, int32_t claim, int32_t kind)
{
    Hayat__Backoffice__V1__ListTasksRequest request =
        HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    size_t count = 0;
    request.page_size = 1; /* what is passed over does not fill a page */
    request.claim = (Hayat__Backoffice__V1__TaskClaim)claim;
    request.kind = (Hayat__Backoffice__V1__TaskKind)kind;
    do {
        struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ListTasks"), who,
                                                     &request.base);
        assert_ok(reply.result);
        const Hayat__Backoffice__V1__ListTasksResponse *page = (void *)reply.response;
        count += page->n_tasks;
        request.page_token = page->next_page_token;
    } while (request.page_token[0] != '\0');
    return count;
}

static void the_list_leaves_out_what_others_have(void **state)
{
    (void)state;
    assert_string_equal(next(&brahim)->task_id, cases[0].task);
    approve(&amal, next(&amal)); /* the second one: another person must, too */
    assert_int_equal(count_listed(&amal, CLAIM(UNSPECIFIED), KIND(UNSPECIFIED)), TASKS);
    assert_int_equal(count_listed(&amal, CLAIM(UNSPECIFIED), KIND(LIFE_CERTIFICATE)), TASKS);
    assert_int_equal(count_listed(&amal, CLAIM(UNSPECIFIED), KIND(BANK_CHANGE)), 0);
    assert_int_equal(count_listed(&amal, CLAIM(NONE), KIND(UNSPECIFIED)), 1); /* not voted on */
    assert_int_equal(count_listed(&brahim, CLAIM(NONE), KIND(UNSPECIFIED)), 2);
    assert_int_equal(count_listed(&amal, CLAIM(ANOTHERS), KIND(UNSPECIFIED)), 1);
    assert_int_equal(count_listed(&brahim, CLAIM(MINE), KIND(UNSPECIFIED)), 1);
    assert_int_equal(count_listed(&amal, CLAIM(MINE), KIND(UNSPECIFIED)), 0);
}

static void the_next_one_is_the_first_that_is_free(void **state)
{
    (void)state;
    assert_string_equal(next(&amal)->task_id, cases[0].task);
    const Hayat__Backoffice__V1__Task *again = next(&amal); /* a retry */
    assert_string_equal(again->task_id, cases[0].task);
    assert_string_equal(next(&brahim)->task_id, cases[1].task);
    approve(&amal, again); /* another person must, too */
    assert_string_equal(next(&amal)->task_id, cases[2].task);
    const Hayat__Backoffice__V1__Task *freed = next(&brahim); /* due before the one he has */
    assert_string_equal(freed->task_id, cases[0].task);
    approve(&brahim, freed);
    assert_string_equal(next(&brahim)->task_id, cases[1].task);
    assert_string_equal(next(&amal)->task_id, cases[2].task);
    assert_reason(claim_next(&amal, KIND(SUSPENSION)).result, TASK_NONE_FREE);
}

static status open_plain(void *ctx, struct txn *txn)
{
    const struct task_spec *spec = ctx;
    return task_open(txn, spec);
}

static void a_kind_that_knows_yes_and_no_takes_nothing_else(void **state)
{
    (void)state;
    struct task_spec spec = {.kind = TASK_KIND(BANK_CHANGE),
                             .owner = cases[0].member.owner,
                             .object = {{1}},
                             .persons_needed = 1};
    Hayat__V1__DocumentItem missing[] = {ITEM(FORM)};
    assert_ok(harness_write(&h, open_plain, &spec));
    struct harness_reply reply = claim_next(&amal, KIND(BANK_CHANGE));
    assert_ok(reply.result);
    Hayat__Backoffice__V1__DecideTaskRequest request = vote_of(
        ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task);
    request.decision = DECISION(MORE_NEEDED);
    assert_reason(harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base).result,
                  INVALID_FIELD);
    request.decision = DECISION(REFUSE);
    request.missing_items = missing;
    request.n_missing_items = ARRAY_LEN(missing);
    assert_reason(harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base).result,
                  INVALID_FIELD);
}

/* --- what is damaged --- */

static struct key task_key(const char *task)
{
    struct id id;
    assert_true(id_parse(bytes_str(task), "tsk", &id));
    return key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES));
}

static void a_damaged_task_keeps_no_other(void **state)
{
    (void)state;
    temp_store_damage(h.app.db, TABLE_task, task_key(cases[0].task), IN_SEAL); /* due first */
    assert_int_equal(count_listed(&amal, CLAIM(UNSPECIFIED), KIND(UNSPECIFIED)), TASKS - 1);
    assert_int_equal(count_listed(&amal, CLAIM(NONE), KIND(LIFE_CERTIFICATE)), TASKS - 1);
    assert_string_equal(next(&amal)->task_id, cases[1].task);
    assert_string_equal(next(&brahim)->task_id, cases[2].task);
    assert_reason(reviewed_claim(&h, &amal, cases[0].task).result, STORE_CORRUPT);
    temp_store_damage(h.app.db, TABLE_task, task_key(cases[0].task),
                      IN_SEAL); /* mended: the same bit */
    assert_int_equal(count_listed(&amal, CLAIM(UNSPECIFIED), KIND(UNSPECIFIED)), TASKS);
}

/* Its place in the list is there, and it is not. */
static status lose_task(void *ctx, struct txn *txn)
{
    struct cell cell = cell_of(TABLE_task, task_key(ctx));
    return table_delete(txn, &cell);
}

static void a_task_that_is_not_there_keeps_no_other(void **state)
{
    (void)state;
    assert_ok(harness_write(&h, lose_task, cases[1].task));
    assert_int_equal(count_listed(&amal, CLAIM(UNSPECIFIED), KIND(UNSPECIFIED)), TASKS - 1);
    assert_string_equal(next(&amal)->task_id, cases[0].task);
    assert_string_equal(next(&brahim)->task_id, cases[2].task);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_list_leaves_out_what_others_have),
        TEST(the_next_one_is_the_first_that_is_free),
        TEST(a_kind_that_knows_yes_and_no_takes_nothing_else),
        TEST(a_damaged_task_keeps_no_other),
        TEST(a_task_that_is_not_there_keeps_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
