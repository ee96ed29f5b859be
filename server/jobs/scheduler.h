/*
 * scheduler: the one thread that runs what is due by itself: the end of what expired and of waiting for
 * delivery reports, and a look at the outbox's age and at readers that died.
 *
 * It works in small steps through the writer, like any caller, so that a long list delays no
 * member's write (SEC-D6).
 * Threads  one of its own; start and stop from any other.
 */
#ifndef HAYAT_JOBS_SCHEDULER_H
#define HAYAT_JOBS_SCHEDULER_H

#include "base/status.h"
#include "service/app.h"
#include "storage/expiry_store.h"

struct scheduler;

struct scheduler_options {
    struct app *app;
    struct expiry_ends ends;
    int64_t period_ms; /* 0: every second */
};

status scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler);
/* Ends after the step that is running; before the writer is stopped.  NULL is nothing. */
void scheduler_stop(struct scheduler *scheduler);

#endif
