#include "jobs/retention_job.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "jobs/ticker.h"
#include "service/retention_pass.h"

struct retention_job {
    struct retention_job_options options;
    struct retention_work work;
    struct retention_stuck stuck;
    struct ticker *ticker;
    int64_t started_us;   /* monotonic: since when no pass came to its end */
    int64_t next_us;      /* ... and when the next one begins */
    int64_t errand_steps; /* since the last one was done */
    bool late;
};

static int64_t mono_us(const struct retention_job *job)
{
    return clock_mono_us(job->options.app->clock);
}

static void tell_late(struct retention_job *job, bool late)
{
    if (late == job->late) {
        return;
    }
    job->late = late;
    log_event(late ? LOG_ERROR : LOG_INFO, late ? "retention_late" : "retention_goes_on");
    if (job->options.on_late != NULL) {
        job->options.on_late(late);
    }
}

static void tell_pass(const retention_row *row)
{
    uint64_t gone = 0;
    for (size_t i = 0; i < row->n_gone; i++) {
        gone += row->gone[i]->count;
    }
    log_event(LOG_INFO, "retention_pass", LOG_NUMBER("looked_at", (int64_t)row->looked_at),
              LOG_NUMBER("gone", (int64_t)gone), LOG_NUMBER("damaged", (int64_t)row->damaged),
              LOG_NUMBER("seconds", (row->end_ms - row->start_ms) / 1000));
    if (row->left_held > 0) {
        log_event(LOG_ERROR, "member_erasures_held", LOG_NUMBER("held", (int64_t)row->left_held),
                  LOG_NUMBER("begun", (int64_t)row->left_begun));
    }
}

/* What the pass that just ended did. */
static void report_pass(struct retention_job *job)
{
    struct arena arena;
    struct txn *txn;
    retention_row *row;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    if (ok(txn_begin_read(job->work.db, &arena, &txn))) {
        if (ok(retention_row_get(txn, &row))) {
            tell_pass(row);
        }
        txn_end_read(txn);
    }
    arena_fini(&arena);
}

static int64_t failed(status s)
{
    log_event(LOG_WARN, "retention_failed", LOG_WORD("reason", reason_name(s.why)));
    return LIMIT_RETENTION_RETRY_MS;
}

/* Between two passes: what somebody waits for. */
static int64_t run_errand(struct retention_job *job)
{
    bool did = false;
    status s = retention_errand_step(&job->work, &did);
    if (!ok(s)) {
        return failed(s);
    }
    if (!did && job->errand_steps > 0) {
        log_event(LOG_INFO, "retention_errands", LOG_NUMBER("steps", job->errand_steps));
    }
    job->errand_steps = did ? job->errand_steps + 1 : 0;
    return did ? LIMIT_RETENTION_PAUSE_MS : LIMIT_ERRAND_LOOK_MS;
}

static int64_t run_due(void *ctx)
{
    struct retention_job *job = ctx;
    enum retention_step step = RETENTION_MORE;
    if (mono_us(job) < job->next_us) {
        return run_errand(job);
    }
    status s = retention_pass_step(&job->work, &step);
    if (ok(s) && step == RETENTION_PASS_ENDED) {
        job->started_us = mono_us(job);
        job->next_us = job->started_us + LIMIT_RETENTION_IDLE_MS * 1000;
        report_pass(job);
    }
    tell_late(job, mono_us(job) - job->started_us > LIMIT_RETENTION_LATE_MS * 1000);
    if (!ok(s)) {
        return failed(s);
    }
    return step == RETENTION_PASS_ENDED ? LIMIT_ERRAND_LOOK_MS : LIMIT_RETENTION_PAUSE_MS;
}

status retention_job_start(const struct retention_job_options *options,
                           struct retention_job **ret_job)
{
    struct retention_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return FAIL(INTERNAL);
    }
    job->options = *options;
    job->work = (struct retention_work){.db = options->app->db,
                                        .writer = options->app->writer,
                                        .keys = options->app->keys,
                                        .keyring_path = options->keyring_path,
                                        .event = "hayatd retention",
                                        .stuck = &job->stuck};
    job->started_us = mono_us(job);
    const struct ticker_plan plan = {"hayat-retention", run_due, job, LIMIT_RETENTION_FIRST_MS};
    status s = ticker_start(&plan, &job->ticker);
    if (!ok(s)) {
        free(job);
        return s;
    }
    *ret_job = job;
    return STATUS_OK;
}

void retention_job_stop(struct retention_job *job)
{
    if (job != NULL) {
        ticker_stop(job->ticker);
        free(job);
    }
}
