#include "rpc/pipeline.h"

#include <assert.h>

#include "auth/gate.h"
#include "auth/ratelimit.h"
#include "base/codec.h"
#include "base/log.h"
#include "rpc/confirm.h"
#include "rpc/count.h"
#include "rpc/identify.h"
#include "rpc/language.h"
#include "rpc/replay.h"
#include "rpc/request_id.h"
#include "rpc/step.h"
#include "rpc/wire_status.h"
#include "storage/db.h"

/* --- at the headers --- */

static void init(struct pipeline *pipeline, const struct call_headers *headers, struct call *call)
{
    struct app *app = pipeline->app;
    call_clear(call);
    call->pipeline = pipeline;
    arena_init(&call->arena, LIMIT_ARENA_BASE_BYTES);
    arena_init(&call->stream_arena, 0);
    call->start_us = clock_mono_us(app->clock);
    call->principal.kind = CALLER_ANONYMOUS;
    call->rpc.app = app;
    call->rpc.arena = &call->arena;
    call->rpc.principal = &call->principal;
    call->rpc.language = language_of(headers->accept_language);
    call->rpc.now_ms = clock_wall_ms(app->clock);
    call->rpc.deadline_us = call->start_us + LIMIT_UNARY_DEADLINE_MS * 1000LL;
    request_id_draw(app->random, call->rpc.request_id);
}

static status admit(struct call *call)
{
    call->admitted = true; /* counted, whatever comes */
    int32_t before = atomic_fetch_add(&call->pipeline->in_flight, 1);
    if (atomic_load(&call->pipeline->draining)) {
        return FAIL(DRAINING);
    }
    return before < LIMIT_CALLS_IN_FLIGHT ? STATUS_OK : FAIL(OVERLOADED);
}

static void leave_flight(struct call *call)
{
    if (call->admitted) {
        (void)atomic_fetch_sub(&call->pipeline->in_flight, 1);
        call->admitted = false;
    }
}

static status find_route(struct call *call, bytes path)
{
    call->route = route_find(path);
    return call->route == NULL ? FAIL(UNKNOWN_METHOD) : STATUS_OK;
}

/* The earlier of the client's and the policy's (SEC-E3). */
static status set_deadline(struct call *call, int64_t client_us)
{
    int64_t policy_us = call->start_us + call->route->policy.deadline_ms * 1000LL;
    call->rpc.deadline_us = client_us < policy_us ? client_us : policy_us;
    return call->rpc.deadline_us <= call->start_us ? FAIL(DEADLINE_EXCEEDED) : STATUS_OK;
}

status step_limit_rate(struct call *call)
{
    const struct policy *policy = &call->route->policy;
    struct rate_rule rule = {policy->rate_class, policy->rate_per_minute, policy->rate_burst};
    return rate_limiter_take(call->rpc.app->limiter, &rule, count_caller(call),
                             &call->rpc.details.retry_after_ms);
}

/* A member's stream that waits for changes holds next to nothing while it waits. */
static enum load_kind load_of(const struct call *call)
{
    const struct route *route = call->route;
    bool watches = route->shape == SHAPE_SERVER_STREAM &&
                   route->handler.server_stream->idle != NULL &&
                   call->principal.kind == CALLER_MEMBER;
    if (watches) {
        return LOAD_WATCH;
    }
    bool is_large = route->shape != SHAPE_UNARY ||
                    route->policy.max_request_bytes > LIMIT_SMALL_REQUEST_BYTES;
    return is_large ? LOAD_LARGE : LOAD_SMALL;
}

static status hold(struct call *call)
{
    enum load_kind kind = load_of(call);
    status s = caller_load_take(&call->pipeline->load, &call->principal, kind, &call->hold);
    if (ok(s) && kind == LOAD_WATCH) {
        leave_flight(call); /* LIMIT_WATCHES bounds them, not LIMIT_CALLS_IN_FLIGHT */
    }
    if (!ok(s)) {
        call->rpc.details.retry_after_ms = LIMIT_RETRY_MS;
    }
    return s;
}

static status enter(struct call *call, const struct call_headers *headers)
{
    TRY(admit(call));
    TRY(find_route(call, headers->path));
    TRY(set_deadline(call, headers->deadline_us));
    TRY(identify(call, headers));
    TRY(gate_check(&call->route->policy, &call->principal, call->rpc.now_ms));
    TRY(step_limit_rate(call));
    return hold(call);
}

status pipeline_start(struct pipeline *pipeline, const struct call_headers *headers,
                      struct call *call)
{
    init(pipeline, headers, call);
    (void)step_done(call, enter(call, headers));
    if (!ok(call->result)) {
        pipeline_leave(call); /* who was refused must not keep others out by not listening */
    }
    return call->result;
}

/* --- a unary call --- */

static status run_handler(struct call *call)
{
    return call->route->handler.unary(&call->rpc, call->unpacked, call->response);
}

static status run_manual(struct call *call)
{
    TRY(run_handler(call));
    return step_pack(call);
}

static status act(struct call *call)
{
    status s = confirm_act(call);
    if (s.why == REASON_STEP_UP_REQUIRED) {
        return s; /* nothing happened yet that anybody must know of */
    }
    return step_audit(call, ok(s) ? run_handler(call) : s);
}

static status run_write(struct call *call)
{
    bool found;
    TRY(replay_find(call, &found));
    if (found) {
        return STATUS_OK;
    }
    TRY(count_take(call));
    TRY(count_keep(call, act(call)));
    TRY(step_pack(call)); /* before the commit: an answer that cannot be packed must not be one */
    return replay_remember(call);
}

static enum step run_read(struct call *call, bool in_transaction)
{
    status s = step_read(call, in_transaction, run_handler);
    return step_done(call, ok(s) ? step_pack(call) : s);
}

static enum step unary_message(struct call *call)
{
    switch (call->route->policy.transaction) {
    case TRANSACTION_NONE:
        return run_read(call, false);
    case TRANSACTION_READ:
        return run_read(call, true);
    case TRANSACTION_WRITE:
        return step_write(call, run_write);
    case TRANSACTION_MANUAL:
        return step_manual(call, run_manual);
    }
    return step_done(call, FAIL(INTERNAL));
}

/* --- messages --- */

enum step pipeline_message(struct call *call, bytes request)
{
    step_begin(call);
    status s = step_accept(call, request);
    if (!ok(s)) {
        return step_done(call, s);
    }
    return call->route->shape == SHAPE_UNARY ? unary_message(call) : stream_message(call);
}

enum step pipeline_half_close(struct call *call)
{
    step_begin(call);
    return call->route->shape == SHAPE_UNARY ? step_done(call, FAIL(MESSAGE_MISSING))
                                             : stream_half_close(call);
}

/* --- the end --- */

/* Whoever waits gives the arena's block back: the thread's next step takes it, still in the cache. */
static void let_go(struct call *call)
{
    arena_fini(&call->arena);
    arena_init(&call->arena, LIMIT_ARENA_BASE_BYTES);
    step_begin(call);
}

void pipeline_rest(struct call *call)
{
    let_go(call);
}

void pipeline_park(struct call *call)
{
    uint32_t wait_ms = call->wait_ms;
    let_go(call);
    call->wait_ms = wait_ms;
}

struct wire_status pipeline_status(struct call *call)
{
    return wire_status_make(&call->arena, call->result, &call->rpc.details, call->rpc.language);
}

/* Names a caller in the log without telling who: not even the store's key (SEC-E7). */
static void pseudonym(const struct call *call, char out[2 * 16 + 1])
{
    uint8_t hash[16];
    struct owner account = principal_account(&call->principal);
    if (call->principal.kind == CALLER_ANONYMOUS) {
        out[0] = '-';
        out[1] = '\0';
        return;
    }
    seal_blind(call->rpc.app->keys, "log", bytes_of(account.bytes, OWNER_BYTES), hash, sizeof hash);
    hex_encode(bytes_of(hash, sizeof hash), out);
}

static enum log_level level_of(status s)
{
    bool ours = reason_code(s.why) == CODE_INTERNAL || s.why == REASON_STORE_FAILED;
    return ours ? LOG_ERROR : LOG_INFO;
}

static void log_call(const struct call *call, status final)
{
    char who[2 * 16 + 1];
    enum log_level level = level_of(final);
    if (!log_enabled(level)) {
        return;
    }
    pseudonym(call, who);
    log_event(level, "call", LOG_WORD("method", call->route == NULL ? "-" : call->route->path),
              LOG_WORD("code", grpc_code_name(reason_code(final.why))),
              LOG_WORD("reason", ok(final) ? "OK" : reason_name(final.why)),
              LOG_NUMBER("latency_us", clock_mono_us(call->rpc.app->clock) - call->start_us),
              LOG_NUMBER("in", call->bytes_in), LOG_NUMBER("out", call->bytes_out),
              LOG_WORD("who", who), LOG_WORD("request", call->rpc.request_id));
}

static void log_alarm(const struct call *call)
{
    char who[2 * 16 + 1];
    if (call->rpc.alarm == NULL) {
        return;
    }
    pseudonym(call, who);
    log_event(LOG_WARN, "alarm", LOG_WORD("alarm", call->rpc.alarm), LOG_WORD("who", who),
              LOG_WORD("request", call->rpc.request_id));
}

void pipeline_end(struct call *call, status final)
{
    stream_end(call);
    log_call(call, final);
    log_alarm(call);
    arena_fini(&call->stream_arena);
    arena_fini(&call->arena);
}

void pipeline_leave(struct call *call)
{
    leave_flight(call);
    caller_load_release(&call->hold);
}
