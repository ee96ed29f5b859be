/*
 * OutboxService: what was committed is handed out to the core system with the scope for it and to nobody else, with the name and address
 * of now, until it is acknowledged; what must not be sent any more says so; deliveries leave their proof; whose data went out is in the
 * audit chain (SEC-B1, SEC-B3, SEC-F1).
 */
#include "base/scope.h"
#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "service/delivery.h"
#include "service/notice.h"
#include "service/outbox_item.h"
#include "storage/audit_store.h"
#include "storage/delivery_store.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/inbox.h"

#define OUTBOX_METHOD(name) "/hayat.backoffice.v1.OutboxService/" name
#define QUEUE(name) HAYAT__BACKOFFICE__V1__OUTBOX_QUEUE__OUTBOX_QUEUE_##name
#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name
#define NOTHING(name) HAYAT__BACKOFFICE__V1__NOTHING_REASON__NOTHING_REASON_##name
#define CONTENT(name) HAYAT__BACKOFFICE__V1__OUTBOX_ITEM__CONTENT_##name

static struct harness h;
static struct harness_caller courier;
static struct harness_member member;
static bool gone; /* what an acknowledgement says of the recipient */

/* --- a member who can be written to --- */

static status put_member(void *ctx, struct txn *txn)
{
    const uint32_t *address_version = ctx;
    char phone[] = "+212600000001", address[] = "1, rue Inventée\n99999 Villefictive";
    char country[] = "MA", language[] = "ar";
    Hayat__Store__V1__StoredMember record = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    record.phone_number = phone;
    record.address = address;
    record.country_code = country;
    record.preferred_language = language;
    record.address_version = *address_version;
    return member_store_put(txn, member.owner, &record);
}

static void move_to(uint32_t address_version)
{
    assert_ok(harness_write(&h, put_member, &address_version));
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    courier = harness_core_system(&h, SCOPE_OUTBOX);
    member = harness_member(&h, "999000001");
    fund_put_beneficiary(&h, member.owner, 0);
    move_to(1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- rows --- */

static status send(void *ctx, struct txn *txn)
{
    return delivery_send_code(txn, ctx);
}

static struct code_message letter(void)
{
    return (struct code_message){.owner = member.owner,
                                 .channel = CHANNEL_POST,
                                 .code = "ABCDEFGHJKMN",
                                 .expire_ms = h.clock.wall_ms + 60000,
                                 .language = LANGUAGE_AR,
                                 .enrolment = {{1, 2, 3}},
                                 .try_count = 5,
                                 .address_version = 1};
}

static void send_code(struct code_message message)
{
    assert_ok(harness_write(&h, send, &message));
}

static status notify(void *ctx, struct txn *txn)
{
    return notice_send(txn, ctx);
}

/* --- calls --- */

static bool open_watch(struct harness_stream *s, const char *resume_token)
{
    Hayat__Backoffice__V1__OutboxQueue queues[] = {QUEUE(POST), QUEUE(SMS), QUEUE(POST)};
    Hayat__Backoffice__V1__WatchOutboxRequest request;
    hayat__backoffice__v1__watch_outbox_request__init(&request);
    request.queues = queues;
    request.n_queues = 3;
    request.lease_seconds = 30;
    request.resume_token = arena_str(&h.arena, bytes_str(resume_token));
    return harness_stream_open_as(s, &h, OUTBOX_METHOD("WatchOutbox"), &courier) &&
           harness_stream_send(s, &request.base);
}

typedef Hayat__Backoffice__V1__WatchOutboxResponse items;

/* The next message, or NULL when there is nothing to say: it may take back what was lost first, a queue at a time. */
static const items *next_items(struct harness_stream *s)
{
    ProtobufCMessage *response;
    for (int i = 0; i < 4; i++) {
        assert_true(harness_stream_next(s, &response));
        if (s->call.wait_ms == 0) {
            return (const items *)response;
        }
    }
    return NULL;
}

/* The one item that waits. */
static const Hayat__Backoffice__V1__OutboxItem *only_item(void)
{
    struct harness_stream s;
    assert_true(open_watch(&s, ""));
    const items *got = next_items(&s);
    assert_non_null(got);
    assert_int_equal(got->n_items, 1);
    harness_stream_abandon(&s);
    return got->items[0];
}

static Hayat__Backoffice__V1__AckOutboxResponse *ack(const char *outbox_id,
                                                     Hayat__Backoffice__V1__OutboxOutcome outcome,
                                                     int32_t retry_seconds)
{
    Hayat__Backoffice__V1__OutboxResult result, *results[] = {&result};
    Hayat__Backoffice__V1__AckOutboxRequest request;
    hayat__backoffice__v1__outbox_result__init(&result);
    hayat__backoffice__v1__ack_outbox_request__init(&request);
    result.outbox_id = arena_str(&h.arena, bytes_str(outbox_id));
    result.outcome = outcome;
    result.channel = arena_str(&h.arena, bytes_str("spool"));
    result.evidence = arena_str(&h.arena, bytes_str("file 1"));
    result.retry_seconds = retry_seconds;
    result.recipient_gone = gone;
    request.results = results;
    request.n_results = 1;
    struct harness_reply reply = harness_call_as(&h, OUTBOX_METHOD("AckOutbox"), &courier,
                                                 &request.base);
    assert_ok(reply.result);
    return (Hayat__Backoffice__V1__AckOutboxResponse *)reply.response;
}

/* --- tests --- */

static void a_code_goes_out_with_name_and_address(void **state)
{
    (void)state;
    send_code(letter());
    const Hayat__Backoffice__V1__OutboxItem *item = only_item();
    assert_int_equal(item->queue, QUEUE(POST));
    assert_int_equal(item->attempt, 1);
    assert_int_equal(item->content_case, CONTENT(CODE));
    assert_string_equal(item->code->code, "ABCDEFGHJKMN");
    assert_true(bytes_starts_with(bytes_str(item->code->enrolment_id), "enr_"));
    assert_int_equal(item->code->try_count, 5);
    assert_string_equal(item->recipient->language_code, "ar");
    assert_string_equal(item->recipient->country_code, "MA");
    assert_non_null(strstr(item->recipient->address, "rue Inventée"));
    assert_string_not_equal(item->recipient->name->family_name_ar, "");
    assert_string_equal(item->recipient->phone_number, ""); /* no more than a letter needs */
}

static void a_text_message_goes_out_with_a_number_alone(void **state)
{
    (void)state;
    struct notice notice = {member.owner, NOTICE_DEVICE_ADDED, CHANNEL_POST};
    assert_ok(harness_write(&h, notify, &notice));
    const Hayat__Backoffice__V1__OutboxItem *item = only_item();
    assert_int_equal(item->queue, QUEUE(SMS));
    assert_int_equal(item->content_case, CONTENT(NOTICE));
    assert_int_equal(item->notice->kind, NOTICE_DEVICE_ADDED);
    assert_string_equal(item->recipient->phone_number, "+212600000001");
    assert_string_equal(item->recipient->address, "");
    assert_null(item->recipient->name);
}

static Hayat__Backoffice__V1__NothingReason nothing_of(struct code_message message)
{
    send_code(message);
    const Hayat__Backoffice__V1__OutboxItem *item = only_item();
    assert_int_equal(item->content_case, CONTENT(NOTHING));
    assert_null(item->recipient);
    assert_int_equal(ack(item->outbox_id, OUTCOME(DISCARDED), 0)->changed_count, 1);
    return item->nothing->reason;
}

static void what_must_not_be_sent_says_so(void **state)
{
    (void)state;
    struct code_message decoy = letter(), late = letter(), moved = letter(), stranger = letter();
    decoy.decoy = true;
    decoy.owner = stranger.owner = (struct owner){{77}};
    late.expire_ms = h.clock.wall_ms;
    moved.address_version = 0;
    assert_int_equal(nothing_of(decoy), NOTHING(DECOY));
    assert_int_equal(nothing_of(late), NOTHING(EXPIRED));
    assert_int_equal(nothing_of(moved), NOTHING(ADDRESS_CHANGED));
    assert_int_equal(nothing_of(stranger), NOTHING(UNREACHABLE));
}

static void a_watch_gives_what_comes_once(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(open_watch(&s, ""));
    assert_null(next_items(&s));
    send_code(letter());
    const items *first = next_items(&s);
    assert_non_null(first);
    assert_null(next_items(&s));
    fake_clock_advance(&h.clock, 29999);
    assert_null(next_items(&s));
    fake_clock_advance(&h.clock, 1); /* the lease is over */
    const items *again = next_items(&s);
    assert_non_null(again);
    assert_string_equal(again->items[0]->outbox_id, first->items[0]->outbox_id);
    assert_int_equal(again->items[0]->attempt, 2);
    harness_stream_abandon(&s);
}

static void order_is_kept_and_acknowledging_twice_is_nothing(void **state)
{
    (void)state;
    struct code_message first = letter(), second = letter();
    second.code = "SECONDSECOND";
    send_code(first);
    send_code(second);
    const Hayat__Backoffice__V1__OutboxItem *item = only_item();
    assert_string_equal(item->code->code, first.code);
    assert_int_equal(ack(item->outbox_id, OUTCOME(POSTPONED), 10)->changed_count, 1);
    fake_clock_advance(&h.clock, 10000);
    item = only_item();
    assert_string_equal(item->code->code, first.code);
    assert_int_equal(ack(item->outbox_id, OUTCOME(DELIVERED), 0)->changed_count, 1);
    assert_int_equal(ack(item->outbox_id, OUTCOME(DELIVERED), 0)->gone_count, 1);
    assert_string_equal(only_item()->code->code, second.code);
}

static void no_more_is_out_than_can_be_delivered(void **state)
{
    (void)state;
    struct harness_stream s;
    for (uint8_t i = 0; i <= LIMIT_OUTBOX_BATCH; i++) {
        struct code_message decoy = letter();
        decoy.decoy = true;
        decoy.owner = (struct owner){{100, i}};
        send_code(decoy);
    }
    assert_true(open_watch(&s, ""));
    const items *first = next_items(&s);
    assert_int_equal(first->n_items, LIMIT_OUTBOX_BATCH);
    assert_null(next_items(&s));
    (void)ack(first->items[5]->outbox_id, OUTCOME(DISCARDED), 0);
    const items *rest = next_items(&s);
    assert_non_null(rest);
    assert_int_equal(rest->n_items, 1);
    assert_string_not_equal(rest->items[0]->outbox_id, first->items[5]->outbox_id);
    harness_stream_abandon(&s);
}

static void an_id_that_was_made_up_is_gone(void **state)
{
    (void)state;
    send_code(letter());
    char made_up[ID_TEXT_MAX];
    id_format((struct id){{1}}, "obx", made_up);
    assert_int_equal(ack(made_up, OUTCOME(DELIVERED), 0)->gone_count, 1);
    (void)only_item();
}

static void a_broken_watch_is_taken_up_again(void **state)
{
    (void)state;
    struct harness_stream s;
    struct code_message other = letter();
    other.owner = (struct owner){{78}};
    other.decoy = true;
    send_code(letter());
    assert_true(open_watch(&s, ""));
    const items *arrived = next_items(&s);
    send_code(other);
    const items *lost = next_items(&s);
    harness_stream_abandon(&s);
    assert_true(open_watch(&s, arrived->resume_token));
    const items *got = next_items(&s);
    assert_non_null(got);
    assert_int_equal(got->n_items, 1);
    assert_string_equal(got->items[0]->outbox_id, lost->items[0]->outbox_id);
    harness_stream_abandon(&s);
    assert_true(open_watch(&s, "")); /* from the start: everything */
    got = next_items(&s);
    assert_int_equal(got->n_items, 2);
    harness_stream_abandon(&s);
    assert_false(open_watch(&s, "nonsense"));
    assert_int_equal(harness_stream_close(&s).result.why, REASON_PAGE_TOKEN_INVALID);
    struct harness_caller first = courier;
    courier = harness_core_system(&h, SCOPE_OUTBOX);
    assert_false(open_watch(&s, arrived->resume_token)); /* another's */
    assert_int_equal(harness_stream_close(&s).result.why, REASON_PAGE_TOKEN_INVALID);
    courier = first;
}

/* --- e-mails and wake-ups --- */

/* The one item that waits in QUEUE. */
static const Hayat__Backoffice__V1__OutboxItem *item_of(Hayat__Backoffice__V1__OutboxQueue queue)
{
    struct harness_stream s;
    Hayat__Backoffice__V1__WatchOutboxRequest request;
    hayat__backoffice__v1__watch_outbox_request__init(&request);
    request.queues = &queue;
    request.n_queues = 1;
    assert_true(harness_stream_open_as(&s, &h, OUTBOX_METHOD("WatchOutbox"), &courier));
    assert_true(harness_stream_send(&s, &request.base));
    const items *got = next_items(&s);
    harness_stream_abandon(&s);
    if (got == NULL) {
        return NULL;
    }
    assert_int_equal(got->n_items, 1);
    return got->items[0];
}

static void an_email_goes_out_with_an_address_alone(void **state)
{
    (void)state;
    inbox_set_email(&h, member.token, "a@example.com");
    const Hayat__Backoffice__V1__OutboxItem *item = item_of(QUEUE(EMAIL));
    assert_int_equal(item->content_case, CONTENT(CODE));
    assert_string_equal(item->recipient->email_address, "a@example.com");
    assert_string_equal(item->recipient->language_code, "ar");
    assert_string_equal(item->recipient->phone_number, "");
    assert_string_equal(item->recipient->address, "");
    assert_null(item->recipient->name);
    struct inbox_update update = inbox_update_of("");
    update.email_code = item->code->code;
    assert_ok(inbox_try_update(&h, member.token, &update).result);
    (void)ack(item->outbox_id, OUTCOME(DELIVERED), 0);
    item = item_of(QUEUE(EMAIL)); /* that it was changed */
    assert_int_equal(item->content_case, CONTENT(NEWS));
    assert_string_equal(item->news->title, "تم تغيير بريدكم الإلكتروني");
    inbox_set_email(&h, member.token, "");
    fake_clock_advance(&h.clock, 60000);
    item = item_of(QUEUE(EMAIL)); /* nowhere to go any more */
    assert_int_equal(item->nothing->reason, NOTHING(UNREACHABLE));
}

static void a_wake_up_goes_out_with_a_token_alone(void **state)
{
    (void)state;
    inbox_set_push(&h, member.token, "token-1");
    inbox_put(&h, member.owner, NOTIFICATION_BANK_CHANGE_ACTIVE);
    const Hayat__Backoffice__V1__OutboxItem *item = item_of(QUEUE(PUSH));
    assert_int_equal(item->content_case, CONTENT(WAKE));
    assert_string_equal(item->recipient->push_token, "token-1");
    assert_string_equal(item->recipient->language_code, "");
    assert_null(item->recipient->name);
    gone = true;
    (void)ack(item->outbox_id, OUTCOME(FAILED), 0);
    gone = false;
    assert_int_equal(inbox_preferences(&h, member.token)->n_push_devices, 0);
}

/* --- whose it is --- */

static void what_another_holds_is_not_ended(void **state)
{
    (void)state;
    send_code(letter());
    const Hayat__Backoffice__V1__OutboxItem *item = only_item();
    struct harness_caller holder = courier;
    courier = harness_core_system(&h, SCOPE_OUTBOX);
    assert_int_equal(ack(item->outbox_id, OUTCOME(DELIVERED), 0)->not_held_count, 1);
    assert_int_equal(ack(item->outbox_id, OUTCOME(POSTPONED), 5)->not_held_count, 1);
    fake_clock_advance(&h.clock, 30000);
    item = only_item(); /* its lease is over: it is this one's now */
    assert_int_equal(item->attempt, 2);
    struct harness_caller other = courier;
    courier = holder;
    assert_int_equal(ack(item->outbox_id, OUTCOME(DELIVERED), 0)->not_held_count, 1);
    courier = other;
    assert_int_equal(ack(item->outbox_id, OUTCOME(DELIVERED), 0)->changed_count, 1);
    assert_int_equal(ack(item->outbox_id, OUTCOME(DELIVERED), 0)->gone_count, 1);
    courier = holder;
}

/* --- who may --- */

static enum reason refusal(const struct harness_caller *caller, const char *token)
{
    struct harness_stream s;
    const char *path = OUTBOX_METHOD("WatchOutbox");
    bool opened = caller != NULL ? harness_stream_open_as(&s, &h, path, caller)
                                 : harness_stream_open(&s, &h, path, token);
    assert_false(opened);
    return harness_stream_close(&s).result.why;
}

static enum reason watch_of(uint32_t scopes, Hayat__Backoffice__V1__OutboxQueue queue)
{
    struct harness_caller caller = harness_core_system(&h, scopes);
    struct harness_stream s;
    Hayat__Backoffice__V1__WatchOutboxRequest request;
    hayat__backoffice__v1__watch_outbox_request__init(&request);
    request.queues = &queue;
    request.n_queues = 1;
    assert_true(harness_stream_open_as(&s, &h, OUTBOX_METHOD("WatchOutbox"), &caller));
    if (harness_stream_send(&s, &request.base)) {
        harness_stream_abandon(&s);
        return REASON_OK;
    }
    return harness_stream_close(&s).result.why;
}

/* A text message's courier reads no letter's code, and says of no letter that it came. */
static void each_queue_has_its_scope(void **state)
{
    (void)state;
    static const struct {
        uint32_t scope;
        Hayat__Backoffice__V1__OutboxQueue queue;
    } rows[] = {{SCOPE_OUTBOX_CORE, QUEUE(CORE)},
                {SCOPE_OUTBOX_POST, QUEUE(POST)},
                {SCOPE_OUTBOX_SMS, QUEUE(SMS)},
                {SCOPE_OUTBOX_EMAIL, QUEUE(EMAIL)},
                {SCOPE_OUTBOX_PUSH, QUEUE(PUSH)}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(watch_of(SCOPE_OUTBOX, rows[i].queue), REASON_OK);
        for (size_t j = 0; j < sizeof rows / sizeof rows[0]; j++) {
            assert_int_equal(watch_of(rows[i].scope, rows[j].queue),
                             i == j ? REASON_OK : REASON_PERMISSION_DENIED);
        }
    }
}

static void only_systems_with_the_scope_may(void **state)
{
    (void)state;
    struct harness_caller feed = harness_core_system(&h, SCOPE_FEED);
    struct harness_caller agent = harness_agent(&h, SCOPE_OPERATOR);
    assert_int_equal(refusal(&feed, NULL), REASON_PERMISSION_DENIED);
    assert_int_equal(refusal(&agent, NULL), REASON_PERMISSION_DENIED);
    assert_int_equal(refusal(NULL, member.token), REASON_PERMISSION_DENIED);
    assert_int_equal(refusal(NULL, NULL), REASON_TOKEN_MISSING);
}

/* SEC-A5: a watch that stays open is worth nothing after the revocation. */
static void a_revoked_courier_gets_nothing_more(void **state)
{
    (void)state;
    struct harness_stream s;
    ProtobufCMessage *response;
    assert_true(open_watch(&s, ""));
    assert_null(next_items(&s));
    harness_revoke_caller(&h, courier.id);
    send_code(letter());
    assert_false(harness_stream_next(&s, &response));
    assert_int_equal(harness_stream_close(&s).result.why, REASON_CERTIFICATE_UNKNOWN);
}

/* --- what remains --- */

struct proof {
    size_t count;
    char channel[16], evidence[16];
    Hayat__Store__V1__DeliveryOutcome outcome;
};

static bool see_proof(void *ctx, uint64_t sequence,
                      const Hayat__Store__V1__StoredDelivery *delivery)
{
    struct proof *proof = ctx;
    (void)sequence;
    proof->count++;
    (void)snprintf(proof->channel, sizeof proof->channel, "%s", delivery->channel);
    (void)snprintf(proof->evidence, sizeof proof->evidence, "%s", delivery->evidence);
    proof->outcome = delivery->outcome;
    assert_int_equal(delivery->settle_ms, h.clock.wall_ms);
    assert_int_equal(delivery->attempt_count, 1);
    assert_memory_equal(delivery->agent_id.data, courier.id.bytes, ID_BYTES);
    return true;
}

static status read_proof(void *ctx, struct txn *txn)
{
    return delivery_store_each(txn, member.owner, see_proof, ctx);
}

static status count_entries(void *ctx, struct txn *txn)
{
    return audit_store_subject_count(txn, member.owner, ctx);
}

static uint64_t audited(void)
{
    uint64_t count;
    assert_ok(harness_read(&h, count_entries, &count));
    return count;
}

static void a_delivery_leaves_its_proof_and_audit_entries(void **state)
{
    (void)state;
    send_code(letter());
    uint64_t before = audited();
    const Hayat__Backoffice__V1__OutboxItem *item = only_item();
    assert_int_equal(audited(), before + 1); /* the courier read the name */
    (void)ack(item->outbox_id, OUTCOME(FAILED), 0);
    assert_int_equal(audited(), before + 2);
    struct proof proof = {.count = 0};
    assert_ok(harness_read(&h, read_proof, &proof));
    assert_int_equal(proof.count, 1);
    assert_string_equal(proof.channel, "spool");
    assert_string_equal(proof.evidence, "file 1");
    assert_int_equal(proof.outcome, HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_FAILED);
}

static void a_decoy_leaves_nothing(void **state)
{
    (void)state;
    struct code_message decoy = letter();
    decoy.decoy = true;
    send_code(decoy);
    uint64_t before = audited();
    (void)ack(only_item()->outbox_id, OUTCOME(DISCARDED), 0);
    struct proof proof = {.count = 0};
    assert_ok(harness_read(&h, read_proof, &proof));
    assert_int_equal(proof.count, 0);
    assert_int_equal(audited(), before);
}

static void requests_are_checked(void **state)
{
    (void)state;
    struct harness_stream s;
    Hayat__Backoffice__V1__WatchOutboxRequest watch;
    hayat__backoffice__v1__watch_outbox_request__init(&watch);
    assert_true(harness_stream_open_as(&s, &h, OUTBOX_METHOD("WatchOutbox"), &courier));
    assert_false(harness_stream_send(&s, &watch.base));
    assert_int_equal(harness_stream_close(&s).result.why, REASON_INVALID_FIELD);
    Hayat__Backoffice__V1__OutboxQueue unset[] = {QUEUE(UNSPECIFIED)};
    watch.queues = unset;
    watch.n_queues = 1;
    assert_true(harness_stream_open_as(&s, &h, OUTBOX_METHOD("WatchOutbox"), &courier));
    assert_false(harness_stream_send(&s, &watch.base));
    assert_int_equal(harness_stream_close(&s).result.why, REASON_INVALID_FIELD);
    Hayat__Backoffice__V1__AckOutboxRequest request;
    hayat__backoffice__v1__ack_outbox_request__init(&request);
    assert_int_equal(
        harness_call_as(&h, OUTBOX_METHOD("AckOutbox"), &courier, &request.base).result.why,
        REASON_INVALID_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_code_goes_out_with_name_and_address, setup, teardown),
        cmocka_unit_test_setup_teardown(a_text_message_goes_out_with_a_number_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_must_not_be_sent_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_watch_gives_what_comes_once, setup, teardown),
        cmocka_unit_test_setup_teardown(order_is_kept_and_acknowledging_twice_is_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(no_more_is_out_than_can_be_delivered, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_that_was_made_up_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_broken_watch_is_taken_up_again, setup, teardown),
        cmocka_unit_test_setup_teardown(an_email_goes_out_with_an_address_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_wake_up_goes_out_with_a_token_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_another_holds_is_not_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(each_queue_has_its_scope, setup, teardown),
        cmocka_unit_test_setup_teardown(only_systems_with_the_scope_may, setup, teardown),
        cmocka_unit_test_setup_teardown(a_revoked_courier_gets_nothing_more, setup, teardown),
        cmocka_unit_test_setup_teardown(a_delivery_leaves_its_proof_and_audit_entries, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_decoy_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(requests_are_checked, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
