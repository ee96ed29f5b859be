#include "jobs/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/thread.h"

struct ticker {
    struct ticker_plan plan;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t stopped;
    bool stopping;
};

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

/* False when the ticker is to stop. */
static bool pause_ms(struct ticker *ticker, int64_t ms)
{
    struct timespec until = after_ms(ms);
    (void)pthread_mutex_lock(&ticker->lock);
    while (!ticker->stopping &&
           pthread_cond_timedwait(&ticker->stopped, &ticker->lock, &until) != ETIMEDOUT) {
    }
    bool go_on = !ticker->stopping;
    (void)pthread_mutex_unlock(&ticker->lock);
    return go_on;
}

static void *ticker_main(void *arg)
{
    struct ticker *ticker = arg;
    int64_t wait_ms = ticker->plan.first_ms;
    while (pause_ms(ticker, wait_ms)) {
        wait_ms = ticker->plan.step(ticker->plan.ctx);
    }
    return NULL;
}

status ticker_start(const struct ticker_plan *plan, struct ticker **ret_ticker)
{
    struct ticker *ticker = calloc(1, sizeof *ticker);
    pthread_condattr_t attributes;
    if (ticker == NULL) {
        return FAIL(INTERNAL);
    }
    ticker->plan = *plan;
    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_mutex_init(&ticker->lock, NULL);
    (void)pthread_cond_init(&ticker->stopped, &attributes);
    (void)pthread_condattr_destroy(&attributes);
    if (!thread_start(&ticker->thread, plan->name, ticker_main, ticker)) {
        free(ticker);
        return FAIL(INTERNAL);
    }
    *ret_ticker = ticker;
    return STATUS_OK;
}

void ticker_stop(struct ticker *ticker)
{
    if (ticker == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&ticker->lock);
    ticker->stopping = true;
    (void)pthread_cond_broadcast(&ticker->stopped);
    (void)pthread_mutex_unlock(&ticker->lock);
    (void)pthread_join(ticker->thread, NULL);
    (void)pthread_cond_destroy(&ticker->stopped);
    (void)pthread_mutex_destroy(&ticker->lock);
    free(ticker);
}
