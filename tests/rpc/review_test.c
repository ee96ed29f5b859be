/*
 * Promise (SEC-C3, A7): a change of account whose bank gave no clear answer waits for a person, listed by due time and named by nothing else;
 * one agent at a time has it, and sees it only then, counted and told to the member; two persons are two, whatever their certificates;
 * a no ends it at once; what the member takes back is nobody's to decide; a task ends once.
 */
#include "base/array.h"
#include "base/limits.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "storage/agent_reads_store.h"
#include "storage/task_store.h"
#include "tests/support/audit.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"

#define REVIEW_METHOD(name) "/hayat.backoffice.v1.ReviewService/" name
#define STATE(name) HAYAT__V1__BANK_ACCOUNT_CHANGE_STATE__BANK_ACCOUNT_CHANGE_STATE_##name
#define TASK(name) HAYAT__BACKOFFICE__V1__TASK_STATE__TASK_STATE_##name
#define CLAIM(name) HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_##name
#define MATCH(name) HAYAT__BACKOFFICE__V1__NAME_MATCH__NAME_MATCH_##name

typedef Hayat__Backoffice__V1__Task Task;
typedef Hayat__Backoffice__V1__BankChangeReview Review;

enum { MINUTE_MS = 60 * 1000, OLD = 11, NEW = 22, OLD_DEVICE_DAYS = 400 };

static struct harness h;
static struct bank_member member;
static struct harness_caller amal, brahim;

/* --- agents --- */

static struct harness_caller reviewer(const char *staff_number)
{
    return named_agent(&h, SCOPE_REVIEWER, staff_number);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = bank_member(&h, "TEST-REVIEW", OLD, OLD_DEVICE_DAYS);
    amal = reviewer("TEST-1");
    brahim = reviewer("TEST-2");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- changes that wait --- */

struct unclear {
    const struct bank_member *m;
    struct id change;
    const char *task_id;
};

static status say_close(void *ctx, struct txn *txn)
{
    const struct unclear *u = ctx;
    struct bank_change change;
    TRY(bank_change_find(txn, u->m->member.owner, u->change, &change));
    return bank_change_answered(txn, &change, BANK_ANSWER(CLOSE_MATCH), "FICTIF ESSAI-0 SECOND");
}

static status find_task(void *ctx, struct txn *txn)
{
    struct unclear *u = ctx;
    task_row *task;
    TRY(task_store_about(txn, TASK_KIND(BANK_CHANGE), u->change, &task));
    u->task_id = message_id(&h.arena, "tsk", task->task_id);
    return STATUS_OK;
}

/* A change of M's that a person must decide on. */
struct waiting {
    const char *change_id, *task_id;
};

static struct waiting wait_for_a_person(struct bank_member *m)
{
    bank_sign_in(&h, m); /* a session may have ended with the last one's cooling */
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, m, NEW);
    assert_ok(bank_confirm(&h, m, change).result);
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_LONG_MS);
    bank_sign_in(&h, m);
    assert_int_equal(bank_run_due(&h), 1);
    struct unclear u = {.m = m};
    assert_true(id_parse(bytes_str(change->change_id), "bac", &u.change));
    assert_ok(harness_write(&h, say_close, &u));
    assert_ok(harness_read(&h, find_task, &u));
    return (struct waiting){change->change_id, u.task_id};
}

static struct waiting two_persons_task(void)
{
    bank_enrolled_by_sms(&h, &member);
    return wait_for_a_person(&member);
}

static Hayat__V1__BankAccountChangeState state_of(const struct waiting *w)
{
    return bank_get(&h, &member, w->change_id)->state;
}

static bool is_paid_on(uint64_t account)
{
    char rib[RIB_DIGITS + 1];
    bank_rib(account, rib);
    return strcmp(bank_active_rib(&h, &member), rib) == 0;
}

/* --- calls --- */

static struct harness_reply claim(const struct harness_caller *who, const char *task_id)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request =
        HAYAT__BACKOFFICE__V1__CLAIM_TASK_REQUEST__INIT;
    request.task_id = message_text(&h.arena, task_id);
    return harness_call_as(&h, REVIEW_METHOD("ClaimTask"), who, &request.base);
}

static struct harness_reply release(const struct harness_caller *who, const char *task_id)
{
    Hayat__Backoffice__V1__ReleaseTaskRequest request =
        HAYAT__BACKOFFICE__V1__RELEASE_TASK_REQUEST__INIT;
    request.task_id = message_text(&h.arena, task_id);
    return harness_call_as(&h, REVIEW_METHOD("ReleaseTask"), who, &request.base);
}

static struct harness_reply get(const struct harness_caller *who, const char *task_id)
{
    Hayat__Backoffice__V1__GetTaskRequest request = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    request.task_id = message_text(&h.arena, task_id);
    return harness_call_as(&h, REVIEW_METHOD("GetTask"), who, &request.base);
}

static Task *claimed(const struct harness_caller *who, const char *task_id)
{
    struct harness_reply reply = claim(who, task_id);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task;
}

static struct harness_reply decide(const struct harness_caller *who, const char *task_id,
                                   const char *etag, bool approve)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.task_id = message_text(&h.arena, task_id);
    request.etag = message_text(&h.arena, etag);
    request.decision = approve ? HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_APPROVE
                               : HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_REFUSE;
    request.reason = message_text(&h.arena, "A reason of this test's");
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request.base);
}

/* Claims and decides; the task as it is then. */
static Task *decided(const struct harness_caller *who, const char *task_id, bool approve)
{
    struct harness_reply reply = decide(who, task_id, claimed(who, task_id)->etag, approve);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__DecideTaskResponse *)reply.response)->task;
}

static Hayat__Backoffice__V1__ListTasksResponse *list(const struct harness_caller *who,
                                                      int32_t page_size, const char *page_token)
{
    Hayat__Backoffice__V1__ListTasksRequest request =
        HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    request.page_size = page_size;
    request.page_token = message_text(&h.arena, page_token);
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ListTasks"), who,
                                                 &request.base);
    assert_ok(reply.result);
    return (void *)reply.response;
}

/* --- the list --- */

static void open_tasks_are_listed_by_due_time(void **state)
{
    (void)state;
    const char *ids[3] = {0};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct bank_member m = bank_member(&h, arena_printf(&h.arena, "TEST-LIST-%zu", i), OLD,
                                           OLD_DEVICE_DAYS);
        ids[i] = wait_for_a_person(&m).task_id;
    }
    const char *token = "";
    for (size_t seen = 0; seen < ARRAY_LEN(ids);) {
        Hayat__Backoffice__V1__ListTasksResponse *page = list(&amal, 2, token);
        for (size_t i = 0; i < page->n_tasks; i++) {
            const Task *task = page->tasks[i];
            assert_string_equal(task->task_id, ids[seen++]);
            assert_int_equal(task->state, TASK(OPEN));
            assert_int_equal(task->kind, HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_BANK_CHANGE);
            assert_int_equal(task->due_time->seconds - task->open_time->seconds,
                             LIMIT_BANK_REVIEW_MS / 1000);
            assert_int_equal(task->persons_needed, 1);
            assert_int_equal(task->claim, CLAIM(NONE));
        }
        token = page->next_page_token;
        assert_int_equal(token[0] == '\0', seen == ARRAY_LEN(ids));
    }
    (void)decided(&amal, ids[1], false);
    Hayat__Backoffice__V1__ListTasksResponse *left = list(&amal, 0, "");
    assert_int_equal(left->n_tasks, 2); /* what is ended is not listed */
    assert_string_equal(left->tasks[1]->task_id, ids[2]);
}

static void reviewers_alone(void **state)
{
    (void)state;
    struct waiting w = wait_for_a_person(&member);
    struct harness_caller others = harness_agent(&h, SCOPE_AGENCY | SCOPE_CALL_CENTRE);
    Hayat__Backoffice__V1__ListTasksRequest request =
        HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    assert_reason(harness_call_as(&h, REVIEW_METHOD("ListTasks"), &others, &request.base).result,
                  PERMISSION_DENIED);
    assert_reason(claim(&others, w.task_id).result, PERMISSION_DENIED);
    assert_reason(release(&others, w.task_id).result, PERMISSION_DENIED);
    assert_reason(get(&others, w.task_id).result, PERMISSION_DENIED);
    assert_reason(decide(&others, w.task_id, "1", true).result, PERMISSION_DENIED);
    assert_reason(
        harness_call(&h, REVIEW_METHOD("ListTasks"), member.session.access, &request.base).result,
        PERMISSION_DENIED);
}

/* --- claiming --- */

static void one_agent_at_a_time_has_it(void **state)
{
    (void)state;
    struct waiting w = wait_for_a_person(&member);
    assert_reason(get(&amal, w.task_id).result, TASK_NOT_CLAIMED);
    Task *task = claimed(&amal, w.task_id);
    assert_int_equal(task->claim, CLAIM(MINE));
    assert_int_equal(task->claim_end_time->seconds, (h.clock.wall_ms + LIMIT_TASK_LEASE_MS) / 1000);
    assert_int_equal(list(&brahim, 0, "")->tasks[0]->claim, CLAIM(ANOTHERS));
    struct harness_reply anothers = claim(&brahim, w.task_id);
    assert_reason(anothers.result, TASK_CLAIMED);
    assert_int_equal(anothers.code, CODE_FAILED_PRECONDITION);
    assert_string_equal(anothers.error_info->reason, "TASK_CLAIMED");
    assert_reason(release(&brahim, w.task_id).result, TASK_CLAIMED);
    assert_reason(get(&brahim, w.task_id).result, TASK_NOT_CLAIMED);
    assert_reason(decide(&brahim, w.task_id, task->etag, true).result, TASK_NOT_CLAIMED);
    assert_ok(release(&amal, w.task_id).result);
    assert_ok(release(&amal, w.task_id).result); /* a retry */
    assert_int_equal(claimed(&brahim, w.task_id)->claim, CLAIM(MINE));
    assert_reason(get(&amal, w.task_id).result, TASK_NOT_CLAIMED);
}

static void a_claim_lapses_and_is_taken_over(void **state)
{
    (void)state;
    struct waiting w = wait_for_a_person(&member);
    (void)claimed(&amal, w.task_id);
    fake_clock_advance(&h.clock, 20 * MINUTE_MS);
    char *etag = claimed(&amal, w.task_id)->etag; /* once more: half an hour from now */
    h.clock.wall_ms += 24LL * 60 * MINUTE_MS;     /* no clock ends or prolongs it */
    fake_clock_advance(&h.clock, LIMIT_TASK_LEASE_MS - 1);
    assert_reason(claim(&brahim, w.task_id).result, TASK_CLAIMED);
    assert_ok(get(&amal, w.task_id).result);
    fake_clock_advance(&h.clock, 1);
    assert_reason(get(&amal, w.task_id).result, TASK_NOT_CLAIMED);
    assert_reason(decide(&amal, w.task_id, etag, true).result, TASK_NOT_CLAIMED);
    assert_int_equal(claimed(&brahim, w.task_id)->claim, CLAIM(MINE));
    assert_reason(claim(&amal, w.task_id).result, TASK_CLAIMED);
    assert_int_equal(decided(&brahim, w.task_id, true)->state, TASK(APPROVED));
}

/* --- what is seen --- */

static bool holds(bytes wire, const char *text)
{
    for (; wire.len > 0; wire = bytes_skip(wire, 1)) {
        if (bytes_starts_with(wire, text)) {
            return true;
        }
    }
    return false;
}

static void the_reviewer_sees_what_there_is_to_compare(void **state)
{
    (void)state;
    struct waiting w = two_persons_task();
    (void)claimed(&amal, w.task_id);
    struct harness_reply reply = get(&amal, w.task_id);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__GetTaskResponse *response = (void *)reply.response;
    const Review *review = response->bank_change;
    assert_int_equal(response->task->persons_needed, 2);
    assert_string_equal(review->registration_number, "TEST-REVIEW");
    assert_string_equal(review->name->given_name, "Essai-0");
    assert_true(review->name->family_name_ar[0] != '\0');
    assert_string_equal(review->change->account->holder_name, BANK_HOLDER);
    assert_string_equal(review->change->account->masked_rib, "999 \u2026 0022");
    assert_string_equal(review->old_account->masked_rib, "999 \u2026 0011");
    assert_string_equal(review->name_on_file, "FICTIF ESSAI-0 SECOND");
    assert_int_equal(review->given_match, MATCH(SAME));
    assert_int_equal(review->bank_match, MATCH(CLOSE));
    assert_int_equal(review->verification,
                     HAYAT__BACKOFFICE__V1__BANK_VERIFICATION__BANK_VERIFICATION_CLOSE_MATCH);
    assert_int_equal(review->enrolment_channel,
                     HAYAT__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS);
    assert_non_null(review->device_time);
    assert_false(holds(reply.wire, "0000000000000022") || holds(reply.wire, "0000000000000011"));
    assert_false(holds(reply.wire, member.phone_number) || holds(reply.wire, member.address));
}

struct spending {
    struct id agent;
    struct owner member;
};

static status spend(void *ctx, struct txn *txn)
{
    const struct spending *spending = ctx;
    const struct agent_budget budget = {LIMIT_AGENT_MEMBERS_PER_HOUR, LIMIT_AGENT_MEMBERS_PER_DAY};
    struct agent_budget_answer answer;
    return agent_reads_take(txn, spending->agent, spending->member, &budget, &answer);
}

static void reading_is_told_to_the_member_and_counted(void **state)
{
    (void)state;
    struct bank_member another = bank_member(&h, "TEST-REVIEW-2", OLD, OLD_DEVICE_DAYS);
    struct waiting w = wait_for_a_person(&member), second = wait_for_a_person(&another);
    (void)claimed(&amal, w.task_id);
    (void)claimed(&amal, second.task_id);
    assert_ok(get(&amal, w.task_id).result);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.ReviewService/GetTask"));
    assert_true(bytes_equal_str(entry.purpose, "review"));
    audit_assert_is(&h, entry.actor, bytes_of(amal.id.bytes, ID_BYTES));
    audit_assert_is(&h, entry.subject, bytes_of(member.member.owner.bytes, OWNER_BYTES));
    for (int i = 1; i < LIMIT_AGENT_MEMBERS_PER_HOUR; i++) {
        struct spending spending = {amal.id, {{(uint8_t)i, 1}}};
        assert_ok(harness_write(&h, spend, &spending));
    }
    assert_ok(get(&amal, w.task_id).result); /* the same one again is free */
    struct harness_reply over = get(&amal, second.task_id);
    assert_reason(over.result, AGENT_BUDGET);
    assert_string_equal(over.quota->violations[0]->subject, "members_per_hour");
    assert_int_equal(audit_last(&h, 0).outcome, REASON_AGENT_BUDGET);
}

/* --- deciding --- */

static void one_yes_changes_the_account(void **state)
{
    (void)state;
    struct waiting w = wait_for_a_person(&member);
    Task *task = claimed(&amal, w.task_id);
    assert_reason(decide(&amal, w.task_id, "1", true).result, ETAG_MISMATCH);
    assert_true(is_paid_on(OLD));
    assert_ok(decide(&amal, w.task_id, task->etag, true).result);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.event, "hayat.backoffice.v1.ReviewService/DecideTask"));
    audit_assert_is(&h, entry.actor, bytes_of(amal.id.bytes, ID_BYTES));
    audit_assert_is(&h, entry.subject, bytes_of(member.member.owner.bytes, OWNER_BYTES));
    assert_true(is_paid_on(NEW));
    assert_int_equal(state_of(&w), STATE(ACTIVE));
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGED), 2);
    assert_reason(decide(&amal, w.task_id, task->etag, false).result, TASK_CLOSED);
    assert_reason(claim(&brahim, w.task_id).result, TASK_CLOSED);
    assert_reason(get(&amal, w.task_id).result, TASK_CLOSED);
    assert_int_equal(state_of(&w), STATE(ACTIVE));
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGED), 2);
}

static void two_persons_are_two(void **state)
{
    (void)state;
    struct waiting w = two_persons_task();
    Task *task = decided(&amal, w.task_id, true);
    assert_int_equal(task->state, TASK(OPEN));
    assert_int_equal(task->claim, CLAIM(NONE)); /* free for another */
    assert_int_equal(task->vote_count, 1);
    assert_true(task->voted_by_me);
    assert_true(is_paid_on(OLD));
    assert_int_equal(state_of(&w), STATE(IN_REVIEW));
    assert_reason(claim(&amal, w.task_id).result, TASK_VOTED);
    assert_reason(decide(&amal, w.task_id, task->etag, true).result, TASK_NOT_CLAIMED);
    struct harness_caller amal_again = reviewer("TEST-1"); /* the same person, another entry */
    assert_reason(claim(&amal_again, w.task_id).result, TASK_VOTED);
    assert_false(list(&brahim, 0, "")->tasks[0]->voted_by_me);
    assert_int_equal(decided(&brahim, w.task_id, true)->state, TASK(APPROVED));
    assert_true(is_paid_on(NEW));
}

static void a_person_renamed_while_having_it_does_not_vote_twice(void **state)
{
    (void)state;
    struct waiting w = two_persons_task();
    (void)decided(&amal, w.task_id, true);
    Task *task = claimed(&brahim, w.task_id);
    named_agent_rename(&h, brahim.id, "TEST-1");
    assert_reason(decide(&brahim, w.task_id, task->etag, true).result, TASK_VOTED);
    assert_true(is_paid_on(OLD));
}

struct kept {
    struct id change;
    size_t count;
    bool last_approved;
    const char *last_reason;
};

static status read_votes(void *ctx, struct txn *txn)
{
    struct kept *kept = ctx;
    bank_change_row *row;
    TRY(bank_store_change(txn, member.member.owner, kept->change, &row));
    kept->count = row->n_votes;
    if (row->n_votes > 0) {
        kept->last_approved = row->votes[row->n_votes - 1]->approved;
        kept->last_reason = message_text(&h.arena, row->votes[row->n_votes - 1]->reason);
    }
    return STATUS_OK;
}

/* What the member's own record says of the persons' votes (SEC-F3). */
static struct kept kept_votes(const struct waiting *w)
{
    struct kept kept = {.last_reason = ""};
    assert_true(id_parse(bytes_str(w->change_id), "bac", &kept.change));
    assert_ok(harness_read(&h, read_votes, &kept));
    return kept;
}

static void a_no_ends_it_at_once(void **state)
{
    (void)state;
    struct waiting w = two_persons_task();
    (void)decided(&amal, w.task_id, true);
    assert_int_equal(decided(&brahim, w.task_id, false)->state, TASK(REFUSED));
    struct kept kept = kept_votes(&w);
    assert_int_equal(kept.count, 2);
    assert_false(kept.last_approved);
    assert_string_equal(kept.last_reason, "A reason of this test's");
    assert_int_equal(state_of(&w), STATE(REJECTED));
    assert_true(is_paid_on(OLD));
    w = wait_for_a_person(&member);
    assert_int_equal(decided(&amal, w.task_id, false)->state,
                     TASK(REFUSED)); /* nobody else asked */
    assert_int_equal(state_of(&w), STATE(REJECTED));
    assert_reason(claim(&brahim, w.task_id).result, TASK_CLOSED);
}

static void what_the_member_takes_back_is_nobodys_to_decide(void **state)
{
    (void)state;
    struct waiting w = wait_for_a_person(&member);
    Task *task = claimed(&amal, w.task_id);
    assert_ok(bank_cancel(&h, &member, w.change_id).result);
    assert_reason(decide(&amal, w.task_id, task->etag, true).result, TASK_CLOSED);
    assert_int_equal(list(&amal, 0, "")->n_tasks, 0);
    assert_int_equal(kept_votes(&w).count, 0);
    w = two_persons_task();
    (void)decided(&brahim, w.task_id, true);
    task = claimed(&amal, w.task_id);
    assert_ok(bank_refuse(&h, bank_refusal_code(&h, &member)).result);
    bank_sign_in(&h, &member);
    assert_reason(decide(&amal, w.task_id, task->etag, true).result, TASK_CLOSED);
    assert_int_equal(kept_votes(&w).count, 1); /* what was said before the member did */
    assert_int_equal(state_of(&w), STATE(REFUSED));
    assert_true(is_paid_on(OLD));
}

static void a_replayed_vote_is_one_vote(void **state)
{
    (void)state;
    struct waiting w = two_persons_task();
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.task_id = message_text(&h.arena, w.task_id);
    request.etag = claimed(&amal, w.task_id)->etag;
    request.reason = message_text(&h.arena, "A reason of this test's");
    assert_reason(harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base).result,
                  INVALID_FIELD); /* neither yes nor no */
    request.decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_APPROVE;
    struct harness_reply a = harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base);
    struct harness_reply b = harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base);
    assert_ok(a.result);
    assert_true(bytes_equal(a.wire, b.wire));
    assert_int_equal(list(&amal, 0, "")->tasks[0]->vote_count, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(open_tasks_are_listed_by_due_time),
        TEST(reviewers_alone),
        TEST(one_agent_at_a_time_has_it),
        TEST(a_claim_lapses_and_is_taken_over),
        TEST(the_reviewer_sees_what_there_is_to_compare),
        TEST(reading_is_told_to_the_member_and_counted),
        TEST(one_yes_changes_the_account),
        TEST(two_persons_are_two),
        TEST(a_person_renamed_while_having_it_does_not_vote_twice),
        TEST(a_no_ends_it_at_once),
        TEST(what_the_member_takes_back_is_nobodys_to_decide),
        TEST(a_replayed_vote_is_one_vote),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
