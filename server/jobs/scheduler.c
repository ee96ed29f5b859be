#include "jobs/scheduler.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/log.h"
#include "jobs/outbox_alarm.h"
#include "jobs/ticker.h"
#include "storage/delivery_report_store.h"
#include "storage/outbox_store.h"

enum { PERIOD_MS = 1000, STEP_PAUSE_MS = 5, ROWS_PER_STEP = LIMIT_EXPIRY_ROWS };

struct scheduler {
    struct scheduler_options options;
    struct ticker *ticker;
    struct outbox_alarm outbox_alarm;
    uint32_t unread;   /* damaged rows that were told of ... */
    int64_t unread_us; /* ... when; monotonic */
    bool adopted;      /* no row of the outbox is without a place any more */
};

/* --- one step --- */

struct step {
    const struct scheduler *scheduler;
    struct expiry_ran ran;
};

static status run_step(void *ctx, struct txn *txn)
{
    struct step *step = ctx;
    return expiry_run(txn, txn_now_ms(txn), ROWS_PER_STEP, &step->scheduler->options.ends,
                      &step->ran);
}

/* A transaction of its own: a step of the above may fill one. */
static status drop_reports(void *ctx, struct txn *txn)
{
    uint64_t *damaged = ctx;
    *damaged = 0;
    return delivery_report_store_drop_old(txn, damaged);
}

typedef status step_body(void *ctx, struct txn *txn);

static status run(const struct scheduler *scheduler, step_body *body, void *ctx)
{
    struct arena arena;
    arena_init(&arena, LIMIT_EXPIRY_ARENA_BYTES);
    status s = writer_run(scheduler->options.app->writer, &arena, body, ctx);
    arena_fini(&arena);
    if (!ok(s)) {
        log_event(LOG_WARN, "expiry_failed", LOG_WORD("reason", reason_name(s.why)));
    }
    return s;
}

/* --- what is damaged keeps nothing else, and is told --- */

/* Rows that stay are met by every run: told when they are others than before, and once an hour. */
static void tell_damaged(struct scheduler *scheduler, const struct expiry_ran *ran)
{
    const int64_t now_us = clock_mono_us(scheduler->options.app->clock);
    const bool again = ran->unread > 0 &&
                       now_us - scheduler->unread_us >= LIMIT_EXPIRY_RETRY_MS * 1000;
    if (ran->put_off > 0 || ran->unread > scheduler->unread || again) {
        log_event(LOG_ERROR, "expiry_damaged", LOG_NUMBER("unread", ran->unread),
                  LOG_NUMBER("put_off", ran->put_off));
        scheduler->unread_us = now_us;
    }
    scheduler->unread = ran->unread;
}

static void run_reports(const struct scheduler *scheduler)
{
    uint64_t damaged = 0;
    if (ok(run(scheduler, drop_reports, &damaged)) && damaged > 0) {
        log_event(LOG_ERROR, "delivery_reports_damaged", LOG_NUMBER("rows", (int64_t)damaged));
    }
}

/* --- rows of the outbox that an old server left --- */

static status adopt_step(void *ctx, struct txn *txn)
{
    return outbox_store_adopt(txn, ctx);
}

static void adopt(struct scheduler *scheduler)
{
    struct arena arena;
    bool more = true;
    arena_init(&arena, LIMIT_OUTBOX_ADOPT_ARENA_BYTES);
    while (more && !scheduler->adopted) {
        arena_reset(&arena, LIMIT_OUTBOX_ADOPT_ARENA_BYTES);
        status s = writer_run(scheduler->options.app->writer, &arena, adopt_step, &more);
        if (!ok(s)) {
            log_event(LOG_WARN, "outbox_adopt_failed", LOG_WORD("reason", reason_name(s.why)));
            more = false; /* at the next start again */
        }
    }
    scheduler->adopted = true;
    arena_fini(&arena);
}

/* Looks at each other process once: microseconds. */
static void drop_dead_readers(const struct scheduler *scheduler)
{
    uint32_t dead = db_drop_dead_readers(scheduler->options.app->db);
    if (dead > 0) {
        log_event(LOG_INFO, "dead_readers", LOG_NUMBER("count", dead));
    }
}

static int64_t run_due(void *ctx)
{
    struct scheduler *scheduler = ctx;
    drop_dead_readers(scheduler);
    adopt(scheduler);
    struct step step = {.scheduler = scheduler};
    status s = run(scheduler, run_step, &step);
    if (ok(s)) {
        tell_damaged(scheduler, &step.ran);
    }
    run_reports(scheduler);
    outbox_alarm_run(&scheduler->outbox_alarm, scheduler->options.app);
    return ok(s) && step.ran.more ? STEP_PAUSE_MS : scheduler->options.period_ms;
}

/* --- start and stop --- */

status scheduler_start(const struct scheduler_options *options, struct scheduler **ret_scheduler)
{
    struct scheduler *scheduler = calloc(1, sizeof *scheduler);
    if (scheduler == NULL) {
        return FAIL(INTERNAL);
    }
    scheduler->options = *options;
    if (options->period_ms == 0) {
        scheduler->options.period_ms = PERIOD_MS;
    }
    const struct ticker_plan plan = {"hayat-expiry", run_due, scheduler,
                                     scheduler->options.period_ms};
    status s = ticker_start(&plan, &scheduler->ticker);
    if (!ok(s)) {
        free(scheduler);
        return s;
    }
    *ret_scheduler = scheduler;
    return STATUS_OK;
}

void scheduler_stop(struct scheduler *scheduler)
{
    if (scheduler != NULL) {
        ticker_stop(scheduler->ticker);
        free(scheduler);
    }
}
