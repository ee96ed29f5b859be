/*
 * worker_pool: LIMIT_WORKERS threads for what may neither block a queue thread nor the writer (SEC-E4).
 *
 * Memory   a job is the caller's and must live until its run returns.
 * Threads  worker_pool_submit from any thread; it never blocks.  Jobs start in the order they came.
 * Reasons  OVERLOADED: LIMIT_WORK_QUEUE jobs wait already.
 */
#ifndef HAYAT_RPC_WORKER_POOL_H
#define HAYAT_RPC_WORKER_POOL_H

#include "base/status.h"

struct worker_pool;

struct worker_job {
    void (*run)(struct worker_job *job);
    struct worker_job *next; /* the pool's */
};

/* NULL when the threads cannot be had. */
struct worker_pool *worker_pool_start(void);
/* Finishes what is queued, joins the threads.  NULL is allowed. */
void worker_pool_stop(struct worker_pool *pool);
status worker_pool_submit(struct worker_pool *pool, struct worker_job *job);
/* For a job that is running, as its last act: it runs again behind those that wait.  Never refused: there are no more
   such jobs than threads. */
void worker_pool_requeue(struct worker_pool *pool, struct worker_job *job);

#endif
