/*
 * Promise: writes that are queued together are committed together; a job that fails leaves no
 * trace and harms no neighbour; nobody is told OK before the commit; after an error that may have
 * lost pages nothing is written any more (SEC-D5, SEC-G1).
 */
#include "storage/writer.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "base/array.h"
#include "storage/env.h"
#include "storage/failpoint.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tests/support/write_jobs.h"

enum { READ_ARENA_BYTES = 4 * 1024 * 1024, MANY = 200, THREADS = 4, ROUNDS = 50 };

static bool is_stored(struct temp_store *t, uint32_t number)
{
    status result = temp_store_read(t, write_jobs_has, &number);
    assert_true(ok(result) || result.why == REASON_NOT_FOUND);
    return ok(result);
}

static status put_count(void *ctx, struct txn *txn)
{
    for (uint32_t i = 0; i < *(uint32_t *)ctx; i++) {
        TRY(write_jobs_put(txn, i, 8));
    }
    return STATUS_OK;
}

static uint64_t commits_since_open(struct temp_store *t)
{
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(t->db->env, &info), 0);
    return info.me_last_txnid - 1; /* the first one made the tables */
}

static void queued_jobs_share_a_commit(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct test_write *jobs = write_jobs_new(&t, MANY);
    write_jobs_run_together(&t, jobs, MANY);
    assert_int_equal(commits_since_open(&t), 1);
    for (size_t i = 0; i < MANY; i++) {
        assert_ok(jobs[i].result);
        assert_true(jobs[i].stored_when_told); /* done after the commit */
    }
    write_jobs_free(jobs, MANY);
    temp_store_stop(&t);
}

static void a_commit_has_a_most(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    enum { JOBS = 8 };
    struct test_write *jobs = write_jobs_new(&t, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].len = LIMIT_WRITE_BATCH_BYTES / 4;
    }
    write_jobs_run_together(&t, jobs, JOBS);
    assert_int_equal(commits_since_open(&t), 2);
    write_jobs_free(jobs, JOBS);
    t.writer = NULL;
    temp_store_close(&t);
    temp_store_open(&t);
    jobs = write_jobs_new(&t, LIMIT_WRITE_BATCH + 1);
    uint64_t before = commits_since_open(&t);
    write_jobs_run_together(&t, jobs, LIMIT_WRITE_BATCH + 1);
    assert_int_equal(commits_since_open(&t) - before, 2);
    write_jobs_free(jobs, LIMIT_WRITE_BATCH + 1);
    temp_store_stop(&t);
}

static void a_failing_job_harms_nobody(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct test_write *jobs = write_jobs_new(&t, MANY);
    for (size_t i = 0; i < MANY; i += 3) {
        jobs[i].outcome = FAIL(CARD_SUSPENDED);
    }
    write_jobs_run_together(&t, jobs, MANY);
    assert_int_equal(commits_since_open(&t), 1);
    for (size_t i = 0; i < MANY; i++) {
        bool failed = i % 3 == 0;
        assert_int_equal(jobs[i].result.why, failed ? REASON_CARD_SUSPENDED : REASON_OK);
        assert_int_equal(jobs[i].stored_when_told, !failed);
        assert_int_equal(is_stored(&t, (uint32_t)i), !failed);
    }
    write_jobs_free(jobs, MANY);
    temp_store_stop(&t);
}

static void jobs_that_write_nothing_commit_nothing(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    uint32_t number = 1;
    assert_reason(temp_store_write(&t, write_jobs_has, &number), NOT_FOUND);
    assert_int_equal(commits_since_open(&t), 0);
    temp_store_stop(&t);
}

/* Values that come and go in one commit leave pages at the file's end that LMDB never writes; without the
   reserve of storage/env.h the healthy file would look truncated. */
static void the_file_reaches_past_its_last_page(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    enum { JOBS = 40 };
    for (uint32_t count = 1; count < 6; count++) { /* leaves free pages behind */
        assert_ok(temp_store_write(&t, put_count, &count));
    }
    struct test_write *jobs = write_jobs_new(&t, JOBS);
    for (uint32_t i = 0; i < JOBS; i++) {
        jobs[i].number = 1000 + i / 2;
        jobs[i].len = 60000;
        jobs[i].deletes = i % 2 == 1;
    }
    write_jobs_run_together(&t, jobs, JOBS);
    assert_ok(env_check_size(t.db->env));
    write_jobs_free(jobs, JOBS);
    temp_store_restart(&t);
    temp_store_stop(&t);
}

/* --- bounds --- */

static void a_full_queue_refuses_at_once(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    enum { JOBS = LIMIT_WRITE_QUEUE + 2 };
    struct test_write *jobs = write_jobs_new(&t, JOBS);
    sem_t hold, started;
    (void)sem_init(&hold, 0, 0);
    (void)sem_init(&started, 0, 0);
    jobs[0].hold = &hold;
    jobs[0].started = &started;
    assert_ok(writer_submit(t.writer, &jobs[0].job));
    (void)sem_wait(&started);
    for (size_t i = 1; i <= LIMIT_WRITE_QUEUE; i++) {
        assert_ok(writer_submit(t.writer, &jobs[i].job));
    }
    assert_reason(writer_submit(t.writer, &jobs[JOBS - 1].job), OVERLOADED);
    assert_int_equal(writer_stats(t.writer).waiting, LIMIT_WRITE_QUEUE);
    (void)sem_post(&hold);
    writer_stop(t.writer);
    t.writer = NULL;
    assert_int_equal(jobs[JOBS - 1].told, 0); /* refused: nobody calls back */
    assert_int_equal(jobs[JOBS - 2].told, 1);
    write_jobs_free(jobs, JOBS);
    temp_store_stop(&t);
    (void)sem_destroy(&hold);
    (void)sem_destroy(&started);
}

static void a_write_set_has_a_most(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    uint32_t most = LIMIT_WRITE_SET, more = LIMIT_WRITE_SET + 1;
    assert_reason(temp_store_write(&t, put_count, &more), OVERLOADED);
    assert_false(is_stored(&t, 0));
    assert_ok(temp_store_write(&t, put_count, &most));
    assert_true(is_stored(&t, most - 1));
    temp_store_stop(&t);
}

/* --- bulk --- */

static status put_down(void *ctx, struct txn *txn)
{
    uint32_t count = *(uint32_t *)ctx;
    for (uint32_t i = count; i-- > 0;) { /* backwards: the writer sorts */
        TRY(write_jobs_put(txn, i * 2, i % 500));
    }
    struct cell gone = write_jobs_cell(2), absent = write_jobs_cell(3);
    TRY(table_delete(txn, &gone));
    return table_delete(txn, &absent);
}

static bool count_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key, (void)record;
    ++*(uint32_t *)ctx;
    return true;
}

static status count_rows(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_campaign, .keys_only = true};
    return table_scan(txn, &scan, count_row, ctx);
}

static void imports_are_one_commit(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct arena arena;
    arena_init(&arena, 64 * 1024 * 1024);
    uint32_t count = 10000, rows = 0;
    for (int pass = 0; pass < 2; pass++) { /* into an empty table, then over itself */
        assert_ok(writer_run_bulk(t.writer, &arena, put_down, &count));
        rows = 0;
        assert_ok(temp_store_read(&t, count_rows, &rows));
        assert_int_equal(rows, count - 1);
    }
    assert_int_equal(writer_stats(t.writer).commits, 2);
    assert_true(t.db->file_bytes < LIMIT_SLACK_BYTES); /* the room it reserved was given back */
    assert_ok(env_check_size(t.db->env));
    assert_false(is_stored(&t, 2));
    assert_true(is_stored(&t, 2 * (count - 1)));
    arena_fini(&arena);
    temp_store_stop(&t);
}

/* --- the disk --- */

static uint64_t nearly_no_disk(const struct db *db)
{
    (void)db;
    return LIMIT_FREE_DISK_BYTES - 1;
}

static uint64_t no_disk(const struct db *db)
{
    (void)db;
    return 0;
}

static void a_nearly_full_disk_serves_the_essential(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    t.db->free_disk_bytes = nearly_no_disk;
    struct test_write *jobs = write_jobs_new(&t, 3);
    jobs[1].job.essential = true;
    for (size_t i = 0; i < 3; i++) {
        assert_ok(writer_submit(t.writer, &jobs[i].job));
    }
    writer_stop(t.writer);
    t.writer = NULL;
    assert_reason(jobs[0].result, STORE_FULL);
    assert_ok(jobs[1].result);
    assert_reason(jobs[2].result, STORE_FULL);
    assert_true(jobs[1].stored_when_told);
    assert_int_equal(t.fatal, 0);
    write_jobs_free(jobs, 3);
    temp_store_stop(&t);
}

#ifdef HAYAT_FAILPOINTS

static void fail_at(struct temp_store *t, const char *point, enum reason expected)
{
    enum { JOBS = 5 };
    struct test_write *jobs = write_jobs_new(t, JOBS);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].job.essential = true;
    }
    failpoint_arm(point);
    write_jobs_run_together(t, jobs, JOBS);
    failpoint_arm(NULL);
    for (size_t i = 0; i < JOBS; i++) {
        assert_string_equal(reason_name(jobs[i].result.why),
                            reason_name(expected)); /* neighbours are told too */
        assert_false(jobs[i].stored_when_told);
    }
    write_jobs_free(jobs, JOBS);
}

static void a_failed_commit_ends_writing(void **state)
{
    (void)state;
    static const char *const points[] = {"commit.before=error", "apply.before=error@3",
                                         "apply.after=error@5"};
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        struct temp_store t;
        temp_store_start(&t);
        fail_at(&t, points[i], REASON_STORE_FAILED);
        assert_int_equal(t.fatal, 1);
        for (uint32_t number = 0; number < 5; number++) {
            assert_false(is_stored(&t, number)); /* readers go on */
        }
        temp_store_stop(&t);
    }
}

static void nothing_is_written_after_a_fatal_error(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    uint32_t one = 1;
    failpoint_arm("commit.before=error");
    assert_reason(temp_store_write(&t, put_count, &one), STORE_FAILED);
    failpoint_arm(NULL);
    assert_reason(temp_store_write(&t, put_count, &one), STORE_FAILED);
    assert_true(writer_stats(t.writer).failed);
    assert_int_equal(t.fatal, 1);
    temp_store_restart(&t); /* a new process starts over */
    assert_ok(temp_store_write(&t, put_count, &one));
    temp_store_stop(&t);
}

static void a_full_disk_is_survived(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    uint64_t (*truth)(const struct db *db) = t.db->free_disk_bytes;
    t.db->free_disk_bytes = no_disk;
    fail_at(&t, "commit.before=error", REASON_STORE_FULL); /* the EIO of a short write */
    assert_int_equal(t.fatal, 0);
    t.db->free_disk_bytes = truth;
    temp_store_restart(&t);
    uint32_t one = 1;
    assert_ok(temp_store_write(&t, put_count, &one));
    temp_store_stop(&t);
}

static void a_job_may_fail_before_and_after(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    uint32_t one = 1;
    failpoint_arm("run.before=error");
    assert_reason(temp_store_write(&t, put_count, &one), STORE_FAILED);
    failpoint_arm("run.after=error");
    assert_reason(temp_store_write(&t, put_count, &one), STORE_FAILED);
    failpoint_arm(NULL);
    assert_false(is_stored(&t, 0));
    assert_ok(temp_store_write(&t, put_count, &one));
    assert_int_equal(t.fatal, 0);
    temp_store_stop(&t);
}

#endif

/* With a full map nothing is lost and nothing is fatal: reading goes on and smaller writes too. */
static void a_full_map_is_survived(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_prepare(&t);
    struct db_options options = temp_store_options(&t);
    assert_ok(db_open(&options, &t.db));
    assert_int_equal(mdb_env_set_mapsize(t.db->env, 256 * 1024), 0); /* nobody reads yet */
    struct writer_options writer = {.db = t.db};
    assert_ok(writer_start(&writer, &t.writer));
    struct test_write *jobs = write_jobs_new(&t, 3);
    jobs[1].len = 1024 * 1024;
    write_jobs_run_together(&t, jobs, 3);
    assert_reason(jobs[0].result, STORE_FULL); /* its batch was given up */
    assert_reason(jobs[1].result, STORE_FULL);
    assert_ok(jobs[2].result); /* the next batch fits */
    assert_ok(writer_start(&writer, &t.writer));
    uint32_t one = 1;
    assert_ok(temp_store_write(&t, put_count, &one));
    assert_false(writer_stats(t.writer).failed);
    write_jobs_free(jobs, 3);
    temp_store_stop(&t);
}

/* --- many threads (for TSan) --- */

struct crowd {
    struct temp_store *t;
    uint32_t first;
};

static status put_own(void *ctx, struct txn *txn)
{
    uint32_t number = *(uint32_t *)ctx;
    uint32_t before = number - 1;
    if (number % ROUNDS != 0) {
        TRY(write_jobs_has(&before, txn)); /* what it was told about is there */
    }
    return write_jobs_put(txn, number, 64);
}

static void *write_and_read(void *arg)
{
    struct crowd *crowd = arg;
    struct arena arena;
    arena_init(&arena, READ_ARENA_BYTES);
    for (uint32_t i = 0; i < ROUNDS; i++) {
        uint32_t number = crowd->first + i;
        assert_ok(writer_run(crowd->t->writer, &arena, put_own, &number));
        struct txn *txn = NULL;
        arena_reset(&arena, READ_ARENA_BYTES);
        assert_ok(txn_begin_read(crowd->t->db, &arena, &txn));
        assert_ok(write_jobs_has(&number, txn));
        uint32_t rows = 0;
        assert_ok(count_rows(&rows, txn));
        assert_true(rows > i);
        txn_end_read(txn);
        (void)db_readers(crowd->t->db);
        (void)writer_stats(crowd->t->writer);
    }
    arena_fini(&arena);
    return NULL;
}

static void threads_write_and_read_at_once(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    pthread_t threads[THREADS];
    struct crowd crowds[THREADS];
    for (uint32_t i = 0; i < THREADS; i++) {
        crowds[i] = (struct crowd){&t, i * ROUNDS};
        assert_int_equal(pthread_create(&threads[i], NULL, write_and_read, &crowds[i]), 0);
    }
    for (uint32_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    struct writer_stats stats = writer_stats(t.writer);
    assert_int_equal(stats.jobs, THREADS * ROUNDS);
    assert_true(stats.commits <= stats.jobs);
    temp_store_stop(&t);
}

static void stopping_nothing_is_fine(void **state)
{
    (void)state;
    writer_stop(NULL);
    db_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(queued_jobs_share_a_commit),
        cmocka_unit_test(a_commit_has_a_most),
        cmocka_unit_test(a_failing_job_harms_nobody),
        cmocka_unit_test(jobs_that_write_nothing_commit_nothing),
        cmocka_unit_test(the_file_reaches_past_its_last_page),
        cmocka_unit_test(a_full_queue_refuses_at_once),
        cmocka_unit_test(a_write_set_has_a_most),
        cmocka_unit_test(imports_are_one_commit),
        cmocka_unit_test(a_nearly_full_disk_serves_the_essential),
#ifdef HAYAT_FAILPOINTS
        cmocka_unit_test(a_failed_commit_ends_writing),
        cmocka_unit_test(nothing_is_written_after_a_fatal_error),
        cmocka_unit_test(a_full_disk_is_survived),
        cmocka_unit_test(a_job_may_fail_before_and_after),
#endif
        cmocka_unit_test(a_full_map_is_survived),
        cmocka_unit_test(threads_write_and_read_at_once),
        cmocka_unit_test(stopping_nothing_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
