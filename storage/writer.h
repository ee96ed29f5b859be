/*
 * writer: the one thread that commits.  It takes queued jobs, runs each in the open LMDB
 * transaction, commits once for the whole batch (group commit) and only then tells each job how it
 * ended.
 *
 * Invariants
 *   1 A job that fails leaves no trace: its write-set is dropped before it reaches LMDB, its
 *     neighbours are unharmed.
 *   2 done() with OK is called only after mdb_txn_commit returned success.
 *   3 Every put and delete of a commit passes writer_apply, in order: the seam where a write-set
 *     can be shipped.
 *   4 Any commit error other than a known-full disk ends the process's writing for good: every
 *     later job gets STORE_FAILED and on_fatal is called once (SEC-D5).
 *   5 Below LIMIT_FREE_DISK_BYTES only jobs marked essential run; others get STORE_FULL.
 *
 *   6 A commit takes what is queued, up to LIMIT_WRITE_BATCH jobs and LIMIT_WRITE_BATCH_BYTES; it
 *     never waits for more.  Bulk jobs come after all others, but for a commit's last place, and none once
 *     LIMIT_WRITE_BULK_BYTES of theirs are in it: small writes do not wait behind uploads, and uploads get on.
 *   7 Jobs of one commit see what earlier ones wrote, so all of them end as the commit does when
 *     it fails.
 *
 * Fail points  run.before, run.after (a job) · apply.before, apply.after (its write-set) ·
 *              commit.before,
 *          commit.after (the commit itself).  error at commit.before is an EIO of the disk.
 *
 * Threads  writer_submit from any thread; run and done are called on the writer thread and must
 *          not block.
 * Errors   OVERLOADED (queue full) · STORE_FULL · STORE_FAILED · whatever run returned.
 */
#ifndef HAYAT_STORAGE_WRITER_H
#define HAYAT_STORAGE_WRITER_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/status.h"
#include "storage/db.h"

struct writer;

struct write_job {
    /* Reads and writes through TXN; a failure drops all its writes. */
    status (*run)(struct write_job *job, struct txn *txn);
    /* After the commit, or after the failure.  The job may be freed or reused inside. */
    void (*done)(struct write_job *job, status result);
    struct arena *arena;    /* for the transaction's outputs; must live until done */
    bool bulk;              /* many bytes, nobody waits for it alone: invariant 6 */
    bool essential;         /* runs on a nearly full disk: sign-out, bank refusal */
    uint32_t write_limit;   /* 0: LIMIT_WRITE_SET; import: up to LIMIT_WRITE_SET_BULK */
    struct write_job *next; /* the writer's */
    status result;          /* the writer's */
};

struct writer_options {
    struct db *db;
    void (*on_fatal)(void *ctx); /* the store can no longer be trusted: stop the process */
    void *ctx;
};

status writer_start(const struct writer_options *options, struct writer **ret_writer);
/* Finishes what is queued, joins the thread. */
void writer_stop(struct writer *writer);
/* Never blocks.  On OK, done will be called exactly once. */
status writer_submit(struct writer *writer, struct write_job *job);
/* Submits and waits; for programs and workers, never on a queue thread.  For calls: at most
   LIMIT_WRITE_SET writes. */
status writer_run(struct writer *writer, struct arena *arena,
                  status (*run)(void *ctx, struct txn *txn), void *ctx);
/*
 * As writer_run, for import: up to LIMIT_WRITE_SET_BULK writes in one commit.  They are applied in
 * key order, and keys past a table's last are appended to full pages, so input sorted by key loads
 * fastest.
 */
status writer_run_bulk(struct writer *writer, struct arena *arena,
                       status (*run)(void *ctx, struct txn *txn), void *ctx);

/* How the writer is doing, since its start; any thread. */
struct writer_stats {
    uint64_t jobs; /* ended, well or not */
    uint64_t commits;
    uint32_t waiting; /* in the queue now */
    bool failed;      /* invariant 4: it will not commit again */
};
struct writer_stats writer_stats(struct writer *writer);

#endif
