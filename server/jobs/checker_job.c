#include "jobs/checker_job.h"

#include <stdlib.h>

#include "base/log.h"
#include "jobs/cleaner.h"
#include "jobs/ticker.h"

/* An empty queue costs a look at the root of a tree. */
enum { PERIOD_MS = 200, MORE_MS = 1, DOWN_MS = 5000 };

struct checker_job {
    struct checker_job_options options;
    bool down; /* as it was told last; the checker's thread's */
    struct ticker *checker, *cleaner;
};

static int64_t wait_after(enum checker_round round)
{
    switch (round) {
    case CHECKER_MORE:
        return MORE_MS;
    case CHECKER_DOWN:
    case CHECKER_FAILED:
        return DOWN_MS;
    case CHECKER_IDLE:
        break;
    }
    return PERIOD_MS;
}

static void tell(struct checker_job *job, bool down)
{
    if (down == job->down) {
        return;
    }
    job->down = down;
    log_event(down ? LOG_ERROR : LOG_INFO, down ? "checker_down" : "checker_up");
    if (job->options.on_down != NULL) {
        job->options.on_down(down);
    }
}

/* A program that was put back is noticed without anything being due. */
static int64_t check(void *ctx)
{
    struct checker_job *job = ctx;
    enum checker_round round = checker_check(&job->options.checker);
    if (round == CHECKER_IDLE && job->down && !checker_is_fit(&job->options.checker)) {
        round = CHECKER_DOWN;
    }
    tell(job, round == CHECKER_DOWN);
    return wait_after(round);
}

static int64_t clean(void *ctx)
{
    struct checker_job *job = ctx;
    return wait_after(cleaner_clean(&job->options.checker));
}

status checker_job_start(const struct checker_job_options *options, struct checker_job **ret_job)
{
    struct checker_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return FAIL(INTERNAL);
    }
    job->options = *options;
    tell(job, !checker_is_fit(&job->options.checker));
    const struct ticker_plan checks = {"hayat-checker", check, job, PERIOD_MS};
    const struct ticker_plan cleans = {"hayat-cleaner", clean, job, PERIOD_MS};
    status s = ticker_start(&checks, &job->checker);
    if (ok(s)) {
        s = ticker_start(&cleans, &job->cleaner);
    }
    if (!ok(s)) {
        checker_job_stop(job);
        return s;
    }
    *ret_job = job;
    return STATUS_OK;
}

void checker_job_stop(struct checker_job *job)
{
    if (job != NULL) {
        ticker_stop(job->cleaner);
        ticker_stop(job->checker);
        free(job);
    }
}
