/*
 * Promise (SEC-C1 to C4): an account changes only by a proposal that the session's key confirmed word for word, a cooling period that no
 * clock shortens, and the bank's yes or a person's; every old channel hears of it at once and can refuse without signing in; the old
 * account is paid until the switch, and after the first account there is always exactly one.
 */
#include "base/array.h"
#include "base/limits.h"
#include "service/message.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"
#include "tests/support/inbox.h"

#define STATE(name) HAYAT__V1__BANK_ACCOUNT_CHANGE_STATE__BANK_ACCOUNT_CHANGE_STATE_##name

enum { HOUR_MS = 3600 * 1000, OLD = 11, NEW = 22, THIRD = 33, OLD_DEVICE_DAYS = 400 };

static struct harness h;
static struct bank_member member;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = bank_member(&h, "TEST-BANK", OLD, OLD_DEVICE_DAYS);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static const char *checking_change(uint64_t account)
{
    const char *id = bank_cooling(&h, &member, account);
    bank_pass(&h, &member, LIMIT_BANK_COOLING_MS);
    assert_int_equal(bank_run_due(&h), 1);
    assert_int_equal(bank_state(&h, &member, id), STATE(CHECKING));
    return id;
}

/* --- the whole way --- */

static Hayat__V1__GetBankAccountResponse *get_account(void)
{
    Hayat__V1__GetBankAccountRequest request = HAYAT__V1__GET_BANK_ACCOUNT_REQUEST__INIT;
    return (void *)fund_call(&h, BANK_METHOD("GetBankAccount"), member.session.access,
                             &request.base);
}

static void the_whole_way(void **state)
{
    (void)state;
    Hayat__V1__GetBankAccountResponse *before = get_account();
    assert_string_equal(before->account->masked_rib, "999 \u2026 0011");
    assert_null(before->open_change);
    const char *id = bank_cooling(&h, &member, NEW);
    assert_string_equal(get_account()->open_change->change_id, id);
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
    bank_pass(&h, &member, LIMIT_BANK_COOLING_MS - 1);
    assert_int_equal(bank_run_due(&h), 0);
    assert_int_equal(bank_state(&h, &member, id), STATE(COOLING));
    bank_pass(&h, &member, 1);
    assert_int_equal(bank_run_due(&h), 1);
    assert_int_equal(bank_state(&h, &member, id), STATE(CHECKING));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
    assert_ok(bank_answer_with(&h, &member, id, BANK_ANSWER(MATCH)));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, NEW));
    Hayat__V1__BankAccountChange *change = bank_get(&h, &member, id);
    static const Hayat__V1__BankAccountChangeState steps[] = {STATE(PROPOSED), STATE(COOLING),
                                                              STATE(CHECKING), STATE(ACTIVE)};
    assert_int_equal(change->n_steps, ARRAY_LEN(steps));
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        assert_int_equal(change->steps[i]->state, steps[i]);
    }
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGED), 2);
    assert_null(get_account()->open_change);
    const Hayat__V1__ListNotificationsResponse *inbox = inbox_list(&h, member.session.access);
    assert_int_equal(inbox->n_notifications, ARRAY_LEN(steps)); /* newest first */
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        const Hayat__V1__Notification *told = inbox->notifications[ARRAY_LEN(steps) - 1 - i];
        assert_int_equal(told->kind,
                         NOTIFICATION_BANK_CHANGE_PROPOSED + (int)i -
                             (i == ARRAY_LEN(steps) - 1 ? -1 : 0)); /* nobody reviewed it */
        assert_string_equal(told->object_id, id);
    }
}

static void only_match_activates_by_itself(void **state)
{
    (void)state;
    static const struct {
        bank_answer answer;
        Hayat__V1__BankAccountChangeState then;
    } cases[] = {{BANK_ANSWER(CLOSE_MATCH), STATE(IN_REVIEW)},
                 {BANK_ANSWER(NOT_POSSIBLE), STATE(IN_REVIEW)},
                 {BANK_ANSWER(SILENT), STATE(IN_REVIEW)},
                 {BANK_ANSWER(NO_MATCH), STATE(REJECTED)},
                 {BANK_ANSWER(UNSPECIFIED), STATE(CHECKING)}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *id = checking_change(NEW);
        assert_ok(bank_answer_with(&h, &member, id, cases[i].answer));
        assert_int_equal(bank_state(&h, &member, id), cases[i].then);
        assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
        (void)bank_cancel(&h, &member, id);
        bank_pass(&h, &member, LIMIT_BANK_FREEZE_MS);
    }
}

static void persons_decide_what_is_unclear(void **state)
{
    (void)state;
    const char *id = checking_change(NEW);
    assert_reason(bank_decide(&h, &member, id, true),
                  BANK_CHANGE_STATE); /* nobody asked them yet */
    assert_ok(bank_answer_with(&h, &member, id, BANK_ANSWER(CLOSE_MATCH)));
    assert_ok(bank_decide(&h, &member, id, true));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, NEW));
    assert_reason(bank_decide(&h, &member, id, false), BANK_CHANGE_STATE);
    id = checking_change(THIRD);
    assert_ok(bank_answer_with(&h, &member, id, BANK_ANSWER(CLOSE_MATCH)));
    assert_ok(bank_decide(&h, &member, id, false));
    assert_int_equal(bank_state(&h, &member, id), STATE(REJECTED));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, NEW));
}

static void a_late_answer_changes_nothing(void **state)
{
    (void)state;
    const char *id = checking_change(NEW);
    assert_ok(bank_cancel(&h, &member, id).result);
    assert_ok(bank_answer_with(&h, &member, id, BANK_ANSWER(MATCH)));
    assert_int_equal(bank_state(&h, &member, id), STATE(CANCELLED));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
}

/* --- proposals --- */

struct typed {
    const char *number, *holder;
    enum reason expected;
    const char *says;
};

static void proposals_are_checked(void **state)
{
    (void)state;
    const struct typed cases[] = {
        {bank_rib_text(&h, OLD), BANK_HOLDER, REASON_BANK_ACCOUNT_SAME, NULL},
        {bank_rib_text(&h, NEW), "Quelqu Un Autre", REASON_BANK_HOLDER_DIFFERS, NULL},
        {bank_rib_text(&h, NEW), "تجربة خيالي", REASON_OK, NULL},
        {"999780000000000000002201", BANK_HOLDER, REASON_INVALID_FIELD, rib_fault_text(RIB_KEY)},
        {"99978000000000000000220", BANK_HOLDER, REASON_INVALID_FIELD, rib_fault_text(RIB_LENGTH)},
        {"FR1420041010050500013M02606", BANK_HOLDER, REASON_INVALID_FIELD,
         rib_fault_text(RIB_COUNTRY)},
        {"MA65011519000001205000534921", BANK_HOLDER, REASON_INVALID_FIELD,
         rib_fault_text(RIB_IBAN_CHECK)},
        {"ma64 0115 1900 0001 2050 0053 4921", BANK_HOLDER, REASON_OK, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Hayat__V1__ProposeBankAccountRequest request =
            HAYAT__V1__PROPOSE_BANK_ACCOUNT_REQUEST__INIT;
        request.request_id = fund_request_id(&h);
        request.account_number = message_text(&h.arena, cases[i].number);
        request.holder_name = message_text(&h.arena, cases[i].holder);
        struct harness_reply reply = harness_call(&h, BANK_METHOD("ProposeBankAccount"),
                                                  member.session.access, &request.base);
        assert_int_equal(reply.result.why, cases[i].expected);
        if (cases[i].says != NULL) {
            assert_string_equal(reply.bad_request->field_violations[0]->field, "account_number");
            assert_string_equal(reply.bad_request->field_violations[0]->description, cases[i].says);
        }
    }
}

static void a_proposal_waits_fifteen_minutes_and_makes_room_for_another(void **state)
{
    (void)state;
    Hayat__V1__BankAccountChange *first = bank_proposed(&h, &member, NEW);
    Hayat__V1__BankAccountChange *second = bank_proposed(&h, &member, THIRD);
    assert_int_equal(bank_state(&h, &member, first->change_id), STATE(EXPIRED));
    const Hayat__V1__ListNotificationsResponse *inbox = inbox_list(&h, member.session.access);
    assert_int_equal(inbox->n_notifications, 2); /* two proposals; that one ended is not news */
    assert_int_equal(inbox->notifications[0]->kind, NOTIFICATION_BANK_CHANGE_PROPOSED);
    assert_reason(bank_confirm(&h, &member, first).result, BANK_CHANGE_STATE);
    bank_pass(&h, &member, LIMIT_BANK_PROPOSAL_MS);
    assert_reason(bank_confirm(&h, &member, second).result,
                  BANK_CHANGE_STATE); /* the job was not there yet */
    assert_int_equal(bank_run_due(&h), 0);
    assert_int_equal(bank_state(&h, &member, second->change_id), STATE(EXPIRED));
    inbox = inbox_list(&h, member.session.access);
    assert_int_equal(inbox->notifications[0]->kind, NOTIFICATION_BANK_CHANGE_EXPIRED);
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGE_STOPPED), 0);
    bank_pass(&h, &member, LIMIT_BANK_UNCONFIRMED_MS + 1);
    (void)bank_proposed(&h, &member, NEW);
    Hayat__V1__ListBankAccountChangesRequest request =
        HAYAT__V1__LIST_BANK_ACCOUNT_CHANGES_REQUEST__INIT;
    Hayat__V1__ListBankAccountChangesResponse *list = (void *)fund_call(
        &h, BANK_METHOD("ListBankAccountChanges"), member.session.access, &request.base);
    assert_int_equal(list->n_changes, 1); /* the unconfirmed ones are forgotten */
}

static void one_change_at_a_time(void **state)
{
    (void)state;
    const char *id = bank_cooling(&h, &member, NEW);
    assert_reason(bank_propose(&h, &member, THIRD).result, BANK_CHANGE_OPEN);
    assert_ok(bank_cancel(&h, &member, id).result);
    (void)bank_cooling(&h, &member, THIRD);
}

static void a_replay_proposes_nothing_new(void **state)
{
    (void)state;
    Hayat__V1__ProposeBankAccountRequest request = HAYAT__V1__PROPOSE_BANK_ACCOUNT_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.account_number = message_text(&h.arena, bank_rib_text(&h, NEW));
    request.holder_name = message_text(&h.arena, BANK_HOLDER);
    struct harness_reply a = harness_call(&h, BANK_METHOD("ProposeBankAccount"),
                                          member.session.access, &request.base);
    struct harness_reply b = harness_call(&h, BANK_METHOD("ProposeBankAccount"),
                                          member.session.access, &request.base);
    assert_ok(a.result);
    assert_true(bytes_equal(a.wire, b.wire));
}

static void changes_are_listed_page_by_page(void **state)
{
    (void)state;
    const char *ids[3] = {NULL};
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        ids[i] = bank_cooling(&h, &member, NEW + i);
        assert_ok(bank_cancel(&h, &member, ids[i]).result);
        bank_pass(&h, &member, HOUR_MS);
    }
    Hayat__V1__ListBankAccountChangesRequest request =
        HAYAT__V1__LIST_BANK_ACCOUNT_CHANGES_REQUEST__INIT;
    request.page_size = 2;
    for (size_t seen = 0; seen < ARRAY_LEN(ids);) {
        Hayat__V1__ListBankAccountChangesResponse *page = (void *)fund_call(
            &h, BANK_METHOD("ListBankAccountChanges"), member.session.access, &request.base);
        for (size_t i = 0; i < page->n_changes; i++) {
            assert_true(seen < ARRAY_LEN(ids));
            assert_string_equal(page->changes[i]->change_id, ids[ARRAY_LEN(ids) - 1 - seen]);
            seen++;
        }
        assert_int_equal(page->next_page_token[0] == '\0', seen == ARRAY_LEN(ids));
        request.page_token = page->next_page_token;
    }
}

/* --- what is never told --- */

static bool holds(const struct harness_reply *reply, const char *text)
{
    bytes rest = reply->wire;
    for (; rest.len > 0; rest = bytes_skip(rest, 1)) {
        if (bytes_starts_with(rest, text)) {
            return true;
        }
    }
    return false;
}

static void whole_numbers_are_never_read_back(void **state)
{
    (void)state;
    struct harness_reply proposed = bank_propose(&h, &member, NEW);
    assert_ok(
        proposed.result); /* its sentence holds the number that was just typed, once, in groups */
    Hayat__V1__BankAccountChange *change =
        ((Hayat__V1__ProposeBankAccountResponse *)proposed.response)->change;
    struct harness_reply confirmed = bank_confirm(&h, &member, change);
    assert_ok(confirmed.result);
    Hayat__V1__GetBankAccountRequest get = HAYAT__V1__GET_BANK_ACCOUNT_REQUEST__INIT;
    Hayat__V1__ListBankAccountChangesRequest list =
        HAYAT__V1__LIST_BANK_ACCOUNT_CHANGES_REQUEST__INIT;
    struct harness_reply replies[] = {
        confirmed,
        harness_call(&h, BANK_METHOD("GetBankAccount"), member.session.access, &get.base),
        harness_call(&h, BANK_METHOD("ListBankAccountChanges"), member.session.access, &list.base)};
    for (size_t i = 0; i < ARRAY_LEN(replies); i++) {
        assert_ok(replies[i].result);
        assert_false(holds(&replies[i], bank_rib_text(&h, NEW)) ||
                     holds(&replies[i], bank_rib_text(&h, OLD)));
        assert_false(holds(&replies[i], bank_rib_text(&h, NEW) + 6) ||
                     holds(&replies[i], "0000000000000022"));
    }
}

/* --- cooling (SEC-C1) --- */

static int64_t cooling_of(const char *id)
{
    Hayat__V1__BankAccountChange *change = bank_get(&h, &member, id);
    return change->cooling_end_time->seconds * 1000 - change->steps[1]->time->seconds * 1000;
}

static void cooling_is_longer_for_a_young_device(void **state)
{
    (void)state;
    assert_int_equal(cooling_of(bank_cooling(&h, &member, NEW)), LIMIT_BANK_COOLING_MS);
    member = bank_member(&h, "TEST-BANK-YOUNG", OLD, 29);
    assert_int_equal(cooling_of(bank_cooling(&h, &member, NEW)), LIMIT_BANK_COOLING_LONG_MS);
    member = bank_member(&h, "TEST-BANK-SMS", OLD, OLD_DEVICE_DAYS);
    bank_enrolled_by_sms(&h, &member);
    assert_int_equal(cooling_of(bank_cooling(&h, &member, NEW)), LIMIT_BANK_COOLING_LONG_MS);
}

static void no_clock_shortens_cooling(void **state)
{
    (void)state;
    static const int64_t jumps_ms[] = {-400LL * 24 * HOUR_MS, 400LL * 24 * HOUR_MS};
    for (size_t i = 0; i < ARRAY_LEN(jumps_ms); i++) {
        bank_sign_in(&h, &member);
        const char *id = bank_cooling(&h, &member, NEW);
        fake_clock_advance(&h.clock, HOUR_MS);
        h.clock.wall_ms += jumps_ms[i];
        harness_restart(&h);
        assert_int_equal(bank_run_due(&h), 0);
        fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_MS - HOUR_MS - 1);
        assert_int_equal(bank_run_due(&h), 0);
        fake_clock_advance(&h.clock, 1);
        assert_int_equal(bank_run_due(&h), 1);
        bank_sign_in(&h, &member);
        assert_ok(bank_cancel(&h, &member, id).result);
        h.clock.wall_ms -= jumps_ms[i];
    }
}

/* --- refusing (SEC-C2) --- */

static void every_old_channel_can_refuse_without_signing_in(void **state)
{
    (void)state;
    const char *id = bank_cooling(&h, &member, NEW);
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGE_STARTED),
                     2); /* text message and letter */
    const char *code = bank_refusal_code(&h, &member);
    assert_int_equal(strlen(code), 19);
    struct harness_reply refused = bank_refuse(&h, code);
    assert_ok(refused.result);
    assert_false(member_session_works(&h, member.session.access)); /* the thief is signed out */
    bank_sign_in(&h, &member);
    assert_int_equal(bank_state(&h, &member, id), STATE(REFUSED));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGE_STOPPED), 2);
    struct harness_reply again = bank_refuse(&h, code),
                         unknown = bank_refuse(&h, "0000-0000-0000-0000");
    assert_reason(again.result, NOT_FOUND);
    fund_assert_same_failure(&again, &unknown);
    assert_reason(bank_propose(&h, &member, NEW).result, BANK_CHANGE_FROZEN);
    bank_pass(&h, &member, LIMIT_BANK_FREEZE_MS - 1);
    assert_reason(bank_propose(&h, &member, NEW).result, BANK_CHANGE_FROZEN);
    bank_pass(&h, &member, 1);
    assert_ok(bank_propose(&h, &member, NEW).result);
}

static void a_refusal_code_may_be_typed_by_hand(void **state)
{
    (void)state;
    const char *id = bank_cooling(&h, &member, NEW);
    const char *code = bank_refusal_code(&h, &member);
    char typed[64] = " ";
    size_t len = 1;
    for (size_t i = 0; code[i] != '\0'; i++) {
        char c = code[i] == '0' ? 'O' : code[i] == '1' ? 'l' : code[i];
        typed[len++] = c >= 'A' && c <= 'Z' && i % 2 == 0 ? (char)(c - 'A' + 'a') : c;
        typed[len++] = i % 5 == 4 ? ' ' : '-';
    }
    typed[len < 40 ? len : 40] = '\0';
    assert_ok(bank_refuse(&h, typed).result);
    bank_sign_in(&h, &member);
    assert_int_equal(bank_state(&h, &member, id), STATE(REFUSED));
}

static void a_code_ends_with_its_change(void **state)
{
    (void)state;
    const char *id = checking_change(NEW);
    const char *code = bank_refusal_code(&h, &member);
    assert_ok(bank_answer_with(&h, &member, id, BANK_ANSWER(MATCH)));
    assert_reason(bank_refuse(&h, code).result, NOT_FOUND);
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, NEW));
}

static void guessing_codes_is_counted(void **state)
{
    (void)state;
    enum reason why = REASON_NOT_FOUND;
    for (size_t i = 0; i < 61 && why == REASON_NOT_FOUND; i++) {
        fake_clock_advance(&h.clock, 2000);
        why = bank_refuse(&h, "0000-0000-0000-0001").result.why;
    }
    assert_int_equal(why, REASON_RATE_LIMITED);
    assert_true(member_session_works(&h, member.session.access));
}

static void a_day_has_three_starts(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_BANK_STARTS; i++) {
        Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
        assert_ok(bank_confirm(&h, &member, change).result);
        assert_ok(bank_cancel(&h, &member, change->change_id).result);
    }
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
    struct harness_reply reply = bank_confirm(&h, &member, change);
    assert_reason(reply.result, RATE_LIMITED);
    assert_non_null(reply.retry_info);
    assert_int_equal(bank_state(&h, &member, change->change_id), STATE(PROPOSED));
    fake_clock_advance(&h.clock, 30LL * 3600 * 1000);
    bank_sign_in(&h, &member);
    change = bank_proposed(&h, &member, NEW);
    assert_ok(bank_confirm(&h, &member, change).result);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_whole_way),
        TEST(only_match_activates_by_itself),
        TEST(persons_decide_what_is_unclear),
        TEST(a_late_answer_changes_nothing),
        TEST(proposals_are_checked),
        TEST(a_proposal_waits_fifteen_minutes_and_makes_room_for_another),
        TEST(one_change_at_a_time),
        TEST(a_replay_proposes_nothing_new),
        TEST(changes_are_listed_page_by_page),
        TEST(whole_numbers_are_never_read_back),
        TEST(cooling_is_longer_for_a_young_device),
        TEST(no_clock_shortens_cooling),
        TEST(every_old_channel_can_refuse_without_signing_in),
        TEST(a_refusal_code_may_be_typed_by_hand),
        TEST(a_code_ends_with_its_change),
        TEST(guessing_codes_is_counted),
        TEST(a_day_has_three_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
