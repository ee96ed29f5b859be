/* Promise: a member sees what was asked for, what was decided about each line, the share to expect, and how long the fund may
   take; nobody else's. */
#include "tests/support/cm.h"

#include <string.h>

#include "service/message.h"
#include "tests/support/health.h"

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    health_put_reference(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_member member(const char *number)
{
    struct harness_member m = harness_member(&h, number);
    fund_put_family(&h, m.owner, 1);
    return m;
}

static struct harness_reply get(const char *token, char *id)
{
    Hayat__V1__GetPriorAuthorizationRequest request =
        HAYAT__V1__GET_PRIOR_AUTHORIZATION_REQUEST__INIT;
    request.prior_authorization_id = id;
    return harness_call(&h, AUTHORIZATION_METHOD("GetPriorAuthorization"), token, &request.base);
}

static const Hayat__V1__PriorAuthorization *told(const char *token, char *id)
{
    struct harness_reply reply = get(token, id);
    assert_ok(reply.result);
    return ((const Hayat__V1__GetPriorAuthorizationResponse *)reply.response)->prior_authorization;
}

static void test_lists(void **state)
{
    (void)state;
    struct harness_member m = member("999400001");
    for (int i = 0; i < 3; i++) {
        Hayat__Store__V1__StoredPriorAuthorization *stored = health_authorization(
            &h, arena_printf(&h.arena, "PA-%d", i), health_time(2026, 1, 2 + i, 9));
        stored->state = i == 1 ? AUTHORIZATION_STATE(GRANTED) : AUTHORIZATION_STATE(IN_REVIEW);
        stored->beneficiary_seq = i == 2 ? 1 : 0;
        health_put_authorization(&h, m.owner, stored);
    }
    Hayat__V1__ListPriorAuthorizationsRequest request =
        HAYAT__V1__LIST_PRIOR_AUTHORIZATIONS_REQUEST__INIT;
    const Hayat__V1__ListPriorAuthorizationsResponse *all = (const void *)fund_call(
        &h, AUTHORIZATION_METHOD("ListPriorAuthorizations"), m.token, &request.base);
    assert_int_equal(all->n_prior_authorizations, 3);
    assert_string_equal(all->prior_authorizations[0]->authorization_number, "PA-2");
    assert_string_equal(all->next_page_token, "");
    Hayat__V1__PriorAuthorizationState granted = AUTHORIZATION_STATE(GRANTED);
    request.states = &granted;
    request.n_states = 1;
    all = (const void *)fund_call(&h, AUTHORIZATION_METHOD("ListPriorAuthorizations"), m.token,
                                  &request.base);
    assert_int_equal(all->n_prior_authorizations, 1);
    assert_string_equal(all->prior_authorizations[0]->authorization_number, "PA-1");
}

static void test_decisions_by_line(void **state)
{
    (void)state;
    struct harness_member m = member("999400002");
    Hayat__Store__V1__StoredPriorAuthorization *stored = health_authorization(
        &h, "PA-9", health_time(2026, 1, 12, 10));
    Hayat__Store__V1__StoredPriorAuthorizationLine *line = stored->lines[0];
    Hayat__Store__V1__StoredRejection rejection = HAYAT__STORE__V1__STORED_REJECTION__INIT;
    Hayat__Store__V1__StoredRejection *rejections[] = {&rejection};
    rejection.reason_code = message_text(&h.arena, "xray_missing");
    line->decision = HAYAT__V1__LINE_DECISION__LINE_DECISION_REFUSED;
    line->rejections = rejections;
    line->n_rejections = 1;
    line->member_share_centimes = 900000;
    stored->state = AUTHORIZATION_STATE(REFUSED);
    stored->decision_ms = health_time(2026, 1, 13, 10);
    stored->member_share_centimes = 900000;
    const Hayat__V1__PriorAuthorization *pa = told(m.token,
                                                   health_put_authorization(&h, m.owner, stored));
    assert_int_equal(pa->summary->state, AUTHORIZATION_STATE(REFUSED));
    assert_int_equal(pa->summary->estimated_share_centimes, 900000);
    assert_string_equal(pa->summary->establishment_name, "Clinique Fictive");
    assert_int_equal(pa->lines[0]->decision, HAYAT__V1__LINE_DECISION__LINE_DECISION_REFUSED);
    assert_string_equal(pa->lines[0]->rejections[0]->code, "xray_missing");
    assert_string_not_equal(pa->lines[0]->rejections[0]->next_step, "");
    assert_false(pa->legal_clock->overdue);
    assert_non_null(pa->legal_clock->stop_time);
}

static void test_the_legal_clock(void **state)
{
    (void)state;
    struct harness_member m = member("999400003");
    /* Friday 16 January 2026, 10:00; Monday the 19th is announced as a holiday: Friday 14 h, Tuesday 24, Wednesday 10 */
    Hayat__Store__V1__StoredPriorAuthorization *stored = health_authorization(
        &h, "PA-10", health_time(2026, 1, 16, 10));
    const Hayat__V1__LegalClock *clock =
        told(m.token, health_put_authorization(&h, m.owner, stored))->legal_clock;
    assert_string_equal(clock->rule_version, "prior_authorization/2026");
    assert_int_equal(clock->unit, HAYAT__V1__DELAY_UNIT__DELAY_UNIT_WORKING_HOURS);
    assert_int_equal(clock->limit, 48);
    assert_int_equal(clock->due_time->seconds, health_time(2026, 1, 21, 10) / 1000);
    /* a series of dialysis has seven days */
    stored->kind_code = message_text(&h.arena, "dialysis");
    clock = told(m.token, health_put_authorization(&h, m.owner, stored))->legal_clock;
    assert_int_equal(clock->due_time->seconds, health_time(2026, 1, 24, 0) / 1000);
}

static void test_ownership(void **state)
{
    (void)state;
    struct harness_member m = member("999400004"), other = member("999400005");
    char *id = health_put_authorization(
        &h, m.owner, health_authorization(&h, "PA-11", health_time(2026, 1, 12, 10)));
    struct harness_reply theirs = get(other.token, id);
    struct harness_reply nobodys = get(other.token,
                                       message_id_of(&h.arena, "pa", (struct id){{7}}));
    assert_int_equal(theirs.result.why, REASON_NOT_FOUND);
    fund_assert_same_failure(&theirs, &nobodys);
}

static void test_watch(void **state)
{
    (void)state;
    struct harness_member m = member("999400006");
    Hayat__Store__V1__StoredPriorAuthorization *stored = health_authorization(
        &h, "PA-12", health_time(2026, 1, 12, 10));
    health_put_authorization(&h, m.owner, stored);
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    Hayat__V1__WatchPriorAuthorizationsRequest request =
        HAYAT__V1__WATCH_PRIOR_AUTHORIZATIONS_REQUEST__INIT;
    assert_true(
        harness_stream_open(&s, &h, AUTHORIZATION_METHOD("WatchPriorAuthorizations"), m.token));
    assert_true(harness_stream_send(&s, &request.base));
    assert_true(harness_stream_next(&s, &response));
    const Hayat__V1__WatchPriorAuthorizationsResponse *message = (const void *)response;
    assert_int_equal(message->n_prior_authorizations, 1);
    assert_true(message->caught_up);
    assert_true(harness_stream_next(&s, &response));
    assert_true(s.call.wait_ms > 0);
    stored->state = AUTHORIZATION_STATE(GRANTED);
    health_put_authorization(&h, m.owner, stored);
    assert_true(harness_stream_next(&s, &response));
    message = (const void *)response;
    assert_int_equal(message->prior_authorizations[0]->state, AUTHORIZATION_STATE(GRANTED));
    harness_stream_abandon(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),           cmocka_unit_test(test_decisions_by_line),
        cmocka_unit_test(test_the_legal_clock), cmocka_unit_test(test_ownership),
        cmocka_unit_test(test_watch),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
