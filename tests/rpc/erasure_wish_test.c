/*
 * Promise (SEC-F3): a member asks to be erased, and two persons of the fund decide, neither one alone nor a machine; nobody asks
 * unnoticed.  Granted, what serves the use of this service goes at once, and of who has left all that is kept while insured too;
 * what has a period of its own stays, and the member reads what and for how long.  Refused, the member reads why.
 */
#include <stdio.h>

#include "auth/erasure_file.h"
#include "base/array.h"
#include "base/codec.h"
#include "base/scope.h"
#include "hayat/backoffice/v1/review.pb-c.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/erasure_wish.h"
#include "service/message.h"
#include "service/retention_pass.h"
#include "storage/claim_store.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"
#include "storage/member_store.h"
#include "tests/support/bank.h"
#include "tests/support/cm.h"
#include "tests/support/erasure.h"
#include "tests/support/fed.h"
#include "tests/support/inbox.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define STATE(name) HAYAT__V1__RECTIFICATION_STATE__RECTIFICATION_STATE_##name
#define TASK(name) HAYAT__BACKOFFICE__V1__TASK_STATE__TASK_STATE_##name
#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define DAY_MS (24LL * 3600 * 1000)

enum { ACCOUNT = 11, PASS_STEPS_MAX = 2000 };

typedef Hayat__V1__Rectification Wish;
typedef Hayat__Backoffice__V1__Task Task;

static struct harness h;
static struct bank_member person, neighbour;
static struct harness_caller amal, brahim;
static char keyring_path[96];

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    (void)snprintf(keyring_path, sizeof keyring_path, "%s/keyring", h.directory);
    assert_ok(erasure_file_create(keyring_path, h.keys, false)); /* what is in memory replaces it */
    person = bank_member(&h, "990000001", ACCOUNT, 400);
    neighbour = bank_member(&h, "990000002", ACCOUNT + 1, 400);
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

static struct harness_reply ask(const struct bank_member *who)
{
    return erasure_ask(&h, who->session.access, who->member.device_secret);
}

static const Wish *asked(const struct bank_member *who)
{
    return erasure_asked(&h, who->session.access, who->member.device_secret);
}

static const Wish *newest(const struct bank_member *who)
{
    const Wish *wish = erasure_newest(&h, who->session.access);
    assert_non_null(wish);
    return wish;
}

static bool tells(const Wish *wish, const char *words)
{
    bool found = false;
    for (size_t i = 0; i < wish->n_kept_texts; i++) {
        found |= strstr(wish->kept_texts[i], words) != NULL;
    }
    return found;
}

static status is_signed_in(const struct bank_member *who)
{
    Hayat__V1__ListRectificationsRequest request = HAYAT__V1__LIST_RECTIFICATIONS_REQUEST__INIT;
    return harness_call(&h, PRIVACY("ListRectifications"), who->session.access, &request.base)
        .result;
}

static bool was_told(const char *token, enum notification_kind kind)
{
    const Hayat__V1__ListNotificationsResponse *inbox = inbox_list(&h, token);
    bool found = false;
    for (size_t i = 0; i < inbox->n_notifications; i++) {
        found |= (int)inbox->notifications[i]->kind == (int)kind;
    }
    return found;
}

/* --- what the persons do --- */

static const Hayat__Backoffice__V1__ErasureReview *shown(const struct harness_caller *who,
                                                         const Task *task)
{
    Hayat__Backoffice__V1__GetTaskRequest request = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    request.task_id = task->task_id;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("GetTask"), who, &request.base);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__GetTaskResponse *response = (const void *)reply.response;
    assert_int_equal(response->subject_case,
                     HAYAT__BACKOFFICE__V1__GET_TASK_RESPONSE__SUBJECT_ERASURE);
    return response->erasure;
}

static const Task *say(const struct harness_caller *who,
                       Hayat__Backoffice__V1__TaskDecision decision, const char *reason)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    const Task *task = erasure_claimed(&h, who);
    request.request_id = fund_request_id(&h);
    request.task_id = task->task_id;
    request.etag = task->etag;
    request.decision = decision;
    request.reason = message_text(&h.arena, reason);
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("DecideTask"), who,
                                                 &request.base);
    assert_ok(reply.result);
    return ((const Hayat__Backoffice__V1__DecideTaskResponse *)(const void *)reply.response)->task;
}

static void grant(void)
{
    assert_int_equal(say(&amal, DECISION(APPROVE), "nothing stands against it")->state, TASK(OPEN));
    assert_int_equal(say(&brahim, DECISION(APPROVE), "nor for me")->state, TASK(APPROVED));
}

/* --- what the job does --- */

static struct retention_work work_of(void)
{
    static struct retention_stuck stuck;
    stuck.count = 0;
    return (struct retention_work){.db = h.app.db,
                                   .writer = h.app.writer,
                                   .keys = h.keys,
                                   .keyring_path = keyring_path,
                                   .event = "test retention",
                                   .stuck = &stuck};
}

static void carry_out(void)
{
    const struct retention_work work = work_of();
    bool did = true;
    for (int i = 0; did; i++) {
        assert_true(i < PASS_STEPS_MAX);
        assert_ok(retention_errand_step(&work, &did));
    }
}

static void pass(void)
{
    const struct retention_work work = work_of();
    enum retention_step step = RETENTION_MORE;
    for (int i = 0; step == RETENTION_MORE; i++) {
        assert_true(i < PASS_STEPS_MAX);
        assert_ok(retention_pass_step(&work, &step));
    }
}

/* --- what is on file --- */

struct counting {
    struct owner owner;
    enum table_id table;
    uint64_t count;
};

static bool count_one(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    (void)record;
    ((struct counting *)ctx)->count++;
    return true;
}

static status count_rows(void *ctx, struct txn *txn)
{
    struct counting *counting = ctx;
    struct scan scan = {.table = counting->table,
                        .owner = counting->owner,
                        .prefix = key_owner(counting->owner),
                        .keys_only = true};
    return table_scan(txn, &scan, count_one, counting);
}

static uint64_t rows(const struct bank_member *who, enum table_id table)
{
    struct counting counting = {.owner = who->member.owner, .table = table};
    assert_ok(harness_read(&h, count_rows, &counting));
    return counting.count;
}

static status put_claim(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    claim.update_ms = txn_now_ms(txn);
    claim.receipt_days = claim.update_ms / DAY_MS;
    struct claim_put put = {.id = id_new(txn_random(txn)), .claim = &claim, .view = bytes_str("v")};
    return claim_store_put(txn, *(const struct owner *)ctx, &put, 1);
}

struct paper {
    struct owner owner;
    Hayat__Store__V1__DocumentState state;
    Hayat__V1__DocumentItem item;
    int64_t decide_ms; /* of its certificate; -1: it has none */
};

static status put_paper(void *ctx, struct txn *txn)
{
    const struct paper *paper = ctx;
    struct id document_id = id_new(txn_random(txn)), case_id = id_new(txn_random(txn));
    Hayat__Store__V1__StoredDocument document = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    document.document_id = (ProtobufCBinaryData){ID_BYTES, document_id.bytes};
    document.state = paper->state;
    document.item = (uint32_t)paper->item;
    TRY(document_store_new_key(txn, paper->owner, &document));
    if (paper->decide_ms >= 0) {
        document.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, case_id.bytes};
        certificate.life_certificate_id = document.life_certificate_id;
        certificate.n_document_ids = 1;
        certificate.document_ids = &document.document_id;
        certificate.decide_ms = paper->decide_ms;
        TRY(life_certificate_store_put(txn, paper->owner, &certificate));
    }
    return document_store_put(txn, paper->owner, &document);
}

static void file_papers(const struct bank_member *who)
{
    int64_t now_ms = h.clock.wall_ms;
    struct paper papers[] = {
        {who->member.owner, DOCUMENT(ISSUED), ITEM(UNSPECIFIED), -1},       /* goes */
        {who->member.owner, DOCUMENT(FILED), ITEM(LIVENESS_VIDEO), now_ms}, /* goes */
        {who->member.owner, DOCUMENT(FILED), ITEM(LIVENESS_VIDEO), 0},      /* not decided */
        {who->member.owner, DOCUMENT(FILED), ITEM(FORM), now_ms},           /* evidence */
        {who->member.owner, DOCUMENT(OPEN), ITEM(FORM), 0},                 /* under way */
    };
    for (size_t i = 0; i < ARRAY_LEN(papers); i++) {
        assert_ok(harness_write(&h, put_paper, &papers[i]));
    }
}

static void start(void)
{
    const struct bank_member *both[] = {&person, &neighbour};
    for (size_t i = 0; i < ARRAY_LEN(both); i++) {
        struct owner owner = both[i]->member.owner;
        assert_ok(harness_write(&h, put_claim, &owner));
        inbox_set_email(&h, both[i]->session.access, "somebody@example.invalid");
        inbox_put(&h, owner, NOTIFICATION_DEVICE_ADDED);
        file_papers(both[i]);
    }
}

static status feed_left(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(member_store_get(txn, person.member.owner, &member));
    member->left_ms = member->left_told_ms = *(const int64_t *)ctx;
    return member_store_put(txn, person.member.owner, member);
}

static void leave(void)
{
    int64_t yesterday_ms = h.clock.wall_ms - DAY_MS;
    assert_ok(harness_write(&h, feed_left, &yesterday_ms));
}

static bool take_sequence(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    *(uint64_t *)ctx = get_be64(key.bytes);
    return false;
}

/* The courier delivered one more of what waits; *CTX is false when nothing does. */
static status deliver_one(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_outbox, .keys_only = true};
    const Hayat__Store__V1__StoredOutbox *row;
    uint64_t sequence = 0;
    uint32_t attempts;
    TRY(table_scan(txn, &scan, take_sequence, &sequence));
    *(bool *)ctx = sequence != 0;
    return sequence != 0 ? outbox_store_settle(txn, sequence, &row, &attempts) : STATUS_OK;
}

/* --- asking --- */

static void asking_is_told_and_waits_for_persons(void **state)
{
    (void)state;
    const Wish *wish = asked(&person);
    assert_int_equal(wish->state, STATE(IN_REVIEW));
    assert_int_equal(newest(&person)->state, STATE(IN_REVIEW));
    assert_true(tells(newest(&person), "tant que vous êtes assuré"));
    assert_int_equal(bank_notices(&h, &person, NOTICE_ERASURE_ASKED), 2); /* by both ways */
    assert_true(was_told(person.session.access, NOTIFICATION_ERASURE_ASKED));
    assert_int_equal(inbox_waiting(&h, OUTBOX_CORE).count, 0); /* it puts nothing right */
    assert_reason(ask(&person).result, ERASURE_OPEN);
    (void)asked(&neighbour);
    carry_out();
    pass();
    assert_ok(is_signed_in(&person)); /* nothing happens by itself */
    assert_true(rows(&person, TABLE_device) > 0);
}

static void persons_see_what_it_takes(void **state)
{
    (void)state;
    start();
    (void)asked(&person);
    const Hayat__Backoffice__V1__ErasureReview *review = shown(&amal, erasure_claimed(&h, &amal));
    assert_string_equal(review->registration_number, "990000001");
    assert_string_equal(review->text, "Please forget me");
    assert_null(review->left_date);
    assert_non_null(strstr(review->taken_text, "appareils"));
    assert_true(review->n_kept_texts >= 4);
}

/* --- decided --- */

static void two_say_yes_and_what_serves_the_use_goes(void **state)
{
    (void)state;
    start();
    (void)asked(&person);
    uint64_t claims = rows(&person, TABLE_claim), documents = rows(&person, TABLE_document);
    grant();
    assert_reason(is_signed_in(&person), TOKEN_INVALID); /* with the decision */
    carry_out();
    static const enum table_id gone[] = {TABLE_device,      TABLE_session_family,
                                         TABLE_preferences, TABLE_passphrase,
                                         TABLE_request,     TABLE_upload_usage};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
        assert_int_equal(rows(&person, gone[i]), 0);
    }
    assert_int_equal(rows(&person, TABLE_inbox), 1); /* that it is done */
    assert_int_equal(rows(&person, TABLE_document), documents - 2);
    assert_int_equal(rows(&person, TABLE_claim), claims);
    assert_int_equal(rows(&person, TABLE_member), 1);
    assert_int_equal(rows(&person, TABLE_bank_account), 1);
    assert_int_equal(bank_notices(&h, &person, NOTICE_ERASURE_GRANTED), 2);
    assert_ok(is_signed_in(&neighbour));
    assert_int_equal(rows(&neighbour, TABLE_document), documents);
    assert_int_equal(rows(&neighbour, TABLE_preferences), 1);
}

static const char *texts_in(const char *language)
{
    const char *bearer = arena_printf(&h.arena, "Bearer %s", person.session.access);
    struct call_headers headers = {.path = bytes_str(PRIVACY("ListRectifications")),
                                   .authorization = bytes_str(bearer),
                                   .accept_language = bytes_str(language),
                                   .peer = bytes_str("ipv4:192.0.2.7:40000"),
                                   .deadline_us = INT64_MAX};
    struct harness_reply reply = harness_call_wire(&h, &headers, bytes_of(NULL, 0));
    assert_ok(reply.result);
    const Wish *wish = ((const Hayat__V1__ListRectificationsResponse *)(const void *)reply.response)
                           ->rectifications[0];
    char *all = arena_printf(&h.arena, "%s", wish->taken_text);
    for (size_t i = 0; i < wish->n_kept_texts; i++) {
        all = arena_printf(&h.arena, "%s\n%s", all, wish->kept_texts[i]);
    }
    assert_ok(arena_check(&h.arena));
    return all;
}

/* Enrolled again: it is their answer. */
static void the_answer_says_what_stays(void **state)
{
    (void)state;
    struct fed core = fed_start(&h);
    const struct fed_row periods[] = {
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,insured,36,MONTHS"},
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,health,5,MONTHS"},
        {KIND(RETENTION_PERIOD), "ret-1,2020-01-01,invented,documents,60,DAYS"}};
    assert_int_equal(fed(&core, periods, ARRAY_LEN(periods))->accepted_count, 3);
    start();
    (void)asked(&person);
    grant();
    carry_out();
    bank_sign_in(&h, &person);
    const Wish *wish = newest(&person);
    assert_int_equal(wish->state, STATE(ERASED));
    assert_non_null(wish->decide_time);
    assert_string_equal(wish->answer, "");
    assert_true(was_told(person.session.access, NOTIFICATION_ERASURE_DONE));
    const char *english = texts_in("en"), *french = texts_in("fr"), *arabic = texts_in("ar");
    assert_non_null(strstr(english, "Claims and prior authorisations: 5 months after"));
    assert_non_null(strstr(english, "insured, and 36 months after"));
    assert_non_null(strstr(english, "Documents of life certificates: 60 days after"));
    assert_non_null(strstr(english, "decided about you, with their reasons: until the fund sets"));
    assert_null(strstr(english, "identity document")); /* there is none */
    assert_non_null(strstr(english, "for ever"));
    assert_non_null(strstr(french, "5 mois"));
    assert_non_null(strstr(french, "60 jours"));
    assert_non_null(strstr(arabic, "5 أشهر"));
    assert_non_null(strstr(arabic, "36 شهرا"));
}

static status look_whether_it_took(void *ctx, struct txn *txn)
{
    return erasure_wish_took_all(txn, person.member.owner, h.clock.wall_ms - DAY_MS, ctx);
}

static void two_say_no_and_nothing_goes(void **state)
{
    (void)state;
    bool took = true;
    start();
    leave();
    (void)asked(&person);
    assert_int_equal(say(&amal, DECISION(REFUSE), "mine")->state, TASK(OPEN));
    assert_int_equal(newest(&person)->state, STATE(IN_REVIEW));
    assert_int_equal(say(&brahim, DECISION(REFUSE), "A pension is paid on it.")->state,
                     TASK(REFUSED));
    carry_out();
    const Wish *wish = newest(&person);
    assert_int_equal(wish->state, STATE(REFUSED));
    assert_string_equal(wish->answer, "A pension is paid on it.");
    assert_int_equal(wish->n_kept_texts, 0);
    assert_true(was_told(person.session.access, NOTIFICATION_ERASURE_REFUSED));
    assert_int_equal(bank_notices(&h, &person, NOTICE_ERASURE_REFUSED), 2);
    assert_int_equal(rows(&person, TABLE_preferences), 1);
    assert_ok(harness_read(&h, look_whether_it_took, &took));
    assert_false(took);   /* the feed may bring them back */
    (void)asked(&person); /* it may be asked again */
}

/* One no and one yes are neither: a third person decides. */
static void one_of_each_waits_for_a_third(void **state)
{
    (void)state;
    struct harness_caller third = named_agent(&h, SCOPE_REVIEWER, "TEST-3");
    (void)asked(&person);
    (void)say(&amal, DECISION(APPROVE), "yes");
    assert_int_equal(say(&brahim, DECISION(REFUSE), "no")->state, TASK(OPEN));
    assert_int_equal(say(&third, DECISION(APPROVE), "yes")->state, TASK(APPROVED));
}

/* --- who has left --- */

static void deliver_all(void)
{
    for (bool more = true; more;) {
        assert_ok(harness_write(&h, deliver_one, &more));
    }
}

/* The period is over before the persons have decided: they answer somebody who is on file. */
static void an_open_wish_keeps_them(void **state)
{
    (void)state;
    int64_t long_ago_ms = h.clock.wall_ms - 4 * 366 * DAY_MS;
    struct fed core = fed_start(&h);
    const struct fed_row period = {KIND(RETENTION_PERIOD),
                                   "ret-1,2020-01-01,invented,insured,36,MONTHS"};
    assert_int_equal(fed(&core, &period, 1)->accepted_count, 1);
    (void)asked(&person);
    assert_ok(harness_write(&h, feed_left, &long_ago_ms));
    deliver_all();
    pass();
    assert_int_equal(rows(&person, TABLE_member), 1);
    (void)say(&amal, DECISION(REFUSE), "no");
    (void)say(&brahim, DECISION(REFUSE), "no");
    deliver_all();
    pass();
    assert_int_equal(rows(&person, TABLE_member), 0);
}

static void of_who_left_all_goes_after_the_answer(void **state)
{
    (void)state;
    start();
    leave();
    (void)asked(&person);
    assert_non_null(shown(&amal, erasure_claimed(&h, &amal))->left_date);
    grant();
    carry_out();
    pass();
    assert_int_equal(rows(&person, TABLE_member), 1); /* the answer is on its way */
    deliver_all();
    pass();
    assert_int_equal(rows(&person, TABLE_member), 1); /* a wrong row could still be put right */
    fake_clock_advance(&h.clock, LIMIT_LEFT_SETTLES_MS);
    pass();
    static const enum table_id gone[] = {TABLE_member, TABLE_beneficiary, TABLE_bank_account,
                                         TABLE_inbox, TABLE_device};
    for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
        assert_int_equal(rows(&person, gone[i]), 0);
    }
    assert_int_equal(rows(&person, TABLE_claim), 1);
    assert_int_equal(rows(&person, TABLE_rectification), 1);
    struct fed core = fed_start(&h);
    const struct fed_row again = {
        KIND(MEMBER),
        "990000001,A99000001,MGEN,FR,fr,,\"12, rue de l'Exemple\",2026-01-16,,2026-01-14"};
    assert_int_equal(fed(&core, &again, 1)->refused_count, 1); /* they stay gone */
    assert_string_equal(fed_fault(&core), "LEFT");
    const struct fed_row anew = {
        KIND(MEMBER), "990000001,A99000001,MGEN,FR,fr,,\"12, rue de l'Exemple\",2026-01-17,,"};
    assert_int_equal(fed(&core, &anew, 1)->accepted_count, 1);
}

/* What the feed says between two votes makes what the first one saw larger. */
static void what_was_asked_while_insured_takes_the_use_alone(void **state)
{
    (void)state;
    start();
    (void)asked(&person);
    const char *seen = shown(&amal, erasure_claimed(&h, &amal))->taken_text;
    (void)say(&amal, DECISION(APPROVE), "use alone");
    leave();
    assert_string_equal(shown(&brahim, erasure_claimed(&h, &brahim))->taken_text, seen);
    assert_int_equal(say(&brahim, DECISION(APPROVE), "so do I")->state, TASK(APPROVED));
    deliver_all();
    fake_clock_advance(&h.clock, 2 * LIMIT_LEFT_SETTLES_MS);
    pass();
    assert_int_equal(rows(&person, TABLE_member), 1);
}

/* RULE TASK-1: whoever let a device in at the counter could have asked by it. */
static void who_gave_the_code_does_not_decide(void **state)
{
    (void)state;
    named_agent_at_counter(&h, &amal, person.member.owner);
    (void)asked(&person);
    assert_reason(erasure_claim(&h, &amal).result, TASK_NONE_FREE);
    assert_false(erasure_claimed(&h, &brahim)->involves_me);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(asking_is_told_and_waits_for_persons),
        TEST(persons_see_what_it_takes),
        TEST(two_say_yes_and_what_serves_the_use_goes),
        TEST(the_answer_says_what_stays),
        TEST(two_say_no_and_nothing_goes),
        TEST(one_of_each_waits_for_a_third),
        TEST(an_open_wish_keeps_them),
        TEST(of_who_left_all_goes_after_the_answer),
        TEST(what_was_asked_while_insured_takes_the_use_alone),
        TEST(who_gave_the_code_does_not_decide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
