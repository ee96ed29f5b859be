#include "jobs/scheduler.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"

enum { PERIOD_MS = 1000, STEP_PAUSE_MS = 5, ROWS_PER_STEP = LIMIT_EXPIRY_ROWS };

struct scheduler {
    struct scheduler_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool stopping;
};

/* --- one step --- */

struct step {
    const struct scheduler *scheduler;
    bool more;
};

static status run_step(void *ctx, struct txn *txn)
{
    struct step *step = ctx;
    return expiry_run(txn, txn_now_ms(txn), ROWS_PER_STEP, &step->scheduler->options.ends,
                      &step->more);
}

/* True when there is more to do now. */
static bool run_due(const struct scheduler *scheduler)
{
    struct step step = {.scheduler = scheduler};
    struct arena arena;
    arena_init(&arena, LIMIT_EXPIRY_ARENA_BYTES);
    status s = writer_run(scheduler->options.app->writer, &arena, run_step, &step);
    arena_fini(&arena);
    if (!ok(s)) {
        log_event(LOG_WARN, "expiry_failed", LOG_WORD("reason", reason_name(s.why)));
    }
    return ok(s) && step.more;
}

/* --- the thread --- */

static struct timespec after_ms(int64_t ms)
{
    struct timespec at;
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += ms / 1000;
    at.tv_nsec += ms % 1000 * 1000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_sec++;
        at.tv_nsec -= 1000000000;
    }
    return at;
}

/* False when the scheduler is to stop. */
static bool pause_ms(struct scheduler *scheduler, int64_t ms)
{
    struct timespec until = after_ms(ms);
    (void)pthread_mutex_lock(&scheduler->lock);
    while (!scheduler->stopping &&
           pthread_cond_timedwait(&scheduler->stopped, &scheduler->lock, &until) != ETIMEDOUT) {
    }
    bool go_on = !scheduler->stopping;
    (void)pthread_mutex_unlock(&scheduler->lock);
    return go_on;
}

static void *scheduler_main(void *arg)
{
    struct scheduler *scheduler = arg;
    bool more = false;
    while (pause_ms(scheduler, more ? STEP_PAUSE_MS : scheduler->options.period_ms)) {
        more = run_due(scheduler);
    }
    return NULL;
}

status scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler)
{
    struct scheduler *scheduler = calloc(1, sizeof *scheduler);
    pthread_condattr_t attributes;
    if (scheduler == NULL) {
        return FAIL(INTERNAL);
    }
    scheduler->options = *options;
    if (options->period_ms == 0) {
        scheduler->options.period_ms = PERIOD_MS;
    }
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&scheduler->lock, NULL);
    (void)pthread_cond_init(&scheduler->stopped, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (pthread_create(&scheduler->thread, NULL, scheduler_main, scheduler) != 0) {
        free(scheduler);
        return FAIL(INTERNAL);
    }
    *ret_scheduler = scheduler;
    return STATUS_OK;
}

void scheduler_stop(struct scheduler *scheduler)
{
    if (scheduler == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&scheduler->lock);
    scheduler->stopping = true;
    (void)pthread_cond_broadcast(&scheduler->stopped);
    (void)pthread_mutex_unlock(&scheduler->lock);
    (void)pthread_join(scheduler->thread, NULL);
    (void)pthread_cond_destroy(&scheduler->stopped);
    (void)pthread_mutex_destroy(&scheduler->lock);
    free(scheduler);
}
