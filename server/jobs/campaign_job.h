/*
 * campaign_job: walks over all members with a pension, every LIMIT_WALK_PERIOD_MS and when a day begins (service/campaign_walk.h).
 *
 * It works in small steps: keys are read LIMIT_WALK_KEYS at a time, members are looked at LIMIT_WALK_MEMBERS to a write transaction, so that memory
 * is bounded and no member's write waits for it (SEC-D6).  A server that dies begins the walk again, and nothing is done twice.
 *
 * Threads  one of its own; start and stop from any other.
 */
#ifndef HAYAT_JOBS_CAMPAIGN_JOB_H
#define HAYAT_JOBS_CAMPAIGN_JOB_H

#include "base/status.h"
#include "service/app.h"

struct campaign_job;

status campaign_job_start(struct app *app, struct campaign_job **ret_job);
/* NULL is nothing. */
void campaign_job_stop(struct campaign_job *job);

#endif
