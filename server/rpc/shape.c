#include "rpc/call.h"

#include <grpc/byte_buffer.h>
#include <grpc/byte_buffer_reader.h>
#include <string.h>

static enum route_shape shape_of(const struct server_call *call)
{
    return call->rpc.route->shape;
}

static void wait_for(struct server_call *call, int64_t ms, void (*run)(struct timer *timer))
{
    call->wait.run = run;
    timer_arm(&call->queue->timers, &call->wait, queue_now_us(call->queue) + ms * 1000);
}

/* --- messages --- */

void shape_release_message(struct server_call *call)
{
    if (call->receiving) {
        return; /* the core may be writing it; on_received comes */
    }
    if (call->is_gathered) {
        grpc_slice_unref(call->gathered);
        call->is_gathered = false;
    }
    if (call->incoming != NULL) {
        grpc_byte_buffer_destroy(call->incoming);
        call->incoming = NULL;
    }
}

/* The message's bytes: in place when they are in one slice, else gathered by one copy. */
static bytes message_view(struct server_call *call)
{
    grpc_slice_buffer *slices = &call->incoming->data.raw.slice_buffer;
    if (slices->length == 0) {
        return bytes_str("");
    }
    if (call->incoming->data.raw.compression == GRPC_COMPRESS_NONE && slices->count == 1) {
        grpc_slice *slice = &slices->slices[0]; /* in place: a small slice holds its own bytes */
        return bytes_of(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
    }
    grpc_byte_buffer_reader reader;
    if (!grpc_byte_buffer_reader_init(&reader, call->incoming)) {
        return bytes_str("");
    }
    call->gathered = grpc_byte_buffer_reader_readall(&reader);
    call->is_gathered = true;
    grpc_byte_buffer_reader_destroy(&reader);
    return bytes_of(GRPC_SLICE_START_PTR(call->gathered), GRPC_SLICE_LENGTH(call->gathered));
}

/* --- steps --- */

static void advance(struct server_call *call);

/* Around every step: the count must be up before the step starts, since it may hop back before it
   returns. */
static void begin_step(struct server_call *call)
{
    call->stepping = true;
    call->pending++;
}

static void end_step(struct server_call *call)
{
    call->stepping = false;
    call->pending--;
    if (!call->decided) {
        advance(call);
    }
}

static void step(struct server_call *call, enum step step)
{
    if (step == STEP_READY) {
        end_step(call);
    }
}

static void on_returned(struct event *event, bool success)
{
    struct server_call *call = CONTAINER_OF(event, struct server_call, returned);
    (void)success;
    end_step(call);
    server_call_settle(call);
}

static void on_landed(struct event *event, bool success)
{
    struct server_call *call = CONTAINER_OF(event, struct server_call, landed);
    (void)success;
    begin_step(call);
    step(call, pipeline_landed(&call->rpc, call->decided));
    server_call_settle(call);
}

static void step_message(struct server_call *call)
{
    bytes message = message_view(call);
    begin_step(call);
    step(call, pipeline_message(&call->rpc, message));
}

static void step_half_close(struct server_call *call)
{
    begin_step(call);
    step(call, pipeline_half_close(&call->rpc));
}

static void step_next(struct server_call *call)
{
    begin_step(call);
    step(call, pipeline_next(&call->rpc));
}

/* --- rests: where a stream waits, and where it ends when the server drains --- */

static void on_peer_silent(struct timer *timer)
{
    struct server_call *call = CONTAINER_OF(timer, struct server_call, wait);
    if (call->sending) {
        server_call_abandon(call, FAIL(DEADLINE_EXCEEDED));
    } else {
        server_call_finish(call, FAIL(DEADLINE_EXCEEDED));
    }
    server_call_settle(call);
}

static void on_poll(struct timer *timer)
{
    struct server_call *call = CONTAINER_OF(timer, struct server_call, wait);
    if (pipeline_idle(&call->rpc)) {
        wait_for(call, call->rpc.wait_ms, on_poll);
        return;
    }
    call->parked = false;
    step_next(call);
    server_call_settle(call);
}

static bool is_stream(const struct server_call *call)
{
    return call->rpc.route != NULL && shape_of(call) != SHAPE_UNARY;
}

void shape_receive(struct server_call *call)
{
    pipeline_rest(&call->rpc);
    grpc_op op;
    memset(&op, 0, sizeof op);
    op.op = GRPC_OP_RECV_MESSAGE;
    op.data.recv_message.recv_message = &call->incoming;
    call->receiving = server_call_start(call, &op, 1, &call->received);
    if (shape_of(call) == SHAPE_CLIENT_STREAM) {
        wait_for(call, LIMIT_UPLOAD_STEP_DEADLINE_MS, on_peer_silent);
    }
}

static void park(struct server_call *call)
{
    call->parked = true;
    wait_for(call, call->rpc.wait_ms, on_poll);
    pipeline_park(&call->rpc);
}

static void send(struct server_call *call)
{
    reply_message(call); /* the core has a copy now */
    wait_for(call, LIMIT_UPLOAD_STEP_DEADLINE_MS, on_peer_silent);
    pipeline_rest(&call->rpc);
}

/* What follows a rest that is over. */
static void next(struct server_call *call)
{
    if (call->queue->draining) {
        server_call_finish(call, FAIL(DRAINING));
    } else if (shape_of(call) == SHAPE_SERVER_STREAM) {
        step_next(call);
    } else {
        shape_receive(call);
    }
}

/* What follows a step. */
static void advance(struct server_call *call)
{
    const struct call *rpc = &call->rpc;
    shape_release_message(call);
    if (!ok(rpc->result) || rpc->finished || shape_of(call) == SHAPE_UNARY) {
        server_call_finish(call, rpc->result);
    } else if (rpc->reply.ptr != NULL) {
        send(call);
    } else if (rpc->wait_ms > 0 && !call->queue->draining) {
        park(call);
    } else if (!call->receiving && !pipeline_waits(rpc)) {
        next(call);
    }
}

static void on_sent(struct event *event, bool success)
{
    struct server_call *call = CONTAINER_OF(event, struct server_call, sent);
    call->pending--;
    call->sending = false;
    timer_disarm(&call->queue->timers, &call->wait);
    if (success && !call->decided) {
        next(call);
    } /* not taken: the close that follows decides */
    server_call_settle(call);
}

static void on_received(struct event *event, bool success)
{
    struct server_call *call = CONTAINER_OF(event, struct server_call, received);
    call->pending--;
    call->receiving = false;
    timer_disarm(&call->queue->timers, &call->wait);
    if (call->decided ||
        !success) { /* failed: cancelled, too large or garbled; the close that follows decides */
        shape_release_message(call);
    } else if (call->incoming == NULL) {
        step_half_close(call);
    } else {
        step_message(call);
    }
    server_call_settle(call);
}

static void on_finished(struct event *event, bool success)
{
    struct server_call *call = CONTAINER_OF(event, struct server_call, finished);
    (void)success;
    call->pending--;
    timer_disarm(&call->queue->timers, &call->deadline);
    server_call_settle(call);
}

void shape_init(struct server_call *call)
{
    call->received.run = on_received;
    call->sent.run = on_sent;
    call->finished.run = on_finished;
    call->returned.run = on_returned;
    call->landed.run = on_landed;
}

void server_call_drain_all(struct queue *queue)
{
    if (queue->draining) {
        return;
    }
    queue->draining = true;
    for (struct server_call *call = queue->calls, *following; call != NULL; call = following) {
        following = call->next;
        if (is_stream(call) && !call->decided && (call->receiving || call->parked)) {
            server_call_finish(call, FAIL(DRAINING));
            server_call_settle(call);
        }
    }
}
