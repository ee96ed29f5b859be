/* A job whose submitter waits for it. */
#include <pthread.h>

#include "base/limits.h"
#include "storage/writer.h"

struct waiting_job {
    struct write_job job; /* first */
    status (*run)(void *ctx, struct txn *txn);
    void *ctx;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool done;
    status result;
};

static status run_waiting(struct write_job *job, struct txn *txn)
{
    struct waiting_job *waiting = (struct waiting_job *)(void *)job;
    return waiting->run(waiting->ctx, txn);
}

static void wake_waiting(struct write_job *job, status result)
{
    struct waiting_job *waiting = (struct waiting_job *)(void *)job;
    (void)pthread_mutex_lock(&waiting->lock);
    waiting->done = true;
    waiting->result = result;
    (void)pthread_cond_signal(
        &waiting->ended); /* inside the lock: the waiter may free it as soon as it is out */
    (void)pthread_mutex_unlock(&waiting->lock);
}

static status submit_and_wait(struct writer *writer, struct waiting_job *waiting)
{
    status result = writer_submit(writer, &waiting->job);
    if (!ok(result)) {
        return result;
    }
    (void)pthread_mutex_lock(&waiting->lock);
    while (!waiting->done) {
        (void)pthread_cond_wait(&waiting->ended, &waiting->lock);
    }
    (void)pthread_mutex_unlock(&waiting->lock);
    return waiting->result;
}

static status run_limited(struct writer *writer, struct waiting_job *waiting)
{
    (void)pthread_mutex_init(&waiting->lock, NULL);
    (void)pthread_cond_init(&waiting->ended, NULL);
    status result = submit_and_wait(writer, waiting);
    (void)pthread_cond_destroy(&waiting->ended);
    (void)pthread_mutex_destroy(&waiting->lock);
    return result;
}

status writer_run(struct writer *writer, struct arena *arena,
                  status (*run)(void *ctx, struct txn *txn), void *ctx)
{
    struct waiting_job waiting = {
        .job = {run_waiting, wake_waiting, .arena = arena}, .run = run, .ctx = ctx};
    return run_limited(writer, &waiting);
}

status writer_run_bulk(struct writer *writer, struct arena *arena,
                       status (*run)(void *ctx, struct txn *txn), void *ctx)
{
    struct waiting_job waiting = {
        .job = {run_waiting, wake_waiting, .arena = arena, .write_limit = LIMIT_WRITE_SET_BULK},
        .run = run,
        .ctx = ctx,
    };
    return run_limited(writer, &waiting);
}
