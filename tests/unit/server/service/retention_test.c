/*
 * What has had its time goes, each with its audit entry; what a case, a task or the last number still needs stays; without a
 * value on file, or by a clock that was set forward, nothing goes (SEC-D3, SEC-D6, SEC-G4).
 */
#include "service/retention.h"

#include "base/codec.h"
#include "hayat/store/v1/bank.pb-c.h"
#include "service/life_certificate_state.h"
#include "storage/audit_store.h"
#include "storage/check.h"
#include "storage/claim_store.h"
#include "storage/delivery_store.h"
#include "storage/device_store.h"
#include "storage/document_store.h"
#include "storage/erasure_keys.h"
#include "storage/erasure_store.h"
#include "storage/life_certificate_store.h"
#include "storage/obligation_store.h"
#include "storage/reference_store.h"
#include "storage/task_store.h"
#include "tests/support/cm.h"
#include "tests/support/kept_store.h"

#define DAY_MS (24LL * 3600 * 1000)
#define YEARS_MS(n) ((n)*366 * DAY_MS)
#define NOW_MS TEMP_STORE_WALL_MS
#define LONG_AGO_MS (NOW_MS - YEARS_MS(10))
#define LATELY_MS (NOW_MS - 9 * 365 * DAY_MS)

static struct kept_store s;

static int setup(void **state)
{
    (void)state;
    kept_store_start(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kept_store_stop(&s);
    return 0;
}

static status count_row(void *ctx, struct txn *txn)
{
    uint64_t *count = ctx;
    return table_count(txn, (enum table_id) * count, count);
}

static uint64_t count_of(enum table_id table)
{
    uint64_t count = (uint64_t)table;
    assert_ok(kept_look(&s, count_row, &count));
    return count;
}

static void put_document(uint32_t number, int64_t decide_ms)
{
    kept_put_document(
        &s, &(struct kept_document){.number = number, .chunks = 2, .decide_ms = decide_ms});
}

static void assert_whole(void)
{
    struct db_check_report report;
    assert_ok(db_check(s.db, NULL, NULL, &report));
    assert_int_equal(report.erased, 0);
}

/* --- documents and certificates --- */

static void documents_go_by_their_cases_decision(void **state)
{
    (void)state;
    put_document(1, LONG_AGO_MS);
    put_document(2, LATELY_MS);
    put_document(3, 0);
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 1), NOT_FOUND);
    assert_ok(kept_read(&s, 2));
    assert_ok(kept_read(&s, 3));
    assert_int_equal(count_of(TABLE_document_chunk), 4);
    assert_int_equal(count_of(TABLE_life_certificate), 3); /* it waits for its document ... */
    assert_ok(kept_run(&s));
    assert_int_equal(count_of(TABLE_life_certificate), 2); /* ... until the next pass */
    assert_whole();
}

static status let_it_make_way(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    (void)ctx;
    TRY(life_certificate_store_get(txn, kept_owner(1), kept_id(1), &certificate));
    certificate->earlier_document_ids = certificate->document_ids;
    certificate->n_earlier_document_ids = certificate->n_document_ids;
    certificate->n_document_ids = 0;
    return life_certificate_store_put(txn, kept_owner(1), certificate);
}

/* A document that made way for newer ones finds its case as the others do. */
static void a_certificate_waits_for_what_made_way_too(void **state)
{
    (void)state;
    put_document(1, LONG_AGO_MS);
    assert_ok(kept_write(&s, let_it_make_way, NULL));
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 1), NOT_FOUND);
    assert_int_equal(count_of(TABLE_life_certificate), 1);
    assert_ok(kept_run(&s));
    assert_int_equal(count_of(TABLE_life_certificate), 0);
    assert_whole();
}

/* More than one batch, and more chunks than one transaction may drop (SEC-D6). */
static void many_go_in_small_steps(void **state)
{
    (void)state;
    enum { MANY = 100 };
    for (uint32_t number = 1; number <= MANY; number++) {
        put_document(number, LONG_AGO_MS);
    }
    kept_put_document(
        &s, &(struct kept_document){.number = MANY + 1, .chunks = 150, .decide_ms = LONG_AGO_MS});
    put_document(MANY + 2, LATELY_MS);
    assert_ok(kept_run(&s));
    assert_int_equal(count_of(TABLE_document), 1);
    assert_int_equal(count_of(TABLE_document_chunk), 2);
    assert_ok(kept_read(&s, MANY + 2));
    assert_int_equal(count_of(TABLE_audit_entry), MANY + 1); /* certificates come next time */
    assert_whole();
}

static status open_task(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct owner owner = kept_owner(1);
    struct id object = kept_id(1), id = kept_id(77);
    task_row task = HAYAT__STORE__V1__STORED_TASK__INIT;
    task.task_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    task.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    task.object_id = (ProtobufCBinaryData){ID_BYTES, object.bytes};
    task.kind = TASK_KIND(LIFE_CERTIFICATE);
    task.state = TASK_STATE(OPEN);
    return task_store_put(txn, &task);
}

static void an_open_task_needs_the_documents(void **state)
{
    (void)state;
    put_document(1, LONG_AGO_MS);
    assert_ok(kept_write(&s, open_task, NULL));
    assert_ok(kept_run(&s));
    assert_ok(kept_read(&s, 1));
    assert_int_equal(count_of(TABLE_life_certificate), 1);
}

static status put_obligation(void *ctx, struct txn *txn)
{
    obligation_row row = HAYAT__STORE__V1__STORED_OBLIGATION__INIT;
    struct id id = kept_id(5);
    row.obligation_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.year = 2014;
    row.create_ms = LONG_AGO_MS;
    row.suspension = *(const Hayat__Store__V1__ObligationSuspension *)ctx;
    TRY(obligation_store_put(txn, kept_owner(1), &row));
    Hayat__Store__V1__StoredDelivery reminder = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
    reminder.settle_ms = LONG_AGO_MS;
    return delivery_store_put(txn, kept_owner(1), 1, &reminder);
}

static status set_year(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    (void)ctx;
    TRY(life_certificate_store_get(txn, kept_owner(1), kept_id(1), &certificate));
    certificate->year = 2014;
    return life_certificate_store_put(txn, kept_owner(1), certificate);
}

/* What a suspension rests on stays while it is proposed or in force, and goes when life was proven. */
static void a_suspension_needs_the_years_papers(void **state)
{
    (void)state;
    Hayat__Store__V1__ObligationSuspension suspension = SUSPENSION(SUSPENDED);
    put_document(1, LONG_AGO_MS);
    assert_ok(kept_write(&s, set_year, NULL));
    assert_ok(kept_write(&s, put_obligation, &suspension));
    assert_ok(kept_run(&s));
    assert_ok(kept_read(&s, 1));
    assert_int_equal(count_of(TABLE_obligation), 1);
    assert_int_equal(count_of(TABLE_delivery), 1);
    suspension = SUSPENSION(LIFTED);
    assert_ok(kept_write(&s, put_obligation, &suspension));
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 1), NOT_FOUND);
    assert_int_equal(count_of(TABLE_obligation), 0);
    assert_int_equal(count_of(TABLE_delivery), 0);
}

struct naming {
    uint32_t certificate;
    int64_t create_ms;
};

static status put_naming(void *ctx, struct txn *txn)
{
    const struct naming *naming = ctx;
    struct id id = kept_id(naming->certificate);
    obligation_row row = HAYAT__STORE__V1__STORED_OBLIGATION__INIT;
    row.obligation_id = row.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.year = 2014;
    row.pension_seq = 2;
    row.state = OBLIGATION(ACCEPTED);
    row.create_ms = naming->create_ms;
    return obligation_store_put(txn, kept_owner(naming->certificate), &row);
}

/* A survivor's pension that came after the year was answered: its obligation is younger than what answers it. */
static void a_certificate_stays_with_its_obligation(void **state)
{
    (void)state;
    const struct naming younger = {1, LATELY_MS}, older = {2, LONG_AGO_MS};
    put_document(1, LONG_AGO_MS);
    put_document(2, LONG_AGO_MS);
    assert_ok(kept_write(&s, put_naming, (void *)(uintptr_t)&younger));
    assert_ok(kept_write(&s, put_naming, (void *)(uintptr_t)&older));
    assert_ok(kept_run(&s));
    assert_ok(kept_run(&s)); /* a certificate goes in the pass after its obligation's */
    assert_int_equal(count_of(TABLE_obligation), 1);
    assert_int_equal(count_of(TABLE_life_certificate), 1);
    fake_clock_advance(&s.place.clock, YEARS_MS(2));
    assert_ok(kept_run(&s));
    assert_ok(kept_run(&s));
    assert_int_equal(count_of(TABLE_obligation), 0);
    assert_int_equal(count_of(TABLE_life_certificate), 0);
}

/* A face is kept for days, not years. */
static void a_liveness_video_has_a_period_of_its_own(void **state)
{
    (void)state;
    for (uint32_t number = 1; number <= 2; number++) {
        kept_put_document(&s, &(struct kept_document){
                                  .number = number,
                                  .item = HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO,
                                  .chunks = 1,
                                  .decide_ms = NOW_MS - (number == 1 ? 60 : 59) * DAY_MS});
    }
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 1), NOT_FOUND);
    assert_true(erasure_is_erased(s.keys->erasure, 1)); /* no copy of the store opens it */
    assert_ok(kept_read(&s, 2));
    assert_false(erasure_is_erased(s.keys->erasure, 2));
    fake_clock_advance(&s.place.clock, DAY_MS);
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 2), NOT_FOUND);
    assert_true(erasure_is_erased(s.keys->erasure, 2));
}

static status drop_for_another_reason(void *ctx, struct txn *txn)
{
    (void)ctx;
    bool done = false;
    while (!done) {
        TRY(document_store_drop_step(txn, kept_owner(1), kept_id(1), 1, &done));
    }
    return STATUS_OK;
}

/* A cancelled upload, a statement whose time is over: their bytes linger in the file, so their keys go, too. */
static void what_was_dropped_loses_its_key(void **state)
{
    (void)state;
    put_document(1, 0);
    put_document(2, 0);
    assert_ok(kept_write(&s, drop_for_another_reason, NULL));
    assert_false(erasure_is_erased(s.keys->erasure, 1));
    assert_int_equal(count_of(TABLE_erasure), 2); /* the counter, and the dead leaf */
    assert_ok(kept_run(&s));
    assert_true(erasure_is_erased(s.keys->erasure, 1));
    assert_false(erasure_is_erased(s.keys->erasure, 2));
    assert_int_equal(count_of(TABLE_erasure), 1);
    assert_ok(kept_read(&s, 2));
}

/* --- what is left of the keys --- */

/* As a reviewer's copy, or a statement. */
static status make_and_drop(void *ctx, struct txn *txn)
{
    const uint32_t *number = ctx;
    struct id id = kept_id(*number + 100000);
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    row.document_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.state = HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ISSUING;
    bool done = false;
    TRY(document_store_new_key(txn, kept_owner(*number), &row));
    assert_true(row.leaf >= ERASURE_PASSING_FIRST);
    TRY(document_store_put(txn, kept_owner(*number), &row));
    return document_store_drop_step(txn, kept_owner(*number), id, 1, &done);
}

/* What is kept stands between what passed, and costs no key of its own: else the file would be full of them one day, and nothing
   would ever go again. */
static void what_passes_leaves_no_islands(void **state)
{
    (void)state;
    enum { KEPT = 200, PASSING = 3, HALVES_NODES = 2 * 32 };
    for (uint32_t number = 1; number <= KEPT; number++) {
        kept_put_document(&s, &(struct kept_document){.number = number, .chunks = 1});
        for (int i = 0; i < PASSING; i++) {
            assert_ok(kept_write(&s, make_and_drop, &number));
        }
    }
    for (int i = 0; i < PASSING; i++) { /* LIMIT_ERASURE_LEAVES at a time */
        assert_ok(kept_run(&s));
    }
    assert_true(erasure_is_erased(s.keys->erasure, ERASURE_PASSING_FIRST));
    assert_true(erasure_is_erased(s.keys->erasure, ERASURE_PASSING_FIRST + KEPT * PASSING - 1));
    assert_true(erasure_node_count(s.keys->erasure) <= HALVES_NODES);
    assert_ok(kept_read(&s, 1));
    assert_ok(kept_read(&s, KEPT));
}

/* Every fourth leaf gone, far above those in use: the three between are two nodes. */
static void crowd(struct erasure_keys *keys)
{
    enum { STEP = 65536 };
    static uint32_t leaves[STEP];
    uint32_t next = UINT32_C(1) << 20;
    while (erasure_node_count(keys) <= LIMIT_ERASURE_NODES_DEAD) {
        struct erasure_nodes left;
        for (size_t i = 0; i < STEP; i++, next += 4) {
            leaves[i] = next;
        }
        assert_ok(erasure_without(keys, leaves, STEP, &left));
        erasure_keys_replace(keys, &left);
    }
}

/* The room that is left is for what must go: cancelled uploads wait for theirs. */
static void a_crowd_of_keys_keeps_nothing_whose_time_is_over(void **state)
{
    (void)state;
    uint32_t number = 1;
    put_document(1, 0);
    put_document(2, LONG_AGO_MS);
    assert_ok(kept_write(&s, drop_for_another_reason, NULL));
    assert_ok(kept_write(&s, make_and_drop, &number));
    crowd(s.keys->erasure);
    assert_ok(kept_run(&s));
    assert_false(erasure_is_erased(s.keys->erasure, 1));
    assert_true(erasure_is_erased(s.keys->erasure, 2));
    assert_true(erasure_is_erased(s.keys->erasure, ERASURE_PASSING_FIRST));
    assert_reason(kept_read(&s, 2), NOT_FOUND);
}

/* --- by which clock --- */

static void a_clock_set_forward_erases_nothing(void **state)
{
    (void)state;
    put_document(1, NOW_MS - DAY_MS);
    s.place.clock.wall_ms += YEARS_MS(20); /* and monotonic time is what it was */
    assert_ok(kept_run(&s));
    assert_ok(kept_read(&s, 1));
    kept_store_close(&s); /* nor after a restart of the machine, that believes a day of it */
    s.place.clock.boot++;
    s.place.clock.mono_us = 0;
    kept_store_open(&s);
    assert_ok(kept_run(&s));
    assert_ok(kept_read(&s, 1));
    fake_clock_advance(&s.place.clock, YEARS_MS(11)); /* true time does */
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 1), NOT_FOUND);
}

static status drop_periods(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = cell_of(
        TABLE_reference_set,
        key_u32(key_u32(key_empty(), HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RETENTION),
                0));
    return table_delete(txn, &cell);
}

static void without_a_value_nothing_goes(void **state)
{
    (void)state;
    put_document(1, LONG_AGO_MS);
    assert_ok(kept_write(&s, drop_periods, NULL));
    assert_ok(kept_run(&s));
    assert_ok(kept_read(&s, 1));
}

/* --- other tables --- */

static status put_others(void *ctx, struct txn *txn)
{
    int64_t event_ms = *(const int64_t *)ctx;
    struct owner owner = kept_owner(9);
    struct id id = kept_id(event_ms == LONG_AGO_MS ? 1 : 2);
    ProtobufCBinaryData id_data = {ID_BYTES, id.bytes};
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    claim.update_ms = event_ms;
    claim.receipt_days = event_ms / DAY_MS;
    struct claim_put put = {.id = id, .claim = &claim, .view = bytes_str("view")};
    TRY(claim_store_put(txn, owner, &put, 1));
    Hayat__Store__V1__StoredDevice device = HAYAT__STORE__V1__STORED_DEVICE__INIT;
    device.device_id = id_data;
    device.revoked = true;
    device.revoke_ms = event_ms;
    TRY(device_store_put(txn, owner, &device));
    Hayat__Store__V1__StoredDelivery delivery = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
    delivery.settle_ms = event_ms;
    TRY(delivery_store_put(txn, owner, (uint64_t)event_ms, &delivery));
    Hayat__Store__V1__StoredBankExport export = HAYAT__STORE__V1__STORED_BANK_EXPORT__INIT;
    export.active_ms = event_ms;
    struct cell cell = cell_of(TABLE_bank_export, key_u64(key_empty(), (uint64_t)event_ms));
    return table_put_record(txn, &cell, &export.base);
}

static void rows_go_with_what_is_beside_them(void **state)
{
    (void)state;
    static const enum table_id tables[] = {TABLE_claim,        TABLE_claim_page, TABLE_device,
                                           TABLE_device_owner, TABLE_delivery,   TABLE_bank_export};
    int64_t old_ms = LONG_AGO_MS, new_ms = NOW_MS - DAY_MS;
    assert_ok(kept_write(&s, put_others, &old_ms));
    assert_ok(kept_write(&s, put_others, &new_ms));
    assert_ok(kept_run(&s));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        assert_int_equal(count_of(tables[i]), 1);
    }
    assert_whole(); /* the summaries, too */
    fake_clock_advance(&s.place.clock, YEARS_MS(11));
    assert_ok(kept_run(&s));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        assert_int_equal(count_of(tables[i]), tables[i] == TABLE_bank_export ? 1 : 0);
    }
    assert_whole();
}

/* --- what is left of it --- */

static status see_entry(void *ctx, struct txn *txn)
{
    (void)ctx;
    audit_row *row;
    struct audit_entry entry;
    struct owner owner = kept_owner(1);
    uint64_t count;
    TRY(audit_store_get(txn, 1, &row));
    assert_true(audit_entry_decode(bytes_of(row->entry.data, row->entry.len), &entry));
    assert_true(bytes_equal_str(entry.event, "test retention"));
    assert_true(bytes_equal_str(entry.purpose, "documents"));
    assert_int_equal(entry.actor_kind, AUDIT_ACTOR_SYSTEM);
    TRY(audit_store_subject_count(txn, owner, &count));
    assert_int_equal(count, 1);
    return STATUS_OK;
}

static status see_row(void *ctx, struct txn *txn)
{
    (void)ctx;
    retention_row *row;
    TRY(retention_row_get(txn, &row));
    assert_int_equal(row->pass, 1);
    assert_true(row->end_ms != 0);
    assert_int_equal(row->looked_at, 6); /* two members, two documents, two certificates */
    assert_int_equal(row->n_gone, 1);
    assert_int_equal(row->gone[0]->table, TABLE_document);
    assert_int_equal(row->gone[0]->count, 1);
    return STATUS_OK;
}

static void it_is_audited_and_counted(void **state)
{
    (void)state;
    put_document(1, LONG_AGO_MS);
    put_document(2, LATELY_MS);
    assert_ok(kept_run(&s));
    assert_ok(kept_look(&s, see_entry, NULL));
    assert_ok(kept_look(&s, see_row, NULL));
}

/* --- looking alone --- */

struct seen {
    uint32_t goes, waits, stays;
};

static bool see(void *ctx, const struct walk_row *row, const struct retention_judgement *judgement)
{
    struct seen *seen = ctx;
    (void)row;
    seen->goes += judgement->verdict == RETENTION_GOES ? 1 : 0;
    seen->waits += judgement->verdict == RETENTION_WAITS ? 1 : 0;
    seen->stays += judgement->verdict == RETENTION_STAYS ? 1 : 0;
    return true;
}

static void a_survey_changes_no_byte(void **state)
{
    (void)state;
    struct seen seen = {0};
    size_t before_len, after_len;
    uint64_t damaged;
    put_document(1, LONG_AGO_MS);
    put_document(2, LATELY_MS);
    uint8_t *before = temp_store_file(&s.place, &before_len);
    assert_ok(retention_survey(s.db, see, &seen, &damaged));
    assert_int_equal(damaged, 0);
    uint8_t *after = temp_store_file(&s.place, &after_len);
    assert_int_equal(seen.goes, 1);
    assert_int_equal(seen.waits, 1); /* the certificate of the first */
    assert_int_equal(seen.stays, 4); /* and the members */
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, before_len);
    free(before);
    free(after);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(documents_go_by_their_cases_decision),
        TEST(a_certificate_waits_for_what_made_way_too),
        TEST(many_go_in_small_steps),
        TEST(an_open_task_needs_the_documents),
        TEST(a_suspension_needs_the_years_papers),
        TEST(a_certificate_stays_with_its_obligation),
        TEST(a_liveness_video_has_a_period_of_its_own),
        TEST(what_was_dropped_loses_its_key),
        TEST(what_passes_leaves_no_islands),
        TEST(a_crowd_of_keys_keeps_nothing_whose_time_is_over),
        TEST(a_clock_set_forward_erases_nothing),
        TEST(without_a_value_nothing_goes),
        TEST(rows_go_with_what_is_beside_them),
        TEST(it_is_audited_and_counted),
        TEST(a_survey_changes_no_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
