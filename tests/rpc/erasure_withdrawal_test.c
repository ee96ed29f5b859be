/*
 * Promise (SEC-B6, B8, F3): nobody asks that a member be erased with a stolen token or an unlocked telephone alone, since the device's key
 * signs it; the member takes it back, from any device of theirs, until two persons have decided: then the task is gone, nothing was
 * erased, and they are told on every channel.  Nobody else takes it back, nobody keeps two persons busy by asking for ever, and nobody
 * keeps the member from asking by taking back.
 */
#include "base/limits.h"
#include "base/scope.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "service/notification.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"
#include "tests/support/erasure.h"
#include "tests/support/inbox.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define STATE(name) HAYAT__V1__RECTIFICATION_STATE__RECTIFICATION_STATE_##name
#define TASK(name) HAYAT__BACKOFFICE__V1__TASK_STATE__TASK_STATE_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define DAY_MS (24LL * 3600 * 1000)

typedef Hayat__V1__Rectification Wish;
typedef Hayat__Backoffice__V1__Task Task;

static struct harness h;
static struct bank_member person, neighbour;
static struct harness_caller amal, brahim;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    person = bank_member(&h, "990000001", 11, 400);
    neighbour = bank_member(&h, "990000002", 12, 400);
    amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    brahim = named_agent(&h, SCOPE_REVIEWER, "TEST-2");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- what the member does --- */

static const char *asked(const struct bank_member *who)
{
    return erasure_asked(&h, who->session.access, who->member.device_secret)->rectification_id;
}

static const Wish *taken_back(const struct bank_member *who, const char *wish)
{
    struct harness_reply reply = erasure_withdraw(&h, who->session.access, wish);
    assert_ok(reply.result);
    return ((const Hayat__V1__WithdrawErasureResponse *)(const void *)reply.response)
        ->rectification;
}

static const Wish *newest(const struct bank_member *who)
{
    return erasure_newest(&h, who->session.access);
}

/* --- what the persons do --- */

static status say(const struct harness_caller *who, const Task *task,
                  Hayat__Backoffice__V1__TaskDecision decision)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.task_id = task->task_id;
    request.etag = task->etag;
    request.decision = decision;
    request.reason = message_text(&h.arena, "A reason of this test's");
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request.base).result;
}

/* --- asking --- */

static void the_devices_key_signs_it(void **state)
{
    (void)state;
    Hayat__V1__RequestErasureRequest request = HAYAT__V1__REQUEST_ERASURE_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.text = message_text(&h.arena, "Forget them");
    struct member_call call = {PRIVACY("RequestErasure"), person.session.access, &request.base};
    static const char *const languages[] = {"fr", "en", "ar"};
    static const char *const words[] = {"effacer", "erase", "محو"};
    for (size_t i = 0; i < 3; i++) {
        call.language = languages[i];
        struct harness_reply refusal = member_call(&h, &call);
        assert_reason(refusal.result, STEP_UP_REQUIRED);
        assert_non_null(strstr(harness_error_value(&refusal, "step_up_text"), words[i]));
    }
    struct harness_reply forged = member_confirmed_call(&h, call, neighbour.member.device_secret,
                                                        NULL);
    assert_reason(forged.result, SIGNATURE_INVALID);
    assert_null(newest(&person));
    assert_reason(erasure_claim(&h, &amal).result, TASK_NONE_FREE);
    assert_int_equal(bank_notices(&h, &person, NOTICE_ERASURE_ASKED), 0);
    assert_ok(member_confirmed_call(&h, call, person.member.device_secret, NULL).result);
    assert_int_equal(newest(&person)->state, STATE(IN_REVIEW));
}

/* Else it would be asked for without a signature, by the door that was there before. */
static void the_other_door_is_shut(void **state)
{
    (void)state;
    Hayat__V1__RequestRectificationRequest request = HAYAT__V1__REQUEST_RECTIFICATION_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.subject = HAYAT__V1__RECTIFICATION_SUBJECT__RECTIFICATION_SUBJECT_ERASURE;
    request.text = message_text(&h.arena, "Forget them");
    struct harness_reply reply = harness_call(&h, PRIVACY("RequestRectification"),
                                              person.session.access, &request.base);
    assert_reason(reply.result, INVALID_FIELD);
    assert_string_equal(reply.bad_request->field_violations[0]->field, "subject");
    assert_null(newest(&person));
}

/* Nothing is stored, and it may be asked when the wait is over. */
static void assert_over(const char *subject, int most, int64_t least_ms, int64_t most_ms)
{
    const Wish *before = newest(&person);
    struct harness_reply over = erasure_ask(&h, person.session.access, person.member.device_secret);
    assert_reason(over.result, RATE_LIMITED);
    assert_string_equal(over.quota->violations[0]->subject, subject);
    assert_non_null(
        strstr(over.quota->violations[0]->description, arena_printf(&h.arena, ": %d", most)));
    assert_string_equal(newest(&person)->rectification_id, before->rectification_id);
    assert_reason(erasure_claim(&h, &amal).result, TASK_NONE_FREE);
    const int64_t wait_ms = over.retry_info->retry_delay->seconds * 1000 +
                            over.retry_info->retry_delay->nanos / 1000000;
    assert_true(wait_ms > least_ms && wait_ms <= most_ms);
    bank_pass(&h, &person, wait_ms);
    (void)asked(&person);
}

/* Taking back asks for no confirmation: with a stolen token alone each wish is taken back as soon as it is there. */
static void a_stolen_token_keeps_nobody_from_it_for_more_than_a_day(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_ERASURE_WITHDRAWALS; i++) {
        (void)taken_back(&person, asked(&person));
        fake_clock_advance(&h.clock, 60000);
    }
    assert_over("erasures_taken_back_per_day", LIMIT_ERASURE_WITHDRAWALS, DAY_MS / 2, 2 * DAY_MS);
}

static void what_was_taken_back_on_other_days_does_not_count(void **state)
{
    (void)state;
    for (int i = 0; i < 3 * LIMIT_ERASURE_WISHES; i++) {
        (void)taken_back(&person, asked(&person));
        bank_pass(&h, &person, DAY_MS);
    }
}

static void asking_has_a_bound(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_ERASURE_WISHES; i++) {
        (void)asked(&person);
        assert_ok(say(&amal, erasure_claimed(&h, &amal), DECISION(REFUSE)));
        assert_ok(say(&brahim, erasure_claimed(&h, &brahim), DECISION(REFUSE)));
        fake_clock_advance(&h.clock, 60000);
    }
    assert_int_equal(newest(&person)->state, STATE(REFUSED));
    assert_over("erasures_per_month", LIMIT_ERASURE_WISHES, 20 * DAY_MS, 40 * DAY_MS);
}

/* --- taking it back --- */

static void the_member_takes_it_back(void **state)
{
    (void)state;
    const char *id = asked(&person);
    const Wish *wish = taken_back(&person, id);
    assert_int_equal(wish->state, STATE(WITHDRAWN));
    assert_non_null(wish->decide_time);
    assert_string_equal(wish->taken_text, "");
    assert_int_equal(wish->n_kept_texts, 0);
    assert_int_equal(newest(&person)->state, STATE(WITHDRAWN));
    assert_reason(erasure_claim(&h, &amal).result, TASK_NONE_FREE);
    assert_int_equal(bank_notices(&h, &person, NOTICE_ERASURE_WITHDRAWN), 2); /* letter, SMS */
    assert_int_equal(inbox_list(&h, person.session.access)->notifications[0]->kind,
                     NOTIFICATION_ERASURE_WITHDRAWN);
    assert_reason(erasure_withdraw(&h, person.session.access, id).result, ERASURE_OVER);
    (void)asked(&person); /* it may be asked again */
    assert_ok(erasure_claim(&h, &amal).result);
}

/* Somebody else's hand was on the first one: the second need not be there. */
static void any_device_of_theirs_takes_it_back(void **state)
{
    (void)state;
    const char *id = asked(&person);
    const struct harness_member other = harness_member(&h, "990000001");
    assert_memory_not_equal(other.device.bytes, person.member.device.bytes, ID_BYTES);
    assert_ok(erasure_withdraw(&h, other.token, id).result);
    assert_int_equal(newest(&person)->state, STATE(WITHDRAWN));
}

static void one_vote_is_too_few_to_stand(void **state)
{
    (void)state;
    const char *id = asked(&person);
    assert_ok(say(&amal, erasure_claimed(&h, &amal), DECISION(APPROVE)));
    const Task *second = erasure_claimed(&h, &brahim);
    (void)taken_back(&person, id);
    assert_reason(say(&brahim, second, DECISION(APPROVE)), TASK_CLOSED);
    assert_int_equal(newest(&person)->state, STATE(WITHDRAWN));
    assert_reason(erasure_claim(&h, &amal).result, TASK_NONE_FREE);
    assert_true(member_session_works(&h, person.session.access)); /* nothing went */
}

static void what_was_decided_stands(void **state)
{
    (void)state;
    const char *id = asked(&person);
    assert_ok(say(&amal, erasure_claimed(&h, &amal), DECISION(REFUSE)));
    assert_ok(say(&brahim, erasure_claimed(&h, &brahim), DECISION(REFUSE)));
    assert_reason(erasure_withdraw(&h, person.session.access, id).result, ERASURE_OVER);
    assert_int_equal(newest(&person)->state, STATE(REFUSED));
    assert_int_equal(bank_notices(&h, &person, NOTICE_ERASURE_WITHDRAWN), 0);
}

static void nobody_else_does(void **state)
{
    (void)state;
    const char *id = asked(&person);
    assert_reason(erasure_withdraw(&h, neighbour.session.access, id).result, NOT_FOUND);
    assert_int_equal(newest(&person)->state, STATE(IN_REVIEW));
}

static void what_is_to_be_put_right_is_no_wish_to_be_erased(void **state)
{
    (void)state;
    Hayat__V1__RequestRectificationRequest request = HAYAT__V1__REQUEST_RECTIFICATION_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.subject = HAYAT__V1__RECTIFICATION_SUBJECT__RECTIFICATION_SUBJECT_NAME;
    request.text = message_text(&h.arena, "It has one L");
    assert_ok(
        harness_call(&h, PRIVACY("RequestRectification"), person.session.access, &request.base)
            .result);
    const Wish *other = newest(&person);
    assert_reason(erasure_withdraw(&h, person.session.access, other->rectification_id).result,
                  NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_devices_key_signs_it),
        TEST(the_other_door_is_shut),
        TEST(asking_has_a_bound),
        TEST(a_stolen_token_keeps_nobody_from_it_for_more_than_a_day),
        TEST(what_was_taken_back_on_other_days_does_not_count),
        TEST(the_member_takes_it_back),
        TEST(any_device_of_theirs_takes_it_back),
        TEST(one_vote_is_too_few_to_stand),
        TEST(what_was_decided_stands),
        TEST(nobody_else_does),
        TEST(what_is_to_be_put_right_is_no_wish_to_be_erased),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
