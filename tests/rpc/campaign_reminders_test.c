/*
 * Promise (RULE LC-7, LC-13): a suspension rests on reminders of two ways, or on the network's word for one; who is refused has time to file again,
 * is reminded anew, and is asked about in the end; campaigns fed ahead lock nobody out, and while none has opened nobody is asked for anything; a
 * bad record keeps nobody else waiting.
 */
#include "service/campaign_walk.h"

#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/delivery.h"
#include "service/message.h"
#include "storage/delivery_store.h"
#include "storage/obligation_store.h"
#include "storage/outbox_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define DAYS(n) ((n)*24LL * 3600 * 1000)
#define STATE(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name
#define NUMBER "990000071"

static struct harness h;
static struct harness_member m;

/* Ten days before the due day, and five after it. */
static status put_rules(void *ctx, struct txn *txn)
{
    static const int32_t offsets[] = {-10, 5};
    (void)ctx;
    return fund_reminder_plan(txn, offsets, 2);
}

static void put_plan(void)
{
    assert_ok(harness_write(&h, put_rules, NULL));
}

/* --- the job's day --- */

static struct walk_counts a_day(void)
{
    return fund_campaign_day(&h, m.owner);
}

/* Of what is not settled yet, by the word of ... */
enum word { NETWORK, GATEWAY };

static status settle(struct txn *txn, Hayat__Store__V1__DeliveryOutcome outcome, enum word word)
{
    obligation_row *row;
    TRY(obligation_store_get(txn, m.owner, 2026, 1, &row));
    for (size_t i = 0; i < row->n_reminders; i++) {
        const Hayat__Store__V1__StoredReminder *reminder = row->reminders[i];
        Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
        delivery.queue = reminder->channel == CHANNEL_POST ? OUTBOX_POST : OUTBOX_SMS;
        delivery.report_ms = word == NETWORK ? txn_now_ms(txn) : 0;
        delivery.outcome = outcome;
        delivery.settle_ms = txn_now_ms(txn);
        if (reminder->outbox_sequence != 0 && reminder->settle_ms == 0) {
            TRY(delivery_store_put(txn, m.owner, reminder->outbox_sequence, &delivery));
        }
    }
    return STATUS_OK;
}

static status carry(void *ctx, struct txn *txn)
{
    (void)ctx;
    return settle(txn, HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED, NETWORK);
}

static status lose(void *ctx, struct txn *txn)
{
    (void)ctx;
    return settle(txn, HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_FAILED, NETWORK);
}

/* What every gateway and printer says. */
static status hand_over(void *ctx, struct txn *txn)
{
    (void)ctx;
    return settle(txn, HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED, GATEWAY);
}

static const Hayat__V1__Obligation *obligation(void)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    return ((Hayat__V1__GetObligationResponse *)fund_call(&h, CERTIFICATE_METHOD("GetObligation"),
                                                          m.token, &request.base))
        ->obligation;
}

/* What the file says of where M can be reached; "" for nothing. */
static void put_contacts(const char *phone_number, const char *address)
{
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.registration_number = message_text(&h.arena, NUMBER);
    member.phone_number = message_text(&h.arena, phone_number);
    member.address = message_text(&h.arena, address);
    member.preferred_language = message_text(&h.arena, "fr");
    harness_put(&h, TABLE_member, m.owner, key_owner(m.owner), &member.base);
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
    put_contacts("+212600000000", "");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- what reminders prove --- */

/* Whether two reminders that carriers took, no more, are enough of this member's ways. */
static size_t proposed_when_handed_over(const char *phone_number, const char *address)
{
    put_contacts(phone_number, address);
    put_plan();
    (void)a_day();
    fake_clock_advance(&h.clock, DAYS(21));
    assert_int_equal(a_day().reminders, 1);
    fake_clock_advance(&h.clock, DAYS(15));
    assert_int_equal(a_day().reminders, 1);
    assert_ok(harness_write(&h, hand_over, NULL));
    (void)a_day();
    fake_clock_advance(&h.clock, DAYS(26));
    return a_day().proposed;
}

/* RULE LC-7: a number that is somebody else's by now, or a house that they left, fails every time. */
static void test_one_carriers_word_stops_no_pension(void **state)
{
    (void)state;
    assert_int_equal(proposed_when_handed_over("+212600000000", ""), 0);
    const Hayat__V1__Obligation *duty = obligation();
    assert_int_equal(duty->reminders[1]->outcome,
                     HAYAT__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_DELIVERED);
}

static void test_nor_do_letters_alone(void **state)
{
    (void)state;
    assert_int_equal(proposed_when_handed_over("", "1 rue de l'Essai, 99999 Fictif"), 0);
}

static void test_two_ways_do(void **state)
{
    (void)state;
    assert_int_equal(proposed_when_handed_over("+212600000000", "1 rue de l'Essai, 99999 Fictif"),
                     1);
}

/* --- refusals --- */

static void refuse(const struct harness_caller *who, struct reviewed_case *c)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    Hayat__V1__Finding findings[REVIEWED_DOCUMENTS], *list[REVIEWED_DOCUMENTS];
    struct harness_reply reply = reviewed_claim(&h, who, c->task);
    assert_ok(reply.result);
    for (size_t i = 0; i < REVIEWED_DOCUMENTS; i++) {
        hayat__v1__finding__init(&findings[i]);
        findings[i].document_id = c->documents[i];
        findings[i].reason = HAYAT__V1__FINDING_REASON__FINDING_REASON_ILLEGIBLE;
        list[i] = &findings[i];
    }
    request.request_id = fund_request_id(&h);
    request.task_id = c->task;
    request.etag = ((Hayat__Backoffice__V1__ClaimTaskResponse *)reply.response)->task->etag;
    request.decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_REFUSE;
    request.reason = message_text(&h.arena, "A reason of this test's");
    request.findings = list;
    request.n_findings = REVIEWED_DOCUMENTS;
    assert_ok(harness_call_as(&h, REVIEW_METHOD("DecideTask"), who, &request.base).result);
}

/* Two reminders arrived, then the member filed, in grace; the fund took forty days to refuse. */
static void until_refused(void)
{
    put_plan();
    (void)a_day();
    fake_clock_advance(&h.clock, DAYS(21));
    assert_int_equal(a_day().reminders, 1);
    fake_clock_advance(&h.clock, DAYS(15));
    assert_int_equal(a_day().reminders, 1);
    assert_ok(harness_write(&h, carry, NULL));
    (void)a_day();
    struct reviewed_case c = reviewed_file(&h, &m, ROUTE(AUTHORITY_FORM));
    struct harness_caller first = named_agent(&h, SCOPE_REVIEWER, "S-1"),
                          second = named_agent(&h, SCOPE_REVIEWER, "S-2");
    fake_clock_advance(&h.clock, DAYS(40));
    assert_int_equal(a_day().proposed, 0);
    refuse(&first, &c);
    refuse(&second, &c);
    assert_int_equal(obligation()->state, STATE(REFUSED));
}

/* RULE LC-13: the fund's own silence costs nobody the time to file again, and a refusal is not the way never to be asked. */
static void test_who_is_refused_has_time_to_file_again(void **state)
{
    (void)state;
    until_refused();
    struct walk_counts day = a_day();
    assert_int_equal(day.proposed + day.reminders, 0);
    assert_int_equal(obligation()->state, STATE(REFUSED));
    for (int i = 0; i < LIMIT_SUSPENSION_REMINDERS; i++) {
        fake_clock_advance(&h.clock, LIMIT_REMINDER_AGAIN_MS - 1);
        day = a_day();
        assert_int_equal(day.proposed + day.reminders, 0);
        fake_clock_advance(&h.clock, 1);
        assert_int_equal(a_day().reminders, 1);
        assert_int_equal(a_day().reminders, 0); /* once */
        assert_ok(harness_write(&h, carry, NULL));
        assert_int_equal(a_day().proposed, 0);
    }
    fake_clock_advance(&h.clock, LIMIT_SUSPENSION_WAIT_MS - 1);
    day = a_day();
    assert_int_equal(day.proposed + day.reminders, 0);
    fake_clock_advance(&h.clock, 1);
    assert_int_equal(a_day().proposed, 1);
    assert_int_equal(a_day().reminders, 0);
}

/* What was lost reminded nobody. */
static void test_a_reminder_that_was_lost_is_sent_again(void **state)
{
    (void)state;
    until_refused();
    for (int i = 0; i < 4; i++) {
        fake_clock_advance(&h.clock, LIMIT_REMINDER_AGAIN_MS);
        assert_int_equal(a_day().reminders, 1);
        assert_ok(harness_write(&h, lose, NULL));
        assert_int_equal(a_day().proposed, 0);
    }
}

/* --- several members --- */

/* An obligation to be reminded of that has no id to name in the inbox. */
static void spoil(struct owner owner)
{
    Hayat__Store__V1__StoredObligation row = HAYAT__STORE__V1__STORED_OBLIGATION__INIT;
    row.year = 2026;
    row.pension_seq = 1;
    row.state = STATE(DRAFT);
    row.country_code = message_text(&h.arena, "FR");
    struct key key = key_u32(key_u32(key_owner(owner), 2026), 1);
    row.due_days = row.grace_end_days = 20468; /* 2026-01-15 */
    harness_put(&h, TABLE_obligation, owner, key, &row.base);
}

static void test_one_bad_record_keeps_nobody_else_waiting(void **state)
{
    (void)state;
    struct owner owners[LIMIT_WALK_MEMBERS];
    struct walk_counts counts = {0};
    put_plan();
    for (size_t i = 0; i < LIMIT_WALK_MEMBERS; i++) {
        const char *number = arena_printf(&h.arena, "99000018%zu", i);
        owners[i] = i == 0 ? m.owner : harness_member(&h, number).owner;
        fund_put_pension(&h, owners[i]);
    }
    spoil(owners[3]);
    fake_clock_advance(&h.clock, DAYS(21));
    const struct walk_group group = {h.app.writer, owners, LIMIT_WALK_MEMBERS, 60};
    assert_reason(campaign_walk_group(&group, &counts), STORE_CORRUPT);
    assert_int_equal(counts.members, LIMIT_WALK_MEMBERS - 1);
    assert_int_equal(counts.reminders, LIMIT_WALK_MEMBERS - 1);
    assert_int_equal(obligation()->n_reminders, 2);
}

/* --- what is fed ahead --- */

/* Years and years of them: the one that has opened counts, for who files and for who is suspended. */
static void test_campaigns_fed_ahead_lock_nobody_out(void **state)
{
    (void)state;
    put_plan();
    (void)a_day();
    for (int32_t i = 1; i <= 10; i++) {
        fund_put_campaign(&h, 2026 + i, i * 365, i * 365 + 30, i * 365 + 60);
    }
    assert_int_equal(obligation()->year, 2026);
    fake_clock_advance(&h.clock, DAYS(21));
    assert_int_equal(a_day().reminders, 1);
    (void)fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_int_equal(obligation()->state, STATE(DRAFT));
}

/* The campaign was moved ahead by mistake: who cannot file is neither reminded nor suspended. */
static void test_without_a_campaign_nobody_is_asked_for_anything(void **state)
{
    (void)state;
    put_plan();
    (void)a_day();
    fake_clock_advance(&h.clock, DAYS(21));
    assert_int_equal(a_day().reminders, 1);
    fund_put_campaign(&h, 2026, 300, 330, 360);
    fake_clock_advance(&h.clock, DAYS(15));
    assert_int_equal(a_day().reminders, 0);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    assert_int_equal(a_day().reminders, 1);
    assert_ok(harness_write(&h, carry, NULL));
    (void)a_day();
    fund_put_campaign(&h, 2026, 300, 330, 360);
    fake_clock_advance(&h.clock, DAYS(26));
    assert_int_equal(a_day().proposed, 0);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    assert_int_equal(a_day().proposed, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_carriers_word_stops_no_pension),
        TEST(test_nor_do_letters_alone),
        TEST(test_two_ways_do),
        TEST(test_who_is_refused_has_time_to_file_again),
        TEST(test_a_reminder_that_was_lost_is_sent_again),
        TEST(test_one_bad_record_keeps_nobody_else_waiting),
        TEST(test_campaigns_fed_ahead_lock_nobody_out),
        TEST(test_without_a_campaign_nobody_is_asked_for_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
