/*
 * writer: the one thread that commits.  It takes queued jobs, runs each in the open LMDB transaction, commits once
 * for the whole batch (group commit) and only then tells each job how it ended.
 *
 * Invariants
 *   1 A job that fails leaves no trace: its write-set is dropped before it reaches LMDB, its neighbours are unharmed.
 *   2 done() with OK is called only after mdb_txn_commit returned success.
 *   3 Every put and delete of a commit passes writer_apply, in order: the seam where a write-set can be shipped.
 *   4 Any commit error other than a known-full disk ends the process's writing for good: every later job gets
 *     STORE_FAILED and on_fatal is called once (SEC-D5).
 *   5 Below LIMIT_FREE_DISK_BYTES only jobs marked essential run; others get STORE_FULL.
 *
 * Threads  writer_submit from any thread; run and done are called on the writer thread and must not block.
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
    bool essential;         /* runs on a nearly full disk: sign-out, bank refusal */
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
/* Submits and waits; for programs and workers, never on a queue thread. */
status writer_run(struct writer *writer, struct arena *arena, status (*run)(void *ctx, struct txn *txn), void *ctx);

#endif
