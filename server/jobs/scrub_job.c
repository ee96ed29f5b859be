#include "jobs/scrub_job.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "jobs/ticker.h"

struct scrub_job {
    struct db *db;
    struct ticker *ticker;
    struct db_check_report report;
};

/* --- a pass --- */

struct pacing {
    scrub_wait *wait;
    void *ctx;
    uint64_t cells, bytes; /* waited for already */
};

static bool pace(void *ctx, const struct db_check_report *report)
{
    struct pacing *pacing = ctx;
    const int64_t for_cells = (int64_t)(report->cells_total - pacing->cells) * 1000 /
                              LIMIT_SCRUB_CELLS_PER_S;
    const int64_t for_bytes = (int64_t)(report->bytes_total - pacing->bytes) * 1000 /
                              LIMIT_SCRUB_BYTES_PER_S;
    pacing->cells = report->cells_total;
    pacing->bytes = report->bytes_total;
    return pacing->wait(pacing->ctx, for_cells > for_bytes ? for_cells : for_bytes);
}

status scrub_pass(struct db *db, scrub_wait *wait, void *ctx, struct db_check_report *ret_report)
{
    struct pacing pacing = {.wait = wait, .ctx = ctx};
    return db_check(db, pace, &pacing, ret_report);
}

/* --- the job --- */

static bool wait_on(void *ctx, int64_t ms)
{
    const struct scrub_job *job = ctx;
    return ticker_pause(job->ticker, ms);
}

static uint64_t bad_of(const struct db_check_report *report, enum table_id table)
{
    uint64_t bad = 0;
    for (uint32_t i = 0; i < report->bad_listed; i++) {
        bad += report->bad[i].table == table ? 1 : 0;
    }
    return bad;
}

/* Of the rows that are listed; scrubbed tells of all. */
static void tell_bad(const struct db_check_report *report)
{
    for (size_t i = 0; i < table_info_count; i++) {
        const uint64_t bad = bad_of(report, table_infos[i].id);
        if (bad > 0) {
            log_event(LOG_ERROR, "scrub_found", LOG_WORD("table", table_infos[i].name),
                      LOG_NUMBER("bad", bad));
        }
    }
}

static int64_t run_pass(void *ctx)
{
    struct scrub_job *job = ctx;
    const int64_t start_us = clock_mono_us(&clock_system);
    status s = scrub_pass(job->db, wait_on, job, &job->report);
    if (s.why == REASON_CANCELLED) {
        return LIMIT_SCRUB_IDLE_MS;
    }
    if (!ok(s) && s.why != REASON_STORE_CORRUPT) {
        log_event(LOG_WARN, "scrub_failed", LOG_WORD("reason", reason_name(s.why)));
        return LIMIT_SCRUB_RETRY_MS;
    }
    tell_bad(&job->report);
    log_event(LOG_INFO, "scrubbed", LOG_NUMBER("records", job->report.cells_total),
              LOG_NUMBER("mib", job->report.bytes_total >> 20),
              LOG_NUMBER("bad", job->report.bad_total),
              LOG_NUMBER("seconds", (clock_mono_us(&clock_system) - start_us) / 1000000));
    return LIMIT_SCRUB_IDLE_MS;
}

status scrub_job_start(struct db *db, struct scrub_job **ret_job)
{
    struct scrub_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return FAIL(INTERNAL);
    }
    job->db = db;
    const struct ticker_plan plan = {"hayat-scrub", run_pass, job, LIMIT_SCRUB_FIRST_MS};
    status s = ticker_start(&plan, &job->ticker);
    if (!ok(s)) {
        free(job);
        return s;
    }
    *ret_job = job;
    return STATUS_OK;
}

void scrub_job_stop(struct scrub_job *job)
{
    if (job != NULL) {
        ticker_stop(job->ticker);
        free(job);
    }
}
