#include "jobs/campaign_job.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "jobs/ticker.h"
#include "service/campaign_walk.h"
#include "storage/table.h"

enum { ARENA_BYTES = 1024 * 1024, PAUSE_MS = 2, PERIOD_MS = 1000 };

/* Owners of the next keys, each once. */
struct page {
    size_t count;
    struct owner owners[LIMIT_WALK_KEYS];
    size_t keys;
    struct key last;
};

struct campaign_job {
    struct app *app;
    struct ticker *ticker;
    bool walking;
    int64_t day;      /* the walk's */
    int64_t start_us; /* ... and when it began */
    struct key after; /* how far it is */
    struct page page;
    size_t at; /* of the page */
    struct walk_counts counts;
};

static int64_t today(const struct campaign_job *job, int64_t now_ms)
{
    return date_to_days(date_from_wall_ms(now_ms, job->app->utc_offset_minutes));
}

/* --- the next members --- */

static bool take_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct page *page = ctx;
    struct owner owner;
    (void)record;
    memcpy(owner.bytes, key.bytes, OWNER_BYTES);
    bool again = page->count > 0 &&
                 memcmp(page->owners[page->count - 1].bytes, owner.bytes, OWNER_BYTES) == 0;
    if (!again) {
        page->owners[page->count++] = owner;
    }
    page->last = key;
    return ++page->keys < LIMIT_WALK_KEYS;
}

static status read_keys(struct campaign_job *job, struct arena *arena)
{
    struct scan scan = {.table = TABLE_pension, .after = job->after, .keys_only = true};
    struct txn *txn;
    TRY(txn_begin_read(job->app->db, arena, &txn));
    status s = table_scan(txn, &scan, take_key, &job->page);
    txn_end_read(txn);
    return s;
}

static status read_page(struct campaign_job *job)
{
    struct arena arena;
    job->page.count = job->page.keys = job->at = 0;
    arena_init(&arena, ARENA_BYTES);
    status s = read_keys(job, &arena);
    arena_fini(&arena);
    job->after = job->page.keys > 0 ? job->page.last : job->after;
    return s;
}

/* --- a step --- */

static void report(status s)
{
    if (!ok(s)) {
        log_event(LOG_WARN, "campaign_step_failed", LOG_WORD("reason", reason_name(s.why)));
    }
}

static void begin(struct campaign_job *job, int64_t day)
{
    job->walking = true;
    job->day = day;
    job->start_us = clock_mono_us(job->app->clock);
    job->after = key_empty();
    job->page.count = job->at = 0;
    job->counts = (struct walk_counts){0};
}

static void end(struct campaign_job *job)
{
    job->walking = false;
    if (job->counts.reminders + job->counts.proposed + job->counts.withdrawn > 0) {
        log_event(LOG_INFO, "campaign_walked", LOG_NUMBER("members", (int64_t)job->counts.members),
                  LOG_NUMBER("reminders", (int64_t)job->counts.reminders),
                  LOG_NUMBER("proposed", (int64_t)job->counts.proposed),
                  LOG_NUMBER("withdrawn", (int64_t)job->counts.withdrawn));
    }
}

static void walk_on(struct campaign_job *job)
{
    size_t left = job->page.count - job->at;
    const struct walk_group group = {.writer = job->app->writer,
                                     .owners = &job->page.owners[job->at],
                                     .count = left < LIMIT_WALK_MEMBERS ? left : LIMIT_WALK_MEMBERS,
                                     .utc_offset_minutes = job->app->utc_offset_minutes};
    report(campaign_walk_group(&group, &job->counts));
    job->at += group.count;
}

static void step(struct campaign_job *job)
{
    if (job->at == job->page.count) {
        report(read_page(job));
    }
    if (job->page.count == 0) {
        end(job);
    } else {
        walk_on(job);
    }
}

static int64_t run_due(void *ctx)
{
    struct campaign_job *job = ctx;
    int64_t day = today(job, clock_wall_ms(job->app->clock));
    int64_t since_ms = (clock_mono_us(job->app->clock) - job->start_us) / 1000;
    if (!job->walking && (day != job->day || since_ms >= LIMIT_WALK_PERIOD_MS)) {
        begin(job, day);
    }
    if (job->walking) {
        step(job);
    }
    return job->walking ? PAUSE_MS : PERIOD_MS;
}

/* --- start and stop --- */

status campaign_job_start(struct app *app, struct campaign_job **ret_job)
{
    struct campaign_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        return FAIL(INTERNAL);
    }
    job->app = app;
    const struct ticker_plan plan = {"hayat-campaign", run_due, job, PERIOD_MS};
    status s = ticker_start(&plan, &job->ticker);
    if (!ok(s)) {
        free(job);
        return s;
    }
    *ret_job = job;
    return STATUS_OK;
}

void campaign_job_stop(struct campaign_job *job)
{
    if (job != NULL) {
        ticker_stop(job->ticker);
        free(job);
    }
}
