#include "rpc/worker_pool.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/thread.h"

const struct worker_pool_options worker_pool_workers = {
    .name = "hayat-worker",
    .threads = LIMIT_WORKERS,
    .queue = LIMIT_WORK_QUEUE,
};
const struct worker_pool_options worker_pool_secrets = {
    .name = "hayat-secrets",
    .threads = LIMIT_SECRET_WORKERS,
    .queue = LIMIT_SECRET_QUEUE,
    .reserve = LIMIT_SECRET_RESERVE,
    .idle = true,
};

const struct worker_pool_options worker_pool_paper = {
    .name = "hayat-paper",
    .threads = LIMIT_PAPER_WORKERS,
    .queue = LIMIT_PAPER_QUEUE,
};

struct worker_pool {
    struct worker_pool_options options;
    pthread_mutex_t mutex; /* guards all below */
    pthread_cond_t changed;
    struct worker_job *first, **last;
    size_t waiting;
    bool stopping;
    pthread_t threads[LIMIT_POOL_THREADS];
    size_t thread_count;
};

/* The next job, or NULL when the pool stops and nothing is queued. */
static struct worker_job *take(struct worker_pool *pool)
{
    (void)pthread_mutex_lock(&pool->mutex);
    while (pool->first == NULL && !pool->stopping) {
        (void)pthread_cond_wait(&pool->changed, &pool->mutex);
    }
    struct worker_job *job = pool->first;
    if (job != NULL) {
        pool->first = job->next;
        pool->last = pool->first == NULL ? &pool->first : pool->last;
        pool->waiting--;
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return job;
}

/* A kernel that refuses costs quick calls some time, nothing else. */
static void be_idle(void)
{
    const struct sched_param none = {0};
    (void)pthread_setschedparam(pthread_self(), SCHED_IDLE, &none);
}

static void *work(void *ctx)
{
    struct worker_pool *pool = ctx;
    if (pool->options.idle) {
        be_idle();
    }
    for (struct worker_job *job = take(pool); job != NULL; job = take(pool)) {
        job->run(job);
    }
    return NULL;
}

struct worker_pool *worker_pool_start(const struct worker_pool_options *options)
{
    assert(options->threads <= LIMIT_POOL_THREADS);
    struct worker_pool *pool = calloc(1, sizeof *pool);
    if (pool == NULL) {
        return NULL;
    }
    pool->options = *options;
    pool->last = &pool->first;
    (void)pthread_mutex_init(&pool->mutex, NULL);
    (void)pthread_cond_init(&pool->changed, NULL);
    for (; pool->thread_count < options->threads; pool->thread_count++) {
        if (!thread_start(&pool->threads[pool->thread_count], options->name, work, pool)) {
            worker_pool_stop(pool);
            return NULL;
        }
    }
    return pool;
}

void worker_pool_stop(struct worker_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&pool->mutex);
    pool->stopping = true;
    (void)pthread_cond_broadcast(&pool->changed);
    (void)pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < pool->thread_count; i++) {
        (void)pthread_join(pool->threads[i], NULL);
    }
    (void)pthread_cond_destroy(&pool->changed);
    (void)pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

/* With the mutex held. */
static void append(struct worker_pool *pool, struct worker_job *job)
{
    job->next = NULL;
    *pool->last = job;
    pool->last = &job->next;
    pool->waiting++;
    (void)pthread_cond_signal(&pool->changed);
}

status worker_pool_submit(struct worker_pool *pool, struct worker_job *job)
{
    (void)pthread_mutex_lock(&pool->mutex);
    size_t places = pool->options.queue + (job->known ? pool->options.reserve : 0);
    bool full = pool->waiting >= places;
    if (!full) {
        append(pool, job);
    }
    (void)pthread_mutex_unlock(&pool->mutex);
    return full ? FAIL(OVERLOADED) : STATUS_OK;
}

void worker_pool_requeue(struct worker_pool *pool, struct worker_job *job)
{
    (void)pthread_mutex_lock(&pool->mutex);
    append(pool, job);
    (void)pthread_mutex_unlock(&pool->mutex);
}
