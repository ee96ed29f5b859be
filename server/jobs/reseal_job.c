#include "jobs/reseal_job.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "jobs/ticker.h"
#include "storage/reseal.h"

struct reseal_job {
    struct app *app;
    struct ticker *ticker;
    uint32_t done[DOMAIN_MAX]; /* the epoch everything is known to be in */
};

struct step {
    enum key_domain domain;
    bool more;
};

static status run_step(void *ctx, struct txn *txn)
{
    struct step *step = ctx;
    return reseal_step(txn, step->domain, &step->more);
}

/* True when there is more to do now. */
static bool work_on(struct reseal_job *job, enum key_domain domain)
{
    uint32_t epoch = job->app->keys->current[domain];
    if (epoch <= 1 || job->done[domain] == epoch) {
        return false;
    }
    struct step step = {.domain = domain};
    struct arena arena;
    arena_init(&arena, LIMIT_CHECK_ARENA_BYTES);
    status s = writer_run(job->app->writer, &arena, run_step, &step);
    arena_fini(&arena);
    if (!ok(s)) {
        log_event(LOG_WARN, "reseal_failed", LOG_WORD("domain", seal_domain_name(domain)),
                  LOG_WORD("reason", reason_name(s.why)));
        return false;
    }
    if (!step.more) {
        job->done[domain] = epoch;
        log_event(LOG_INFO, "resealed", LOG_WORD("domain", seal_domain_name(domain)),
                  LOG_NUMBER("epoch", epoch));
    }
    return step.more;
}

static int64_t run_due(void *ctx)
{
    struct reseal_job *job = ctx;
    bool more = false;
    for (unsigned domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        if (reseal_applies((enum key_domain)domain)) {
            more = work_on(job, (enum key_domain)domain) || more;
        }
    }
    return more ? LIMIT_RESEAL_PAUSE_MS : LIMIT_RESEAL_IDLE_MS;
}

status reseal_job_start(struct app *app, struct reseal_job **ret_job)
{
    struct reseal_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return FAIL(INTERNAL);
    }
    job->app = app;
    const struct ticker_plan plan = {"hayat-reseal", run_due, job, LIMIT_RESEAL_IDLE_MS / 10};
    status s = ticker_start(&plan, &job->ticker);
    if (!ok(s)) {
        free(job);
        return s;
    }
    *ret_job = job;
    return STATUS_OK;
}

void reseal_job_stop(struct reseal_job *job)
{
    if (job != NULL) {
        ticker_stop(job->ticker);
        free(job);
    }
}
