/*
 * Promise: what a telephone network reports of a text message makes its proof better and never worse, in whatever order and however often it comes, told
 * by whoever acknowledged the message and by nobody else; a damaged row of those that wait keeps no other message; a reminder of a life certificate counts when it arrived, not when a gateway took it, and goes
 * another way when it did not.
 */
#include "base/codec.h"
#include "base/scope.h"
#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "service/delivery.h"
#include "service/delivery_evidence.h"
#include "service/message.h"
#include "service/preferences.h"
#include "storage/caller_store.h"
#include "storage/delivery_report_store.h"
#include "storage/delivery_store.h"
#include "storage/preferences_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/inbox.h"
#include "tests/support/temp_store.h"

#define OUTBOX_METHOD(name) "/hayat.backoffice.v1.OutboxService/" name
#define QUEUE(name) HAYAT__BACKOFFICE__V1__OUTBOX_QUEUE__OUTBOX_QUEUE_##name
#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name
#define REMINDER(name) HAYAT__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_##name
#define CHANNEL(name) HAYAT__V1__REMINDER_CHANNEL__REMINDER_CHANNEL_##name
#define DAYS(n) ((n)*24LL * 3600 * 1000)

typedef Hayat__Backoffice__V1__AckOutboxResponse ack_response;

static struct harness h;
static struct harness_caller courier;
static struct harness_member member;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    h.app.access_token_ms = DAYS(100);
    courier = harness_core_system(&h, SCOPE_OUTBOX);
    member = harness_member(&h, "999000001");
    fund_put_family(&h, member.owner, 0);
    Hayat__Store__V1__StoredMember record = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    record.registration_number = message_text(&h.arena, "999000001");
    record.phone_number = message_text(&h.arena, "+212600000001");
    record.address = message_text(&h.arena, "1, rue Inventée\n99999 Villefictive");
    record.country_code = message_text(&h.arena, "MA");
    record.preferred_language = message_text(&h.arena, "fr");
    record.address_version = 1;
    harness_put(&h, TABLE_member, member.owner, key_owner(member.owner), &record.base);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- messages --- */

static status send(void *ctx, struct txn *txn)
{
    return delivery_send_code(txn, ctx);
}

static void send_code(enum channel channel)
{
    struct code_message message = {.owner = member.owner,
                                   .channel = channel,
                                   .code = "C1234567",
                                   .expire_ms = h.clock.wall_ms + DAYS(1),
                                   .address_version = 1};
    assert_ok(harness_write(&h, send, &message));
}

/* The id of the first message that waits in QUEUE, now CALLER's. */
static const char *taken_by(const struct harness_caller *caller,
                            Hayat__Backoffice__V1__OutboxQueue queue)
{
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    Hayat__Backoffice__V1__WatchOutboxRequest request;
    hayat__backoffice__v1__watch_outbox_request__init(&request);
    request.queues = &queue;
    request.n_queues = 1;
    assert_true(harness_stream_open_as(&s, &h, OUTBOX_METHOD("WatchOutbox"), caller));
    assert_true(harness_stream_send(&s, &request.base));
    for (int i = 0; i < 4; i++) { /* it may take back what was lost first */
        assert_true(harness_stream_next(&s, &response));
        if (s.call.wait_ms == 0) {
            break;
        }
    }
    assert_int_equal(s.call.wait_ms, 0);
    harness_stream_abandon(&s);
    return ((Hayat__Backoffice__V1__WatchOutboxResponse *)response)->items[0]->outbox_id;
}

/* --- acknowledgements --- */

struct told {
    const char *id;
    Hayat__Backoffice__V1__OutboxOutcome outcome;
    bool report_expected;
    const char *evidence;
};

static const ack_response *tell(const struct harness_caller *caller, const struct told *told)
{
    Hayat__Backoffice__V1__OutboxResult result, *results[] = {&result};
    Hayat__Backoffice__V1__AckOutboxRequest request;
    hayat__backoffice__v1__outbox_result__init(&result);
    hayat__backoffice__v1__ack_outbox_request__init(&request);
    result.outbox_id = message_text(&h.arena, told->id);
    result.outcome = told->outcome;
    result.channel = message_text(&h.arena, "kannel");
    result.evidence = message_text(&h.arena, told->evidence);
    result.report_expected = told->report_expected;
    request.results = results;
    request.n_results = 1;
    struct harness_reply reply = harness_call_as(&h, OUTBOX_METHOD("AckOutbox"), caller,
                                                 &request.base);
    assert_ok(reply.result);
    return (const ack_response *)reply.response;
}

static void accept(const char *id, bool report_expected)
{
    const struct told told = {id, OUTCOME(DELIVERED), report_expected, "http 202, kannel 0"};
    assert_int_equal(tell(&courier, &told)->changed_count, 1);
}

static const ack_response *report(const char *id, bool arrived)
{
    const struct told told = {id, arrived ? OUTCOME(ARRIVED) : OUTCOME(NOT_ARRIVED), false,
                              arrived ? "kannel report 1" : "kannel report 2"};
    return tell(&courier, &told);
}

/* --- what is known --- */

struct known {
    size_t rows;
    uint64_t sequence;
    struct delivery_evidence evidence;
};

static bool see_row(void *ctx, uint64_t sequence, const Hayat__Store__V1__StoredDelivery *row)
{
    struct known *known = ctx;
    (void)row;
    known->sequence = known->rows++ == 0 ? sequence : known->sequence;
    return true;
}

static status look(void *ctx, struct txn *txn)
{
    struct known *known = ctx;
    TRY(delivery_store_each(txn, member.owner, see_row, known));
    return delivery_evidence(txn, member.owner, known->sequence, &known->evidence);
}

/* Of the newest delivery, which must be the only one. */
static struct delivery_evidence proof(void)
{
    struct known known = {.rows = 0};
    assert_ok(harness_read(&h, look, &known));
    assert_int_equal(known.rows, 1);
    return known.evidence;
}

static void expect(enum delivery_grade grade, bool counts, const char *evidence)
{
    struct delivery_evidence found = proof();
    assert_int_equal(found.grade, grade);
    assert_int_equal(found.counts, counts);
    assert_string_equal(found.evidence, evidence);
}

static status count(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_delivery_report, ctx);
}

static uint64_t awaited(void)
{
    uint64_t found;
    assert_ok(harness_read(&h, count, &found));
    return found;
}

static bool take_sequence(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    *(uint64_t *)ctx = get_be64(key.bytes);
    return true;
}

static status find_newest(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_delivery_report, .keys_only = true};
    return table_scan(txn, &scan, take_sequence, ctx);
}

static uint64_t newest_report(void)
{
    uint64_t sequence = 0;
    assert_ok(harness_read(&h, find_newest, &sequence));
    return sequence;
}

/* --- tests --- */

static void what_a_gateway_took_counts_when_it_arrived(void **state)
{
    (void)state;
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    accept(id, true);
    expect(DELIVERY_ACCEPTED, false, "http 202, kannel 0");
    assert_true(proof().awaited);
    fake_clock_advance(&h.clock, 60000);
    assert_int_equal(report(id, true)->changed_count, 1);
    expect(DELIVERY_PROVEN, true, "kannel report 1");
    assert_int_equal(proof().settle_ms, h.clock.wall_ms);
    assert_int_equal(awaited(), 0);
}

static void a_report_counts_once_and_nothing_makes_it_worse(void **state)
{
    (void)state;
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    accept(id, true);
    assert_int_equal(report(id, true)->changed_count, 1);
    int64_t first_ms = proof().settle_ms;
    fake_clock_advance(&h.clock, 60000);
    assert_int_equal(report(id, true)->gone_count, 1);
    assert_int_equal(report(id, false)->gone_count, 1);
    const struct told again = {id, OUTCOME(DELIVERED), true, "http 202, kannel 3"};
    const struct told given_up = {id, OUTCOME(FAILED), false, "late"};
    assert_int_equal(tell(&courier, &again)->gone_count, 1);
    assert_int_equal(tell(&courier, &given_up)->gone_count, 1);
    expect(DELIVERY_PROVEN, true, "kannel report 1");
    assert_int_equal(proof().settle_ms, first_ms);
}

static void a_failure_is_known_and_a_later_arrival_is_better(void **state)
{
    (void)state;
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    accept(id, true);
    assert_int_equal(report(id, false)->changed_count, 1);
    expect(DELIVERY_ENDED, false, "kannel report 2");
    assert_int_equal(report(id, false)->gone_count, 1);
    assert_int_equal(report(id, true)->changed_count, 1);
    expect(DELIVERY_PROVEN, true, "kannel report 1");
}

/* The gateway was faster than the acknowledgement. */
static void an_early_report_is_to_be_told_again(void **state)
{
    (void)state;
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    const ack_response *response = report(id, true);
    assert_int_equal(response->n_early_outbox_ids, 1);
    assert_string_equal(response->early_outbox_ids[0], id);
    assert_int_equal(response->changed_count + response->gone_count + response->not_held_count, 0);
    accept(id, true);
    response = report(id, true);
    assert_int_equal(response->n_early_outbox_ids, 0);
    assert_int_equal(response->changed_count, 1);
}

static struct key report_key(uint64_t sequence)
{
    return key_u64(key_empty(), sequence);
}

static status drop_reports(void *ctx, struct txn *txn)
{
    *(uint64_t *)ctx = 0;
    return delivery_report_store_drop_old(txn, ctx);
}

/* It is as if the network were silent about that one message; all others go on. */
static void a_damaged_row_keeps_no_other_message(void **state)
{
    (void)state;
    uint64_t damaged;
    send_code(CHANNEL_SMS);
    const char *first = taken_by(&courier, QUEUE(SMS));
    accept(first, true);
    temp_store_damage(h.app.db, TABLE_delivery_report, report_key(newest_report()), 31);
    assert_int_equal(report(first, true)->gone_count, 1);
    send_code(CHANNEL_SMS);
    const char *second = taken_by(&courier, QUEUE(SMS));
    accept(second, true);
    assert_int_equal(awaited(), 2); /* who tells of it drops it */
    assert_ok(harness_write(&h, drop_reports, &damaged));
    assert_int_equal(damaged, 1);
    assert_int_equal(awaited(), 1);
    assert_int_equal(report(second, true)->changed_count, 1);
    assert_int_equal(awaited(), 0);
}

static void only_who_acknowledged_it_may_report(void **state)
{
    (void)state;
    struct harness_caller other = harness_core_system(&h, SCOPE_OUTBOX);
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    const struct told claim = {id, OUTCOME(ARRIVED), false, "kannel report 1"};
    assert_int_equal(tell(&other, &claim)->not_held_count, 1); /* before ... */
    accept(id, true);
    assert_int_equal(tell(&other, &claim)->not_held_count, 1); /* ... and after */
    expect(DELIVERY_ACCEPTED, false, "http 202, kannel 0");
    assert_int_equal(report(id, true)->changed_count, 1);
}

static status narrow_scopes(void *ctx, struct txn *txn)
{
    const uint32_t *scopes = ctx;
    Hayat__Store__V1__StoredCaller *caller;
    TRY(caller_store_get(txn, courier.id, &caller));
    caller->scopes = *scopes;
    return caller_store_put(txn, caller);
}

/* SEC-A5: what one acknowledged with a right that was taken away since is nothing to report on. */
static void the_right_to_report_ends_with_that_to_carry(void **state)
{
    (void)state;
    uint32_t scopes = SCOPE_OUTBOX_POST;
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    accept(id, true);
    assert_ok(harness_write(&h, narrow_scopes, &scopes));
    const struct told claim = {id, OUTCOME(ARRIVED), false, "kannel report 1"};
    assert_int_equal(tell(&courier, &claim)->not_held_count, 1);
    expect(DELIVERY_ACCEPTED, false, "http 202, kannel 0");
}

static void what_is_not_awaited_is_gone(void **state)
{
    (void)state;
    char made_up[ID_TEXT_MAX];
    id_format((struct id){{1}}, "obx", made_up);
    assert_int_equal(report(made_up, true)->gone_count, 1);
    send_code(CHANNEL_POST);
    const char *id = taken_by(&courier, QUEUE(POST));
    assert_int_equal(report(id, true)->gone_count,
                     1); /* another queue's: letters are not reported on */
    accept(id, true);
    assert_int_equal(awaited(), 0);
    assert_int_equal(report(id, false)->gone_count, 1);
    expect(DELIVERY_PROVEN, true, "http 202, kannel 0");
}

static void a_message_that_nobody_reports_on_counts_as_before(void **state)
{
    (void)state;
    send_code(CHANNEL_SMS);
    const char *id = taken_by(&courier, QUEUE(SMS));
    accept(id, false);
    expect(DELIVERY_ACCEPTED, true, "http 202, kannel 0");
    assert_int_equal(report(id, false)->gone_count, 1);
    expect(DELIVERY_ACCEPTED, true, "http 202, kannel 0");
}

static status await(void *ctx, struct txn *txn)
{
    const struct awaited_report awaited = {member.owner, courier.id};
    return delivery_report_store_put(txn, *(const uint64_t *)ctx, &awaited);
}

static void what_is_awaited_too_long_is_forgotten(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= 5; i++) {
        assert_ok(harness_write(&h, await, &i));
    }
    fake_clock_advance(&h.clock, LIMIT_REPORT_LIFE_MS + 1);
    uint64_t next = 6;
    assert_ok(harness_write(&h, await, &next));
    assert_int_equal(awaited(), 5 + 1 - LIMIT_REPORTS_DROPPED);
    for (next = 7; next <= 9; next++) {
        assert_ok(harness_write(&h, await, &next));
    }
    assert_int_equal(awaited(), 4); /* the young ones */
}

/* --- reminders --- */

static status put_plan(void *ctx, struct txn *txn)
{
    static const int32_t offset = -30;
    (void)ctx;
    return fund_reminder_plan(txn, &offset, 1);
}

/* Of life certificates, they want to hear by text message alone. */
static status wish_for_sms(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredPreferences *preferences;
    Hayat__Store__V1__StoredTopic topic = HAYAT__STORE__V1__STORED_TOPIC__INIT;
    Hayat__Store__V1__StoredTopic *topics[] = {&topic};
    (void)ctx;
    topic.topic = TOPIC_LIFE_CERTIFICATE;
    topic.channels = PREFER_SMS;
    TRY(preferences_store_get(txn, member.owner, &preferences));
    preferences->topics = topics;
    preferences->n_topics = 1;
    return preferences_store_put(txn, member.owner, preferences);
}

static void a_day(void)
{
    (void)fund_campaign_day(&h, member.owner);
}

/* A reminder went out by text message alone. */
static const char *reminded(void)
{
    fund_put_pension(&h, member.owner);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    assert_ok(harness_write(&h, put_plan, NULL));
    assert_ok(harness_write(&h, wish_for_sms, NULL));
    a_day();
    return taken_by(&courier, QUEUE(SMS));
}

static const Hayat__V1__Obligation *obligation(void)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    return ((Hayat__V1__GetObligationResponse *)fund_call(&h, CERTIFICATE_METHOD("GetObligation"),
                                                          member.token, &request.base))
        ->obligation;
}

/* As the app shows it: COUNT reminders by CHANNEL, the last of which has that outcome. */
static void expect_reminders(Hayat__V1__ReminderChannel channel, size_t expected,
                             Hayat__V1__ReminderOutcome outcome)
{
    const Hayat__V1__Obligation *duty = obligation();
    size_t found = 0;
    Hayat__V1__ReminderOutcome last = REMINDER(UNSPECIFIED);
    for (size_t i = 0; i < duty->n_reminders; i++) {
        if (duty->reminders[i]->channel == channel) {
            found++;
            last = duty->reminders[i]->outcome;
        }
    }
    assert_int_equal(found, expected);
    assert_int_equal(last, outcome);
}

static void a_reminder_is_delivered_when_the_telephone_has_it(void **state)
{
    (void)state;
    const char *id = reminded();
    accept(id, true);
    a_day();
    expect_reminders(CHANNEL(SMS), 1, REMINDER(ACCEPTED));
    (void)report(id, true);
    a_day();
    expect_reminders(CHANNEL(SMS), 1, REMINDER(DELIVERED));
    fake_clock_advance(&h.clock, LIMIT_REPORT_WAIT_MS);
    a_day();
    expect_reminders(CHANNEL(POST), 0, REMINDER(UNSPECIFIED));
}

static void a_reminder_that_does_not_arrive_goes_by_letter_once(void **state)
{
    (void)state;
    const char *id = reminded();
    accept(id, true);
    (void)report(id, false);
    a_day();
    expect_reminders(CHANNEL(SMS), 1, REMINDER(FAILED));
    expect_reminders(CHANNEL(POST), 1, REMINDER(UNSPECIFIED));
    a_day();
    expect_reminders(CHANNEL(POST), 1, REMINDER(UNSPECIFIED));
    id = taken_by(&courier, QUEUE(POST));
    accept(id, false);
    (void)report(id, true);
    a_day();
    expect_reminders(CHANNEL(POST), 1, REMINDER(DELIVERED));
    expect_reminders(CHANNEL(SMS), 1, REMINDER(FAILED));
}

/* The telephone was off for a week: the later word counts, as anywhere. */
static void a_reminder_may_arrive_after_all(void **state)
{
    (void)state;
    const char *id = reminded();
    accept(id, true);
    (void)report(id, false);
    a_day();
    expect_reminders(CHANNEL(SMS), 1, REMINDER(FAILED));
    (void)report(id, true);
    a_day();
    expect_reminders(CHANNEL(SMS), 1, REMINDER(DELIVERED));
}

static void a_reminder_of_which_nothing_is_heard_goes_by_letter(void **state)
{
    (void)state;
    const char *id = reminded();
    accept(id, true);
    fake_clock_advance(&h.clock, LIMIT_REPORT_WAIT_MS - 1);
    a_day();
    expect_reminders(CHANNEL(POST), 0, REMINDER(UNSPECIFIED));
    fake_clock_advance(&h.clock, 1);
    a_day();
    expect_reminders(CHANNEL(POST), 1, REMINDER(UNSPECIFIED));
    expect_reminders(CHANNEL(SMS), 1, REMINDER(ACCEPTED));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_a_gateway_took_counts_when_it_arrived),
        TEST(a_report_counts_once_and_nothing_makes_it_worse),
        TEST(a_failure_is_known_and_a_later_arrival_is_better),
        TEST(an_early_report_is_to_be_told_again),
        TEST(a_damaged_row_keeps_no_other_message),
        TEST(only_who_acknowledged_it_may_report),
        TEST(the_right_to_report_ends_with_that_to_carry),
        TEST(what_is_not_awaited_is_gone),
        TEST(a_message_that_nobody_reports_on_counts_as_before),
        TEST(what_is_awaited_too_long_is_forgotten),
        TEST(a_reminder_is_delivered_when_the_telephone_has_it),
        TEST(a_reminder_that_does_not_arrive_goes_by_letter_once),
        TEST(a_reminder_may_arrive_after_all),
        TEST(a_reminder_of_which_nothing_is_heard_goes_by_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
