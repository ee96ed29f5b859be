/*
 * Codes and notices become rows of one size whoever they are for, decoys too (SEC-B3); a notice takes another channel than the act
 * (SEC-B8); a full outbox refuses codes.
 */
#include "service/delivery.h"

#include "base/codec.h"
#include "service/delivery_evidence.h"
#include "service/notice.h"
#include "storage/cursor.h"
#include "storage/delivery_store.h"
#include "storage/expiry_store.h"
#include "storage/member_store.h"
#include "storage/outbox_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

#define MESSAGE(name) HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_##name

static struct temp_store t;
static const struct owner owner = {{9}};

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

static status send(void *ctx, struct txn *txn)
{
    return delivery_send_code(txn, ctx);
}

static status notify(void *ctx, struct txn *txn)
{
    return notice_send(txn, ctx);
}

static status put_member(void *ctx, struct txn *txn)
{
    return member_store_put(txn, owner, ctx);
}

/* The rows as they are at rest and as they read. */
struct rows {
    size_t count, cell_bytes[8];
    Hayat__Store__V1__StoredOutbox *row[8];
    Hayat__Store__V1__StoredMessage *message[8];
};

static status read_rows(void *ctx, struct txn *txn)
{
    struct rows *rows = ctx;
    struct cursor cursor;
    TRY(cursor_open(txn, TABLE_outbox, &cursor));
    TRY(cursor_seek(&cursor, (bytes){NULL, 0}));
    *rows = (struct rows){.count = 0};
    while (cursor.found) {
        size_t i = rows->count++;
        rows->cell_bytes[i] = cursor.cell.len;
        TRY(outbox_store_get(txn, get_be64(cursor.key.ptr), &rows->row[i]));
        TRY(delivery_unpack(txn_arena(txn),
                            bytes_of(rows->row[i]->payload.data, rows->row[i]->payload.len),
                            &rows->message[i]));
        TRY(cursor_next(&cursor));
    }
    cursor_close(&cursor);
    return STATUS_OK;
}

static struct rows rows_now(void)
{
    struct rows rows;
    assert_ok(temp_store_read(&t, read_rows, &rows));
    return rows;
}

static void every_message_has_one_size(void **state)
{
    (void)state;
    struct code_message letter = {.owner = owner,
                                  .channel = CHANNEL_POST,
                                  .code = "ABCD-EFGH-JKMN",
                                  .expire_ms = TEMP_STORE_WALL_MS + 1000,
                                  .language = LANGUAGE_AR,
                                  .address_version = 7};
    struct code_message decoy = letter, text = letter;
    decoy.decoy = true;
    text.channel = CHANNEL_SMS;
    text.code = "12345678";
    text.phone_number = "+212600000000";
    assert_ok(temp_store_write(&t, send, &letter));
    assert_ok(temp_store_write(&t, send, &decoy));
    assert_ok(temp_store_write(&t, send, &text));
    struct rows rows = rows_now();
    assert_int_equal(rows.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(rows.cell_bytes[i], rows.cell_bytes[0]);
        assert_string_equal(rows.row[i]->kind, OUTBOX_KIND_MESSAGE);
    }
    assert_int_equal(rows.row[0]->queue, OUTBOX_POST);
    assert_int_equal(rows.row[1]->queue, OUTBOX_POST);
    assert_int_equal(rows.row[2]->queue, OUTBOX_SMS);
    assert_int_equal(rows.message[0]->kind, MESSAGE(CODE));
    assert_int_equal(rows.message[1]->kind, MESSAGE(DECOY));
    assert_string_equal(rows.message[0]->code, "ABCD-EFGH-JKMN");
    assert_int_equal(rows.message[0]->address_version, 7);
    assert_int_equal(rows.message[0]->language, LANGUAGE_AR);
    assert_string_equal(rows.message[2]->phone_number, "+212600000000");
}

static void a_notice_goes_by_what_is_on_file(void **state)
{
    (void)state;
    struct notice notice = {owner, NOTICE_DEVICE_ADDED, CHANNEL_SMS};
    assert_ok(temp_store_write(&t, notify, &notice)); /* nobody: nothing */
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    assert_ok(temp_store_write(&t, put_member, &member));
    assert_ok(temp_store_write(&t, notify, &notice)); /* nothing on file */
    assert_int_equal(rows_now().count, 0);
    char phone[] = "+212600000000", address[] = "1, rue Inventée", arabic[] = "ar";
    member.phone_number = phone;
    member.address = address;
    member.preferred_language = arabic;
    member.address_version = 3;
    assert_ok(temp_store_write(&t, put_member, &member));
    assert_ok(temp_store_write(&t, notify, &notice));
    notice = (struct notice){owner, NOTICE_TOKEN_REUSED, CHANNEL_APP};
    assert_ok(temp_store_write(&t, notify, &notice));
    struct rows rows = rows_now();
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.row[0]->queue, OUTBOX_POST);
    assert_int_equal(rows.message[0]->notice_kind, NOTICE_DEVICE_ADDED);
    assert_int_equal(rows.message[0]->language, LANGUAGE_AR);
    assert_int_equal(rows.message[0]->address_version, 3);
    assert_int_equal(rows.row[1]->queue, OUTBOX_SMS);
    assert_int_equal(rows.message[1]->notice_kind, NOTICE_TOKEN_REUSED);
}

static void notices_of_a_kind_come_to_an_end(void **state)
{
    (void)state;
    char phone[] = "+212600000000";
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.phone_number = phone;
    assert_ok(temp_store_write(&t, put_member, &member));
    struct notice notice = {owner, NOTICE_SESSIONS_ENDED, CHANNEL_APP};
    for (int i = 0; i < LIMIT_NOTICES_OF_A_KIND + 3; i++) {
        assert_ok(temp_store_write(&t, notify, &notice));
    }
    assert_int_equal(rows_now().count, LIMIT_NOTICES_OF_A_KIND);
    notice.kind = NOTICE_DEVICE_ADDED; /* hidden by none of them */
    assert_ok(temp_store_write(&t, notify, &notice));
    assert_int_equal(rows_now().count, LIMIT_NOTICES_OF_A_KIND + 1);
    fake_clock_advance(&t.clock, 2 * LIMIT_NOTICES_MS);
    assert_ok(temp_store_write(&t, notify, &notice));
    assert_int_equal(rows_now().count, LIMIT_NOTICES_OF_A_KIND + 2);
}

static void the_channel_of_the_act_is_the_last_resort(void **state)
{
    (void)state;
    assert_int_equal(notice_channel(true, true, CHANNEL_APP), CHANNEL_SMS);
    assert_int_equal(notice_channel(true, true, CHANNEL_POST), CHANNEL_SMS);
    assert_int_equal(notice_channel(true, true, CHANNEL_SMS), CHANNEL_POST);
    assert_int_equal(notice_channel(false, true, CHANNEL_SMS), CHANNEL_SMS);
    assert_int_equal(notice_channel(true, false, CHANNEL_POST), CHANNEL_POST);
    assert_int_equal(notice_channel(true, false, CHANNEL_SMS), CHANNEL_POST);
    assert_int_equal(notice_channel(false, false, CHANNEL_NONE), CHANNEL_NONE);
}

static void a_payload_of_another_size_is_refused(void **state)
{
    (void)state;
    Hayat__Store__V1__StoredMessage *message;
    uint8_t payload[LIMIT_OUTBOX_PAYLOAD_BYTES] = {0xFF};
    assert_int_equal(delivery_unpack(&t.arena, bytes_of(payload, sizeof payload), &message).why,
                     REASON_STORE_CORRUPT);
    assert_int_equal(delivery_unpack(&t.arena, bytes_of(payload, 5), &message).why,
                     REASON_STORE_CORRUPT);
}

/* --- what is known of a delivery --- */

static status remind(void *ctx, struct txn *txn)
{
    struct notice notice = {owner, NOTICE_BANK_CHANGED, CHANNEL_NONE};
    return notice_send_provably(txn, &notice, ctx);
}

struct asked {
    struct owner owner;
    uint64_t sequence;
    struct delivery_evidence evidence;
};

static status ask(void *ctx, struct txn *txn)
{
    struct asked *asked = ctx;
    return delivery_evidence(txn, asked->owner, asked->sequence, &asked->evidence);
}

static struct delivery_evidence evidence_of(struct owner whose, uint64_t sequence)
{
    struct asked asked = {whose, sequence};
    assert_ok(temp_store_read(&t, ask, &asked));
    return asked.evidence;
}

struct end {
    uint64_t sequence;
    Hayat__Store__V1__StoredDelivery delivery;
};

static status end_delivery(void *ctx, struct txn *txn)
{
    const struct end *end = ctx;
    return delivery_store_put(txn, owner, end->sequence, &end->delivery);
}

static enum delivery_grade grade_of(uint64_t sequence, enum outbox_queue queue,
                                    Hayat__Store__V1__DeliveryOutcome outcome, bool *ret_counts)
{
    struct end end = {.sequence = sequence};
    hayat__store__v1__stored_delivery__init(&end.delivery);
    end.delivery.queue = queue;
    end.delivery.outcome = outcome;
    end.delivery.settle_ms = TEMP_STORE_WALL_MS;
    assert_ok(temp_store_write(&t, end_delivery, &end));
    struct delivery_evidence evidence = evidence_of(owner, sequence);
    *ret_counts = evidence.counts;
    return evidence.grade;
}

#define DELIVERED HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_DELIVERED
#define FAILED HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_FAILED

static void what_a_carrier_can_prove(void **state)
{
    (void)state;
    char phone[] = "+212600000000", address[] = "1, rue Inventée";
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.phone_number = phone;
    member.address = address;
    assert_ok(temp_store_write(&t, put_member, &member));
    struct notice_rows rows;
    assert_ok(temp_store_write(&t, remind, &rows));
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.rows[0].channel, CHANNEL_SMS);
    struct delivery_evidence evidence = evidence_of(owner, rows.rows[1].sequence);
    assert_int_equal(evidence.grade, DELIVERY_WAITING);
    assert_int_equal(evidence.queue, OUTBOX_POST);
    assert_false(evidence.counts);
    struct owner somebody = {{1}};
    assert_int_equal(evidence_of(somebody, rows.rows[1].sequence).grade, DELIVERY_UNKNOWN);
    assert_int_equal(evidence_of(owner, 5).grade, DELIVERY_UNKNOWN);
    bool counts;
    assert_int_equal(grade_of(11, OUTBOX_POST, DELIVERED, &counts), DELIVERY_PROVEN);
    assert_true(counts);
    assert_int_equal(grade_of(12, OUTBOX_SMS, DELIVERED, &counts), DELIVERY_ACCEPTED);
    assert_true(counts);
    assert_int_equal(grade_of(13, OUTBOX_SMS, FAILED, &counts), DELIVERY_ENDED);
    assert_false(counts);
    assert_int_equal(grade_of(14, OUTBOX_PUSH, DELIVERED, &counts), DELIVERY_ACCEPTED);
    assert_false(counts);
    assert_int_equal(grade_of(15, OUTBOX_EMAIL, DELIVERED, &counts), DELIVERY_ACCEPTED);
    assert_false(counts); /* it may still come back */
    assert_int_equal(evidence_of(somebody, 11).grade, DELIVERY_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_message_has_one_size, setup, teardown),
        cmocka_unit_test_setup_teardown(a_notice_goes_by_what_is_on_file, setup, teardown),
        cmocka_unit_test_setup_teardown(notices_of_a_kind_come_to_an_end, setup, teardown),
        cmocka_unit_test_setup_teardown(the_channel_of_the_act_is_the_last_resort, setup, teardown),
        cmocka_unit_test_setup_teardown(a_payload_of_another_size_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_carrier_can_prove, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
