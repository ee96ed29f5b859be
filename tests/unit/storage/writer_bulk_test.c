/*
 * Promise: small writes do not wait behind bulk ones, and bulk ones get on (storage/writer.h, invariant 6).
 */
#include "storage/writer.h"

#include <semaphore.h>
#include <stdlib.h>

#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { JOB_ARENA_BYTES = 4 * 1024 * 1024 };

/* Queued while the writer is held; tells which commit it was in. */
struct test_job {
    struct write_job job; /* first */
    struct temp_store *t;
    struct arena arena;
    uint32_t number;
    size_t len;
    sem_t *hold, *started; /* waits inside run */
    uint64_t commit;
    status result;
};

static status run_test_job(struct write_job *job, struct txn *txn)
{
    static const uint8_t value[LIMIT_WRITE_BULK_BYTES];
    struct test_job *test = (struct test_job *)(void *)job;
    struct cell cell = cell_of(TABLE_campaign, key_u32(key_empty(), test->number));
    if (test->hold != NULL) {
        (void)sem_post(test->started);
        while (sem_wait(test->hold) != 0) {
        }
    }
    return table_put(txn, &cell, bytes_of(value, test->len));
}

static void done_test_job(struct write_job *job, status result)
{
    struct test_job *test = (struct test_job *)(void *)job;
    test->result = result;
    test->commit = writer_stats(test->t->writer).commits;
}

static struct test_job *new_jobs(struct temp_store *t, size_t count)
{
    struct test_job *jobs = calloc(count, sizeof *jobs);
    assert_non_null(jobs);
    for (size_t i = 0; i < count; i++) {
        jobs[i].job = (struct write_job){
            .run = run_test_job, .done = done_test_job, .arena = &jobs[i].arena};
        jobs[i].t = t;
        jobs[i].number = (uint32_t)i;
        jobs[i].len = 100;
        arena_init(&jobs[i].arena, JOB_ARENA_BYTES);
    }
    return jobs;
}

static void free_jobs(struct test_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena_fini(&jobs[i].arena);
    }
    free(jobs);
}

/* Queues all while the first one holds the writer, then lets go and waits for the end of all. */
static void run_together(struct temp_store *t, struct test_job *jobs, size_t count)
{
    sem_t hold, started;
    (void)sem_init(&hold, 0, 0);
    (void)sem_init(&started, 0, 0);
    jobs[0].hold = &hold;
    jobs[0].started = &started;
    assert_ok(writer_submit(t->writer, &jobs[0].job));
    while (sem_wait(&started) != 0) {
    }
    for (size_t i = 1; i < count; i++) {
        assert_ok(writer_submit(t->writer, &jobs[i].job));
    }
    (void)sem_post(&hold);
    writer_stop(t->writer); /* ends what is queued */
    t->writer = NULL;
    (void)sem_destroy(&hold);
    (void)sem_destroy(&started);
}

/* They are in the next commit, however much bulk waits before them. */
static void small_writes_do_not_wait_behind_bulk(void **state)
{
    (void)state;
    enum { FIRST = 1, BULK = 8, SMALL = 4, JOBS = FIRST + BULK + SMALL };
    struct temp_store t;
    temp_store_start(&t);
    struct test_job *jobs = new_jobs(&t, JOBS);
    for (size_t i = FIRST; i < FIRST + BULK; i++) {
        jobs[i].job.bulk = true;
        jobs[i].len = LIMIT_WRITE_BULK_BYTES / 2;
    }
    run_together(&t, jobs, JOBS);
    for (size_t i = FIRST + BULK; i < JOBS; i++) {
        assert_int_equal(jobs[i].commit, jobs[0].commit);
    }
    for (size_t i = 0; i < BULK; i++) { /* in order, two in each commit */
        assert_ok(jobs[FIRST + i].result);
        assert_int_equal(jobs[FIRST + i].commit, jobs[0].commit + i / 2);
    }
    free_jobs(jobs, JOBS);
    temp_store_stop(&t);
}

/* ... and bulk gets on, however many small ones wait. */
static void bulk_gets_on(void **state)
{
    (void)state;
    enum { JOBS = 3 * LIMIT_WRITE_BATCH };
    struct temp_store t;
    temp_store_start(&t);
    struct test_job *jobs = new_jobs(&t, JOBS);
    jobs[JOBS - 1].job.bulk = true;
    run_together(&t, jobs, JOBS);
    assert_ok(jobs[JOBS - 1].result);
    assert_int_equal(jobs[JOBS - 1].commit, jobs[0].commit);
    assert_int_equal(jobs[JOBS - 2].commit, jobs[0].commit + 2);
    free_jobs(jobs, JOBS);
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
