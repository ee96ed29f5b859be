#include <assert.h>

#include "rpc/step.h"

static status new_state(struct call *call, size_t size)
{
    size_t room = size > 0 ? size : 1;
    arena_reset(&call->stream_arena, room + sizeof(struct call) + 2 * _Alignof(max_align_t));
    call->stream_state = arena_alloc(&call->stream_arena, room);
    call->stream_audited = false;
    return call->stream_state == NULL ? FAIL(ARENA_FULL) : STATUS_OK;
}

/* --- client streams: message on this thread, commit and finish as one job of the writer --- */

static bool reads_ahead(const struct call *call)
{
    return call->route->handler.client_stream->take != NULL;
}

static status client_open(struct call *call)
{
    const struct client_stream *stream = call->route->handler.client_stream;
    return stream->open == NULL ? STATUS_OK
                                : stream->open(&call->rpc, call->stream_state, call->unpacked);
}

static status client_open_once(struct call *call)
{
    if (call->opened) {
        return STATUS_OK;
    }
    TRY(new_state(call, call->route->handler.client_stream->state_size));
    call->opened = true;
    if (reads_ahead(call)) {
        TRY(ahead_open(call));
    }
    return step_read(call, true, client_open);
}

static status client_look(struct call *call)
{
    const struct client_stream *stream = call->route->handler.client_stream;
    call->commit_due = call->finish_due = false;
    return stream->message(&call->rpc, call->stream_state, call->unpacked, &call->commit_due,
                           &call->finish_due);
}

static status client_act(struct call *call)
{
    const struct client_stream *stream = call->route->handler.client_stream;
    if (call->commit_due) {
        TRY(stream->commit(&call->rpc, call->stream_state));
    }
    return call->finish_due ? stream->finish(&call->rpc, call->stream_state, call->response)
                            : STATUS_OK;
}

/* One audit entry for each of its transactions. */
static status client_write(struct call *call)
{
    TRY(step_audit(call, client_act(call)));
    if (call->finish_due) {
        TRY(step_pack(call));
        call->finished = true;
    }
    return STATUS_OK;
}

enum step stream_finish(struct call *call)
{
    call->finish_due = true;
    call->commit_due = reads_ahead(call) &&
                       call->route->handler.client_stream->take(call->stream_state, true);
    return step_write(call, client_write);
}

/* What follows a message of a stream that reads ahead. */
static enum step client_ahead(struct call *call)
{
    if (!call->finish_due) {
        return step_done(call, ahead_begin(call, false));
    }
    call->finish_waits = call->side_runs;
    return call->finish_waits ? step_done(call, STATUS_OK) : stream_finish(call);
}

static enum step client_message(struct call *call)
{
    status s = client_open_once(call);
    if (ok(s)) {
        s = step_read(call, false, client_look);
    }
    if (ok(s) && reads_ahead(call)) {
        return client_ahead(call);
    }
    if (!ok(s) || (!call->commit_due && !call->finish_due)) {
        return step_done(call, s);
    }
    return step_write(call, client_write);
}

static enum step client_half_close(struct call *call)
{
    status s = call->opened ? step_new_response(call) : FAIL(MESSAGE_MISSING);
    if (!ok(s)) {
        return step_done(call, s);
    }
    call->commit_due = false;
    call->finish_due = true;
    return reads_ahead(call) ? client_ahead(call) : step_write(call, client_write);
}

/* --- server streams --- */

static bool in_transaction(const struct call *call)
{
    return call->route->policy.transaction != TRANSACTION_NONE;
}

static status server_open(struct call *call)
{
    return call->route->handler.server_stream->open(&call->rpc, call->stream_state, call->unpacked);
}

static enum step server_message(struct call *call)
{
    status s = new_state(call, call->route->handler.server_stream->state_size);
    if (ok(s)) {
        call->opened = true;
        s = step_read(call, in_transaction(call), server_open);
    }
    return step_done(call, s);
}

/* What follows when there is nothing to send. */
static void rest(struct call *call, enum stream_step step)
{
    call->wait_ms = step == STREAM_WAIT ? call->route->handler.server_stream->poll_ms : 0;
    call->finished = step == STREAM_END;
}

static status server_next(struct call *call)
{
    const struct server_stream *stream = call->route->handler.server_stream;
    enum stream_step step = STREAM_END;
    TRY(stream->next(&call->rpc, call->stream_state, call->response, &step));
    rest(call, step);
    return step == STREAM_SEND ? step_pack(call) : STATUS_OK;
}

/* --- server streams that write: look first, so that a stream with nothing to say costs the writer nothing --- */

/* No entry, no data (SEC-A7): an earlier message of this stream has left one. */
static status server_read(struct call *call)
{
    const struct server_stream *stream = call->route->handler.server_stream;
    enum stream_step step = STREAM_END;
    if (stream->read == NULL || !call->stream_audited) {
        return FAIL(INTERNAL);
    }
    TRY(stream->read(&call->rpc, call->stream_state, call->response, &step));
    rest(call, step);
    return step == STREAM_SEND ? step_pack(call) : STATUS_OK;
}

static status server_look(struct call *call)
{
    const struct server_stream *stream = call->route->handler.server_stream;
    enum stream_step step = STREAM_END;
    TRY(stream->look(&call->rpc, call->stream_state, &step));
    if (step == STREAM_READ) {
        return server_read(call);
    }
    rest(call, step);
    call->commit_due = step == STREAM_SEND;
    return STATUS_OK;
}

static status server_write(struct call *call)
{
    status s = server_next(call);
    if (!ok(s)) {
        return step_audit(call, s); /* what was asked in vain and counts */
    }
    if (call->reply.ptr == NULL) {
        return STATUS_OK;
    }
    TRY(step_audit(call, STATUS_OK));
    call->stream_audited = call->route->policy.audit == AUDIT_READ;
    return STATUS_OK;
}

static enum step server_look_and_write(struct call *call)
{
    call->commit_due = false;
    status s = step_read(call, true, server_look);
    if (!ok(s) || !call->commit_due) {
        return step_done(call, s);
    }
    return step_write(call, server_write);
}

enum step pipeline_next(struct call *call)
{
    assert(call->route->shape == SHAPE_SERVER_STREAM && call->opened);
    step_begin(call);
    status s = step_check_deadline(call);
    if (ok(s)) {
        s = step_new_response(call);
    }
    if (ok(s) && call->route->policy.transaction == TRANSACTION_WRITE) {
        return server_look_and_write(call);
    }
    return step_done(call, ok(s) ? step_read(call, in_transaction(call), server_next) : s);
}

bool pipeline_idle(struct call *call)
{
    const struct server_stream *stream = call->route->handler.server_stream;
    if (stream->idle == NULL || ++call->idle_polls >= LIMIT_IDLE_POLLS ||
        !stream->idle(&call->rpc, call->stream_state)) {
        call->idle_polls = 0;
        return false;
    }
    return true;
}

/* --- bidirectional streams: one answer to each message --- */

static status bidi_answer(struct call *call)
{
    TRY(call->route->handler.bidi_stream->message(&call->rpc, call->stream_state, call->unpacked,
                                                  call->response));
    return step_pack(call);
}

static enum step bidi_message(struct call *call)
{
    status s;
    if (!call->opened) {
        s = new_state(call, call->route->handler.bidi_stream->state_size);
        call->opened = ok(s);
    } else {
        s = step_limit_rate(call); /* each is a call of its own, but for the headers */
    }
    return step_done(call, ok(s) ? step_read(call, in_transaction(call), bidi_answer) : s);
}

/* --- by shape --- */

enum step stream_message(struct call *call)
{
    switch (call->route->shape) {
    case SHAPE_CLIENT_STREAM:
        return client_message(call);
    case SHAPE_SERVER_STREAM:
        return server_message(call);
    case SHAPE_BIDI_STREAM:
        return bidi_message(call);
    case SHAPE_UNARY:
        break;
    }
    return step_done(call, FAIL(INTERNAL));
}

enum step stream_half_close(struct call *call)
{
    switch (call->route->shape) {
    case SHAPE_CLIENT_STREAM:
        return client_half_close(call);
    case SHAPE_SERVER_STREAM:
        return step_done(call, FAIL(MESSAGE_MISSING));
    case SHAPE_BIDI_STREAM:
        call->finished = true;
        return step_done(call, STATUS_OK);
    case SHAPE_UNARY:
        break;
    }
    return step_done(call, FAIL(INTERNAL));
}

static void (*closer(const struct route *route))(void *state)
{
    switch (route->shape) {
    case SHAPE_CLIENT_STREAM:
        return route->handler.client_stream->close;
    case SHAPE_SERVER_STREAM:
        return route->handler.server_stream->close;
    case SHAPE_BIDI_STREAM:
        return route->handler.bidi_stream->close;
    case SHAPE_UNARY:
        break;
    }
    return NULL;
}

void stream_end(struct call *call)
{
    if (!call->opened) {
        return;
    }
    void (*close)(void *state) = closer(call->route);
    if (close != NULL) {
        close(call->stream_state);
    }
    if (call->side != NULL) {
        arena_fini(&call->side->arena);
        call->side = NULL;
    }
    call->opened = false;
}
