/*
 * Promise: the first screen as it is stored says what the records say, on every day, whatever the feed tells meanwhile; where the
 * two could differ it is not used, and where they do, hayatctl db check finds it.
 */
#include "tests/support/cm.h"

#include <string.h>

#include "base/array.h"
#include "hayat/v1/home.pb-c.h"
#include "service/home_view.h"
#include "service/message.h"
#include "storage/claim_store.h"
#include "storage/rights_store.h"
#include "storage/table.h"
#include "tests/support/fed.h"
#include "tests/support/harness.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct harness h;
static struct fed core_feed;
static struct harness_member m;

static const struct fed_row figures[] = {
    {KIND(DELAY), "cov-1,2020-01-01,invented,kept_job_loss,6,MONTHS"},
    {KIND(DELAY), "cov-1,2020-01-01,invented,child_age,252,MONTHS"},
};

/* The holder's rights end on 31 March and are kept for six months; the child comes of age on 11 May. */
static const struct fed_row family[] = {
    {KIND(MEMBER), "990000001,A99000001,MGEN,FR,fr,,\"12, rue de l'Exemple\",2026-01-10"},
    {KIND(BENEFICIARY), "990000001,0,HOLDER,Hicham,Bennani,هشام,بناني,1970-01-01,ZZ1,2026-01-10"},
    {KIND(BENEFICIARY), "990000001,1,CHILD,Sara,Bennani,سارة,بناني,2005-05-11,,2026-01-10"},
    {KIND(CARD), "990000001,0,2024-02-29,ACTIVE,,2026-01-10"},
    {KIND(RIGHTS), "990000001,0,1,EMPLOYEE,2020-01-01,2020-04-01,2026-03-31,job_loss,2026-01-10"},
    {KIND(RIGHTS), "990000001,1,1,CHILD,2020-01-01,2020-01-01,,,2026-01-10"},
};
static const struct fed_row sheet[] = {
    {KIND(TARIFF), "TNR-2006,2006-01-01,TNR 2006,C,private,8000"},
    {KIND(CLAIM_LINE), "990000001,F1,1,2025-03-01,C,C,1000,1,,,,990000124,15000,8000,8000,,6400,"
                       "1600,7000,0,,,,,TNR-2006"},
    {KIND(CLAIM), "990000001,F1,0,POST,CNOPS,APPROVED,2025-03-01,2025-03-01,,2025-03-06,,,15000,"
                  "6400,MEMBER,,,,,false,,2025-04-01"},
};

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    h.app.access_token_ms = 800LL * DAY_MS;
    m = harness_member(&h, "990000001");
    core_feed = fed_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static void feed(const struct fed_row *rows, size_t count)
{
    assert_int_equal(fed(&core_feed, rows, count)->accepted_count, count);
}

/* --- the view in the store --- */

static status read_view(void *ctx, struct txn *txn)
{
    home_row **ret = ctx;
    status found = home_store_get(txn, m.owner, ret);
    if (found.why == REASON_NOT_FOUND) {
        *ret = NULL;
        return STATUS_OK;
    }
    return found;
}

static bool has_view(void)
{
    home_row *row;
    assert_ok(harness_read(&h, read_view, &row));
    return row != NULL;
}

static status drop_view(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = cell_of_owner(TABLE_home_view, m.owner, key_owner(m.owner));
    return table_delete(txn, &cell);
}

/* The one kept aside between drop and restore. */
static bytes kept;

static status keep_view(void *ctx, struct txn *txn)
{
    (void)ctx;
    home_row *row;
    TRY(home_store_get(txn, m.owner, &row));
    size_t len = protobuf_c_message_get_packed_size(&row->base);
    uint8_t *copy = arena_alloc(&h.arena, len);
    kept = bytes_of(copy, protobuf_c_message_pack(&row->base, copy));
    return STATUS_OK;
}

static status restore_view(void *ctx, struct txn *txn)
{
    (void)ctx;
    home_row *row = hayat__store__v1__stored_home_view__unpack(&h.arena.allocator, kept.len,
                                                               kept.ptr);
    assert_non_null(row);
    return home_store_put(txn, m.owner, row);
}

static status check_view(void *ctx, struct txn *txn)
{
    (void)ctx;
    return home_view_check(txn, m.owner);
}

/* --- the screen --- */

static const Hayat__V1__GetHomeResponse *home(void)
{
    Hayat__V1__GetHomeRequest request;
    hayat__v1__get_home_request__init(&request);
    struct harness_reply reply = harness_call(&h, "/hayat.v1.HomeService/GetHome", m.token,
                                              &request.base);
    assert_ok(reply.result);
    return (const void *)reply.response;
}

static bytes packed(const Hayat__V1__GetHomeResponse *response)
{
    size_t len = hayat__v1__get_home_response__get_packed_size(response);
    uint8_t *out = arena_alloc(&h.arena, len);
    return bytes_of(out, hayat__v1__get_home_response__pack(response, out));
}

/* The stored screen against that of the records. */
static void assert_agrees(void)
{
    assert_ok(harness_read(&h, check_view, NULL));
    bytes stored = packed(home());
    assert_ok(harness_read(&h, keep_view, NULL));
    assert_ok(harness_write(&h, drop_view, NULL));
    bytes reckoned = packed(home());
    assert_ok(harness_write(&h, restore_view, NULL));
    assert_int_equal(stored.len, reckoned.len);
    assert_memory_equal(stored.ptr, reckoned.ptr, stored.len);
}

static void feed_all(void)
{
    feed(figures, ARRAY_LEN(figures));
    feed(family, ARRAY_LEN(family));
    feed(sheet, ARRAY_LEN(sheet));
}

/* --- what is promised --- */

static void test_it_agrees_on_every_day(void **state)
{
    (void)state;
    feed_all();
    assert_true(has_view());
    const Hayat__V1__GetHomeResponse *first = home();
    assert_int_equal(first->n_coverages, 2);
    assert_int_equal(first->n_dependants, 1);
    assert_int_equal(first->n_claims, 1);
    bool was_open[2] = {true, true};
    int changes = 0;
    for (int day = 0; day < 600; day += 3) {
        assert_agrees();
        const Hayat__V1__GetHomeResponse *now = home();
        for (size_t i = 0; i < 2; i++) {
            bool open = now->coverages[i]->state !=
                        HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_CLOSED;
            changes += open != was_open[i] ? 1 : 0;
            was_open[i] = open;
        }
        fake_clock_advance(&h.clock, 3LL * DAY_MS);
    }
    assert_int_equal(changes, 2); /* the child's coming of age, the end of what is kept */
}

static void test_it_is_what_is_shown(void **state)
{
    (void)state;
    feed_all();
    assert_ok(harness_read(&h, keep_view, NULL));
    home_row *row = hayat__store__v1__stored_home_view__unpack(&h.arena.allocator, kept.len,
                                                               kept.ptr);
    row->claims = (ProtobufCBinaryData){0, NULL};
    harness_put(&h, TABLE_home_view, m.owner, key_owner(m.owner), &row->base);
    assert_int_equal(home()->n_claims, 0); /* the records have one */
    assert_reason(harness_read(&h, check_view, NULL), STORE_CORRUPT);
}

static void test_each_kind_of_row_changes_it(void **state)
{
    (void)state;
    static const struct fed_row changes[] = {
        {KIND(MEMBER), "990000001,A99000009,MGEN,FR,fr,,\"12, rue de l'Exemple\",2026-01-11"},
        {KIND(BENEFICIARY), "990000001,1,CHILD,Salma,Bennani,سلمى,بناني,2009-05-11,,2026-01-11"},
        {KIND(BENEFICIARY), "990000001,2,CHILD,Omar,Bennani,عمر,بناني,2011-05-11,,2026-01-11"},
        {KIND(CARD), "990000001,0,2024-02-29,SUSPENDED,,2026-01-11"},
        {KIND(RIGHTS), "990000001,0,1,EMPLOYEE,2020-01-01,2020-04-01,2026-06-30,,2026-01-11"},
    };
    feed_all();
    for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
        bytes before = packed(home());
        feed(&changes[i], 1);
        assert_agrees();
        bytes after = packed(home());
        assert_false(bytes_equal(before, after));
    }
    static const struct fed_row again[] = {
        {KIND(CLAIM_LINE), "990000001,F2,1,2025-03-02,C,C,1000,1,,,,990000124,15000,8000,8000,,"
                           "6400,1600,7000,0,,,,,TNR-2006"},
        {KIND(CLAIM), "990000001,F2,0,POST,CNOPS,APPROVED,2025-03-02,2025-03-02,,2025-03-07,,,"
                      "15000,6400,MEMBER,,,,,false,,2025-04-01"},
    };
    feed(again, ARRAY_LEN(again));
    assert_agrees();
    assert_int_equal(home()->n_claims, 2);
}

static void test_other_figures_pass_it_over(void **state)
{
    (void)state;
    static const struct fed_row younger[] = {
        {KIND(DELAY), "cov-2,2026-01-01,invented,kept_job_loss,6,MONTHS"},
        {KIND(DELAY), "cov-2,2026-01-01,invented,child_age,216,MONTHS"},
    };
    feed_all();
    assert_int_not_equal(home()->coverages[1]->state,
                         HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_CLOSED);
    feed(younger, ARRAY_LEN(younger)); /* the stored screen stays as it was */
    assert_int_equal(home()->coverages[1]->state, HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_CLOSED);
    assert_agrees();
}

static status erase_rights(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = cell_of_owner(TABLE_rights, m.owner, key_owner(m.owner));
    return table_delete(txn, &cell);
}

static status erase_pension(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct cell cell = cell_of_owner(TABLE_pension, m.owner, key_u32(key_owner(m.owner), 0));
    return table_delete(txn, &cell);
}

static bool take_first(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    memcpy(((struct id *)ctx)->bytes, key.bytes + OWNER_BYTES, ID_BYTES);
    return false;
}

static status erase_a_claim(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct id id;
    struct scan scan = {
        .table = TABLE_claim, .owner = m.owner, .prefix = key_owner(m.owner), .keys_only = true};
    TRY(table_scan(txn, &scan, take_first, &id));
    return claim_store_drop(txn, m.owner, id);
}

/* As the retention job erases: another claim's summary stays on the page. */
static void test_what_is_erased_takes_it_along(void **state)
{
    (void)state;
    static const struct fed_row more[] = {
        {KIND(PENSION), "990000001,0,PN-1,CMR,FR,2020-01-01,2026-01-10"},
        {KIND(CLAIM_LINE), "990000001,F2,1,2025-03-02,C,C,1000,1,,,,990000124,15000,8000,8000,,"
                           "6400,1600,7000,0,,,,,TNR-2006"},
        {KIND(CLAIM), "990000001,F2,0,POST,CNOPS,APPROVED,2025-03-02,2025-03-02,,2025-03-07,,,"
                      "15000,6400,MEMBER,,,,,false,,2025-04-01"},
    };
    static status (*const erasures[])(void *ctx, struct txn *txn) = {erase_a_claim, erase_pension,
                                                                     erase_rights};
    feed_all();
    feed(more, ARRAY_LEN(more));
    for (size_t i = 0; i < ARRAY_LEN(erasures); i++) {
        assert_true(has_view());
        assert_ok(harness_read(&h, keep_view, NULL));
        assert_ok(harness_write(&h, erasures[i], NULL));
        assert_false(has_view());
        assert_int_equal(home()->n_claims, 1);
        assert_ok(harness_write(&h, restore_view, NULL)); /* for the next one */
    }
    assert_ok(harness_write(&h, drop_view, NULL));
    assert_int_equal(home()->coverages[0]->state, HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_CLOSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_it_agrees_on_every_day, setup, teardown),
        cmocka_unit_test_setup_teardown(test_it_is_what_is_shown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_kind_of_row_changes_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_figures_pass_it_over, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_erased_takes_it_along, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
