/*
 * scrub_job: opens every record of the store, slowly and again and again (SEC-D8): LMDB notices no damage, and a row that nobody
 * reads for a year would be missed when no good copy of it is left.
 *
 *   an hour after the start ──▶ a pass, at LIMIT_SCRUB_CELLS_PER_S and LIMIT_SCRUB_BYTES_PER_S at most ──▶ a week ──▶ the next
 *
 * It mends nothing and tells no keys: it logs scrubbed, or scrub_found for each table with damaged rows; `hayatctl db check` names them.
 *
 * Threads  one of its own; start and stop from any other.
 * Errors   INTERNAL: no memory, no thread.
 */
#ifndef HAYAT_JOBS_SCRUB_JOB_H
#define HAYAT_JOBS_SCRUB_JOB_H

#include "storage/check.h"

struct scrub_job;

/* Borrows DB until scrub_job_stop. */
status scrub_job_start(struct db *db, struct scrub_job **ret_job);
/* Waits for a step of a pass at most.  NULL is fine. */
void scrub_job_stop(struct scrub_job *job);

/* Waits for MS; false when the pass is to stop. */
typedef bool scrub_wait(void *ctx, int64_t ms);

/* One pass, with what it waits by.  As db_check: STORE_CORRUPT when there is damage, CANCELLED when it was stopped. */
status scrub_pass(struct db *db, scrub_wait *wait, void *ctx, struct db_check_report *ret_report);

#endif
