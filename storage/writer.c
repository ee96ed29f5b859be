#include "storage/writer.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/thread.h"
#include "storage/apply.h"
#include "storage/env.h"
#include "storage/failpoint.h"
#include "storage/meta.h"
#include "storage/nonce_pool.h"
#include "storage/txn.h"

/* Jobs in order; first leaves first. */
struct job_list {
    struct write_job *first, *last;
};

struct writer {
    struct db *db;
    void (*on_fatal)(void *ctx);
    void *ctx;
    pthread_t thread;

    pthread_mutex_t lock; /* guards what follows, up to the blank line */
    pthread_cond_t wake;
    struct job_list queue, bulk;
    uint32_t waiting;
    bool stopping, idle;

    _Atomic uint64_t jobs, commits;
    _Atomic bool failed;

    /* the thread's own */
    struct nonce_pool nonces;
    struct arena arena; /* for the writer's own row */
};

/* What one commit is made of. */
struct batch {
    struct txn txn; /* txn.mdb is NULL until the first job that may run */
    struct job_list jobs;
    uint32_t count;
    size_t bytes, bulk_bytes;
    bool has_bulk;
    uint32_t ops;
    bool nearly_full;
    int rc; /* LMDB's first error: the whole batch fails */
};

static void append_job(struct job_list *list, struct write_job *job)
{
    job->next = NULL;
    if (list->last != NULL) {
        list->last->next = job;
    } else {
        list->first = job;
    }
    list->last = job;
}

static struct write_job *pop_job(struct job_list *list)
{
    struct write_job *job = list->first;
    if (job != NULL) {
        list->first = job->next;
        list->last = list->first == NULL ? NULL : list->last;
    }
    return job;
}

/* --- the queue --- */

status writer_submit(struct writer *writer, struct write_job *job)
{
    assert(job->write_limit <= LIMIT_WRITE_SET_BULK);
    if (writer->failed) {
        return FAIL(STORE_FAILED);
    }
    (void)pthread_mutex_lock(&writer->lock);
    if (writer->stopping || writer->waiting >= LIMIT_WRITE_QUEUE) {
        bool stopping = writer->stopping;
        (void)pthread_mutex_unlock(&writer->lock);
        return stopping ? FAIL(DRAINING) : FAIL(OVERLOADED);
    }
    append_job(job->bulk ? &writer->bulk : &writer->queue, job);
    writer->waiting++;
    bool wake = writer->idle;
    writer->idle = false;
    (void)pthread_mutex_unlock(&writer->lock);
    if (wake) {
        (void)pthread_cond_signal(&writer->wake);
    }
    return STATUS_OK;
}

/* Invariant 6.  NULL when there is nothing that BATCH takes. */
static struct write_job *choose_job(struct writer *writer, const struct batch *batch)
{
    bool bulk_first = !batch->has_bulk && batch->count + 1 >= LIMIT_WRITE_BATCH &&
                      writer->bulk.first != NULL;
    if (writer->queue.first != NULL && !bulk_first) {
        return pop_job(&writer->queue);
    }
    return batch->bulk_bytes < LIMIT_WRITE_BULK_BYTES ? pop_job(&writer->bulk) : NULL;
}

/* With WAIT, NULL only when nothing will come any more. */
static struct write_job *next_job(struct writer *writer, const struct batch *batch, bool wait)
{
    (void)pthread_mutex_lock(&writer->lock);
    while (wait && writer->queue.first == NULL && writer->bulk.first == NULL && !writer->stopping) {
        writer->idle = true;
        (void)pthread_cond_wait(&writer->wake, &writer->lock);
    }
    writer->idle = false;
    struct write_job *job = choose_job(writer, batch);
    if (job != NULL) {
        writer->waiting--;
    }
    (void)pthread_mutex_unlock(&writer->lock);
    return job;
}

/* --- failure --- */

/* Full is what a batch of ours could not fit in: an EIO then is a short write, not a broken disk
   (SEC-D5). */
static bool disk_is_full(const struct writer *writer)
{
    return db_free_disk_bytes(writer->db) < LIMIT_GROW_BYTES + LIMIT_WRITE_BATCH_BYTES;
}

static bool is_survivable(const struct writer *writer, int rc)
{
    bool full = rc == MDB_MAP_FULL || rc == ENOSPC || rc == EDQUOT;
    return full || rc == ENOMEM || rc == MDB_TXN_FULL || (rc == EIO && disk_is_full(writer));
}

static status judge_failure(struct writer *writer, int rc)
{
    if (is_survivable(writer, rc)) {
        return rc == ENOMEM || rc == MDB_TXN_FULL ? FAIL(OVERLOADED) : FAIL(STORE_FULL);
    }
    if (!atomic_exchange(&writer->failed, true) && writer->on_fatal != NULL) {
        writer->on_fatal(writer->ctx);
    }
    return FAIL(STORE_FAILED);
}

/* --- a batch --- */

static int begin_batch(struct writer *writer, struct batch *batch)
{
    struct txn *txn = &batch->txn;
    txn->db = writer->db;
    txn->random = &writer->nonces.source;
    txn->now_ms = db_now_ms(writer->db);
    return mdb_txn_begin(writer->db->env, NULL, 0, &txn->mdb);
}

/* The one door: every put and delete of every commit passes here, in order (invariant 3). */
static int writer_apply(struct batch *batch, const struct write_set *set)
{
    if (FAILPOINT("apply.before")) {
        return EIO;
    }
    int rc = env_reserve(batch->txn.db, batch->bytes + set->bytes, batch->ops + set->count);
    if (rc == 0) {
        rc = apply_write_set(&batch->txn, set);
    }
    batch->bytes += set->bytes;
    batch->ops += set->count;
    return FAILPOINT("apply.after") ? EIO : rc;
}

static status run_in_txn(struct batch *batch, struct write_job *job)
{
    struct write_set set;
    write_set_init(&set, job->arena, job->write_limit > 0 ? job->write_limit : LIMIT_WRITE_SET);
    batch->txn.arena = job->arena;
    batch->txn.writes = &set;
    status result = FAILPOINT("run.before") ? FAIL(STORE_FAILED) : job->run(job, &batch->txn);
    if (FAILPOINT("run.after")) {
        result = FAIL(STORE_FAILED);
    }
    if (ok(result) && set.count > 0) {
        batch->rc = writer_apply(batch, &set);
    }
    batch->txn.arena = NULL;
    batch->txn.writes = NULL;
    return result;
}

static void run_job(struct writer *writer, struct batch *batch, struct write_job *job)
{
    size_t before = batch->bytes;
    append_job(&batch->jobs, job);
    batch->count++;
    batch->has_bulk = batch->has_bulk || job->bulk;
    if (writer->failed) {
        job->result = FAIL(STORE_FAILED);
        return;
    }
    if (batch->nearly_full && !job->essential) {
        job->result = FAIL(STORE_FULL);
        return;
    }
    if (batch->txn.mdb == NULL) {
        batch->rc = begin_batch(writer, batch);
    }
    if (batch->rc == 0) {
        job->result = run_in_txn(batch, job);
    }
    batch->bulk_bytes += job->bulk ? batch->bytes - before : 0;
}

static status put_time(struct txn *txn)
{
    struct db *db = txn->db;
    int64_t mono_us = clock_mono_us(db->clock);
    return meta_put_time(txn,
                         &(struct meta_time){.wall_high_water_ms = txn->now_ms,
                                             .steady_ms = (mono_us + db->steady_offset_us) / 1000,
                                             .boot_us = mono_us,
                                             .boot = db->boot});
}

/* Once in a while the commit carries the clock's mark. */
static int add_high_water(struct writer *writer, struct batch *batch)
{
    struct db *db = writer->db;
    if (batch->txn.now_ms - db->saved_high_water_ms < LIMIT_HIGH_WATER_MS) {
        return 0;
    }
    struct write_set set;
    arena_reset(&writer->arena, LIMIT_ARENA_BLOCK_BYTES);
    write_set_init(&set, &writer->arena, 1);
    batch->txn.arena = &writer->arena;
    batch->txn.writes = &set;
    status result = put_time(&batch->txn);
    int rc = ok(result) ? writer_apply(batch, &set) : MDB_CORRUPTED;
    batch->txn.arena = NULL;
    batch->txn.writes = NULL;
    if (rc == 0) {
        db->saved_high_water_ms = batch->txn.now_ms;
    }
    return rc;
}

static int commit(struct writer *writer, struct batch *batch)
{
    MDB_txn *mdb = batch->txn.mdb;
    batch->txn.mdb = NULL;
    if (FAILPOINT("commit.before")) {
        mdb_txn_abort(mdb);
        return EIO;
    }
    int rc = mdb_txn_commit(mdb);
    if (rc == 0) {
        atomic_fetch_add_explicit(&writer->commits, 1, memory_order_relaxed);
        (void)FAILPOINT("commit.after");
        db_end_lingering(writer->db);
        env_trim(writer->db);
    }
    return rc;
}

/* Commits, or aborts what failed or wrote nothing. */
static int end_batch(struct writer *writer, struct batch *batch)
{
    if (batch->txn.mdb == NULL) {
        return batch->rc;
    }
    if (batch->rc == 0 && batch->ops > 0) {
        batch->rc = add_high_water(writer, batch);
    }
    if (batch->rc == 0 && batch->ops > 0) {
        batch->rc = commit(writer, batch);
    }
    if (batch->txn.mdb != NULL) {
        mdb_txn_abort(batch->txn.mdb);
    }
    return batch->rc;
}

static void tell(struct writer *writer, struct batch *batch, status failure)
{
    for (struct write_job *job = pop_job(&batch->jobs); job != NULL; job = pop_job(&batch->jobs)) {
        atomic_fetch_add_explicit(&writer->jobs, 1, memory_order_relaxed);
        job->done(job, ok(failure) ? job->result : failure); /* the job may be gone now */
    }
}

static void run_batch(struct writer *writer, struct write_job *job)
{
    struct batch batch = {.nearly_full = db_free_disk_bytes(writer->db) < LIMIT_FREE_DISK_BYTES};
    while (job != NULL) {
        run_job(writer, &batch, job);
        bool room = batch.rc == 0 && batch.count < LIMIT_WRITE_BATCH &&
                    batch.bytes < LIMIT_WRITE_BATCH_BYTES;
        job = room ? next_job(writer, &batch, false) : NULL;
    }
    int rc = end_batch(writer, &batch);
    tell(writer, &batch, rc == 0 ? STATUS_OK : judge_failure(writer, rc));
}

static void *writer_main(void *arg)
{
    static const struct batch nothing;
    struct writer *writer = arg;
    for (struct write_job *job = next_job(writer, &nothing, true); job != NULL;
         job = next_job(writer, &nothing, true)) {
        run_batch(writer, job);
    }
    return NULL;
}

/* --- start and stop --- */

status writer_start(const struct writer_options *options, struct writer **ret_writer)
{
    assert(!options->db->read_only);
    struct writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return FAIL(STORE_FAILED);
    }
    writer->db = options->db;
    writer->on_fatal = options->on_fatal;
    writer->ctx = options->ctx;
    nonce_pool_init(&writer->nonces, options->db->random);
    arena_init(&writer->arena, LIMIT_ARENA_BLOCK_BYTES);
    (void)pthread_mutex_init(&writer->lock, NULL);
    (void)pthread_cond_init(&writer->wake, NULL);
    if (!thread_start(&writer->thread, "hayat-writer", writer_main, writer)) {
        free(writer);
        return FAIL(STORE_FAILED);
    }
    *ret_writer = writer;
    return STATUS_OK;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&writer->lock);
    writer->stopping = true;
    (void)pthread_mutex_unlock(&writer->lock);
    (void)pthread_cond_signal(&writer->wake);
    (void)pthread_join(writer->thread, NULL);
    (void)pthread_cond_destroy(&writer->wake);
    (void)pthread_mutex_destroy(&writer->lock);
    arena_fini(&writer->arena);
    nonce_pool_fini(&writer->nonces);
    free(writer);
}

struct writer_stats writer_stats(struct writer *writer)
{
    (void)pthread_mutex_lock(&writer->lock);
    uint32_t waiting = writer->waiting;
    (void)pthread_mutex_unlock(&writer->lock);
    return (struct writer_stats){writer->jobs, writer->commits, waiting, writer->failed};
}
