/*
 * Promise: a check opens every cell of every table and names each bad one; chunks are opened with
 * their document's key; it goes in short steps and can be stopped (SEC-D7, SEC-D8).
 */
#include "storage/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hayat/store/v1/records.pb-c.h"
#include "storage/document_key.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { ROWS = 1500, CHUNKS = 3 };

static const struct owner amina = {{0xA0, 1}};
static const struct document_name paper = {{{0xA0, 1}}, {"document id 0001"}};

static status put_years(void *ctx, struct txn *txn)
{
    (void)ctx;
    for (uint32_t year = 0; year < ROWS; year++) {
        Hayat__Store__V1__StoredCampaign campaign = HAYAT__STORE__V1__STORED_CAMPAIGN__INIT;
        campaign.year = (int32_t)year;
        struct cell cell = cell_of(TABLE_campaign, key_u32(key_empty(), year));
        TRY(table_put_record(txn, &cell, &campaign.base));
    }
    return STATUS_OK;
}

static struct key paper_key(void)
{
    return key_bytes(key_owner(amina), bytes_of(paper.id.bytes, ID_BYTES));
}

static struct cell chunk_cell(uint32_t index, const struct seal_key *key)
{
    struct cell cell = cell_of_owner(TABLE_document_chunk, amina, key_u32(paper_key(), index));
    cell.chunk_index = index;
    cell.chunk_count = CHUNKS;
    cell.document_key = key;
    return cell;
}

static status put_document(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct seal_key key;
    uint8_t wrapped[WRAPPED_KEY_BYTES];
    document_key_create(txn_random(txn), &key);
    TRY(document_key_wrap(txn_keys(txn), &paper, txn_random(txn), &key, wrapped));
    Hayat__Store__V1__StoredDocument document = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    document.size_bytes = 2 * CHUNK_PLAIN_BYTES + 5;
    document.wrapped_key = (ProtobufCBinaryData){sizeof wrapped, wrapped};
    struct cell cell = cell_of_owner(TABLE_document, amina, paper_key());
    TRY(table_put_record(txn, &cell, &document.base));
    for (uint32_t i = 0; i < CHUNKS; i++) {
        struct cell chunk = chunk_cell(i, &key);
        TRY(table_put(txn, &chunk, bytes_str("some bytes of a paper")));
    }
    return STATUS_OK;
}

static void fill(struct temp_store *t)
{
    struct arena arena;
    arena_init(&arena, 16 * 1024 * 1024);
    assert_ok(writer_run_bulk(t->writer, &arena, put_years, NULL));
    assert_ok(writer_run(t->writer, &arena, put_document, NULL));
    arena_fini(&arena);
}

static void put_raw(struct temp_store *t, enum table_id table, bytes key, bytes value)
{
    MDB_txn *txn = NULL;
    MDB_val k = {key.len, (void *)(uintptr_t)key.ptr},
            v = {value.len, (void *)(uintptr_t)value.ptr};
    assert_int_equal(mdb_txn_begin(t->db->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, t->db->tables[table], &k, &v, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static bool count_steps(void *ctx, const struct db_check_report *report)
{
    (void)report;
    ++*(int *)ctx;
    return true;
}

static void a_whole_store_passes(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    struct db_check_report report;
    int steps = 0;
    assert_ok(db_check(t.db, count_steps, &steps, &report));
    assert_int_equal(report.cells[TABLE_campaign], ROWS);
    assert_int_equal(report.cells[TABLE_document_chunk], CHUNKS);
    assert_int_equal(report.cells[TABLE_meta], 1);
    assert_int_equal(report.cells_total, ROWS + CHUNKS + 2);
    assert_int_equal(report.bad_total, 0);
    assert_true(report.bytes_total > ROWS * SEAL_OVERHEAD);
    assert_true((size_t)steps >= table_info_count + ROWS / LIMIT_CHECK_STEP_CELLS);
    assert_ok(db_check(t.db, NULL, NULL, &report));
    temp_store_stop(&t);
}

static void every_bad_cell_is_named(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    temp_store_damage(t.db, TABLE_campaign, key_u32(key_empty(), 0), 0);
    temp_store_damage(t.db, TABLE_campaign, key_u32(key_empty(), 777), 31);
    temp_store_damage(t.db, TABLE_document_chunk, key_u32(paper_key(), 1), 40);
    put_raw(&t, TABLE_card, bytes_str("short"), bytes_str("a member's row without its owner"));
    uint8_t long_key[100] = {0};
    put_raw(&t, TABLE_campaign, bytes_of(long_key, sizeof long_key), bytes_str(""));
    struct db_check_report report;
    assert_reason(db_check(t.db, NULL, NULL, &report), STORE_CORRUPT);
    assert_int_equal(report.bad_total, 5);
    assert_int_equal(report.bad_listed, 5);
    static const enum table_id tables[] = {TABLE_card, TABLE_campaign, TABLE_campaign,
                                           TABLE_campaign, TABLE_document_chunk};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(report.bad[i].table, tables[i]);
        assert_int_equal(report.bad[i].why, REASON_STORE_CORRUPT);
    }
    struct key bad = key_u32(key_empty(), 777);
    assert_true(bytes_equal(key_view(&report.bad[3].key), key_view(&bad)));
    temp_store_stop(&t);
}

static status drop_document(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = cell_of_owner(TABLE_document, amina, paper_key());
    return table_delete(txn, &cell);
}

static void chunks_without_a_document_are_found(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    assert_ok(temp_store_write(&t, drop_document, NULL));
    struct db_check_report report;
    assert_reason(db_check(t.db, NULL, NULL, &report), STORE_CORRUPT);
    assert_int_equal(report.bad_total, CHUNKS);
    assert_int_equal(report.bad[0].why, REASON_NOT_FOUND);
    temp_store_stop(&t);
}

static void a_damaged_document_takes_its_chunks_along(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    temp_store_damage(t.db, TABLE_document, paper_key(), 30);
    struct db_check_report report;
    assert_reason(db_check(t.db, NULL, NULL, &report), STORE_CORRUPT);
    assert_int_equal(report.bad_total, 1 + CHUNKS);
    temp_store_stop(&t);
}

static void more_bad_cells_than_the_report_lists(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    for (uint32_t i = 0; i < LIMIT_CHECK_BAD + 10; i++) {
        temp_store_damage(t.db, TABLE_campaign, key_u32(key_empty(), i), 6);
    }
    struct db_check_report report;
    assert_reason(db_check(t.db, NULL, NULL, &report), STORE_CORRUPT);
    assert_int_equal(report.bad_total, LIMIT_CHECK_BAD + 10);
    assert_int_equal(report.bad_listed, LIMIT_CHECK_BAD);
    temp_store_stop(&t);
}

static bool advance_clock(void *ctx, const struct db_check_report *report)
{
    (void)report;
    fake_clock_advance(ctx, 1000);
    return true;
}

/* Points the children of every branch page of campaigns, whose keys have four bytes, to where the file has no page.  As LMDB 0.9 lays pages out. */
static void break_campaigns(struct temp_store *t)
{
    enum { PAGE = 4096, HEADER = 16, FLAGS = 10, LOWER = 12, BRANCH = 1 };
    char path[128];
    uint8_t page[PAGE];
    int broken = 0;
    (void)snprintf(path, sizeof path, "%s/data.mdb", t->db_directory);
    FILE *file = fopen(path, "r+e");
    assert_non_null(file);
    for (long at = 2 * PAGE; fseek(file, at, SEEK_SET) == 0 && fread(page, PAGE, 1, file) == 1;
         at += PAGE) {
        uint16_t flags, lower, last, key_len;
        memcpy(&flags, page + FLAGS, sizeof flags);
        memcpy(&lower, page + LOWER, sizeof lower);
        if (flags != BRANCH || lower <= HEADER || lower > PAGE) {
            continue;
        }
        memcpy(&last, page + lower - 2, sizeof last);
        memcpy(&key_len, page + last + 6, sizeof key_len);
        if (key_len == 4) {
            memset(page + last, 0x7F, 4);
            assert_int_equal(fseek(file, at, SEEK_SET), 0);
            assert_int_equal(fwrite(page, PAGE, 1, file), 1);
            broken++;
        }
    }
    assert_int_equal(fclose(file), 0);
    assert_true(broken > 0);
}

static void a_broken_page_hides_its_table_alone(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    temp_store_close(&t);
    break_campaigns(&t);
    temp_store_open(&t);
    struct db_check_report report;
    assert_reason(db_check(t.db, NULL, NULL, &report), STORE_CORRUPT);
    assert_int_equal(report.bad_total, 1);
    assert_int_equal(report.bad[0].table, TABLE_campaign);
    assert_int_equal(report.bad[0].key.len, 0);
    assert_true(report.cells[TABLE_campaign] > 0 && report.cells[TABLE_campaign] < ROWS);
    assert_int_equal(report.cells[TABLE_document_chunk], CHUNKS); /* a table after it */
    temp_store_stop(&t);
}

static bool stop_at_once(void *ctx, const struct db_check_report *report)
{
    (void)ctx, (void)report;
    return false;
}

static void it_can_pause_and_stop(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fill(&t);
    struct db_check_report report;
    assert_ok(db_check(t.db, advance_clock, &t.clock, &report));
    assert_int_equal(db_readers(t.db).overdue,
                     0); /* it waits between its transactions, not in them */
    assert_reason(db_check(t.db, stop_at_once, NULL, &report), CANCELLED);
    assert_int_equal(report.cells_total, 1);
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_store_passes),
        cmocka_unit_test(every_bad_cell_is_named),
        cmocka_unit_test(chunks_without_a_document_are_found),
        cmocka_unit_test(a_damaged_document_takes_its_chunks_along),
        cmocka_unit_test(more_bad_cells_than_the_report_lists),
        cmocka_unit_test(a_broken_page_hides_its_table_alone),
        cmocka_unit_test(it_can_pause_and_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
