/*
 * Promise (SEC-C2, C4, RULE BANK-2): the fund's core tells the account a member is paid on, as often as it likes, and never silently over
 * what the member did: not while a change is under way, not over a newer change; what a row does change, the member hears of on every
 * channel, and there is always exactly one account.
 */
#include <stdio.h>

#include "base/array.h"
#include "base/limits.h"
#include "base/scope.h"
#include "hayat/backoffice/v1/feed.pb-c.h"
#include "service/message.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"

#define FEED_METHOD(name) "/hayat.backoffice.v1.FeedService/" name
#define MEMBER_NUMBER "990000001"

enum { OLD = 11, NEW = 22, THIRD = 33, OLD_DEVICE_DAYS = 400, DAY_MS = 24 * 3600 * 1000 };

static struct harness h;
static struct harness_caller core;
static struct bank_member member;
static int64_t sequence;

static void begin(uint64_t account)
{
    harness_start(&h);
    core = harness_core_system(&h, SCOPE_FEED | SCOPE_FEED_BANK);
    member = bank_member(&h, MEMBER_NUMBER, account, OLD_DEVICE_DAYS);
    sequence = 0;
}

/* --- the core system --- */

static struct harness_reply import_row(const char *text)
{
    Hayat__Backoffice__V1__FeedRow row = HAYAT__BACKOFFICE__V1__FEED_ROW__INIT;
    Hayat__Backoffice__V1__FeedRow *rows[] = {&row};
    Hayat__Backoffice__V1__ImportRecordsRequest request =
        HAYAT__BACKOFFICE__V1__IMPORT_RECORDS_REQUEST__INIT;
    struct harness_stream s;
    row.kind = HAYAT__BACKOFFICE__V1__FEED_KIND__FEED_KIND_BANK_ACCOUNT;
    row.row = message_text(&h.arena, text);
    request.source = message_text(&h.arena, "core");
    request.sequence = ++sequence;
    request.rows = rows;
    request.n_rows = 1;
    assert_true(harness_stream_open_as(&s, &h, FEED_METHOD("ImportRecords"), &core));
    (void)harness_stream_send(&s, &request.base);
    (void)harness_stream_half_close(&s);
    return harness_stream_close(&s);
}

static const char *refusal_of_last(void)
{
    Hayat__Backoffice__V1__GetFeedBatchRequest request =
        HAYAT__BACKOFFICE__V1__GET_FEED_BATCH_REQUEST__INIT;
    request.source = message_text(&h.arena, "core");
    struct harness_reply reply = harness_call_as(&h, FEED_METHOD("GetFeedBatch"), &core,
                                                 &request.base);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__GetFeedBatchResponse *response = (void *)reply.response;
    assert_int_equal(response->batch->n_refusals, 1);
    return response->batch->refusals[0]->fault;
}

/* "ACCEPTED", "UNCHANGED", or why it was refused. */
static const char *told(const char *text)
{
    struct harness_reply reply = import_row(text);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__ImportRecordsResponse *response = (void *)reply.response;
    return response->accepted_count == 1    ? "ACCEPTED"
           : response->unchanged_count == 1 ? "UNCHANGED"
                                            : refusal_of_last();
}

/* A row: paid on ACCOUNT since SINCE, told on UPDATE. */
static const char *told_account(uint64_t account, const char *since, const char *update)
{
    return told(arena_printf(&h.arena, MEMBER_NUMBER ",%s," BANK_HOLDER ",%s,%s",
                             bank_rib_text(&h, account), since, update));
}

struct counting {
    size_t past;
};

static bool count_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct counting *counting = ctx;
    (void)key;
    (void)record;
    counting->past++;
    return true;
}

static status count_past(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_bank_account_past,
                        .owner = member.member.owner,
                        .prefix = key_owner(member.member.owner)};
    return table_scan(txn, &scan, count_row, ctx);
}

static size_t past_accounts(void)
{
    struct counting counting = {0};
    assert_ok(harness_read(&h, count_past, &counting));
    return counting.past;
}

/* The clock goes to a day of 2026, at noon; the device signs in again. */
static void go_to(int month, int day)
{
    int64_t noon_ms = date_to_days((struct date){2026, month, day}) * DAY_MS + DAY_MS / 2;
    fake_clock_advance(&h.clock, noon_ms - h.clock.wall_ms);
    bank_sign_in(&h, &member);
}

/* A change that the member makes and the bank says yes to; active on the day that is. */
static void change_account(uint64_t account)
{
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, account);
    assert_ok(bank_confirm(&h, &member, change).result);
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_MS);
    bank_sign_in(&h, &member);
    assert_int_equal(bank_run_due(&h), 1);
    assert_ok(bank_answer_with(&h, &member, change->change_id, BANK_ANSWER(MATCH)));
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, account));
}

/* --- what it may tell --- */

static void rows_are_taken_in_order_and_once(void **state)
{
    (void)state;
    begin(0);
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "ACCEPTED");
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGED),
                     0); /* it was so before we knew */
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "UNCHANGED");
    assert_string_equal(told_account(OLD, "2020-05-05", "2025-04-01"), "STALE");
    assert_string_equal(told_account(OLD, "2020-05-05", "2025-06-01"), "ACCEPTED");
    assert_int_equal(past_accounts(), 0);
    assert_string_equal(told_account(NEW, "2025-06-01", "2025-06-01"), "SECOND_ACCOUNT");
    assert_string_equal(told_account(NEW, "2025-06-01", "2025-05-31"), "STALE");
    assert_string_equal(told_account(NEW, "2020-01-01", "2025-07-01"), "DATE_ORDER");
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD));
    assert_string_equal(told_account(NEW, "2025-06-20", "2025-07-01"), "ACCEPTED");
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, NEW));
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGED), 2);
    assert_string_equal(told_account(THIRD, "2025-06-20", "2025-07-02"), "ACCEPTED");
    assert_string_equal(told_account(OLD, "2025-06-20", "2025-07-03"), "ACCEPTED");
    assert_int_equal(past_accounts(), 3); /* those of one day do not lie over each other */
    harness_stop(&h);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *row, *fault;
    } cases[] = {
        {MEMBER_NUMBER ",011519000001205000534922,Fictif Essai,2020-05-04,2025-05-01", "PATTERN"},
        {MEMBER_NUMBER ",FR1420041010050500013M02606,Fictif Essai,2020-05-04,2025-05-01",
         "PATTERN"},
        {MEMBER_NUMBER ",011519000001205000534921,,2020-05-04,2025-05-01", "EMPTY"},
        {MEMBER_NUMBER ",011519000001205000534921,Fictif Essai,2026-01-16,2025-05-01", "FUTURE"},
        {MEMBER_NUMBER ",011519000001205000534921,Fictif Essai,,2025-05-01", "EMPTY"},
        {"990000002,011519000001205000534921,Fictif Essai,2020-05-04,2025-05-01", "UNKNOWN_MEMBER"},
        {MEMBER_NUMBER ",ma64 0115 1900 0001 2050 0053 4921,Fictif Essai,2020-05-04,2025-05-01",
         "ACCEPTED"},
    };
    begin(0);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_string_equal(told(cases[i].row), cases[i].fault);
        assert_int_equal(bank_active_rib(&h, &member)[0] != '\0',
                         strcmp(cases[i].fault, "ACCEPTED") == 0);
    }
    harness_stop(&h);
}

/* --- what the member did --- */

static void a_change_under_way_goes_on(void **state)
{
    (void)state;
    begin(0);
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "ACCEPTED");
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
    assert_ok(bank_confirm(&h, &member, change).result);
    assert_string_equal(told_account(THIRD, "2026-01-14", "2026-01-14"), "CHANGE_OPEN");
    fake_clock_advance(&h.clock, LIMIT_BANK_COOLING_MS);
    bank_sign_in(&h, &member);
    (void)bank_run_due(&h);
    assert_string_equal(told_account(THIRD, "2026-01-14", "2026-01-14"), "CHANGE_OPEN");
    assert_ok(bank_answer_with(&h, &member, change->change_id, BANK_ANSWER(CLOSE_MATCH)));
    assert_string_equal(told_account(THIRD, "2026-01-14", "2026-01-14"), "CHANGE_OPEN");
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "UNCHANGED");
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, OLD)); /* it stays paid */
    assert_ok(bank_cancel(&h, &member, change->change_id).result);
    assert_string_equal(told_account(THIRD, "2026-01-14", "2026-01-14"), "ACCEPTED");
    harness_stop(&h);
}

/* Yesterday's file cannot undo the member's change, however late it is told. */
static void a_newer_change_stays(void **state)
{
    (void)state;
    begin(0);
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "ACCEPTED");
    go_to(1, 17);
    change_account(NEW); /* active on 20 January, at noon */
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "CHANGED_SINCE");
    go_to(2, 10);
    assert_string_equal(told_account(OLD, "2020-05-04", "2026-01-15"), "CHANGED_SINCE");
    assert_string_equal(told_account(THIRD, "2026-01-14", "2026-01-15"), "CHANGED_SINCE");
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, NEW));
    assert_string_equal(told_account(NEW, "2026-01-14", "2026-01-15"), "UNCHANGED");
    assert_int_equal(bank_notices(&h, &member, NOTICE_BANK_CHANGED), 2); /* of the change */
    harness_stop(&h);
}

/* Signed against one account, never done against another. */
static void a_proposal_ends_when_the_account_changes(void **state)
{
    (void)state;
    begin(0);
    assert_string_equal(told_account(OLD, "2020-05-04", "2025-05-01"), "ACCEPTED");
    Hayat__V1__BankAccountChange *change = bank_proposed(&h, &member, NEW);
    assert_string_equal(told_account(THIRD, "2026-01-14", "2026-01-14"), "ACCEPTED");
    assert_reason(bank_confirm(&h, &member, change).result, BANK_CHANGE_STATE);
    assert_string_equal(bank_active_rib(&h, &member), bank_rib_text(&h, THIRD));
    harness_stop(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_taken_in_order_and_once),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(a_change_under_way_goes_on),
        cmocka_unit_test(a_newer_change_stays),
        cmocka_unit_test(a_proposal_ends_when_the_account_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
