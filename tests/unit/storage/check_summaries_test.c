/*
 * Promise: a check finds every way in which a member's summaries can differ from the records: a row too many or too few on
 * either side, a field that differs, a wrong order, a wrong count.
 */
#include "storage/check.h"

#include "storage/claim_store.h"
#include "storage/prior_authorization_store.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { CLAIMS = 40 };

static const struct owner amina = {{0xA1, 7}}, brahim = {{0xB2, 1}};

static struct id id_of(struct txn *txn, struct owner owner, uint32_t number)
{
    return claim_id_of(txn_keys(txn), owner, bytes_of(&number, sizeof number));
}

static status put_claims(struct txn *txn, struct owner owner)
{
    for (uint32_t i = 0; i < CLAIMS; i++) {
        Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
        claim.receipt_days = 20000 + i % 7;
        claim.state = 1 + i % 8;
        struct claim_put put = {id_of(txn, owner, i), &claim, bytes_str("a view")};
        TRY(claim_store_put(txn, owner, &put, 1));
    }
    return STATUS_OK;
}

static status put_all(void *ctx, struct txn *txn)
{
    (void)ctx;
    TRY(put_claims(txn, amina));
    TRY(put_claims(txn, brahim));
    Hayat__Store__V1__StoredPriorAuthorization record =
        HAYAT__STORE__V1__STORED_PRIOR_AUTHORIZATION__INIT;
    record.request_ms = 1234567;
    struct prior_authorization_put put = {{{9}}, &record, bytes_str("a view")};
    return prior_authorization_store_put(txn, amina, &put, 1);
}

/* --- damage, through the store's own tables, so that every cell opens --- */

static struct cell claim_cell(struct txn *txn, uint32_t number)
{
    struct id id = id_of(txn, amina, number);
    return cell_of_owner(TABLE_claim, amina,
                         key_bytes(key_owner(amina), bytes_of(id.bytes, ID_BYTES)));
}

static status drop_claim(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = claim_cell(txn, 3);
    return table_delete(txn, &cell);
}

static status add_claim(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    struct cell cell = claim_cell(txn, CLAIMS + 1);
    return table_put_record(txn, &cell, &claim.base);
}

static status alter_claim(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = claim_cell(txn, 5);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    ((Hayat__Store__V1__StoredClaim *)(void *)record)->state ^= 1;
    return table_put_record(txn, &cell, record);
}

static struct cell page_cell(uint32_t number)
{
    return cell_of_owner(TABLE_claim_page, amina, key_u32(key_owner(amina), number));
}

static bool first_page(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    *(struct key *)ctx = key;
    return false;
}

static status drop_page(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct scan scan = {
        .table = TABLE_claim_page, .owner = amina, .prefix = key_owner(amina), .keys_only = true};
    struct key key = key_empty();
    TRY(table_scan(txn, &scan, first_page, &key));
    struct cell cell = cell_of_owner(TABLE_claim_page, amina, key);
    return table_delete(txn, &cell);
}

/* The same page once more, as if it were newer: the order breaks between pages. */
static bool copy_page(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    *(const ProtobufCMessage **)ctx = record;
    return true; /* the newest one stays */
}

static status double_page(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct scan scan = {.table = TABLE_claim_page, .owner = amina, .prefix = key_owner(amina)};
    const ProtobufCMessage *record = NULL;
    TRY(table_scan(txn, &scan, copy_page, &record));
    struct cell cell = page_cell(UINT32_MAX);
    return table_put_record(txn, &cell, record);
}

static status drop_authorization_page(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct scan scan = {.table = TABLE_prior_authorization_page,
                        .owner = amina,
                        .prefix = key_owner(amina),
                        .keys_only = true};
    struct key key = key_empty();
    TRY(table_scan(txn, &scan, first_page, &key));
    struct cell cell = cell_of_owner(TABLE_prior_authorization_page, amina, key);
    return table_delete(txn, &cell);
}

static void every_difference_is_found(void **state)
{
    (void)state;
    static const struct {
        txn_body *damage;
        enum table_id table;
    } cases[] = {
        {NULL, 0},
        {drop_claim, TABLE_claim},
        {add_claim, TABLE_claim},
        {alter_claim, TABLE_claim_page},
        {drop_page, TABLE_claim_page},
        {double_page, TABLE_claim_page},
        {drop_authorization_page, TABLE_prior_authorization},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct temp_store t;
        static struct db_check_report report;
        temp_store_start(&t);
        assert_ok(temp_store_write(&t, put_all, NULL));
        if (cases[i].damage == NULL) {
            assert_ok(db_check(t.db, NULL, NULL, &report));
            assert_int_equal(report.bad_total, 0);
        } else {
            assert_ok(temp_store_write(&t, cases[i].damage, NULL));
            assert_reason(db_check(t.db, NULL, NULL, &report), STORE_CORRUPT);
            assert_true(report.bad_total >= 1);
            assert_int_equal(report.bad[0].table, cases[i].table);
            assert_memory_equal(report.bad[0].key.bytes, amina.bytes, OWNER_BYTES);
        }
        temp_store_stop(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_difference_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
