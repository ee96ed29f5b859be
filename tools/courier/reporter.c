#include "tools/courier/reporter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/retry_rules.h"
#include "base/thread.h"
#include "hayat/backoffice/v1/outbox.pb-c.h"

#define ACK_PATH "/hayat.backoffice.v1.OutboxService/AckOutbox"
#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name

typedef Hayat__Backoffice__V1__AckOutboxRequest ack_request;
typedef Hayat__Backoffice__V1__AckOutboxResponse ack_response;

enum {
    TELL_TIMEOUT_MS = 10000,
    TELL_FIRST_MS = 500,  /* the first wait after a failure */
    EARLY_FIRST_MS = 500, /* its message's own end is being told: another route's next breath ... */
    LOOK_MS =
        60000, /* ... or, when that route could not, later; what was refused is logged as often as that */
    TELL_ARENA_BYTES = LIMIT_SEND_BYTES,
};

/* What the thread goes by. */
struct telling {
    struct reporter *reporter;
    struct channel *channel;
    uint32_t failures; /* in a row */
    size_t early;      /* of this pass: they stay where they are */
    int64_t early_ms;  /* the next wait for them */
};

struct batch {
    size_t count;
    struct reported_item items[LIMIT_OUTBOX_BATCH];
};

/* --- one batch --- */

static void fill(const struct reporter *reporter, const struct reported_item *item,
                 struct arena *arena, Hayat__Backoffice__V1__OutboxResult *result)
{
    hayat__backoffice__v1__outbox_result__init(result);
    result->outbox_id = arena_str(arena, bytes_str(item->outbox_id));
    result->outcome = item->word == REPORT_ARRIVED ? OUTCOME(ARRIVED) : OUTCOME(NOT_ARRIVED);
    result->channel = arena_str(arena, bytes_str(reporter->carrier));
    result->evidence = arena_printf(arena, "%s report %d", reporter->carrier, item->type);
}

static status ask(struct telling *telling, const struct batch *batch, struct arena *arena,
                  const ack_response **ret_response)
{
    const struct call_options options = {
        .path = ACK_PATH,
        .timeout_ms = TELL_TIMEOUT_MS,
        .response = &hayat__backoffice__v1__ack_outbox_response__descriptor};
    ack_request request;
    struct rpc_reply reply;
    hayat__backoffice__v1__ack_outbox_request__init(&request);
    Hayat__Backoffice__V1__OutboxResult *results = arena_array(arena, batch->count,
                                                               sizeof *results);
    request.results = arena_array(arena, batch->count, sizeof *request.results);
    TRY(arena_check(arena));
    for (size_t i = 0; i < batch->count; i++) {
        fill(telling->reporter, &batch->items[i], arena, &results[i]);
        request.results[i] = &results[i];
    }
    request.n_results = batch->count;
    TRY(arena_check(arena));
    TRY(channel_unary(telling->channel, &options, &request.base, arena, &reply));
    *ret_response = (const ack_response *)reply.message;
    return STATUS_OK;
}

static bool is_early(const ack_response *response, const struct reported_item *item)
{
    bool early = false;
    for (size_t i = 0; i < response->n_early_outbox_ids; i++) {
        early = early || strcmp(response->early_outbox_ids[i], item->outbox_id) == 0;
    }
    return early;
}

static void settle(struct telling *telling, const struct batch *batch, const ack_response *response)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (is_early(response, &batch->items[i])) {
            telling->early++;
        } else {
            reported_forget(&telling->reporter->reported, &batch->items[i]);
        }
    }
    log_event(LOG_INFO, "reports", LOG_NUMBER("told", batch->count),
              LOG_NUMBER("changed", response->changed_count),
              LOG_NUMBER("early", response->n_early_outbox_ids),
              LOG_NUMBER("gone", response->gone_count + response->not_held_count));
}

static status tell(struct telling *telling, const struct batch *batch, struct arena *arena)
{
    const ack_response *response;
    arena_reset(arena, TELL_ARENA_BYTES);
    TRY(ask(telling, batch, arena, &response));
    telling->failures = 0;
    settle(telling, batch, response);
    return STATUS_OK;
}

/* --- for ever --- */

static void wake(void *ctx)
{
    struct reporter *reporter = ctx;
    (void)pthread_mutex_lock(&reporter->mutex);
    reporter->news = true;
    (void)pthread_cond_signal(&reporter->came);
    (void)pthread_mutex_unlock(&reporter->mutex);
}

static void log_counts(struct reporter *reporter)
{
    uint32_t refused = atomic_exchange(&reporter->counts.refused, 0);
    uint32_t postponed = atomic_exchange(&reporter->counts.postponed, 0);
    if (refused + postponed > 0) {
        log_event(LOG_WARN, "reports_refused", LOG_NUMBER("foreign", refused),
                  LOG_NUMBER("postponed", postponed));
    }
}

/* Until something was kept, or for MS. */
static void wait_for_news(struct reporter *reporter, int64_t ms)
{
    struct timespec until;
    int result = 0;
    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    int64_t ns = until.tv_nsec + ms % 1000 * 1000000;
    until.tv_sec += ms / 1000 + ns / 1000000000;
    until.tv_nsec = ns % 1000000000;
    (void)pthread_mutex_lock(&reporter->mutex);
    while (!reporter->news && !atomic_load(&reporter->stopping) && result != ETIMEDOUT) {
        result = pthread_cond_timedwait(&reporter->came, &reporter->mutex, &until);
    }
    reporter->news = false;
    (void)pthread_mutex_unlock(&reporter->mutex);
    log_counts(reporter);
}

static void pause_after_failure(struct telling *telling, status s)
{
    if (telling->failures++ == 0) {
        log_event(LOG_WARN, "reports_wait", LOG_WORD("reason", reason_name(s.why)));
    }
    channel_pause(telling->channel, retry_after_ms(telling->failures < 7 ? telling->failures : 7,
                                                   TELL_FIRST_MS, telling->reporter->random));
}

/* Tells of everything that is kept; what is early is left for the next pass. */
static void pass(struct telling *telling, struct arena *arena)
{
    struct reporter *reporter = telling->reporter;
    struct batch batch;
    status s = STATUS_OK;
    telling->early = 0;
    reported_sweep(&reporter->reported, clock_wall_ms(reporter->clock));
    do {
        batch.count = reported_list(&reporter->reported, telling->early, LIMIT_OUTBOX_BATCH,
                                    batch.items);
        if (batch.count > 0) {
            s = tell(telling, &batch, arena);
        }
    } while (ok(s) && batch.count == LIMIT_OUTBOX_BATCH && !atomic_load(&reporter->stopping));
    if (!ok(s)) {
        pause_after_failure(telling, s);
        return;
    }
    int64_t twice_ms = telling->early_ms * 2 < LOOK_MS ? telling->early_ms * 2 : LOOK_MS;
    int64_t wait_ms = telling->early > 0 ? telling->early_ms : LOOK_MS;
    telling->early_ms = telling->early > 0 ? twice_ms : EARLY_FIRST_MS;
    wait_for_news(reporter, wait_ms);
}

static void *run(void *arg)
{
    struct reporter *reporter = arg;
    struct telling telling = {.reporter = reporter, .early_ms = EARLY_FIRST_MS};
    struct arena arena;
    status s = channel_open(&reporter->server, &telling.channel);
    if (!ok(s)) {
        log_event(LOG_ERROR, "no_channel", LOG_WORD("reason", reason_name(s.why)));
        exit(EXIT_FAILURE); /* as the routes' threads: let the service manager try again */
    }
    arena_init(&arena, TELL_ARENA_BYTES);
    while (!atomic_load(&reporter->stopping)) {
        pass(&telling, &arena);
    }
    arena_fini(&arena);
    channel_close(telling.channel);
    return NULL;
}

/* --- start and end --- */

static status init_waiting(struct reporter *reporter)
{
    pthread_condattr_t monotonic;
    (void)pthread_condattr_init(&monotonic);
    bool good = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(&reporter->came, &monotonic) == 0 &&
                pthread_mutex_init(&reporter->mutex, NULL) == 0;
    (void)pthread_condattr_destroy(&monotonic);
    atomic_store(&reporter->stopping, false);
    return good ? STATUS_OK : FAIL(INTERNAL);
}

status reporter_start(struct reporter *reporter, int directory)
{
    const struct report_listener_options options = {.link = &reporter->link,
                                                    .reported = &reporter->reported,
                                                    .counts = &reporter->counts,
                                                    .wake = wake,
                                                    .ctx = reporter};
    TRY(init_waiting(reporter));
    TRY(reported_open(directory, &reporter->reported));
    reported_sweep(&reporter->reported, clock_wall_ms(reporter->clock));
    TRY(report_listener_open(&options, &reporter->listener));
    return thread_start(&reporter->thread, "courier-reports", run, reporter) ? STATUS_OK
                                                                             : FAIL(INTERNAL);
}

void reporter_stop(struct reporter *reporter)
{
    report_listener_close(reporter->listener);
    reporter->listener = NULL;
    atomic_store(&reporter->stopping, true);
    wake(reporter);
}
