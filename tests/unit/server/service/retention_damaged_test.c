/*
 * Promise: a damaged record stops no pass of retention.  It and what rests on it stay where they are, are counted and told, and what is whole
 * and has had its time goes, in the same pass; hayatctl's survey counts them too (SEC-D7).  Nor do retention's own two rows stop it: where the pass
 * stands is lost and another begins; a batch that is lost loses none of its documents.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "service/retention_pass.h"
#include "storage/claim_store.h"
#include "storage/document_store.h"
#include "storage/erasure_keys.h"
#include "storage/erasure_store.h"
#include "storage/life_certificate_store.h"
#include "tests/support/cm.h"
#include "tests/support/kept_store.h"

#define DAY_MS (24LL * 3600 * 1000)
#define LONG_AGO_MS (TEMP_STORE_WALL_MS - 10 * 366 * DAY_MS)

enum { STEPS_MAX = 1000, IN_SEAL = 31 };

static struct kept_store s;

static int setup(void **state)
{
    (void)state;
    kept_store_start(&s);
    for (uint32_t number = 1; number <= 3; number++) {
        kept_put_document(
            &s, &(struct kept_document){.number = number, .chunks = 2, .decide_ms = LONG_AGO_MS});
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kept_store_stop(&s);
    return 0;
}

static struct key key_of(uint32_t number)
{
    struct id id = kept_id(number);
    return key_bytes(key_owner(kept_owner(number)), bytes_of(id.bytes, ID_BYTES));
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

static status get_document(void *ctx, struct txn *txn)
{
    const uint32_t *number = ctx;
    Hayat__Store__V1__StoredDocument *row;
    return document_store_get(txn, kept_owner(*number), kept_id(*number), &row);
}

static status document_of(uint32_t number)
{
    // cppcheck-suppress returnDanglingLifetime ; a status points at nothing
    return kept_look(&s, get_document, &number);
}

static status read_damaged(void *ctx, struct txn *txn)
{
    retention_row *row;
    TRY(retention_row_get(txn, &row));
    assert_true(row->end_ms != 0); /* it came to its end */
    *(uint64_t *)ctx = row->damaged;
    return STATUS_OK;
}

static uint64_t damaged_in_pass(void)
{
    uint64_t damaged;
    assert_ok(kept_look(&s, read_damaged, &damaged));
    return damaged;
}

/* What the log says of a pass. */
static const char *said_in_pass(void)
{
    static char text[8192];
    char path[] = "/tmp/hayat-retention-XXXXXX";
    int file = mkstemp(path), before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0);
    assert_int_equal(unlink(path), 0);
    (void)dup2(file, STDERR_FILENO);
    status result = kept_run(&s);
    (void)dup2(before, STDERR_FILENO);
    (void)close(before);
    ssize_t len = pread(file, text, sizeof text - 1, 0);
    (void)close(file);
    assert_true(len >= 0);
    text[len] = '\0';
    assert_ok(result);
    return text;
}

static bool see(void *ctx, const struct walk_row *row, const struct retention_judgement *judgement)
{
    (void)row;
    *(uint32_t *)ctx += judgement->verdict == RETENTION_GOES ? 1 : 0;
    return true;
}

static uint64_t survey(uint32_t *ret_goes)
{
    uint64_t damaged = 0;
    *ret_goes = 0;
    assert_ok(retention_survey(s.db, see, ret_goes, &damaged));
    return damaged;
}

/* --- the row itself --- */

static void a_damaged_row_stops_nothing(void **state)
{
    (void)state;
    uint32_t goes;
    temp_store_damage(s.db, TABLE_document, key_of(2), IN_SEAL);
    assert_int_equal(survey(&goes), 2); /* and its certificate, which waits for it */
    assert_int_equal(goes, 2);
    const char *said = said_in_pass();
    assert_non_null(strstr(said, "level=error"));
    assert_non_null(strstr(said, "event=retention_damaged table=document rows=1"));
    assert_non_null(strstr(said, "event=retention_damaged table=life_certificate rows=1"));
    assert_int_equal(damaged_in_pass(), 2);
    assert_reason(document_of(1), NOT_FOUND);
    assert_reason(document_of(3), NOT_FOUND);
    assert_reason(document_of(2), STORE_CORRUPT); /* kept, byte for byte */
    assert_int_equal(count_of(TABLE_document_chunk), 2);
    assert_false(erasure_is_erased(s.keys->erasure, 2)); /* whoever mends it can read it */
}

/* And every pass tells of it anew. */
static void it_is_told_as_long_as_it_is_there(void **state)
{
    (void)state;
    temp_store_damage(s.db, TABLE_document, key_of(2), IN_SEAL);
    assert_ok(kept_run(&s));
    assert_non_null(strstr(said_in_pass(), "table=document rows=1"));
    assert_int_equal(damaged_in_pass(), 2);
    assert_int_equal(count_of(TABLE_document), 1);
    assert_int_equal(count_of(TABLE_life_certificate), 1); /* the others' went in the second */
    temp_store_damage(s.db, TABLE_document, key_of(2), IN_SEAL); /* mended: the same bit */
    assert_null(strstr(said_in_pass(), "retention_damaged"));
    assert_int_equal(damaged_in_pass(), 0);
    assert_int_equal(count_of(TABLE_document), 0);
}

/* --- what it rests on --- */

static void what_rests_on_a_damaged_row_stays(void **state)
{
    (void)state;
    uint32_t goes;
    temp_store_damage(s.db, TABLE_life_certificate, key_of(2), IN_SEAL);
    assert_int_equal(survey(&goes), 2);
    assert_int_equal(goes, 2);
    assert_ok(kept_run(&s));
    assert_int_equal(damaged_in_pass(), 2);
    assert_reason(document_of(1), NOT_FOUND);
    assert_reason(document_of(3), NOT_FOUND);
    assert_ok(kept_read(&s, 2)); /* nobody can say whether its case is open */
}

/* --- what is dropped with it --- */

static status put_claim(void *ctx, struct txn *txn)
{
    uint32_t number = *(const uint32_t *)ctx;
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    claim.update_ms = LONG_AGO_MS;
    claim.receipt_days = LONG_AGO_MS / DAY_MS;
    struct claim_put put = {.id = kept_id(number), .claim = &claim, .view = bytes_str("view")};
    return claim_store_put(txn, kept_owner(number), &put, 1);
}

static bool take_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    *(struct key *)ctx = key;
    return false;
}

static status find_page(void *ctx, struct txn *txn)
{
    const struct owner owner = kept_owner(2);
    struct scan scan = {
        .table = TABLE_claim_page, .owner = owner, .prefix = key_owner(owner), .keys_only = true};
    return table_scan(txn, &scan, take_key, ctx);
}

/* It is judged fine, and its dropping reads another row: the others of its commit go without it. */
static void what_cannot_be_dropped_holds_no_other(void **state)
{
    (void)state;
    struct key page = key_empty();
    for (uint32_t number = 1; number <= 3; number++) {
        assert_ok(kept_write(&s, put_claim, &number));
    }
    assert_ok(kept_look(&s, find_page, &page));
    temp_store_damage(s.db, TABLE_claim_page, page, IN_SEAL);
    const char *said = said_in_pass();
    assert_non_null(strstr(said, "event=retention_damaged table=claim rows=1"));
    assert_int_equal(damaged_in_pass(), 1);
    assert_int_equal(count_of(TABLE_claim), 1);
    assert_int_equal(count_of(TABLE_document), 0);
}

/* --- documents whose keys are destroyed already --- */

static status has_batch(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredErasure *batch;
    (void)ctx;
    return erasure_store_batch(txn, &batch);
}

static struct retention_stuck stuck;

static struct retention_work work_of_test(void)
{
    stuck.count = 0;
    return (struct retention_work){.db = s.db,
                                   .writer = s.writer,
                                   .keys = s.keys,
                                   .keyring_path = s.keyring,
                                   .event = "test retention",
                                   .stuck = &stuck};
}

/* Its keys live, its documents are ERASED. */
static void step_until_batch(void)
{
    const struct retention_work work = work_of_test();
    enum retention_step step = RETENTION_MORE;
    for (uint32_t i = 0; !ok(kept_look(&s, has_batch, NULL)); i++) {
        assert_true(i < STEPS_MAX);
        assert_ok(retention_pass_step(&work, &step));
    }
}

static void a_document_damaged_while_it_goes_holds_no_other(void **state)
{
    (void)state;
    step_until_batch();
    temp_store_damage(s.db, TABLE_document, key_of(3), IN_SEAL);
    const char *said = said_in_pass();
    assert_non_null(strstr(said, "event=retention_damaged table=document rows=1"));
    assert_true(damaged_in_pass() >= 1);
    for (uint32_t leaf = 1; leaf <= 3; leaf++) {
        assert_true(erasure_is_erased(s.keys->erasure, leaf));
    }
    assert_reason(document_of(1), NOT_FOUND);
    assert_reason(document_of(2), NOT_FOUND);
    assert_reason(document_of(3), STORE_CORRUPT);
    assert_reason(kept_look(&s, has_batch, NULL), NOT_FOUND);
}

/* --- retention's own rows --- */

enum { ROW_BATCH = 2, ROW_PASS = 1 };

static void damage_pass(void)
{
    temp_store_damage(s.db, TABLE_retention, key_u32(key_empty(), ROW_PASS), IN_SEAL);
}

static void damage_batch(void)
{
    temp_store_damage(s.db, TABLE_erasure, key_u32(key_empty(), ROW_BATCH), IN_SEAL);
}

static void expect_all_gone(void)
{
    for (uint32_t number = 1; number <= 3; number++) {
        assert_true(erasure_is_erased(s.keys->erasure, number));
        assert_reason(document_of(number), NOT_FOUND);
    }
    assert_int_equal(count_of(TABLE_document_chunk), 0);
    assert_reason(kept_look(&s, has_batch, NULL), NOT_FOUND);
}

static void a_damaged_pass_is_begun_anew(void **state)
{
    (void)state;
    step_until_batch();
    damage_pass();
    const char *said = said_in_pass();
    assert_non_null(strstr(said, "event=retention_damaged table=retention rows=1"));
    assert_int_equal(damaged_in_pass(), 0); /* nothing stays */
    expect_all_gone();
    assert_null(strstr(said_in_pass(), "retention_damaged"));
    assert_int_equal(damaged_in_pass(), 0);
}

/* The one that ended is no more than a count. */
static void so_is_one_between_two(void **state)
{
    (void)state;
    assert_ok(kept_run(&s));
    damage_pass();
    const struct retention_work work = work_of_test();
    bool did = true;
    for (uint32_t i = 0; did; i++) {
        assert_true(i < STEPS_MAX);
        assert_ok(retention_errand_step(&work, &did)); /* what somebody waits for goes on */
    }
    assert_non_null(strstr(said_in_pass(), "event=retention_damaged table=retention rows=1"));
    assert_int_equal(damaged_in_pass(), 0); /* nothing stays */
    expect_all_gone();
}

static void a_lost_batch_loses_no_document(void **state)
{
    (void)state;
    uint32_t goes;
    step_until_batch();
    assert_int_equal(survey(&goes), 0);
    assert_int_equal(goes, 0); /* they are going */
    damage_batch();
    const char *said = said_in_pass();
    assert_non_null(strstr(said, "event=retention_damaged table=erasure rows=1"));
    assert_int_equal(damaged_in_pass(), 0); /* nothing stays */
    assert_reason(kept_look(&s, has_batch, NULL), NOT_FOUND);
    assert_int_equal(survey(&goes), 0);
    assert_int_equal(goes, 3); /* the walk had been past them */
    assert_false(erasure_is_erased(s.keys->erasure, 1));
    assert_ok(kept_run(&s));
    expect_all_gone();
}

/* Some of their keys are destroyed already, and some of their chunks dropped. */
static void nor_does_one_that_was_half_done(void **state)
{
    (void)state;
    const struct retention_work work = work_of_test();
    enum retention_step step = RETENTION_MORE;
    step_until_batch();
    assert_ok(retention_pass_step(&work, &step)); /* all keys, and one document */
    assert_int_equal(count_of(TABLE_document), 2);
    damage_batch();
    assert_ok(kept_run(&s));
    assert_ok(kept_run(&s));
    expect_all_gone();
}

static void a_lost_batch_stops_no_errand(void **state)
{
    (void)state;
    const struct retention_work work = work_of_test();
    bool did = true;
    step_until_batch();
    damage_batch();
    assert_ok(retention_errand_step(&work, &did));
    assert_true(did);
    assert_ok(retention_errand_step(&work, &did));
    assert_false(did);
    assert_reason(kept_look(&s, has_batch, NULL), NOT_FOUND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_damaged_row_stops_nothing),
        TEST(it_is_told_as_long_as_it_is_there),
        TEST(what_rests_on_a_damaged_row_stays),
        TEST(what_cannot_be_dropped_holds_no_other),
        TEST(a_document_damaged_while_it_goes_holds_no_other),
        TEST(a_damaged_pass_is_begun_anew),
        TEST(so_is_one_between_two),
        TEST(a_lost_batch_loses_no_document),
        TEST(nor_does_one_that_was_half_done),
        TEST(a_lost_batch_stops_no_errand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
