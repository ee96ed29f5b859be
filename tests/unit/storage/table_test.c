/*
 * Promise: a transaction reads what it wrote, gets and scans alike; no two sealed values can trade
 * places, move, change owner or table, or lose a bit without being refused (SEC-A4, SEC-D1);
 * nothing readable reaches the file (SEC-D2).
 */
#include "storage/table.h"
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static const struct owner amina = {{0xA0, 1}}, brahim = {{0xB0, 2}};

static struct cell campaign_cell(uint32_t year)
{
    return cell_of(TABLE_campaign, key_u32(key_empty(), year));
}

static struct cell card_cell(struct owner owner, uint32_t seq)
{
    return cell_of_owner(TABLE_card, owner, key_u32(key_owner(owner), seq));
}

static status put_campaign(struct txn *txn, uint32_t year)
{
    Hayat__Store__V1__StoredCampaign campaign = HAYAT__STORE__V1__STORED_CAMPAIGN__INIT;
    campaign.year = (int32_t)year;
    struct cell cell = campaign_cell(year);
    return table_put_record(txn, &cell, &campaign.base);
}

static status put_card(struct txn *txn, struct owner owner, uint32_t seq, int64_t issue_days)
{
    Hayat__Store__V1__StoredCard card = HAYAT__STORE__V1__STORED_CARD__INIT;
    card.issue_days = issue_days;
    struct cell cell = card_cell(owner, seq);
    return table_put_record(txn, &cell, &card.base);
}

static int64_t issue_days(const ProtobufCMessage *record)
{
    return ((const Hayat__Store__V1__StoredCard *)(const void *)record)->issue_days;
}

static int32_t year_of(const ProtobufCMessage *record)
{
    return ((const Hayat__Store__V1__StoredCampaign *)(const void *)record)->year;
}

/* --- get, put, delete --- */

static status write_one(void *ctx, struct txn *txn)
{
    (void)ctx;
    ProtobufCMessage *record = NULL;
    struct cell cell = card_cell(amina, 1);
    assert_reason(table_get_record(txn, &cell, &record), NOT_FOUND);
    TRY(put_card(txn, amina, 1, 111));
    TRY(table_get_record(txn, &cell, &record)); /* its own write */
    assert_int_equal(issue_days(record), 111);
    TRY(put_card(txn, amina, 1, 222));
    TRY(table_get_record(txn, &cell, &record));
    assert_int_equal(issue_days(record), 222);
    struct cell absent = card_cell(brahim, 1);
    return table_delete(txn, &absent); /* deleting nothing is fine */
}

static status read_one(void *ctx, struct txn *txn)
{
    ProtobufCMessage *record = NULL;
    struct cell cell = card_cell(amina, 1);
    TRY(table_get_record(txn, &cell, &record));
    *(int64_t *)ctx = issue_days(record);
    return STATUS_OK;
}

static status delete_one(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = card_cell(amina, 1);
    bytes plain;
    TRY(table_get(txn, &cell, &plain));
    TRY(table_delete(txn, &cell));
    assert_reason(table_get(txn, &cell, &plain), NOT_FOUND);
    return STATUS_OK;
}

static void writes_are_read_back(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    int64_t days = 0;
    assert_ok(temp_store_write(&t, write_one, NULL));
    assert_ok(temp_store_read(&t, read_one, &days));
    assert_int_equal(days, 222);
    temp_store_restart(&t);
    assert_ok(temp_store_read(&t, read_one, &days));
    assert_ok(temp_store_write(&t, delete_one, NULL));
    assert_reason(temp_store_read(&t, read_one, &days), NOT_FOUND);
    temp_store_stop(&t);
}

/* --- scans --- */

struct seen {
    int32_t years[64];
    size_t count, stop_after;
};

static bool note_year(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct seen *seen = ctx;
    struct cell cell = campaign_cell(record != NULL ? (uint32_t)year_of(record) : 0);
    assert_true(record == NULL || bytes_equal(key_view(&key), key_view(&cell.key)));
    seen->years[seen->count++] = record != NULL ? year_of(record) : -1;
    return seen->count != seen->stop_after;
}

static void assert_years(const struct seen *seen, const int32_t *years, size_t count)
{
    assert_int_equal(seen->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(seen->years[i], years[i]);
    }
}

#define ASSERT_SCAN(txn, scan, ...)                                                                \
    do {                                                                                           \
        const int32_t expected_[] = {__VA_ARGS__};                                                 \
        struct seen seen_ = {.count = 0};                                                          \
        assert_ok(table_scan((txn), (scan), note_year, &seen_));                                   \
        assert_years(&seen_, expected_, sizeof expected_ / sizeof *expected_);                     \
    } while (0)

static struct key year_key(uint32_t year)
{
    return key_u32(key_empty(), year);
}

static status put_even_years(void *ctx, struct txn *txn)
{
    (void)ctx;
    for (uint32_t year = 2020; year <= 2028; year += 2) {
        TRY(put_campaign(txn, year));
    }
    return STATUS_OK;
}

static status scan_plain(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct scan scan = {.table = TABLE_campaign};
    ASSERT_SCAN(txn, &scan, 2020, 2022, 2024, 2026, 2028);
    scan.reverse = true;
    ASSERT_SCAN(txn, &scan, 2028, 2026, 2024, 2022, 2020);
    scan.after = year_key(2024);
    ASSERT_SCAN(txn, &scan, 2022, 2020);
    scan.after = year_key(2023);
    ASSERT_SCAN(txn, &scan, 2022, 2020);
    scan.after = year_key(2099);
    ASSERT_SCAN(txn, &scan, 2028, 2026, 2024, 2022, 2020);
    scan.reverse = false;
    scan.after = year_key(2024);
    ASSERT_SCAN(txn, &scan, 2026, 2028);
    scan.after = year_key(2025);
    ASSERT_SCAN(txn, &scan, 2026, 2028);
    scan.after = year_key(1);
    ASSERT_SCAN(txn, &scan, 2020, 2022, 2024, 2026, 2028);
    scan.after = key_empty();
    scan.keys_only = true;
    ASSERT_SCAN(txn, &scan, -1, -1, -1, -1, -1);
    struct seen two = {.stop_after = 2};
    assert_ok(table_scan(txn, &scan, note_year, &two));
    assert_int_equal(two.count, 2);
    return STATUS_OK;
}

/* Every even year is in the table; on top of it: 2019, 2021 and 2029 put, 2022 put again, 2024
   deleted. */
static status scan_merged(void *ctx, struct txn *txn)
{
    (void)ctx;
    TRY(put_campaign(txn, 2029));
    TRY(put_campaign(txn, 2021));
    TRY(put_campaign(txn, 2022));
    TRY(put_campaign(txn, 2019));
    struct cell gone = campaign_cell(2024), never = campaign_cell(2023);
    TRY(table_delete(txn, &gone));
    TRY(table_delete(txn, &never));
    struct scan scan = {.table = TABLE_campaign};
    ASSERT_SCAN(txn, &scan, 2019, 2020, 2021, 2022, 2026, 2028, 2029);
    scan.after = year_key(2021);
    ASSERT_SCAN(txn, &scan, 2022, 2026, 2028, 2029);
    scan.after = year_key(2022);
    ASSERT_SCAN(txn, &scan, 2026, 2028, 2029);
    scan.reverse = true;
    ASSERT_SCAN(txn, &scan, 2021, 2020, 2019);
    scan.after = key_empty();
    ASSERT_SCAN(txn, &scan, 2029, 2028, 2026, 2022, 2021, 2020, 2019);
    scan.keys_only = true;
    ASSERT_SCAN(txn, &scan, -1, -1, -1, -1, -1, -1, -1);
    return FAIL(CANCELLED); /* so that nothing of it stays */
}

static void scans_in_both_directions(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, put_even_years, NULL));
    assert_ok(temp_store_read(&t, scan_plain, NULL));
    assert_ok(temp_store_write(&t, scan_plain, NULL));
    assert_reason(temp_store_write(&t, scan_merged, NULL), CANCELLED);
    assert_ok(temp_store_read(&t, scan_plain, NULL)); /* the dropped writes are gone */
    temp_store_stop(&t);
}

static status scan_empty(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct seen none = {.count = 0};
    struct scan scan = {.table = TABLE_campaign};
    assert_ok(table_scan(txn, &scan, note_year, &none));
    scan.reverse = true;
    assert_ok(table_scan(txn, &scan, note_year, &none));
    scan.prefix = key_bytes(key_empty(), bytes_str("\xff\xff"));
    assert_ok(table_scan(txn, &scan, note_year, &none));
    assert_int_equal(none.count, 0);
    return STATUS_OK;
}

static void scans_an_empty_table(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_read(&t, scan_empty, NULL));
    assert_ok(temp_store_write(&t, scan_empty, NULL));
    temp_store_stop(&t);
}

static bool sum_days(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    *(int64_t *)ctx += issue_days(record);
    return true;
}

static status put_two_members(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct owner last = {{0}};
    memset(last.bytes, 0xFF, sizeof last.bytes); /* no key sorts after it */
    for (uint32_t seq = 0; seq < 3; seq++) {
        TRY(put_card(txn, amina, seq, 1));
        TRY(put_card(txn, brahim, seq, 100));
        TRY(put_card(txn, last, seq, 10000));
    }
    return STATUS_OK;
}

static status scan_one_member(void *ctx, struct txn *txn)
{
    struct owner last = {{0}};
    memset(last.bytes, 0xFF, sizeof last.bytes);
    const struct owner owners[] = {amina, brahim, last};
    int64_t *sums = ctx;
    for (size_t i = 0; i < 6; i++) {
        struct scan scan = {
            .table = TABLE_card, .owner = owners[i / 2], .prefix = key_owner(owners[i / 2])};
        scan.reverse = i % 2 == 1;
        TRY(table_scan(txn, &scan, sum_days, &sums[i]));
    }
    return STATUS_OK;
}

static void a_prefix_shows_one_members_rows(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, put_two_members, NULL));
    int64_t sums[6] = {0};
    assert_ok(temp_store_read(&t, scan_one_member, sums));
    const int64_t expected[6] = {3, 3, 300, 300, 30000, 30000};
    assert_memory_equal(sums, expected, sizeof expected);
    temp_store_stop(&t);
}

struct nested {
    struct txn *txn;
    size_t inner;
};

static bool count_inner(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key, (void)record;
    ((struct nested *)ctx)->inner++;
    return true;
}

static bool scan_again(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key, (void)record;
    struct scan scan = {.table = TABLE_campaign};
    assert_ok(table_scan(((struct nested *)ctx)->txn, &scan, count_inner, ctx));
    return true;
}

static status scan_nested(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct nested nested = {.txn = txn};
    struct scan scan = {.table = TABLE_campaign};
    TRY(table_scan(txn, &scan, scan_again, &nested));
    assert_int_equal(nested.inner, 25);
    return STATUS_OK;
}

static bool delete_visited(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    struct cell cell = cell_of(TABLE_campaign, key);
    assert_ok(table_delete(ctx, &cell));
    return true;
}

static status delete_while_scanning(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct scan scan = {.table = TABLE_campaign, .keys_only = true};
    TRY(table_scan(txn, &scan, delete_visited, txn));
    return scan_empty(NULL, txn);
}

static void scans_nest_and_survive_deletes(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, put_even_years, NULL));
    assert_ok(temp_store_read(&t, scan_nested, NULL));
    assert_ok(temp_store_read(&t, scan_nested, NULL)); /* with cursors kept from before */
    assert_ok(temp_store_write(&t, scan_nested, NULL));
    assert_ok(temp_store_write(&t, delete_while_scanning, NULL));
    assert_ok(temp_store_read(&t, scan_empty, NULL));
    temp_store_stop(&t);
}

/* --- seals --- */

/* A value as it lies in LMDB, behind the store's back. */
struct raw {
    uint8_t bytes[512];
    size_t len;
};

static MDB_val raw_key(const struct cell *cell)
{
    return (MDB_val){cell->key.len, (void *)(uintptr_t)cell->key.bytes};
}

static void raw_get(struct temp_store *t, const struct cell *cell, struct raw *ret)
{
    MDB_txn *txn = NULL;
    MDB_val key = raw_key(cell), value;
    assert_int_equal(mdb_txn_begin(t->db->env, NULL, MDB_RDONLY, &txn), 0);
    assert_int_equal(mdb_get(txn, t->db->tables[cell->table], &key, &value), 0);
    assert_true(value.mv_size <= sizeof ret->bytes);
    memcpy(ret->bytes, value.mv_data, value.mv_size);
    ret->len = value.mv_size;
    mdb_txn_abort(txn);
}

static void raw_put(struct temp_store *t, const struct cell *cell, const struct raw *raw)
{
    MDB_txn *txn = NULL;
    MDB_val key = raw_key(cell), value = {raw->len, (void *)(uintptr_t)raw->bytes};
    assert_int_equal(mdb_txn_begin(t->db->env, NULL, 0, &txn), 0);
    assert_int_equal(mdb_put(txn, t->db->tables[cell->table], &key, &value, 0), 0);
    assert_int_equal(mdb_txn_commit(txn), 0);
}

static status get_plain(void *ctx, struct txn *txn)
{
    bytes plain;
    return table_get(txn, ctx, &plain);
}

enum { PLACES = 8 };

static struct seal_key chunk_key = {"a document's own key, 32 bytes.."};

static void all_places(struct cell *cells)
{
    cells[0] = card_cell(amina, 1);
    cells[1] = card_cell(amina, 2);
    cells[2] = card_cell(brahim, 1);
    cells[3] = cell_of_owner(TABLE_beneficiary, amina, cells[0].key);
    cells[4] = campaign_cell(2026);
    cells[5] = cell_of(TABLE_session, key_u32(key_empty(), 2026));
    for (uint32_t i = 0; i < 2; i++) {
        struct key key = key_u32(key_bytes(key_owner(amina), bytes_of("document id 1...", 16)), i);
        cells[6 + i] = cell_of_owner(TABLE_document_chunk, amina, key);
        cells[6 + i].chunk_index = i;
        cells[6 + i].chunk_count = 2;
        cells[6 + i].document_key = &chunk_key;
    }
}

static status put_all_places(void *ctx, struct txn *txn)
{
    struct cell *cells = ctx;
    for (size_t i = 0; i < PLACES; i++) {
        TRY(table_put(txn, &cells[i], bytes_str("values of the same length")));
    }
    return STATUS_OK;
}

static void no_two_values_can_be_swapped(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct cell cells[PLACES];
    struct raw raws[PLACES];
    all_places(cells);
    assert_ok(temp_store_write(&t, put_all_places, cells));
    for (size_t i = 0; i < PLACES; i++) {
        raw_get(&t, &cells[i], &raws[i]);
        assert_ok(temp_store_read(&t, get_plain, &cells[i]));
    }
    for (size_t i = 0; i < PLACES; i++) {
        for (size_t j = 0; j < PLACES; j++) {
            raw_put(&t, &cells[i], &raws[j]);
            status result = temp_store_read(&t, get_plain, &cells[i]);
            assert_string_equal(reason_name(result.why), i == j ? "OK" : "STORE_CORRUPT");
        }
        raw_put(&t, &cells[i], &raws[i]);
    }
    temp_store_stop(&t);
}

static void flipped_bits_are_found(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct cell cells[PLACES];
    all_places(cells);
    assert_ok(temp_store_write(&t, put_all_places, cells));
    struct raw raw;
    raw_get(&t, &cells[0], &raw);
    for (size_t i = 0; i < raw.len; i++) {
        raw.bytes[i] ^= 0x10;
        raw_put(&t, &cells[0], &raw);
        assert_reason(temp_store_read(&t, get_plain, &cells[0]), STORE_CORRUPT);
        raw.bytes[i] ^= 0x10;
    }
    raw.len = 3;
    raw_put(&t, &cells[0], &raw);
    assert_reason(temp_store_read(&t, get_plain, &cells[0]), STORE_CORRUPT);
    temp_store_stop(&t);
}

static status get_card_record(void *ctx, struct txn *txn)
{
    ProtobufCMessage *record = NULL;
    return table_get_record(txn, ctx, &record);
}

static status put_garbage(void *ctx, struct txn *txn)
{
    return table_put(txn, ctx,
                     bytes_str("\xff\xff\xff no message")); /* sealed well, but no record */
}

static bool never_visit(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)ctx, (void)key, (void)record;
    fail();
    return false;
}

static status scan_cards(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct scan scan = {.table = TABLE_card, .owner = amina, .prefix = key_owner(amina)};
    return table_scan(txn, &scan, never_visit, NULL);
}

static void undecodable_records_are_corrupt(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct cell cell = card_cell(amina, 1);
    assert_ok(temp_store_write(&t, put_garbage, &cell));
    assert_reason(temp_store_read(&t, get_card_record, &cell), STORE_CORRUPT);
    assert_reason(temp_store_read(&t, scan_cards, NULL), STORE_CORRUPT);
    assert_reason(temp_store_write(&t, scan_cards, NULL), STORE_CORRUPT);
    temp_store_stop(&t);
}

static void small_arenas_say_so(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, write_one, NULL));
    int64_t days = 0;
    arena_reset(&t.arena, 0);
    assert_reason(temp_store_read(&t, read_one, &days), ARENA_FULL);
    arena_reset(&t.arena, 16); /* room for the bytes, not for the message */
    assert_reason(temp_store_read(&t, read_one, &days), ARENA_FULL);
    temp_store_stop(&t);
}

/* --- the file --- */

static const char given_name[] = "Prénom-Inventé-Zoulikha", registration[] = "999123456789";

static status put_person(void *ctx, struct txn *txn)
{
    struct temp_store *t = ctx;
    struct owner owner = owner_of_registration(&t->keys, bytes_str(registration));
    Hayat__Store__V1__StoredName name = HAYAT__STORE__V1__STORED_NAME__INIT;
    name.given_name = (char *)(uintptr_t)given_name;
    Hayat__Store__V1__StoredBeneficiary person = HAYAT__STORE__V1__STORED_BENEFICIARY__INIT;
    person.name = &name;
    person.cine_number = (char *)(uintptr_t)registration;
    struct cell cell = cell_of_owner(TABLE_beneficiary, owner, key_u32(key_owner(owner), 0));
    return table_put_record(txn, &cell, &person.base);
}

static bool file_contains(struct temp_store *t, const char *text)
{
    size_t len = 0;
    uint8_t *file = temp_store_file(t, &len);
    bool found = false;
    for (size_t i = 0; i + strlen(text) <= len && !found; i++) {
        found = file[i] == (uint8_t)text[0] && memcmp(file + i, text, strlen(text)) == 0;
    }
    free(file);
    return found;
}

static void the_file_holds_no_plain_text(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, put_person, &t));
    temp_store_restart(&t);
    assert_true(
        file_contains(&t, "beneficiary")); /* the search works: names of tables are readable */
    assert_false(file_contains(&t, given_name));
    assert_false(file_contains(&t, "Zoulikha"));
    assert_false(file_contains(&t, registration));
    temp_store_stop(&t);
}

/* --- tables.def --- */

static void tables_are_described(void **state)
{
    (void)state;
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *info = &table_infos[i];
        assert_ptr_equal(table_info(info->id), info);
        assert_true(strlen(info->name) > 0 && strlen(info->key_layout) > 0);
        assert_int_equal(info->of_member, strncmp(info->key_layout, "owner", 5) == 0);
        assert_true(info->domain >= DOMAIN_IDENTITY && info->domain < DOMAIN_MAX);
        assert_true(info->record != NULL || info->id == TABLE_document_chunk);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_are_read_back),
        cmocka_unit_test(scans_in_both_directions),
        cmocka_unit_test(scans_an_empty_table),
        cmocka_unit_test(a_prefix_shows_one_members_rows),
        cmocka_unit_test(scans_nest_and_survive_deletes),
        cmocka_unit_test(no_two_values_can_be_swapped),
        cmocka_unit_test(flipped_bits_are_found),
        cmocka_unit_test(undecodable_records_are_corrupt),
        cmocka_unit_test(small_arenas_say_so),
        cmocka_unit_test(the_file_holds_no_plain_text),
        cmocka_unit_test(tables_are_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
