#include "tools/courier/courier.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"

#define SERVICE "/hayat.backoffice.v1.OutboxService/"

enum {
    RECONNECT_FIRST_MS = 500,
    RECONNECT_MOST_MS = 30000,
    ACK_TIMEOUT_MS = 10000,
    WAITED_MS = 1000,
    LEASE_MARGIN_MS = 40000, /* one message carried at its slowest, and an acknowledgement */
    TOKEN_BYTES = 256,
    ROUND_ARENA_BYTES = 4 * LIMIT_SEND_BYTES,
};

/* What a thread goes by. */
struct state {
    struct courier *courier;
    struct channel *channel;
    char token[TOKEN_BYTES]; /* of the last message; empty: this process has nothing in hand */
    uint32_t failures;       /* in a row */
    int64_t read_us;         /* when the last message was read, or the watch was opened */
    int64_t
        handed_us; /* the message at hand was handed out no earlier: its leases count from here */
};

static int64_t now_us(const struct courier *courier)
{
    return clock_mono_us(courier->route.clock);
}

/* --- one message --- */

/* *RET_ALL: the server has settled everything that it was told of. */
static status acknowledge(struct state *state,
                          const Hayat__Backoffice__V1__AckOutboxRequest *request,
                          struct arena *arena, bool *ret_all)
{
    const struct call_options options = {
        .path = SERVICE "AckOutbox",
        .timeout_ms = ACK_TIMEOUT_MS,
        .response = &hayat__backoffice__v1__ack_outbox_response__descriptor,
    };
    struct rpc_reply reply;
    *ret_all = true;
    if (request->n_results == 0) {
        return STATUS_OK;
    }
    TRY(channel_unary(state->channel, &options, &request->base, arena, &reply));
    *ret_all = ((const Hayat__Backoffice__V1__AckOutboxResponse *)reply.message)->not_held_count ==
               0;
    return STATUS_OK;
}

static void tell(const struct courier *courier,
                 const Hayat__Backoffice__V1__AckOutboxRequest *request)
{
    struct round_counts counts = round_count(request);
    enum log_level level = counts.failed + counts.postponed > 0 ? LOG_WARN : LOG_INFO;
    log_event(level, "round", LOG_WORD("route", courier->route.name),
              LOG_NUMBER("delivered", counts.delivered), LOG_NUMBER("failed", counts.failed),
              LOG_NUMBER("discarded", counts.discarded), LOG_NUMBER("postponed", counts.postponed));
}

static status do_round(struct state *state, const Hayat__Backoffice__V1__WatchOutboxResponse *items,
                       struct arena *arena)
{
    struct courier *courier = state->courier;
    Hayat__Backoffice__V1__AckOutboxRequest request;
    int64_t end_us = state->handed_us + (courier->lease_ms - LEASE_MARGIN_MS) * 1000;
    status s = round_run(&courier->route, items, end_us, arena, &request);
    bool all;
    status told = acknowledge(state, &request, arena, &all); /* also of a round that broke off */
    if (ok(told)) {
        tell(courier, &request);
    }
    if (ok(told) && all) { /* else some come again, and are known by what is remembered of them */
        round_forget(&courier->route, &request);
    }
    return ok(s) ? told : s;
}

/* Nothing new begins once a stop was asked for; what was handed out comes again. */
static status take_message(struct state *state, const ProtobufCMessage *message,
                           struct arena *arena)
{
    struct courier *courier = state->courier;
    const Hayat__Backoffice__V1__WatchOutboxResponse *items =
        (const Hayat__Backoffice__V1__WatchOutboxResponse *)message;
    (void)pthread_mutex_lock(&courier->busy);
    status s = atomic_load(&courier->stopping) ? FAIL(CANCELLED) : do_round(state, items, arena);
    (void)pthread_mutex_unlock(&courier->busy);
    if (ok(s) && strlen(items->resume_token) < sizeof state->token) {
        memcpy(state->token, items->resume_token, strlen(items->resume_token) + 1);
    }
    return s;
}

/* --- one watch --- */

static status open_watch(struct state *state, struct stream **ret_stream)
{
    const struct courier *courier = state->courier;
    const struct call_options options = {.path = SERVICE "WatchOutbox",
                                         .timeout_ms = LIMIT_STREAM_DEADLINE_MS};
    Hayat__Backoffice__V1__OutboxQueue queues[] = {courier->route.queue};
    Hayat__Backoffice__V1__WatchOutboxRequest request;
    hayat__backoffice__v1__watch_outbox_request__init(&request);
    request.queues = queues;
    request.n_queues = 1;
    request.lease_seconds = (int32_t)(courier->lease_ms / 1000);
    request.resume_token = state->token;
    TRY(channel_stream(state->channel, &options, ret_stream));
    if (ok(stream_write(*ret_stream, &request.base))) {
        (void)stream_writes_done(*ret_stream);
    } /* else reading ends at once and closing tells why */
    return STATUS_OK;
}

/* A message that was waited for has only just been sent; another one may have been ready since the one before it was read. */
static status read_message(struct state *state, struct stream *stream, struct arena *arena,
                           ProtobufCMessage **ret_message)
{
    int64_t start_us = now_us(state->courier);
    TRY(stream_read(stream, &hayat__backoffice__v1__watch_outbox_response__descriptor, arena,
                    ret_message));
    int64_t end_us = now_us(state->courier);
    bool waited = end_us - start_us > WAITED_MS * 1000;
    state->handed_us = waited ? end_us - WAITED_MS * 1000 : state->read_us;
    state->read_us = end_us;
    return STATUS_OK;
}

/* Until the stream ends, a round fails, or the carrier is to be left alone. */
static status watch(struct state *state, struct arena *arena)
{
    struct courier *courier = state->courier;
    struct stream *stream;
    struct rpc_error error;
    status s = STATUS_OK;
    state->read_us = now_us(courier);
    TRY(open_watch(state, &stream));
    while (ok(s) && breaker_wait_ms(&courier->route.breaker, now_us(courier)) == 0) {
        ProtobufCMessage *message = NULL;
        arena_reset(arena, ROUND_ARENA_BYTES);
        s = read_message(state, stream, arena, &message);
        if (!ok(s) || message == NULL) {
            break;
        }
        state->failures = 0;
        s = take_message(state, message, arena);
    }
    status end = stream_close(stream, &error);
    if (ok(s) && breaker_wait_ms(&courier->route.breaker, now_us(courier)) == 0) {
        s = end;
    }
    return s;
}

/* --- for ever --- */

static int64_t reconnect_ms(const struct state *state)
{
    int64_t ms = RECONNECT_FIRST_MS;
    for (uint32_t i = 1; i < state->failures && ms < RECONNECT_MOST_MS; i++) {
        ms *= 2;
    }
    return jitter_ms(ms < RECONNECT_MOST_MS ? ms : RECONNECT_MOST_MS, state->courier->route.random);
}

/* The hour of a stream is over: nothing to tell. */
static bool is_usual(status s)
{
    return ok(s) || s.why == REASON_DEADLINE_EXCEEDED || s.why == REASON_DRAINING;
}

static void pause_after(struct state *state, status s)
{
    struct courier *courier = state->courier;
    int64_t open_ms = breaker_wait_ms(&courier->route.breaker, now_us(courier));
    if (open_ms > 0) {
        log_event(LOG_WARN, "carrier_left_alone", LOG_WORD("route", courier->route.name),
                  LOG_WORD("carrier", courier->route.carrier->name), LOG_NUMBER("ms", open_ms));
        channel_pause(state->channel, open_ms);
        return;
    }
    if (!is_usual(s)) {
        log_event(LOG_WARN, "watch_ended", LOG_WORD("route", courier->route.name),
                  LOG_WORD("reason", reason_name(s.why)));
    }
    if (s.why == REASON_PAGE_TOKEN_INVALID || !ok(s)) {
        state->token[0] = '\0'; /* whatever was in hand comes again */
    }
    state->failures++;
    channel_pause(state->channel, reconnect_ms(state));
}

static void *run(void *arg)
{
    struct courier *courier = arg;
    struct state state = {.courier = courier};
    struct arena arena;
    status s = channel_open(&courier->server, &state.channel);
    arena_init(&arena, ROUND_ARENA_BYTES);
    while (state.channel != NULL && !atomic_load(&courier->stopping)) {
        s = watch(&state, &arena);
        arena_reset(&arena, ROUND_ARENA_BYTES); /* codes do not wait in memory */
        pause_after(&state, s);
    }
    if (state.channel == NULL) {
        log_event(LOG_ERROR, "no_channel", LOG_WORD("reason", reason_name(s.why)));
        exit(
            EXIT_FAILURE); /* files that could be read a moment ago cannot: let the service manager try again */
    }
    arena_fini(&arena);
    channel_close(state.channel);
    return NULL;
}

status courier_start(struct courier *courier)
{
    (void)pthread_mutex_init(&courier->busy, NULL);
    atomic_store(&courier->stopping, false);
    return thread_start(&courier->thread, "courier", run, courier) ? STATUS_OK : FAIL(INTERNAL);
}

bool courier_stop(struct courier *courier, int64_t ms)
{
    struct timespec until;
    atomic_store(&courier->stopping, true);
    (void)clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    return pthread_mutex_timedlock(&courier->busy, &until) == 0;
}
