#include "rpc/call.h"

#include <grpc/byte_buffer.h>
#include <stdio.h>
#include <string.h>

/* Metadata of one batch; the core takes its own references when the batch starts. */
struct entries {
    grpc_metadata list[4];
    size_t count;
};

static void add(struct entries *entries, const char *key, bytes value)
{
    grpc_metadata *entry = &entries->list[entries->count++];
    memset(entry, 0, sizeof *entry);
    entry->key = grpc_slice_from_static_string(key);
    entry->value = grpc_slice_from_copied_buffer((const char *)value.ptr, value.len);
}

static void release(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        grpc_slice_unref(entries->list[i].value);
    }
}

static void add_request_id(struct entries *entries, const struct server_call *call)
{
    bytes id = bytes_str(call->rpc.rpc.request_id);
    if (id.len > 0) {
        add(entries, "x-request-id", id);
    }
}

/* --- operations; every one starts zeroed, as the core demands --- */

struct batch {
    grpc_op ops[3];
    size_t count;
};

static grpc_op *batch_add(struct batch *batch, grpc_op_type type)
{
    grpc_op *op = &batch->ops[batch->count++];
    memset(op, 0, sizeof *op);
    op->op = type;
    return op;
}

static void add_headers(struct batch *batch, struct server_call *call, struct entries *entries)
{
    if (call->headers_sent) {
        return;
    }
    call->headers_sent = true;
    grpc_op *op = batch_add(batch, GRPC_OP_SEND_INITIAL_METADATA);
    op->data.send_initial_metadata.metadata = entries->list;
    op->data.send_initial_metadata.count = entries->count;
}

/* An answer of an earlier call's is no response that was packed now: it lies in the arena. */
static void hold_reply(struct server_call *call)
{
    bytes reply = call->rpc.reply;
    if (!call->is_packed || GRPC_SLICE_START_PTR(call->packed) != reply.ptr) {
        memcpy(reply_room(&call->rpc, reply.len), reply.ptr, reply.len);
    }
}

static grpc_byte_buffer *add_message(struct batch *batch, struct server_call *call)
{
    hold_reply(call);
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&call->packed, 1);
    reply_release(call); /* the buffer has a reference */
    batch_add(batch, GRPC_OP_SEND_MESSAGE)->data.send_message.send_message = buffer;
    return buffer;
}

uint8_t *reply_room(struct call *rpc, size_t len)
{
    struct server_call *call = rpc->owner;
    reply_release(call);
    call->packed = grpc_slice_malloc(len);
    call->is_packed = true;
    return GRPC_SLICE_START_PTR(call->packed);
}

void reply_release(struct server_call *call)
{
    if (call->is_packed) {
        grpc_slice_unref(call->packed);
        call->is_packed = false;
    }
}

static void add_status(struct batch *batch, enum grpc_code code, grpc_slice *message,
                       struct entries *entries)
{
    grpc_op *op = batch_add(batch, GRPC_OP_SEND_STATUS_FROM_SERVER);
    op->data.send_status_from_server.status = (grpc_status_code)code;
    op->data.send_status_from_server.status_details = message;
    op->data.send_status_from_server.trailing_metadata = entries->list;
    op->data.send_status_from_server.trailing_metadata_count = entries->count;
}

/* --- the three things a call says --- */

void reply_message(struct server_call *call)
{
    struct entries headers = {0};
    struct batch batch = {.count = 0};
    add_request_id(&headers, call);
    add_headers(&batch, call, &headers);
    grpc_byte_buffer *buffer = add_message(&batch, call);
    call->sending = server_call_start(call, batch.ops, batch.count, &call->sent);
    grpc_byte_buffer_destroy(buffer); /* its slices are the core's now */
    release(&headers);
}

void reply_success(struct server_call *call)
{
    struct entries headers = {0}, trailers = {0};
    struct batch batch = {.count = 0};
    grpc_byte_buffer *buffer = NULL;
    add_request_id(&headers, call);
    add_headers(&batch, call, &headers);
    if (call->rpc.reply.ptr != NULL) {
        buffer = add_message(&batch, call);
    }
    add_status(&batch, CODE_OK, NULL, &trailers);
    (void)server_call_start(call, batch.ops, batch.count, &call->finished);
    if (buffer != NULL) {
        grpc_byte_buffer_destroy(buffer);
    }
    release(&headers);
}

static void add_push_back(struct entries *entries, int64_t retry_after_ms)
{
    char text[24];
    int len = snprintf(text, sizeof text, "%lld", (long long)retry_after_ms);
    add(entries, "grpc-retry-pushback-ms", bytes_of(text, (size_t)len));
}

/* The trailers of a failed call; one HEADERS frame when nothing was sent before, which clients may
   retry. */
static void send_failure(struct server_call *call, struct call *told)
{
    struct entries none = {0}, trailers = {0};
    struct batch batch = {.count = 0};
    struct wire_status wire = pipeline_status(told);
    if (!call->headers_sent) {
        add_request_id(&trailers, call);
    }
    add_headers(&batch, call, &none);
    if (wire.details.len > 0 && wire.details.len <= LIMIT_STATUS_DETAILS_BYTES) {
        add(&trailers, "grpc-status-details-bin", wire.details);
    }
    if (told->rpc.details.retry_after_ms > 0) {
        add_push_back(&trailers, told->rpc.details.retry_after_ms);
    }
    grpc_slice message = grpc_slice_from_copied_string(wire.message == NULL ? "" : wire.message);
    add_status(&batch, wire.code, &message, &trailers);
    (void)server_call_start(call, batch.ops, batch.count, &call->finished);
    grpc_slice_unref(message);
    release(&trailers);
}

/* A step is still running elsewhere and owns the call's arena: the status is made in another. */
static void send_failure_beside(struct server_call *call, status s)
{
    struct call told = {.result = s, .pipeline = call->rpc.pipeline, .route = call->rpc.route};
    arena_init(&told.arena, LIMIT_ARENA_BASE_BYTES);
    told.rpc.arena = &told.arena;
    told.rpc.app = call->rpc.rpc.app;
    told.rpc.language = call->rpc.rpc.language;
    memcpy(told.rpc.request_id, call->rpc.rpc.request_id, sizeof told.rpc.request_id);
    send_failure(call, &told);
    arena_fini(&told.arena);
}

void reply_failure(struct server_call *call, status s)
{
    if (call->stepping) {
        send_failure_beside(call, s);
        return;
    }
    call->rpc.result = s;
    if (s.why == REASON_DRAINING) {
        call->rpc.rpc.details.retry_after_ms = LIMIT_RETRY_MS; /* ours, not a step's */
    }
    send_failure(call, &call->rpc);
}
