/*
 * Promise (SEC-A7, B1, RULE LC-11, TASK-1): nobody proves a life alone.  Whoever takes papers in decides nothing of them, under any entry of the
 * register; what no device vouches for takes two persons, as what a device enrolled by text message filed does, whatever became of it since.
 */
#include "auth/session.h"
#include "hayat/backoffice/v1/agency.pb-c.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "service/message.h"
#include "storage/device_store.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define CERTIFICATE_IS(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define TASK(name) HAYAT__BACKOFFICE__V1__TASK_STATE__TASK_STATE_##name
#define CAUTION(name) HAYAT__BACKOFFICE__V1__REVIEW_CAUTION__REVIEW_CAUTION_##name

typedef Hayat__Backoffice__V1__Task Task;
typedef Hayat__Backoffice__V1__LifeCertificateReview Review;

enum { DAY_MS = 24 * 3600 * 1000 };

static struct harness h;
static struct harness_member member;
static struct harness_caller amal;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = fund_pensioner(&h, "TEST-LIVING");
    amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static Task *claimed(const struct harness_caller *who, const char *task)
{
    struct harness_reply reply = reviewed_claim(&h, who, task);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task;
}

/* What a yes leaves of the task. */
static int32_t approved(const struct harness_caller *who, const struct reviewed_case *c)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.task_id = c->task;
    request.etag = claimed(who, c->task)->etag;
    request.decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_APPROVE;
    request.reason = message_text(&h.arena, "A reason of this test's");
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("DecideTask"), who,
                                                 &request.base);
    assert_ok(reply.result);
    return (int32_t)((Hayat__Backoffice__V1__DecideTaskResponse *)reply.response)->task->state;
}

static Review *looked_at(const struct harness_caller *who, const struct reviewed_case *c)
{
    Hayat__Backoffice__V1__GetTaskRequest request = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    request.task_id = c->task;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("GetTask"), who, &request.base);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__GetTaskResponse *)reply.response)->life_certificate;
}

static status enrol_by_sms(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredDevice *device;
    (void)ctx;
    TRY(device_store_get(txn, member.owner, member.device, &device));
    device->enrolled_by = HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS;
    return device_store_put(txn, member.owner, device);
}

/* --- filed by a session that no device vouches for --- */

struct opening {
    struct harness_member *as;
};

static status sign_in_without_device(void *ctx, struct txn *txn)
{
    const struct opening *opening = ctx;
    static const uint8_t public_key[32] = {9};
    const struct device_key key = {HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519,
                                   {public_key, sizeof public_key}};
    struct session_tokens tokens;
    TRY(session_open(
        txn,
        &(struct session_options){.owner = opening->as->owner, .key = &key, .access_ms = DAY_MS},
        &tokens));
    size_t len = strlen(tokens.access.text);
    assert_true(len < sizeof opening->as->token);
    memcpy(opening->as->token, tokens.access.text, len + 1);
    return STATUS_OK;
}

/* As a sign-in by passphrase leaves it: whose only device was enrolled by text message gets by with no less. */
static void a_passphrase_takes_two_to_accept(void **state)
{
    (void)state;
    struct harness_member thief = member;
    assert_ok(harness_write(&h, enrol_by_sms, NULL));
    assert_ok(harness_write(&h, sign_in_without_device, &(struct opening){&thief}));
    struct reviewed_case c = reviewed_file(&h, &thief, ROUTE(AUTHORITY_FORM));
    assert_int_equal(claimed(&amal, c.task)->persons_needed, 2);
    assert_int_equal(looked_at(&amal, &c)->n_cautions, 1);
    assert_int_equal(looked_at(&amal, &c)->cautions[0], CAUTION(NO_DEVICE));
    assert_int_equal(approved(&amal, &c), TASK(OPEN));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(IN_REVIEW));
}

static status drop_device(void *ctx, struct txn *txn)
{
    (void)ctx;
    return device_store_drop(txn, member.owner, member.device);
}

/* What vouched is kept with the filing, whatever becomes of the device. */
static void a_device_that_went_says_no_less(void **state)
{
    (void)state;
    assert_ok(harness_write(&h, enrol_by_sms, NULL));
    struct reviewed_case c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    assert_ok(harness_write(&h, drop_device, NULL));
    (void)claimed(&amal, c.task);
    assert_int_equal(looked_at(&amal, &c)->cautions[0], CAUTION(ENROLLED_BY_SMS));
}

/* --- papers --- */

/* A witnessed form that was taken in by WHO, who says so. */
static struct reviewed_case taken_in(const struct harness_caller *who)
{
    Hayat__Backoffice__V1__MemberKey key = HAYAT__BACKOFFICE__V1__MEMBER_KEY__INIT;
    Hayat__Backoffice__V1__Access access = HAYAT__BACKOFFICE__V1__ACCESS__INIT;
    Hayat__Backoffice__V1__RegisterPaperFilingRequest request =
        HAYAT__BACKOFFICE__V1__REGISTER_PAPER_FILING_REQUEST__INIT;
    key.key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_REGISTRATION_NUMBER;
    key.registration_number = message_text(&h.arena, "TEST-LIVING");
    access.purpose = HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_FILING;
    request.request_id = fund_request_id(&h);
    request.member = &key;
    request.access = &access;
    request.route = ROUTE(WITNESSED_FORM);
    request.sheet_count = 1;
    request.reference = message_text(&h.arena, "TEST-PAPER");
    struct harness_reply reply = harness_call_as(
        &h, "/hayat.backoffice.v1.AgencyService/RegisterPaperFiling", who, &request.base);
    assert_ok(reply.result);
    struct reviewed_case c = {.member = member};
    c.certificate = message_text(
        &h.arena, ((Hayat__Backoffice__V1__RegisterPaperFilingResponse *)reply.response)
                      ->life_certificate_id);
    return c;
}

/* RULE LC-11, TASK-1: of papers one person says that they are there, and another what they prove. */
static void who_took_papers_in_decides_nothing_of_them(void **state)
{
    (void)state;
    struct harness_caller insider = named_agent(&h, SCOPE_AGENCY | SCOPE_REVIEWER, "TEST-9"),
                          again = named_agent(&h, SCOPE_REVIEWER, "TEST-9"); /* the same person */
    struct reviewed_case c = taken_in(&insider);
    assert_reason(reviewed_claim(&h, &insider, "").result, TASK_NONE_FREE);
    c.task = claimed(&amal, "")->task_id;
    Hayat__Backoffice__V1__ReleaseTaskRequest release =
        HAYAT__BACKOFFICE__V1__RELEASE_TASK_REQUEST__INIT;
    release.task_id = c.task;
    assert_ok(harness_call_as(&h, REVIEW_METHOD("ReleaseTask"), &amal, &release.base).result);
    assert_reason(reviewed_claim(&h, &insider, c.task).result, TASK_INVOLVED);
    assert_reason(reviewed_claim(&h, &again, c.task).result, TASK_INVOLVED);
    Hayat__Backoffice__V1__ListTasksRequest list = HAYAT__BACKOFFICE__V1__LIST_TASKS_REQUEST__INIT;
    const Hayat__Backoffice__V1__ListTasksResponse *tasks =
        (void *)harness_call_as(&h, REVIEW_METHOD("ListTasks"), &insider, &list.base).response;
    assert_int_equal(tasks->n_tasks, 1);
    assert_true(tasks->tasks[0]->involves_me && !tasks->tasks[0]->voted_by_me);
    list.claim = HAYAT__BACKOFFICE__V1__TASK_CLAIM__TASK_CLAIM_NONE;
    tasks = (void *)harness_call_as(&h, REVIEW_METHOD("ListTasks"), &insider, &list.base).response;
    assert_int_equal(tasks->n_tasks, 0); /* nothing that they may claim */
    assert_int_equal(approved(&amal, &c), TASK(APPROVED));
    assert_int_equal(reviewed_get(&h, &c)->state, CERTIFICATE_IS(ACCEPTED));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_passphrase_takes_two_to_accept),
        TEST(a_device_that_went_says_no_less),
        TEST(who_took_papers_in_decides_nothing_of_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
