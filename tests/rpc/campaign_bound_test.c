/*
 * Promise: nobody is reminded, or proposed for a suspension, who is obliged to nothing: who has left, is being erased or is not on file; who comes
 * back is, from then on (campaign_return_test.c), and who only stopped using the service was all along (RULE LC-19).  A proposal whose conditions
 * hold no more is taken back by the job, however old its year is, and made anew a week later when they hold again, so that no proposal is
 * forgotten and no task waits that nobody can say yes to; and nobody ends that by declaring uploads and cancelling them for ever.
 */
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/obligation_record.h"
#include "service/task.h"
#include "storage/member_erasure_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define DAYS(n) ((n)*24LL * 3600 * 1000)
#define NUMBER "990000081"

enum { FIRST_DAY = 20468 }; /* 2026-01-15, the harness's first day */

static struct harness h;
static struct harness_member m;

static status put_rules(void *ctx, struct txn *txn)
{
    static const int32_t offsets[] = {-10, 5};
    (void)ctx;
    return fund_reminder_plan(txn, offsets, 2);
}

struct leaving {
    int64_t left_days; /* 0: insured */
};

static status put_member(void *ctx, struct txn *txn)
{
    const struct leaving *leaving = ctx;
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.registration_number = message_text(txn_arena(txn), NUMBER);
    member.phone_number = message_text(txn_arena(txn), "+212600000000");
    member.preferred_language = message_text(txn_arena(txn), "fr");
    member.left_ms = leaving->left_days * DAYS(1);
    member.return_steady_ms = member.left_ms == 0 ? txn_steady_ms(txn) : 0; /* as the feed does */
    return member_store_put(txn, m.owner, &member);
}

static void leave(int64_t left_days)
{
    struct leaving leaving = {left_days};
    assert_ok(harness_write(&h, put_member, &leaving));
}

static void come_back(void)
{
    leave(0);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    h.app.access_token_ms = DAYS(200);
    m = harness_member(&h, NUMBER);
    fund_put_family(&h, m.owner, 0);
    fund_put_pension(&h, m.owner);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    come_back();
    assert_ok(harness_write(&h, put_rules, NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct walk_counts a_day(void)
{
    return fund_campaign_day(&h, m.owner);
}

static void assert_nothing_is_asked(void)
{
    struct walk_counts day = a_day();
    assert_int_equal(day.members, 1);
    assert_int_equal(day.reminders, 0);
    assert_int_equal(day.proposed, 0);
}

struct found {
    obligation_row row;
    bool is_there;
};

static status find_row(void *ctx, struct txn *txn)
{
    struct found *found = ctx;
    obligation_row *row;
    status s = obligation_store_get(txn, m.owner, 2026, 1, &row);
    found->is_there = ok(s);
    if (ok(s)) {
        found->row = *row;
    }
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static struct found obligation(void)
{
    struct found found;
    assert_ok(harness_read(&h, find_row, &found));
    return found;
}

/* --- who is reminded --- */

static void test_who_left_is_not_reminded(void **state)
{
    (void)state;
    leave(FIRST_DAY + 20);
    fake_clock_advance(&h.clock, DAYS(21)); /* a reminder's day, and the first one not insured */
    assert_nothing_is_asked();
    assert_false(obligation().is_there); /* of whom nothing is due */
    come_back();
    assert_int_equal(a_day().reminders, 1); /* and nobody who is obliged misses one */
    assert_true(obligation().is_there);
}

static void test_the_last_day_insured_counts_in(void **state)
{
    (void)state;
    leave(FIRST_DAY + 21);
    fake_clock_advance(&h.clock, DAYS(21));
    assert_int_equal(a_day().reminders, 1);
    fake_clock_advance(&h.clock, DAYS(15)); /* the second one's day */
    assert_nothing_is_asked();
}

static status put_erasure(void *ctx, struct txn *txn)
{
    const bool *use_only = ctx;
    member_erasure_row row = HAYAT__STORE__V1__STORED_MEMBER_ERASURE__INIT;
    row.use_only = *use_only;
    return member_erasure_store_put(txn, m.owner, &row);
}

static void test_who_is_being_erased_is_not_reminded(void **state)
{
    (void)state;
    bool use_only = false;
    assert_ok(harness_write(&h, put_erasure, &use_only));
    fake_clock_advance(&h.clock, DAYS(21));
    assert_nothing_is_asked();
    use_only = true; /* still a pensioner, who has to file */
    assert_ok(harness_write(&h, put_erasure, &use_only));
    assert_int_equal(a_day().reminders, 1);
}

static status drop_member(void *ctx, struct txn *txn)
{
    struct cell cell = cell_of_owner(TABLE_member, m.owner, key_owner(m.owner));
    (void)ctx;
    return table_delete(txn, &cell);
}

static void test_who_is_not_on_file_is_not_reminded(void **state)
{
    (void)state;
    assert_ok(harness_write(&h, drop_member, NULL));
    fake_clock_advance(&h.clock, DAYS(21));
    assert_nothing_is_asked();
}

/* --- proposals --- */

static void until_proposed(void)
{
    (void)a_day();
    fake_clock_advance(&h.clock, DAYS(21));
    assert_true(a_day().reminders >= 1); /* another year's certificate has one of its own */
    fake_clock_advance(&h.clock, DAYS(15));
    assert_true(a_day().reminders >= 1);
    fund_carry_reminders(&h, m.owner, 2026);
    assert_int_equal(a_day().proposed, 0);
    fake_clock_advance(&h.clock, DAYS(26));
    assert_int_equal(a_day().proposed, 1);
    assert_int_equal(obligation().row.state, OBLIGATION(SUSPENSION_PROPOSED));
}

static const char *the_task(const struct harness_caller *agent)
{
    Hayat__Backoffice__V1__ListTasksRequest request;
    hayat__backoffice__v1__list_tasks_request__init(&request);
    request.kind = HAYAT__BACKOFFICE__V1__TASK_KIND__TASK_KIND_SUSPENSION;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ListTasks"), agent,
                                                 &request.base);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__ListTasksResponse *response =
        (const Hayat__Backoffice__V1__ListTasksResponse *)reply.response;
    assert_true(response->n_tasks <= 1);
    return response->n_tasks == 0 ? NULL : response->tasks[0]->task_id;
}

static status approve(const struct harness_caller *agent)
{
    Hayat__Backoffice__V1__DecideTaskRequest decide;
    hayat__backoffice__v1__decide_task_request__init(&decide);
    const char *task = the_task(agent);
    assert_non_null(task);
    struct harness_reply reply = reviewed_claim(&h, agent, task);
    assert_ok(reply.result);
    decide.request_id = fund_request_id(&h);
    decide.task_id = message_text(&h.arena, task);
    decide.etag = ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task->etag;
    decide.decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_APPROVE;
    decide.reason = message_text(&h.arena, "A reason of this test's");
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), agent, &decide.base).result;
}

static void assert_withdrawn(const struct harness_caller *agent)
{
    struct walk_counts day = a_day();
    assert_int_equal(day.withdrawn, 1);
    assert_int_equal(day.proposed, 0);
    assert_null(the_task(agent));
    assert_int_equal(obligation().row.state, OBLIGATION(DUE));
    assert_int_equal(a_day().withdrawn, 0); /* once */
}

static void test_who_left_is_not_suspended(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1");
    until_proposed();
    leave(FIRST_DAY + 61);
    assert_withdrawn(&amal);
    assert_nothing_is_asked();
    come_back();
    /* What reminded them says nothing of the time in which the fund told them as gone, perhaps by mistake: one more has to arrive. */
    struct walk_counts day = a_day();
    assert_int_equal(day.reminders, 1);
    assert_int_equal(day.proposed, 0);
    fund_carry_reminders(&h, m.owner, 2026);
    assert_int_equal(a_day().proposed, 0);
    fake_clock_advance(&h.clock, LIMIT_SUSPENSION_WAIT_MS);
    assert_int_equal(a_day().proposed, 1);
}

/* A draft of last year's campaign: it answers no proposal of this year's. */
static char *last_years_draft(void)
{
    fund_put_campaign(&h, 2026, 300, 330, 360);
    fund_put_campaign(&h, 2025, -14, 30, 60);
    char *certificate = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    fund_put_campaign(&h, 2026, -14, 30, 60);
    return certificate;
}

static status cancel(const char *upload)
{
    Hayat__V1__CancelUploadRequest request = HAYAT__V1__CANCEL_UPLOAD_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.upload_id = message_text(&h.arena, upload);
    return harness_call(&h, UPLOAD_METHOD("CancelUpload"), m.token, &request.base).result;
}

/* An upload is under way for another certificate: nobody can say yes, and the question is not lost. */
static void test_what_holds_no_more_is_asked_again(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1"),
                          brahim = named_agent(&h, SCOPE_REVIEWER, "S-2");
    char *other = last_years_draft();
    until_proposed();
    assert_ok(approve(&amal));
    struct fund_file file = {other, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, 1)};
    char *upload = fund_declare(&h, m.token, &file);
    assert_reason(approve(&brahim), SUSPENSION_NOT_ALLOWED);
    assert_withdrawn(&amal);
    assert_int_equal(a_day().proposed, 0); /* not while it is */
    assert_ok(cancel(upload));
    assert_int_equal(a_day().proposed, 0); /* not at once either */
    fake_clock_advance(&h.clock, LIMIT_SUSPENSION_AGAIN_MS - 1);
    assert_int_equal(a_day().proposed, 0);
    fake_clock_advance(&h.clock, 1);
    assert_int_equal(a_day().proposed, 1);
    assert_ok(approve(&amal)); /* both anew: what they looked at has changed */
    assert_int_equal(obligation().row.state, OBLIGATION(SUSPENSION_PROPOSED));
    assert_ok(approve(&brahim));
    assert_int_equal(obligation().row.state, OBLIGATION(SUSPENDED));
}

static char *declared(const char *certificate)
{
    struct fund_file file = {certificate, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, 1),
                             NULL};
    return fund_declare(&h, m.token, &file);
}

/* Then the proposal stays, with the votes that there are; nobody can say yes while an upload is open, and nobody needs to begin anew. */
static void test_toggling_moves_nobody_for_ever(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1"),
                          brahim = named_agent(&h, SCOPE_REVIEWER, "S-2");
    char *other = last_years_draft();
    until_proposed();
    for (int i = 0; i < LIMIT_SUSPENSION_WITHDRAWALS; i++) {
        char *upload = declared(other);
        assert_withdrawn(&amal);
        assert_ok(cancel(upload));
        assert_int_equal(a_day().proposed, 0);
        fake_clock_advance(&h.clock, LIMIT_SUSPENSION_AGAIN_MS);
        assert_int_equal(a_day().proposed, 1);
    }
    assert_ok(approve(&amal));
    char *upload = declared(other);
    assert_int_equal(a_day().withdrawn, 0);
    assert_reason(approve(&brahim), SUSPENSION_NOT_ALLOWED);
    assert_ok(cancel(upload));
    assert_ok(approve(&brahim));
    assert_int_equal(obligation().row.state, OBLIGATION(SUSPENDED));
}

/* Other reasons than an upload take it back as before. */
static void test_what_stays_over_an_upload_ends_over_the_rest(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1");
    char *other = last_years_draft();
    until_proposed();
    for (int i = 0; i < LIMIT_SUSPENSION_WITHDRAWALS; i++) {
        char *upload = declared(other);
        assert_withdrawn(&amal);
        assert_ok(cancel(upload));
        fake_clock_advance(&h.clock, LIMIT_SUSPENSION_AGAIN_MS);
        assert_int_equal(a_day().proposed, 1);
    }
    (void)declared(other);
    leave(FIRST_DAY + 61);
    assert_withdrawn(&amal);
}

/* It expires after a week; that its row was not dropped yet keeps nobody from being asked about. */
static void test_an_upload_that_expired_is_none(void **state)
{
    (void)state;
    char *other = last_years_draft();
    (void)declared(other);
    until_proposed();
}

enum { TURNS = LIMIT_OBLIGATION_STEPS };

static status toggle(void *ctx, struct txn *txn)
{
    const struct life_certificate_list none = {.count = 0};
    obligation_row *row;
    (void)ctx;
    TRY(obligation_store_get(txn, m.owner, 2026, 1, &row));
    obligation_suspension next = row->suspension == SUSPENSION(PROPOSED) ? SUSPENSION(UNSPECIFIED)
                                                                         : SUSPENSION(PROPOSED);
    return obligation_record_set(txn, m.owner, row, &none, next);
}

static void test_how_the_year_began_is_kept(void **state)
{
    (void)state;
    (void)a_day();
    int64_t began_ms = obligation().row.steps[0]->time_ms;
    for (int i = 0; i < TURNS; i++) {
        fake_clock_advance(&h.clock, DAYS(1));
        assert_ok(harness_write(&h, toggle, NULL));
    }
    const obligation_row row = obligation().row;
    assert_int_equal(row.n_steps, LIMIT_OBLIGATION_STEPS);
    assert_int_equal(row.steps[0]->state, OBLIGATION(DUE));
    for (int64_t i = 0; i < LIMIT_OBLIGATION_STEPS / 2; i++) {
        assert_int_equal(row.steps[i]->time_ms, began_ms + DAYS(i));
    }
    for (int64_t i = LIMIT_OBLIGATION_STEPS / 2; i < LIMIT_OBLIGATION_STEPS; i++) {
        assert_int_equal(row.steps[i]->time_ms, began_ms + DAYS(i + 1));
    }
}

/* Three campaigns on, the question is open yet: who left is not asked about by it. */
static void test_an_old_proposal_is_taken_back(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1");
    until_proposed();
    fund_put_campaign(&h, 2028, 60, 90, 120);
    leave(FIRST_DAY + 61);
    assert_withdrawn(&amal);
}

static status spend(void *ctx, struct txn *txn)
{
    obligation_row *row;
    (void)ctx;
    TRY(obligation_store_get(txn, m.owner, 2026, 1, &row));
    obligation_record_spend(txn, row);
    return obligation_store_put(txn, m.owner, row);
}

/* Reminders of before a no count for none: the proposal that rested on them cannot be decided on, ever. */
static void test_a_proposal_over_spent_reminders_is_taken_back(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1"),
                          brahim = named_agent(&h, SCOPE_REVIEWER, "S-2");
    until_proposed();
    assert_ok(approve(&amal));
    assert_ok(harness_write(&h, spend, NULL));
    assert_reason(approve(&brahim), SUSPENSION_NOT_ALLOWED);
    assert_withdrawn(&amal);
    fake_clock_advance(&h.clock, DAYS(60));
    assert_int_equal(a_day().proposed, 0); /* nobody loses a pension over them */
}

/* The proposal, and a certificate that is refused while it waits: as the flow leaves them, in one transaction. */
static status refuse_beside(void *ctx, struct txn *txn)
{
    struct id id = id_new(txn_random(txn));
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    Hayat__Store__V1__StoredFinding finding = HAYAT__STORE__V1__STORED_FINDING__INIT,
                                    *findings[] = {&finding};
    uint8_t receipt[] = "a receipt";
    const struct certificate_decision no = {
        .outcome = CERTIFICATE_REFUSED, .decided_by = id, .n_findings = 1, .findings = findings};
    (void)ctx;
    certificate.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    certificate.year = 2026;
    certificate.state = CERTIFICATE(IN_REVIEW); /* and no step of it has answered the proposal */
    certificate.decision_receipt = (ProtobufCBinaryData){sizeof receipt, receipt};
    return certificate_decided(txn, m.owner, &certificate, &no);
}

static void test_a_refusal_beside_a_proposal_takes_it_back(void **state)
{
    (void)state;
    struct harness_caller amal = named_agent(&h, SCOPE_REVIEWER, "S-1");
    until_proposed();
    assert_ok(harness_write(&h, refuse_beside, NULL));
    assert_null(the_task(&amal));
    assert_int_equal(obligation().row.state, OBLIGATION(REFUSED));
    for (int i = 0; i < LIMIT_SUSPENSION_REMINDERS; i++) { /* reminded anew ... */
        fake_clock_advance(&h.clock, LIMIT_REMINDER_AGAIN_MS);
        assert_int_equal(a_day().reminders, 1);
        fund_carry_reminders(&h, m.owner, 2026);
        assert_int_equal(a_day().proposed, 0);
    }
    fake_clock_advance(&h.clock, LIMIT_SUSPENSION_WAIT_MS);
    assert_int_equal(a_day().proposed, 1); /* ... and asked about anew */
    assert_non_null(the_task(&amal));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_left_is_not_reminded),
        TEST(test_the_last_day_insured_counts_in),
        TEST(test_who_is_being_erased_is_not_reminded),
        TEST(test_who_is_not_on_file_is_not_reminded),
        TEST(test_who_left_is_not_suspended),
        TEST(test_what_holds_no_more_is_asked_again),
        TEST(test_toggling_moves_nobody_for_ever),
        TEST(test_what_stays_over_an_upload_ends_over_the_rest),
        TEST(test_an_upload_that_expired_is_none),
        TEST(test_how_the_year_began_is_kept),
        TEST(test_an_old_proposal_is_taken_back),
        TEST(test_a_proposal_over_spent_reminders_is_taken_back),
        TEST(test_a_refusal_beside_a_proposal_takes_it_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
