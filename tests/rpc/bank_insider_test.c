/*
 * Promise (SEC-A7, C1 to C4): somebody of the fund who has every role on one certificate, a second certificate, a colleague's silence, the
 * member's papers in the file and a phone of their own cannot have the member's money sent elsewhere: not by their certificate, not by a
 * code from the counter, not by deciding on what came of it, not by replaying what was decided, and they never see a whole account number.
 * What they may do to a file on its way to the core system is in tests/unit/tools/hayatctl/bank_export_test.c; the feed, in bank_feed_test.c.
 */
#include "base/array.h"
#include "base/limits.h"
#include "base/scope.h"
#include "hayat/backoffice/v1/agency.pb-c.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "storage/task_store.h"
#include "tests/support/applicant.h"
#include "tests/support/audit.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"

#define REVIEW_METHOD(name) "/hayat.backoffice.v1.ReviewService/" name
#define AGENCY_METHOD(name) "/hayat.backoffice.v1.AgencyService/" name
#define STATE(name) HAYAT__V1__BANK_ACCOUNT_CHANGE_STATE__BANK_ACCOUNT_CHANGE_STATE_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define NUMBER "999000042"

enum { OLD = 11, THIEFS = 22, OLD_DEVICE_DAYS = 400, DAY_MS = 24 * 3600 * 1000 };

static struct harness h;
static struct bank_member member, thief; /* the same person, by the fund's records */
static struct harness_caller insider, colleague;

/* --- the insider's means --- */

/* Every role an agent may have, and a certificate. */
static struct harness_caller employee(const char *staff_number)
{
    return named_agent(&h, SCOPE_AGENCY | SCOPE_CALL_CENTRE | SCOPE_REVIEWER, staff_number);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = bank_member(&h, NUMBER, OLD, OLD_DEVICE_DAYS);
    insider = employee("TEST-7");
    colleague = employee("TEST-8");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static const char *counter_code(const struct applicant *a)
{
    Hayat__Backoffice__V1__MemberKey key = HAYAT__BACKOFFICE__V1__MEMBER_KEY__INIT;
    Hayat__Backoffice__V1__Access access = HAYAT__BACKOFFICE__V1__ACCESS__INIT;
    Hayat__Backoffice__V1__IssueEnrolmentCodeRequest request =
        HAYAT__BACKOFFICE__V1__ISSUE_ENROLMENT_CODE_REQUEST__INIT;
    key.key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_REGISTRATION_NUMBER;
    key.registration_number = message_text(&h.arena, NUMBER);
    access.purpose = HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_ENROLMENT;
    request.member = &key;
    request.access = &access;
    request.document = HAYAT__BACKOFFICE__V1__IDENTITY_DOCUMENT__IDENTITY_DOCUMENT_NATIONAL_CARD;
    request.document_number = message_text(&h.arena, a->cine_number);
    struct harness_reply reply = harness_call_as(&h, AGENCY_METHOD("IssueEnrolmentCode"), &insider,
                                                 &request.base);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__IssueEnrolmentCodeResponse *)reply.response)->code;
}

/* A code at the counter for nobody who stands there, and a phone of the insider's enrolled with it: it is a device like any other. */
static void enrol_own_phone(void)
{
    struct applicant a = applicant(&h, NUMBER);
    a.cine_number = "ZZ999001"; /* the file has it */
    a.birth_days = -5000;
    const char *code = counter_code(&a);
    assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
    struct harness_reply confirmed = applicant_confirm(&h, &a, code);
    assert_ok(confirmed.result);
    thief = member;
    assert_true(id_parse(bytes_str(applicant_device(&confirmed)), "dev", &thief.member.device));
    memcpy(thief.member.device_secret, a.secret_key, sizeof thief.member.device_secret);
    bank_sign_in(&h, &thief);
}

static const char *thiefs_change(void)
{
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &thief, THIEFS);
    assert_ok(bank_confirm(&h, &thief, change).result);
    return change->change_id;
}

/* The member never heard; the bank has the thief under a name that is close. */
static const char *change_in_review(void)
{
    enrol_own_phone();
    const char *id = thiefs_change();
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_LONG_MS);
    bank_sign_in(&h, &thief);
    assert_int_equal(bank_run_due(&h), 1);
    assert_ok(bank_answer_with(&h, &thief, id, BANK_ANSWER(CLOSE_MATCH)));
    return id;
}

static bool is_paid_on(uint64_t account)
{
    char rib[RIB_DIGITS + 1];
    bank_rib(account, rib);
    return strcmp(bank_active_rib(&h, &member), rib) == 0;
}

/* --- as a reviewer --- */

struct finding {
    struct id change;
    const char *task_id;
};

static status find_task(void *ctx, struct txn *txn)
{
    struct finding *f = ctx;
    task_row *task;
    TRY(task_store_about(txn, TASK_KIND(BANK_CHANGE), f->change, &task));
    f->task_id = message_id(&h.arena, "tsk", task->task_id);
    return STATUS_OK;
}

static char *task_of(const char *change_id)
{
    struct finding f;
    assert_true(id_parse(bytes_str(change_id), "bac", &f.change));
    assert_ok(harness_read(&h, find_task, &f));
    return message_text(&h.arena, f.task_id);
}

static struct harness_reply claim(const struct harness_caller *who, const char *task_id)
{
    Hayat__Backoffice__V1__ClaimTaskRequest request =
        HAYAT__BACKOFFICE__V1__CLAIM_TASK_REQUEST__INIT;
    request.task_id = message_text(&h.arena, task_id);
    return harness_call_as(&h, REVIEW_METHOD("ClaimTask"), who, &request.base);
}

static Hayat__Backoffice__V1__DecideTaskRequest approval(const struct harness_caller *who,
                                                         char *task_id)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    struct harness_reply claimed = claim(who, task_id);
    assert_ok(claimed.result);
    request.request_id = fund_request_id(&h);
    request.task_id = task_id;
    request.etag = ((Hayat__Backoffice__V1__ClaimTaskResponse *)claimed.response)->task->etag;
    request.decision = DECISION(APPROVE);
    request.reason = message_text(&h.arena, "It is fine, believe me");
    return request;
}

static struct harness_reply decide(const struct harness_caller *who,
                                   const Hayat__Backoffice__V1__DecideTaskRequest *request)
{
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request->base);
}

/* --- what they try --- */

/* A certificate is nobody's session: what is the member's is the member's. */
static void a_certificate_changes_no_account(void **state)
{
    (void)state;
    Hayat__V1__ProposeBankAccountRequest propose = HAYAT__V1__PROPOSE_BANK_ACCOUNT_REQUEST__INIT;
    Hayat__V1__ConfirmBankAccountChangeRequest confirm =
        HAYAT__V1__CONFIRM_BANK_ACCOUNT_CHANGE_REQUEST__INIT;
    Hayat__V1__GetBankAccountRequest get = HAYAT__V1__GET_BANK_ACCOUNT_REQUEST__INIT;
    Hayat__V1__ListBankAccountChangesRequest list =
        HAYAT__V1__LIST_BANK_ACCOUNT_CHANGES_REQUEST__INIT;
    char rib[RIB_DIGITS + 1];
    bank_rib(THIEFS, rib);
    propose.request_id = fund_request_id(&h);
    propose.account_number = rib;
    propose.holder_name = message_text(&h.arena, BANK_HOLDER);
    confirm.request_id = fund_request_id(&h);
    confirm.change_id = bank_proposed(&h, &member, THIEFS)->change_id;
    confirm.etag = message_text(&h.arena, "1");
    const struct {
        const char *path;
        const ProtobufCMessage *request;
    } tries[] = {{BANK_METHOD("ProposeBankAccount"), &propose.base},
                 {BANK_METHOD("ConfirmBankAccountChange"), &confirm.base},
                 {BANK_METHOD("GetBankAccount"), &get.base},
                 {BANK_METHOD("ListBankAccountChanges"), &list.base}};
    for (size_t i = 0; i < ARRAY_LEN(tries); i++) {
        assert_reason(harness_call_as(&h, tries[i].path, &insider, tries[i].request).result,
                      PERMISSION_DENIED);
    }
    struct harness_stream s;
    assert_false(
        harness_stream_open_as(&s, &h, "/hayat.backoffice.v1.FeedService/ImportRecords", &insider));
    assert_reason(harness_stream_close(&s).result, PERMISSION_DENIED);
    assert_true(is_paid_on(OLD));
}

/* The code is named after them, the member hears of the device and of the change by post and telephone, and has a week. */
static void a_code_from_the_counter_leaves_the_member_a_week(void **state)
{
    (void)state;
    enrol_own_phone();
    assert_true(bank_notices(&h, &member, NOTICE_DEVICE_ADDED) > 0);
    const char *id = thiefs_change();
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGE_STARTED), 2);
    const char *code = bank_refusal_code(&h, &member);
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_LONG_MS - 1);
    assert_int_equal(bank_run_due(&h), 0);
    assert_ok(bank_refuse(&h, code).result); /* the letter arrived on the last day */
    assert_false(member_session_works(&h, thief.session.access));
    bank_sign_in(&h, &thief); /* the phone is enrolled still */
    assert_int_equal(bank_get(&h, &thief, id)->state, STATE(REFUSED));
    assert_reason(bank_propose(&h, &thief, THIEFS).result, BANK_CHANGE_FROZEN);
    assert_true(is_paid_on(OLD));
}

/* Whoever gave the code out has no voice on what came of it, however many certificates they have. */
static void the_one_who_gave_the_code_out_decides_nothing(void **state)
{
    (void)state;
    const char *id = change_in_review();
    char *task = task_of(id);
    assert_reason(claim(&insider, task).result, TASK_INVOLVED);
    assert_reason(claim(&insider, "").result, TASK_NONE_FREE);
    struct harness_caller second = employee("TEST-7"); /* renewed, or registered once more */
    assert_reason(claim(&second, task).result, TASK_INVOLVED);
    Hayat__Backoffice__V1__DecideTaskRequest yes = approval(&colleague, task);
    assert_reason(decide(&insider, &yes).result, TASK_NOT_CLAIMED);
    assert_ok(decide(&colleague, &yes).result);
    assert_reason(claim(&insider, task).result, TASK_INVOLVED); /* nor as the second */
    assert_int_equal(bank_get(&h, &thief, id)->state, STATE(IN_REVIEW));
    assert_true(is_paid_on(OLD));
}

/* A phone of a week decides nothing with one voice, and a person's is one however many certificates they have. */
static void one_person_is_one_voice(void **state)
{
    (void)state;
    const char *id = change_in_review();
    char *task = task_of(id);
    Hayat__Backoffice__V1__DecideTaskRequest mine = approval(&colleague, task);
    assert_ok(decide(&colleague, &mine).result);
    assert_int_equal(bank_get(&h, &thief, id)->state, STATE(IN_REVIEW));
    assert_reason(claim(&colleague, task).result, TASK_VOTED);
    struct harness_caller second = employee("test-8 "); /* renewed, or registered once more */
    assert_reason(claim(&second, task).result, TASK_VOTED);
    assert_ok(decide(&colleague, &mine).result); /* replayed: the first answer, not another vote */
    mine.request_id = fund_request_id(&h);
    assert_reason(decide(&colleague, &mine).result, TASK_NOT_CLAIMED);
    assert_reason(decide(&second, &mine).result, TASK_NOT_CLAIMED);
    assert_true(is_paid_on(OLD));
    struct harness_caller third = employee("TEST-9");
    Hayat__Backoffice__V1__DecideTaskRequest no = approval(&third, task);
    no.decision = DECISION(REFUSE);
    assert_ok(decide(&third, &no).result);
    assert_int_equal(bank_get(&h, &thief, id)->state, STATE(REJECTED));
    assert_true(is_paid_on(OLD));
}

/* What was said of one change says nothing of the next. */
static void a_decision_is_of_its_change_alone(void **state)
{
    (void)state;
    const char *first = change_in_review();
    Hayat__Backoffice__V1__DecideTaskRequest said = approval(&colleague, task_of(first));
    assert_ok(decide(&colleague, &said).result);
    bank_sign_in(&h, &member);
    assert_ok(bank_cancel(&h, &member, first).result);
    const char *second = thiefs_change();
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_LONG_MS);
    bank_sign_in(&h, &thief);
    assert_int_equal(bank_run_due(&h), 1);
    assert_ok(bank_answer_with(&h, &thief, second, BANK_ANSWER(NOT_POSSIBLE)));
    assert_reason(decide(&colleague, &said).result, TASK_CLOSED);
    said.task_id = task_of(second);
    assert_reason(decide(&colleague, &said).result, TASK_NOT_CLAIMED);
    assert_int_equal(bank_get(&h, &thief, second)->state, STATE(IN_REVIEW));
    assert_true(is_paid_on(OLD));
}

static bool holds(bytes wire, const char *text)
{
    for (; wire.len > 0; wire = bytes_skip(wire, 1)) {
        if (bytes_starts_with(wire, text)) {
            return true;
        }
    }
    return false;
}

static void whole_numbers_are_not_theirs_to_read(void **state)
{
    (void)state;
    static const uint64_t accounts[] = {OLD, THIEFS};
    const char *id = change_in_review();
    Hayat__Backoffice__V1__GetTaskRequest get = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    Hayat__Backoffice__V1__ListTasksRequest list = HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    get.task_id = task_of(id);
    struct harness_reply claimed = claim(&colleague, get.task_id);
    struct harness_reply replies[] = {
        claimed, harness_call_as(&h, REVIEW_METHOD("GetTask"), &colleague, &get.base),
        harness_call_as(&h, REVIEW_METHOD("ListTasks"), &insider, &list.base)};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        assert_ok(replies[i].result);
        for (size_t a = 0; a < ARRAY_LEN(accounts); a++) {
            char rib[RIB_DIGITS + 1];
            bank_rib(accounts[a], rib);
            assert_false(holds(replies[i].wire, rib) || holds(replies[i].wire, rib + 6));
        }
    }
    struct audit_entry entry = audit_last(&h, 0); /* and the member sees who looked */
    audit_assert_is(&h, entry.actor, bytes_of(colleague.id.bytes, ID_BYTES));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_certificate_changes_no_account),
        TEST(a_code_from_the_counter_leaves_the_member_a_week),
        TEST(the_one_who_gave_the_code_out_decides_nothing),
        TEST(one_person_is_one_voice),
        TEST(a_decision_is_of_its_change_alone),
        TEST(whole_numbers_are_not_theirs_to_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
