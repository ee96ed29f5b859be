/*
 * Promise: windows and reminders are the fund's data; every pension has its obligation, made once; the registry's word accepts, once, against a
 * signed receipt, what contradicts waits for a person, and what was begun is not filed any more; a suspension takes two persons of the fund, and a late proof ends it; a clock set forward suspends nobody.
 */
#include "service/campaign_walk.h"

#include <sodium.h>

#include "base/array.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "hayat/v1/notification.pb-c.h"
#include "service/certificate_receipt.h"
#include "service/delivery.h"
#include "service/feed_apply.h"
#include "service/message.h"
#include "service/task.h"
#include "storage/delivery_store.h"
#include "storage/obligation_store.h"
#include "storage/outbox_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/inbox.h"
#include "tests/support/named_agent.h"

#define DAYS(n) ((n)*24LL * 3600 * 1000)
#define REVIEW_METHOD(name) "/hayat.backoffice.v1.ReviewService/" name
#define STATE(name) HAYAT__V1__OBLIGATION_STATE__OBLIGATION_STATE_##name
#define NUMBER "990000071"

static struct harness h;
static struct harness_member m;

/* --- what the fund tells --- */

struct fed {
    enum feed_kind kind;
    const char *const *fields;
    size_t count;
    enum feed_outcome outcome;
    struct feed_error error;
};

static status feed_one(void *ctx, struct txn *txn)
{
    struct fed *fed = ctx;
    const struct receipt_issuer issuer = receipt_issuer_of(&h.app);
    struct feed_session session = {.txn = txn, .issuer = &issuer};
    struct feed_rules rules;
    struct feed_row row;
    bytes fields[FEED_COLUMNS_MAX];
    struct date today = date_from_wall_ms(txn_now_ms(txn), 60);
    assert_ok(feed_rules_init(&rules, &feed_patterns_default, today));
    for (size_t i = 0; i < fed->count; i++) {
        fields[i] = bytes_str(fed->fields[i]);
    }
    const struct feed_parser parser = {&rules, fed->kind, txn_arena(txn)};
    status s = feed_row_parse(&parser, fields, fed->count, &row, &fed->error);
    if (ok(s) && fed->error.fault == FEED_FAULT_NONE) {
        s = feed_row_apply(&session, &row, NULL, &fed->outcome);
        fed->error = fed->outcome == FEED_REFUSED ? session.error : fed->error;
    }
    feed_rules_fini(&rules);
    return s;
}

static struct fed feed(enum feed_kind kind, const char *const *fields, size_t count)
{
    struct fed fed = {.kind = kind, .fields = fields, .count = count, .outcome = FEED_REFUSED};
    assert_ok(harness_write(&h, feed_one, &fed));
    return fed;
}

#define FEED(kind, ...)                                                                            \
    feed(kind, (const char *const[]){__VA_ARGS__},                                                 \
         sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static void put_plan(void)
{
    struct fed plan = FEED(FEED_REMINDER_PLANS, "PLAN-1", "2026-01-01", "ours", "", "BEFORE", "10",
                           "EVERYWHERE");
    assert_int_equal(plan.outcome, FEED_ACCEPTED);
    plan = FEED(FEED_REMINDER_PLANS, "PLAN-1", "2026-01-01", "ours", "", "AFTER", "5",
                "EVERYWHERE");
    assert_int_equal(plan.outcome, FEED_ACCEPTED);
}

/* --- the job's day --- */

static struct walk_counts a_day(void)
{
    return fund_campaign_day(&h, m.owner);
}

static const Hayat__V1__Obligation *obligation(void)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    return ((Hayat__V1__GetObligationResponse *)fund_call(&h, CERTIFICATE_METHOD("GetObligation"),
                                                          m.token, &request.base))
        ->obligation;
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
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.registration_number = message_text(&h.arena, NUMBER);
    member.phone_number = message_text(&h.arena, "+212600000000");
    member.preferred_language = message_text(&h.arena, "fr");
    harness_put(&h, TABLE_member, m.owner, key_owner(m.owner), &member.base);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- windows --- */

static void test_the_closest_window_counts_and_stays(void **state)
{
    (void)state;
    struct fed any = FEED(FEED_CAMPAIGN_WINDOWS, "W-1", "2026-01-01", "ours", "2026", "FR", "",
                          "2026-01-01", "2026-03-31", "2026-05-31");
    struct fed close = FEED(FEED_CAMPAIGN_WINDOWS, "W-1", "2026-01-01", "ours", "2026", "FR", "RCP",
                            "2026-01-01", "2026-04-30", "2026-06-30");
    assert_int_equal(any.outcome, FEED_ACCEPTED);
    assert_int_equal(close.outcome, FEED_ACCEPTED);
    (void)a_day();
    assert_int_equal(obligation()->due_date->month, 4);
    struct fed later = FEED(FEED_CAMPAIGN_WINDOWS, "W-1", "2026-01-01", "ours", "2026", "FR", "RCP",
                            "2026-01-01", "2026-02-28", "2026-06-30");
    assert_int_equal(later.outcome, FEED_ACCEPTED);
    (void)a_day();
    assert_int_equal(obligation()->due_date->month, 4); /* what was promised is kept */
}

static void test_the_checklist_comes_first(void **state)
{
    (void)state;
    const Hayat__V1__Obligation *duty = obligation();
    assert_int_equal(duty->state, STATE(DUE));
    assert_int_equal(duty->n_routes, 3);
    for (size_t i = 0; i < duty->n_routes; i++) {
        assert_true(duty->routes[i]->n_items > 0 && duty->routes[i]->text[0] != '\0');
        for (size_t j = 0; j < duty->routes[i]->n_items; j++) {
            assert_true(duty->routes[i]->items[j]->text[0] != '\0');
        }
    }
}

/* --- the registry --- */

static void test_the_registry_confirms_once(void **state)
{
    (void)state;
    struct fed first = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2026-01-14",
                            "REG-999-1", "2026-01-15");
    assert_int_equal(first.outcome, FEED_ACCEPTED);
    assert_int_equal(obligation()->state, STATE(ACCEPTED));
    assert_true(obligation()->fulfilled);
    struct fed again = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2026-01-14",
                            "REG-999-1", "2026-01-15");
    assert_int_equal(again.outcome, FEED_UNCHANGED);
    struct fed other = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2026-01-13",
                            "REG-999-1", "2026-01-15");
    assert_int_equal(other.error.fault, FEED_FAULT_CONTRADICTS);
    struct fed stranger = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0002", "2026-01-14",
                               "REG-999-2", "2026-01-15");
    assert_int_equal(stranger.error.fault, FEED_FAULT_UNKNOWN_PENSION);
    struct fed early = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2025-06-01",
                            "REG-999-3", "2026-01-15");
    assert_int_equal(early.error.fault, FEED_FAULT_NO_CAMPAIGN);
    struct fed to_come = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2026-02-01",
                              "REG-999-4", "2026-01-15");
    assert_int_equal(to_come.error.fault, FEED_FAULT_DATE);
}

static struct harness_reply receipt_of(const char *certificate, Hayat__V1__ReceiptKind kind)
{
    Hayat__V1__GetReceiptRequest request = HAYAT__V1__GET_RECEIPT_REQUEST__INIT;
    request.life_certificate_id = message_text(&h.arena, certificate);
    request.kind = kind;
    return harness_call(&h, CERTIFICATE_METHOD("GetReceipt"), m.token, &request.base);
}

/* Checked as anybody can, with the public key alone. */
static const Hayat__V1__ReceiptPayload *proven(const char *certificate, Hayat__V1__ReceiptKind kind)
{
    Hayat__V1__ReceiptPayload *payload;
    struct harness_reply reply = receipt_of(certificate, kind);
    assert_ok(reply.result);
    assert_ok(receipt_verify(h.signer.public_key,
                             ((Hayat__V1__GetReceiptResponse *)reply.response)->receipt, &h.arena,
                             &payload));
    return payload;
}

#define RECEIPT(name) HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_##name

static void confirm(const char *day)
{
    struct fed fed = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", day, "REG-999-1",
                          "2026-01-15");
    assert_int_equal(fed.outcome, FEED_ACCEPTED);
}

static size_t told_of(Hayat__V1__NotificationKind kind)
{
    Hayat__V1__ListNotificationsRequest request = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    const Hayat__V1__ListNotificationsResponse *response = (const void *)fund_call(
        &h, "/hayat.v1.NotificationService/ListNotifications", m.token, &request.base);
    size_t count = 0;
    for (size_t i = 0; i < response->n_notifications; i++) {
        count += response->notifications[i]->kind == kind ? 1 : 0;
    }
    return count;
}

static void test_the_registry_s_acceptance_is_signed(void **state)
{
    (void)state;
    uint8_t nothing_wrong[RECEIPT_DIGEST_BYTES];
    (void)crypto_hash_sha256(nothing_wrong, NULL, 0);
    confirm("2026-01-14");
    const char *certificate = obligation()->life_certificate_id;
    const Hayat__V1__ReceiptPayload *receipt = proven(certificate, RECEIPT(DECISION));
    assert_int_equal(receipt->outcome, HAYAT__V1__RECEIPT_OUTCOME__RECEIPT_OUTCOME_ACCEPTED);
    assert_string_equal(receipt->life_certificate_id, certificate);
    assert_string_equal(receipt->pension_number, "P-999-0001");
    assert_string_equal(receipt->registry_reference, "REG-999-1");
    assert_int_equal(receipt->confirm_date->day, 14);
    assert_true(receipt->in_time);
    assert_int_equal(receipt->decide_time->seconds, h.clock.wall_ms / 1000);
    assert_memory_equal(receipt->findings_sha256.data, nothing_wrong, sizeof nothing_wrong);
    assert_null(receipt->submit_time); /* nothing was filed */
    assert_string_equal(receipt->filing_receipt_id, "");
    assert_reason(receipt_of(certificate, RECEIPT(FILING)).result, RECEIPT_NOT_ISSUED);
    assert_int_equal(
        told_of(HAYAT__V1__NOTIFICATION_KIND__NOTIFICATION_KIND_LIFE_CERTIFICATE_ACCEPTED), 1);
}

/* What was filed stays named, with its documents. */
static void test_the_registry_decides_on_what_was_filed(void **state)
{
    (void)state;
    char *certificate = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    struct fund_file file = {certificate, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, 1)};
    (void)fund_upload(&h, m.token, &file);
    file.item = ITEM(IDENTITY);
    (void)fund_upload(&h, m.token, &file);
    assert_ok(fund_submit(&h, m.token, certificate).result);
    const Hayat__V1__ReceiptPayload *filing = proven(certificate, RECEIPT(FILING));
    assert_null(filing->confirm_date);
    fake_clock_advance(&h.clock, DAYS(1));
    confirm("2026-01-14");
    const Hayat__V1__ReceiptPayload *decision = proven(certificate, RECEIPT(DECISION));
    assert_string_equal(decision->filing_receipt_id, filing->receipt_id);
    assert_int_equal(decision->submit_time->seconds, filing->submit_time->seconds);
    assert_int_equal(decision->n_documents, 2);
    assert_memory_equal(decision->documents[0]->sha256.data, filing->documents[0]->sha256.data,
                        RECEIPT_DIGEST_BYTES);
    assert_string_equal(decision->registry_reference, "REG-999-1");
}

/* By the window of the pension's country, not the campaign's. */
static void test_the_registry_is_in_time_where_the_pensioner_lives(void **state)
{
    (void)state;
    struct fed window = FEED(FEED_CAMPAIGN_WINDOWS, "WIN-1", "2026-01-01", "ours", "2026", "FR", "",
                             "2026-01-01", "2026-01-10", "2026-03-01");
    assert_int_equal(window.outcome, FEED_ACCEPTED);
    confirm("2026-01-14");
    const Hayat__V1__ReceiptPayload *receipt = proven(obligation()->life_certificate_id,
                                                      RECEIPT(DECISION));
    assert_int_equal(receipt->due_date->day, 10);
    assert_false(receipt->in_time);
}

/* What was begun before the registry spoke proves nothing more: it is not filed, and not lost. */
static void test_a_draft_left_over_is_not_filed(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    struct fund_file file = {draft, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, 1)};
    (void)fund_upload(&h, m.token, &file);
    confirm("2026-01-14");
    const char *accepted = obligation()->life_certificate_id;
    assert_string_not_equal(accepted, draft);
    struct harness_reply reply = fund_submit(&h, m.token, draft);
    assert_reason(reply.result, OBLIGATION_MET);
    assert_int_equal(reply.precondition->n_violations, 1);
    assert_string_equal(reply.precondition->violations[0]->type, "OBLIGATION_MET");
    assert_string_equal(reply.precondition->violations[0]->subject, accepted);
    Hayat__V1__GetLifeCertificateRequest get = HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
    get.life_certificate_id = draft;
    const Hayat__V1__LifeCertificate *kept = ((Hayat__V1__GetLifeCertificateResponse *)fund_call(
                                                  &h, CERTIFICATE_METHOD("GetLifeCertificate"),
                                                  m.token, &get.base))
                                                 ->life_certificate;
    assert_int_equal(kept->state, HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_DRAFT);
    assert_int_equal(kept->n_documents, 1);
    assert_int_equal(obligation()->state, STATE(ACCEPTED));
    Hayat__V1__CreateLifeCertificateRequest create =
        HAYAT__V1__CREATE_LIFE_CERTIFICATE_REQUEST__INIT;
    create.request_id = fund_request_id(&h);
    create.route = ROUTE(AUTHORITY_FORM);
    assert_reason(
        harness_call(&h, CERTIFICATE_METHOD("CreateLifeCertificate"), m.token, &create.base).result,
        OBLIGATION_MET);
}

struct filling {
    int32_t year;
    size_t until; /* how many there are then */
};

/* Refused ones of years before. */
static status fill_up(void *ctx, struct txn *txn)
{
    const struct filling *filling = ctx;
    struct life_certificate_list list;
    TRY(life_certificate_store_list(txn, m.owner, &list));
    for (size_t i = list.count; i < filling->until; i++) {
        Hayat__Store__V1__StoredLifeCertificate old =
            HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
        struct id id = id_new(txn_random(txn));
        old.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
        old.year = filling->year;
        old.create_ms = 1 + (int64_t)i;
        old.decide_ms = old.create_ms;
        old.state = HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_REFUSED;
        TRY(life_certificate_store_put(txn, m.owner, &old));
    }
    return STATUS_OK;
}

static status count_certificates(void *ctx, struct txn *txn)
{
    uint64_t *count = ctx;
    return table_count(txn, TABLE_life_certificate, count);
}

/* However much was begun, and handed in at counters, the registry's word has room; and there is an end to that, too. */
static void test_the_registry_has_room_of_its_own(void **state)
{
    (void)state;
    uint64_t count;
    struct filling filling = {2019, LIMIT_CERTIFICATES_AT_COUNTER};
    assert_ok(harness_write(&h, fill_up, &filling));
    confirm("2026-01-14");
    assert_int_equal(obligation()->state, STATE(ACCEPTED));
    fund_put_campaign(&h, 2025, -400, -340, -310);
    filling.until = LIMIT_CERTIFICATES_PER_MEMBER;
    assert_ok(harness_write(&h, fill_up, &filling));
    struct fed past = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2025-01-14", "REG-999-7",
                           "2026-01-15");
    assert_int_equal(past.outcome, FEED_REFUSED);
    assert_int_equal(past.error.fault, FEED_FAULT_TOO_MANY);
    assert_ok(harness_read(&h, count_certificates, &count));
    assert_int_equal(count, LIMIT_CERTIFICATES_PER_MEMBER);
    past = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2025-01-14", "REG-999-7",
                "2026-01-15");
    assert_int_equal(past.error.fault, FEED_FAULT_TOO_MANY); /* not as if it were on file */
    assert_int_equal(obligation()->state, STATE(ACCEPTED));
}

/* --- suspensions --- */

static struct harness_caller reviewer(const char *staff_number)
{
    return named_agent(&h, SCOPE_REVIEWER, staff_number);
}

static const Hayat__Backoffice__V1__Task *the_task(const struct harness_caller *agent)
{
    Hayat__Backoffice__V1__ListTasksRequest request;
    hayat__backoffice__v1__list_tasks_request__init(&request);
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ListTasks"), agent,
                                                 &request.base);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__ListTasksResponse *response =
        (const Hayat__Backoffice__V1__ListTasksResponse *)reply.response;
    assert_int_equal(response->n_tasks, 1);
    return response->tasks[0];
}

static status approve(const struct harness_caller *agent)
{
    Hayat__Backoffice__V1__ClaimTaskRequest claim;
    Hayat__Backoffice__V1__GetTaskRequest get;
    Hayat__Backoffice__V1__DecideTaskRequest decide;
    hayat__backoffice__v1__claim_task_request__init(&claim);
    hayat__backoffice__v1__get_task_request__init(&get);
    hayat__backoffice__v1__decide_task_request__init(&decide);
    claim.task_id = get.task_id = decide.task_id = the_task(agent)->task_id;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ClaimTask"), agent,
                                                 &claim.base);
    if (!ok(reply.result)) {
        return reply.result;
    }
    reply = harness_call_as(&h, REVIEW_METHOD("GetTask"), agent, &get.base);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__GetTaskResponse *seen =
        (const Hayat__Backoffice__V1__GetTaskResponse *)reply.response;
    assert_true(seen->suspension->conditions_hold);
    assert_int_equal(seen->suspension->obligation->year, 2026);
    assert_true(seen->suspension->obligation->n_reminders >= 2);
    decide.request_id = fund_request_id(&h);
    decide.etag = the_task(agent)->etag;
    decide.decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_APPROVE;
    decide.reason = message_text(&h.arena, "Rien n'est venu.");
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), agent, &decide.base).result;
}

/* Both reminders sent and carried, grace and the fortnight over. */
static void until_proposed(void)
{
    put_plan();
    assert_int_equal(a_day().reminders, 0);
    fake_clock_advance(&h.clock, DAYS(21)); /* ten days before the due day */
    assert_int_equal(a_day().reminders, 1);
    assert_int_equal(a_day().reminders, 0); /* once */
    fake_clock_advance(&h.clock, DAYS(15)); /* five after it */
    assert_int_equal(a_day().reminders, 1);
    fund_carry_reminders(&h, m.owner, 2026);
    assert_int_equal(a_day().proposed, 0);
    fake_clock_advance(&h.clock, DAYS(26)); /* grace is over, and the fortnight */
    assert_int_equal(a_day().proposed, 1);
    assert_int_equal(a_day().proposed, 0);
    assert_int_equal(obligation()->state, STATE(SUSPENSION_PROPOSED));
}

static void test_two_persons_and_a_late_proof(void **state)
{
    (void)state;
    until_proposed();
    struct harness_caller amal = reviewer("S-1"), same = reviewer("S-1"), brahim = reviewer("S-2");
    assert_ok(approve(&amal));
    assert_int_equal(obligation()->state, STATE(SUSPENSION_PROPOSED));
    assert_reason(approve(&same), TASK_VOTED); /* the same person under another certificate */
    assert_ok(approve(&brahim));
    assert_int_equal(obligation()->state, STATE(SUSPENDED));
    size_t arrived = 0;
    const Hayat__V1__Obligation *duty = obligation();
    for (size_t i = 0; i < duty->n_reminders; i++) {
        arrived += duty->reminders[i]->outcome ==
                           HAYAT__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_DELIVERED
                       ? 1
                       : 0;
    }
    assert_int_equal(arrived, 2);
    struct fed late = FEED(FEED_LIFE_CONFIRMATIONS, NUMBER, "P-999-0001", "2026-03-10", "REG-999-9",
                           "2026-03-10");
    assert_int_equal(late.outcome, FEED_ACCEPTED);
    assert_int_equal(obligation()->state, STATE(REINSTATED));
    /* whoever is paid again holds the proof of why */
    assert_false(proven(obligation()->life_certificate_id, RECEIPT(DECISION))->in_time);
}

/* The mail server takes all e-mails, and no telephone is found. */
static status carry_emails(void *ctx, struct txn *txn)
{
    obligation_row *row;
    (void)ctx;
    TRY(obligation_store_get(txn, m.owner, 2026, 1, &row));
    for (size_t i = 0; i < row->n_reminders; i++) {
        Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
        bool email = row->reminders[i]->channel == CHANNEL_EMAIL;
        delivery.queue = email ? OUTBOX_EMAIL : OUTBOX_SMS;
        delivery.outcome = email ? HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED
                                 : HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_FAILED;
        delivery.settle_ms = txn_now_ms(txn);
        if (row->reminders[i]->outbox_sequence != 0) {
            TRY(delivery_store_put(txn, m.owner, row->reminders[i]->outbox_sequence, &delivery));
        }
    }
    return STATUS_OK;
}

static size_t reminders_of(Hayat__V1__ReminderChannel channel, Hayat__V1__ReminderOutcome outcome)
{
    size_t count = 0;
    const Hayat__V1__Obligation *duty = obligation();
    for (size_t i = 0; i < duty->n_reminders; i++) {
        count += duty->reminders[i]->channel == channel && duty->reminders[i]->outcome == outcome
                     ? 1
                     : 0;
    }
    return count;
}

#define BY(name) HAYAT__V1__REMINDER_CHANNEL__REMINDER_CHANNEL_##name
#define OUTCOME(name) HAYAT__V1__REMINDER_OUTCOME__REMINDER_OUTCOME_##name

/* A mail server's 250 is kept, and is no evidence: over e-mails alone nobody is suspended. */
static void test_an_email_taken_is_no_evidence(void **state)
{
    (void)state;
    inbox_confirm_email(&h, m.token, "pensioner@example.test");
    put_plan();
    fake_clock_advance(&h.clock, DAYS(21));
    assert_int_equal(a_day().reminders, 1);
    fake_clock_advance(&h.clock, DAYS(15));
    assert_int_equal(a_day().reminders, 1);
    assert_int_equal(reminders_of(BY(EMAIL), OUTCOME(UNSPECIFIED)), 2);
    assert_ok(harness_write(&h, carry_emails, NULL));
    fake_clock_advance(&h.clock, DAYS(60));
    assert_int_equal(a_day().proposed, 0);
    assert_int_equal(reminders_of(BY(EMAIL), OUTCOME(ACCEPTED)), 2);
    assert_int_equal(reminders_of(BY(SMS), OUTCOME(FAILED)), 2);
    fake_clock_advance(&h.clock, DAYS(60));
    assert_int_equal(a_day().proposed, 0);
    assert_int_equal(obligation()->state, STATE(DUE));
}

static void test_beginning_ends_a_proposal(void **state)
{
    (void)state;
    until_proposed();
    struct harness_caller amal = reviewer("S-1");
    assert_ok(approve(&amal));
    (void)fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_int_equal(obligation()->state, STATE(DRAFT));
    assert_int_equal(a_day().proposed, 0);
    Hayat__Backoffice__V1__ListTasksRequest request;
    hayat__backoffice__v1__list_tasks_request__init(&request);
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("ListTasks"), &amal,
                                                 &request.base);
    assert_int_equal(((Hayat__Backoffice__V1__ListTasksResponse *)reply.response)->n_tasks, 0);
}

static status stored_state(void *ctx, struct txn *txn)
{
    obligation_row *row;
    TRY(obligation_store_get(txn, m.owner, 2026, 1, &row));
    *(uint32_t *)ctx = row->state;
    return STATUS_OK;
}

/* SEC-G4: the wall clock alone, set a year forward. */
static void test_a_clock_set_forward_suspends_nobody(void **state)
{
    (void)state;
    put_plan();
    (void)a_day();
    int64_t wall_ms = clock_wall_ms(&h.clock.clock);
    atomic_store(&h.clock.wall_ms, wall_ms + DAYS(36));
    (void)a_day();
    fund_carry_reminders(&h, m.owner, 2026);
    (void)a_day();
    atomic_store(&h.clock.wall_ms, wall_ms + DAYS(360));
    for (int i = 0; i < 5; i++) {
        assert_int_equal(a_day().proposed, 0);
    }
    uint32_t found; /* the session is over, by that clock */
    assert_ok(harness_read(&h, stored_state, &found));
    assert_int_equal(found, STATE(DUE));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_closest_window_counts_and_stays),
        TEST(test_the_checklist_comes_first),
        TEST(test_the_registry_confirms_once),
        TEST(test_the_registry_s_acceptance_is_signed),
        TEST(test_the_registry_decides_on_what_was_filed),
        TEST(test_the_registry_is_in_time_where_the_pensioner_lives),
        TEST(test_a_draft_left_over_is_not_filed),
        TEST(test_the_registry_has_room_of_its_own),
        TEST(test_two_persons_and_a_late_proof),
        TEST(test_an_email_taken_is_no_evidence),
        TEST(test_beginning_ends_a_proposal),
        TEST(test_a_clock_set_forward_suspends_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
