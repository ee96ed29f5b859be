/*
 * ticker: a thread that does something again and again, and sleeps in between as long as it was told.
 *
 * Threads  one of its own; start and stop from any other.
 */
#ifndef HAYAT_JOBS_TICKER_H
#define HAYAT_JOBS_TICKER_H

#include <stdint.h>

#include "base/status.h"

struct ticker;

/* Does one step and says after how many milliseconds the next is due. */
typedef int64_t ticker_step(void *ctx);

struct ticker_plan {
    const char *name; /* the thread's (base/thread.h) */
    ticker_step *step;
    void *ctx;
    int64_t first_ms; /* until the first step */
};

status ticker_start(const struct ticker_plan *plan, struct ticker **ret_ticker);
/* Ends after the step that is running.  NULL is nothing. */
void ticker_stop(struct ticker *ticker);

#endif
