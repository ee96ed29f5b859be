/*
 * Side commits: the commits of a client stream that reads ahead (service/rpc.h), while the call's own steps take its next
 * messages.
 *
 * A side commit is a step of a second struct call that shares the first one's route, principal and state, and has an arena and a job of
 * its own.  So nothing is touched by two threads but the handler's state, which take divides.
 */
#include <string.h>

#include "rpc/event.h"
#include "rpc/step.h"

static const struct client_stream *handler_of(const struct call *call)
{
    return call->route->handler.client_stream;
}

static void side_done(struct call *side)
{
    struct call *call = side->owner;
    call->landed(call);
}

status ahead_open(struct call *call)
{
    struct call *side = arena_alloc(&call->stream_arena, sizeof *side);
    if (side == NULL) {
        return FAIL(ARENA_FULL);
    }
    side->pipeline = call->pipeline;
    side->route = call->route;
    side->principal = call->principal;
    side->rpc = call->rpc;
    side->rpc.arena = &side->arena;
    side->rpc.principal = &side->principal;
    arena_init(&side->arena, LIMIT_ARENA_BASE_BYTES);
    side->stream_state = call->stream_state;
    side->resume = side_done;
    side->owner = call;
    call->side = side;
    return STATUS_OK;
}

static status side_write(struct call *side)
{
    return step_audit(side, handler_of(side)->commit(&side->rpc, side->stream_state));
}

status ahead_begin(struct call *call, bool all)
{
    struct call *side = call->side;
    if (call->side_runs || !handler_of(call)->take(call->stream_state, all)) {
        return STATUS_OK;
    }
    step_begin(side);
    side->arena.cap += LIMIT_ARENA_HANDLER_BYTES;
    call->side_runs = true; /* before: it may land at once */
    if (step_write(side, side_write) == STEP_PENDING) {
        return STATUS_OK;
    }
    call->side_runs = false;
    return side->result;
}

bool pipeline_busy(const struct call *call)
{
    return call->side_runs;
}

bool pipeline_waits(const struct call *call)
{
    return call->side_runs &&
           (call->finish_waits || !handler_of(call)->has_room(call->stream_state));
}

static enum step fail(struct call *call)
{
    call->rpc.details = call->side->rpc.details;
    return step_done(call, call->side->result);
}

/* The finishing message's step, whose response was not written yet; what it was unpacked from is gone. */
static enum step finish(struct call *call)
{
    call->finish_waits = false;
    step_begin(call);
    status s = step_new_response(call);
    return ok(s) ? stream_finish(call) : step_done(call, s);
}

enum step pipeline_landed(struct call *call, bool decided)
{
    call->side_runs = false;
    if (decided) {
        return STEP_READY;
    }
    if (!ok(call->side->result)) {
        return fail(call);
    }
    if (call->finish_waits) {
        return finish(call);
    }
    return step_done(call, ahead_begin(call, false));
}

/* Ends that say nothing about the stream itself. */
static bool comes_from_outside(status final)
{
    return final.why == REASON_CANCELLED || final.why == REASON_DRAINING ||
           final.why == REASON_DEADLINE_EXCEEDED;
}

bool pipeline_salvage(struct call *call, status final)
{
    bool may = call->side != NULL && call->opened && !call->salvaged && !call->finished &&
               ok(call->result) && ok(call->side->result) && comes_from_outside(final);
    call->salvaged = true; /* once */
    if (!may) {
        return false;
    }
    call->side->rpc.deadline_us = clock_mono_us(call->pipeline->app->clock) +
                                  LIMIT_UNARY_DEADLINE_MS * 1000LL; /* the call's may be over */
    (void)ahead_begin(call, true);
    return call->side_runs;
}
