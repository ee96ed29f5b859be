/*
 * Promise: small writes do not wait behind bulk ones, and bulk ones get on (storage/writer.h, invariant 6).
 */
#include "storage/writer.h"

#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tests/support/write_jobs.h"

/* They are in the next commit, however much bulk waits before them. */
static void small_writes_do_not_wait_behind_bulk(void **state)
{
    (void)state;
    enum { FIRST = 1, BULK = 8, SMALL = 4, JOBS = FIRST + BULK + SMALL };
    struct temp_store t;
    temp_store_start(&t);
    struct test_write *jobs = write_jobs_new(&t, JOBS);
    for (size_t i = FIRST; i < FIRST + BULK; i++) {
        jobs[i].job.bulk = true;
        jobs[i].len = LIMIT_WRITE_BULK_BYTES / 2;
    }
    write_jobs_run_together(&t, jobs, JOBS);
    for (size_t i = FIRST + BULK; i < JOBS; i++) {
        assert_int_equal(jobs[i].commit, jobs[0].commit);
    }
    for (size_t i = 0; i < BULK; i++) { /* in order, two in each commit */
        assert_ok(jobs[FIRST + i].result);
        assert_int_equal(jobs[FIRST + i].commit, jobs[0].commit + i / 2);
    }
    write_jobs_free(jobs, JOBS);
    temp_store_stop(&t);
}

/* ... and bulk gets on, however many small ones wait. */
static void bulk_gets_on(void **state)
{
    (void)state;
    enum { JOBS = 3 * LIMIT_WRITE_BATCH };
    struct temp_store t;
    temp_store_start(&t);
    struct test_write *jobs = write_jobs_new(&t, JOBS);
    jobs[JOBS - 1].job.bulk = true;
    write_jobs_run_together(&t, jobs, JOBS);
    assert_ok(jobs[JOBS - 1].result);
    assert_int_equal(jobs[JOBS - 1].commit, jobs[0].commit);
    assert_int_equal(jobs[JOBS - 2].commit, jobs[0].commit + 2);
    write_jobs_free(jobs, JOBS);
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_writes_do_not_wait_behind_bulk),
        cmocka_unit_test(bulk_gets_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
