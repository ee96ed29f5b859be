/*
 * Promise: a pass opens every record at the rate it may, finds what does not open, goes on past it, and ends when it is told to (SEC-D8).
 */
#include "jobs/scrub_job.h"

#include "hayat/store/v1/records.pb-c.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { ROWS = 600, PER_COMMIT = 100 };

struct waits {
    int64_t ms;
    int count, until; /* UNTIL: the one that stops the pass; 0: none */
};

static bool wait_for(void *ctx, int64_t ms)
{
    struct waits *waits = ctx;
    assert_true(ms >= 0);
    waits->ms += ms;
    return ++waits->count != waits->until;
}

static struct cell cell_of_year(uint32_t year)
{
    return cell_of(TABLE_campaign, key_u32(key_empty(), year));
}

static status put_some(void *ctx, struct txn *txn)
{
    const uint32_t *from = ctx;
    for (uint32_t year = *from; year < *from + PER_COMMIT; year++) {
        Hayat__Store__V1__StoredCampaign campaign = HAYAT__STORE__V1__STORED_CAMPAIGN__INIT;
        campaign.year = (int32_t)year;
        struct cell cell = cell_of_year(year);
        TRY(table_put_record(txn, &cell, &campaign.base));
    }
    return STATUS_OK;
}

static void start_filled(struct temp_store *t)
{
    temp_store_start(t);
    for (uint32_t from = 0; from < ROWS; from += PER_COMMIT) {
        assert_ok(temp_store_write(t, put_some, &from));
    }
}

static void every_record_is_opened_at_its_rate(void **state)
{
    (void)state;
    static struct db_check_report report;
    struct temp_store t;
    struct waits waits = {0};
    start_filled(&t);
    assert_ok(scrub_pass(t.db, wait_for, &waits, &report));
    assert_int_equal(report.cells[TABLE_campaign], ROWS);
    assert_int_equal(report.bad_total, 0);
    const int64_t least = (int64_t)report.cells_total * 1000 / LIMIT_SCRUB_CELLS_PER_S;
    assert_true(waits.ms > least - waits.count); /* each wait is cut to whole milliseconds */
    assert_true(waits.ms <= least + 1000);
    temp_store_stop(&t);
}

static void damage_is_found_and_passed(void **state)
{
    (void)state;
    static struct db_check_report report;
    struct temp_store t;
    struct waits waits = {0};
    start_filled(&t);
    temp_store_damage(t.db, TABLE_campaign, cell_of_year(3).key, 30);
    temp_store_damage(t.db, TABLE_campaign, cell_of_year(ROWS - 1).key, 30);
    assert_reason(scrub_pass(t.db, wait_for, &waits, &report), STORE_CORRUPT);
    assert_int_equal(report.bad_total, 2);
    assert_int_equal(report.cells[TABLE_campaign], ROWS);
    temp_store_stop(&t);
}

static void who_stops_it_waits_for_a_step_alone(void **state)
{
    (void)state;
    static struct db_check_report report;
    struct temp_store t;
    struct waits waits = {.until = 2};
    struct scrub_job *job;
    start_filled(&t);
    assert_reason(scrub_pass(t.db, wait_for, &waits, &report), CANCELLED);
    assert_int_equal(waits.count, 2);
    assert_ok(scrub_job_start(t.db, &job)); /* it sleeps for an hour */
    scrub_job_stop(job);
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_opened_at_its_rate),
        cmocka_unit_test(damage_is_found_and_passed),
        cmocka_unit_test(who_stops_it_waits_for_a_step_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
