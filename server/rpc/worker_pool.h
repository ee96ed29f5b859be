/*
 * worker_pool: a few threads for what may neither block a queue thread nor the writer (SEC-E4).
 *
 * The server has three: the workers; the secrets' pool, where Argon2id runs at idle priority, so that a storm of passphrases takes
 * nothing from calls that are quick (SEC-B2); and the paper pool, whose jobs wait seconds for a helper program.
 *
 * Memory   a job is the caller's and must live until its run returns.
 * Threads  worker_pool_submit from any thread; it never blocks.  Jobs start in the order they came.
 * Reasons  OVERLOADED: as many jobs wait as the queue holds.
 */
#ifndef HAYAT_RPC_WORKER_POOL_H
#define HAYAT_RPC_WORKER_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

struct worker_pool;

struct worker_job {
    void (*run)(struct worker_job *job);
    bool known;              /* of a caller who is somebody: may take a reserved place */
    struct worker_job *next; /* the pool's */
};

struct worker_pool_options {
    const char *name; /* of its threads (base/thread.h) */
    size_t threads;   /* at most LIMIT_POOL_THREADS (assert) */
    size_t queue;     /* jobs that may wait beside those that run ... */
    size_t
        reserve; /* ... and so many more when they are of known callers: strangers cannot fill these (SEC-B4) */
    bool idle; /* only with time nobody else wants */
};
extern const struct worker_pool_options worker_pool_workers, worker_pool_secrets, worker_pool_paper;

/* NULL when the threads cannot be had. */
struct worker_pool *worker_pool_start(const struct worker_pool_options *options);
/* Finishes what is queued, joins the threads.  NULL is allowed. */
void worker_pool_stop(struct worker_pool *pool);
status worker_pool_submit(struct worker_pool *pool, struct worker_job *job);
/* For a job that is running, as its last act: it runs again behind those that wait.  Never refused: there are no more
   such jobs than threads. */
void worker_pool_requeue(struct worker_pool *pool, struct worker_job *job);

#endif
