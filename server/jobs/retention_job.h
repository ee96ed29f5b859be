/*
 * retention_job: takes what has had its time, a small step at a time, in one pass after another (service/retention_pass.h).
 *
 * Threads  one of its own; start and stop from any other.
 */
#ifndef HAYAT_JOBS_RETENTION_JOB_H
#define HAYAT_JOBS_RETENTION_JOB_H

#include "base/status.h"
#include "service/app.h"

struct retention_job;

struct retention_job_options {
    struct app *app;
    const char *keyring_path; /* borrowed */
    void (*on_late)(
        bool
            late); /* told when passes do not come to their end, and when they do again; may be NULL */
};

status retention_job_start(const struct retention_job_options *options,
                           struct retention_job **ret_job);
/* Ends after the step that is running; before the writer is stopped.  NULL is nothing. */
void retention_job_stop(struct retention_job *job);

#endif
