/*
 * reseal_job: seals what is in an old epoch anew after a rotation, in small steps through the writer (storage/reseal.h).
 *
 * Threads  one of its own; start and stop from any other.
 */
#ifndef HAYAT_JOBS_RESEAL_JOB_H
#define HAYAT_JOBS_RESEAL_JOB_H

#include "base/status.h"
#include "service/app.h"

struct reseal_job;

status reseal_job_start(struct app *app, struct reseal_job **ret_job);
/* Ends after the step that is running; before the writer is stopped.  NULL is nothing. */
void reseal_job_stop(struct reseal_job *job);

#endif
