#include "rpc/call.h"

#include <grpc/support/alloc.h>
#include <grpc/support/time.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "rpc/peer.h"

bool server_call_start(struct server_call *call, const grpc_op *ops, size_t count,
                       struct event *event)
{
    call->pending++;
    grpc_call_error error = grpc_call_start_batch(call->core, ops, count, event, NULL);
    if (error == GRPC_CALL_OK) {
        return true;
    }
    call->pending--;
    log_event(LOG_ERROR, "batch_refused", LOG_NUMBER("error", error));
    (void)grpc_call_cancel(call->core, NULL);
    return false;
}

/* --- the end --- */

static void call_free(struct server_call *call)
{
    struct queue *queue = call->queue;
    timer_disarm(&queue->timers, &call->deadline);
    timer_disarm(&queue->timers, &call->wait);
    if (call->previous != NULL) {
        call->previous->next = call->next;
    } else {
        queue->calls = call->next;
    }
    if (call->next != NULL) {
        call->next->previous = call->previous;
    }
    grpc_call_details_destroy(&call->details);
    pipeline_leave(&call->rpc);
    grpc_call_unref(call->core);
    queue_give_back(queue, call);
}

void server_call_settle(struct server_call *call)
{
    if (call->decided && !call->ended && !call->stepping && !pipeline_busy(&call->rpc) &&
        !pipeline_salvage(&call->rpc, call->final)) {
        call->ended = true; /* invariant 5 */
        pipeline_end(&call->rpc, call->final);
        shape_release_message(call);
        reply_release(call);
    }
    if (call->ended && call->closed_seen && call->pending == 0) {
        call_free(call); /* invariant 1 */
    }
}

static void decide(struct server_call *call, status s)
{
    call->decided = true;
    call->final = s;
    call->parked = false;
    timer_disarm(&call->queue->timers, &call->wait);
}

void server_call_finish(struct server_call *call, status s)
{
    decide(call, s);
    if (ok(s)) {
        reply_success(call);
    } else {
        reply_failure(call, s);
    }
}

void server_call_abandon(struct server_call *call, status s)
{
    decide(call, s);
    (void)grpc_call_cancel(call->core, NULL);
}

static void on_closed(struct event *event, bool success)
{
    struct server_call *call = CONTAINER_OF(event, struct server_call, closed);
    (void)success; /* always true */
    call->pending--;
    call->closed_seen = true;
    if (!call->decided) {
        decide(call, FAIL(CANCELLED));
    }
    server_call_settle(call);
}

/* --- deadlines (SEC-E3) --- */

static void on_deadline(struct timer *timer)
{
    struct server_call *call = CONTAINER_OF(timer, struct server_call, deadline);
    if (call->decided || call->sending) {
        /* The peer takes nothing: a status would wait behind what it does not take. */
        status s = call->decided ? call->final : FAIL(DEADLINE_EXCEEDED);
        server_call_abandon(call, s);
    } else {
        server_call_finish(call, FAIL(DEADLINE_EXCEEDED));
    }
    server_call_settle(call);
}

static int64_t client_deadline_us(const struct server_call *call)
{
    gpr_timespec deadline = call->details.deadline;
    if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) {
        return INT64_MAX;
    }
    gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
    return queue_now_us(call->queue) + left.tv_sec * 1000000 + left.tv_nsec / 1000;
}

/* --- the beginning --- */

static bytes slice_view(const grpc_slice *slice)
{
    return bytes_of(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
}

static bytes metadata_value(const struct server_call *call, const char *key)
{
    for (size_t i = 0; i < call->metadata.count; i++) {
        const grpc_metadata *entry = &call->metadata.metadata[i];
        if (bytes_equal_str(slice_view(&entry->key), key)) {
            return slice_view(&entry->value);
        }
    }
    return (bytes){NULL, 0};
}

/* The one thing another thread may do to a call: an empty batch touches nothing but the queue. */
static void hop(struct server_call *call, struct event *event)
{
    grpc_call_error error = grpc_call_start_batch(call->core, NULL, 0, event, NULL);
    if (error != GRPC_CALL_OK) {
        log_event(LOG_ERROR, "hop_refused", LOG_NUMBER("error", error));
    }
}

static void resume(struct call *rpc)
{
    struct server_call *call = rpc->owner;
    hop(call, &call->returned);
}

static void landed(struct call *rpc)
{
    struct server_call *call = rpc->owner;
    hop(call, &call->landed);
}

/* Connections of our own listener come from the edge, which tells whom it speaks for; a header of the
   same name from anybody else is not looked at. */
static bytes edge_peer(const struct server_call *call, char *room, size_t size)
{
    bytes address = metadata_value(call, "x-real-ip");
    if (address.len == 0 || address.len > INET6_ADDRSTRLEN) {
        return bytes_str("unix:");
    }
    bool is_v6 = memchr(address.ptr, ':', address.len) != NULL;
    int len = snprintf(room, size, is_v6 ? "ipv6:[%.*s]:0" : "ipv4:%.*s:0", (int)address.len,
                       (const char *)address.ptr);
    return bytes_of(room, (size_t)len);
}

static status start_pipeline(struct server_call *call)
{
    char *peer = grpc_call_get_peer(call->core);
    char room[INET6_ADDRSTRLEN + 16];
    uint8_t certificate[CERTIFICATE_KEY_BYTES];
    struct call_headers headers = {
        .path = slice_view(&call->details.method),
        .authorization = metadata_value(call, "authorization"),
        .accept_language = metadata_value(call, "accept-language"),
        .step_up = metadata_value(call, "step-up"),
        .peer = bytes_str(peer),
        .deadline_us = client_deadline_us(call),
    };
    if (bytes_starts_with(headers.peer, "fd:")) {
        headers.peer = edge_peer(call, room, sizeof room);
    } else if (peer_certificate(call->core, certificate)) {
        headers.certificate = bytes_of(certificate, sizeof certificate);
    }
    call->rpc.resume = resume;
    call->rpc.landed = landed;
    call->rpc.reply_room = reply_room;
    call->rpc.owner = call;
    status s = pipeline_start(call->queue->pipeline, &headers, &call->rpc);
    gpr_free(peer);
    return s;
}

static void reset(struct server_call *call, struct queue *queue)
{
    call->queue = queue;
    call->closed.run = on_closed;
    call->deadline = (struct timer){.run = on_deadline};
    call->wait = (struct timer){0};
    call->incoming = NULL;
    call->cancelled = 0;
    call->pending = 0;
    call->closed_seen = call->headers_sent = call->receiving = call->sending = false;
    call->parked = call->stepping = call->decided = call->ended = false;
    call->is_gathered = call->is_packed = false;
    shape_init(call);
    call->previous = NULL;
    call->next = queue->calls;
    if (call->next != NULL) {
        call->next->previous = call;
    }
    queue->calls = call;
}

void server_call_begin(struct server_call *call, struct queue *queue)
{
    reset(call, queue);
    grpc_op op;
    memset(&op, 0, sizeof op);
    op.op = GRPC_OP_RECV_CLOSE_ON_SERVER;
    op.data.recv_close_on_server.cancelled = &call->cancelled;
    if (!server_call_start(call, &op, 1, &call->closed)) {
        call->closed_seen = true; /* it will not come */
    }
    status s = start_pipeline(call);
    if (ok(s)) {
        timer_arm(&queue->timers, &call->deadline, call->rpc.rpc.deadline_us);
        shape_receive(call);
    } else {
        timer_arm(&queue->timers, &call->deadline,
                  queue_now_us(queue) +
                      (int64_t)LIMIT_UNARY_DEADLINE_MS * 1000); /* for the reply to be taken */
        server_call_finish(call, s);
    }
    server_call_settle(call);
}
