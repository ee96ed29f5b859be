#include "tests/support/write_jobs.h"

#include <stdlib.h>

#include "tests/support/cm.h"

enum { JOB_ARENA_BYTES = 4 * 1024 * 1024 };

/* --- rows --- */

struct cell write_jobs_cell(uint32_t number)
{
    return cell_of(TABLE_campaign, key_u32(key_empty(), number));
}

status write_jobs_put(struct txn *txn, uint32_t number, size_t len)
{
    static const uint8_t value[LIMIT_WRITE_BULK_BYTES];
    struct cell cell = write_jobs_cell(number);
    assert_true(len <= sizeof value);
    return table_put(txn, &cell, bytes_of(value, len));
}

status write_jobs_has(void *ctx, struct txn *txn)
{
    struct cell cell = write_jobs_cell(*(uint32_t *)ctx);
    bytes plain;
    return table_get(txn, &cell, &plain);
}

/* --- jobs --- */

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

static status run_job(struct write_job *job, struct txn *txn)
{
    struct test_write *test = (struct test_write *)(void *)job;
    if (test->hold != NULL) {
        (void)sem_post(test->started);
        wait_for(test->hold);
    }
    if (test->deletes) {
        struct cell cell = write_jobs_cell(test->number);
        return table_delete(txn, &cell);
    }
    TRY(write_jobs_put(txn, test->number, test->len));
    return test->outcome;
}

static void done_job(struct write_job *job, status result)
{
    struct test_write *test = (struct test_write *)(void *)job;
    struct arena arena;
    struct txn *txn = NULL;
    arena_init(&arena, JOB_ARENA_BYTES);
    assert_ok(txn_begin_read(test->t->db, &arena, &txn));
    test->stored_when_told = ok(write_jobs_has(&test->number, txn));
    txn_end_read(txn);
    arena_fini(&arena);
    test->commit = writer_stats(test->t->writer).commits;
    test->result = result;
    test->told++;
}

struct test_write *write_jobs_new(struct temp_store *t, size_t count)
{
    struct test_write *jobs = calloc(count, sizeof *jobs);
    assert_non_null(jobs);
    for (size_t i = 0; i < count; i++) {
        jobs[i].job = (struct write_job){.run = run_job, .done = done_job, .arena = &jobs[i].arena};
        jobs[i].t = t;
        jobs[i].number = (uint32_t)i;
        jobs[i].len = 100;
        arena_init(&jobs[i].arena, JOB_ARENA_BYTES);
    }
    return jobs;
}

void write_jobs_free(struct test_write *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        arena_fini(&jobs[i].arena);
    }
    free(jobs);
}

void write_jobs_run_together(struct temp_store *t, struct test_write *jobs, size_t count)
{
    sem_t hold, started;
    (void)sem_init(&hold, 0, 0);
    (void)sem_init(&started, 0, 0);
    jobs[0].hold = &hold;
    jobs[0].started = &started;
    assert_ok(writer_submit(t->writer, &jobs[0].job));
    wait_for(&started);
    for (size_t i = 1; i < count; i++) {
        assert_ok(writer_submit(t->writer, &jobs[i].job));
    }
    (void)sem_post(&hold);
    writer_stop(t->writer); /* ends what is queued */
    t->writer = NULL;
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(jobs[i].told, 1);
    }
    (void)sem_destroy(&hold);
    (void)sem_destroy(&started);
}
