/*
 * hayat-echo: the least a server on the gRPC C core can do: takes any unary call, answers N bytes.
 * What the bench measures hayatd against: same core, same channel arguments, one queue, one thread.
 *
 *     hayat-echo HOST:PORT REPLY_BYTES
 */
#include <dlfcn.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"

/* A tag: what to do when it comes back. */
struct event {
    void (*run)(struct event *event, bool ok);
};

struct slot; /* one posted request and the call that takes it */

struct server {
    grpc_server *core;
    grpc_completion_queue *queue;
    grpc_slice reply;
};

struct slot {
    struct event arrived, read, closed, sent; /* arrived first */
    struct server *server;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array headers;
    grpc_byte_buffer *request;
    int cancelled;
    int pending; /* tags on their way */
};

static void arrived(struct event *event, bool ok);

static struct slot *slot_of(struct event *event, size_t offset)
{
    return (struct slot *)(void *)((char *)event - offset);
}

static void post(struct server *server)
{
    struct slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        abort();
    }
    slot->server = server;
    slot->arrived.run = arrived;
    grpc_call_details_init(&slot->details);
    grpc_metadata_array_init(&slot->headers);
    if (grpc_server_request_call(server->core, &slot->call, &slot->details, &slot->headers,
                                 server->queue, server->queue, &slot->arrived) != GRPC_CALL_OK) {
        abort();
    }
}

static void release(struct slot *slot)
{
    if (--slot->pending > 0) {
        return;
    }
    if (slot->request != NULL) {
        grpc_byte_buffer_destroy(slot->request);
    }
    grpc_metadata_array_destroy(&slot->headers);
    grpc_call_details_destroy(&slot->details);
    grpc_call_unref(slot->call);
    free(slot);
}

static void start(struct slot *slot, const grpc_op *ops, size_t count, struct event *tag)
{
    slot->pending++;
    if (grpc_call_start_batch(slot->call, ops, count, tag, NULL) != GRPC_CALL_OK) {
        abort();
    }
}

static void sent(struct event *event, bool ok)
{
    (void)ok;
    release(slot_of(event, offsetof(struct slot, sent)));
}

static void closed(struct event *event, bool ok)
{
    (void)ok;
    release(slot_of(event, offsetof(struct slot, closed)));
}

static void have_read(struct event *event, bool ok)
{
    struct slot *slot = slot_of(event, offsetof(struct slot, read));
    if (ok) {
        grpc_slice slice = grpc_slice_ref(slot->server->reply);
        grpc_byte_buffer *reply = grpc_raw_byte_buffer_create(&slice, 1);
        grpc_op ops[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                          {.op = GRPC_OP_SEND_MESSAGE},
                          {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
        ops[1].data.send_message.send_message = reply;
        slot->sent.run = sent;
        start(slot, ops, ARRAY_LEN(ops), &slot->sent);
        grpc_byte_buffer_destroy(reply);
        grpc_slice_unref(slice);
    }
    release(slot);
}

static void arrived(struct event *event, bool ok)
{
    struct slot *slot = slot_of(event, offsetof(struct slot, arrived));
    if (!ok) {
        free(slot);
        return;
    }
    post(slot->server);
    slot->closed.run = closed;
    slot->read.run = have_read;
    grpc_op close_op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    close_op.data.recv_close_on_server.cancelled = &slot->cancelled;
    start(slot, &close_op, 1, &slot->closed);
    grpc_op read_op = {.op = GRPC_OP_RECV_MESSAGE};
    read_op.data.recv_message.recv_message = &slot->request;
    start(slot, &read_op, 1, &slot->read);
}

static grpc_arg integer(const char *key, int value)
{
    return (grpc_arg){
        .type = GRPC_ARG_INTEGER, .key = (char *)(uintptr_t)key, .value.integer = value};
}

/* As server/rpc/core.c. */
static grpc_server *make_server(void)
{
    grpc_resource_quota *quota = grpc_resource_quota_create("echo");
    grpc_resource_quota_resize(quota, LIMIT_CORE_MEMORY_BYTES);
    grpc_arg list[] = {
        integer(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1),
        integer(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, LIMIT_RECEIVE_BYTES),
        integer(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, LIMIT_SEND_BYTES),
        integer(GRPC_ARG_MAX_CONCURRENT_STREAMS, LIMIT_STREAMS_PER_CONNECTION),
        integer(GRPC_ARG_MAX_METADATA_SIZE, LIMIT_METADATA_BYTES),
        integer(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, LIMIT_HANDSHAKE_MS),
        integer(GRPC_ARG_MAX_CONNECTION_IDLE_MS, LIMIT_CONNECTION_IDLE_MS),
        integer(GRPC_ARG_MAX_CONNECTION_AGE_MS, LIMIT_CONNECTION_AGE_MS),
        integer(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, LIMIT_CONNECTION_AGE_GRACE_MS),
        integer(GRPC_ARG_KEEPALIVE_TIME_MS, LIMIT_KEEPALIVE_MS),
        integer(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, LIMIT_KEEPALIVE_TIMEOUT_MS),
        integer(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1),
        integer(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, LIMIT_PING_INTERVAL_MS),
        integer(GRPC_ARG_ALLOW_REUSEPORT, 0),
        integer(GRPC_ARG_ENABLE_CHANNELZ, 0),
        integer(GRPC_ARG_HTTP2_BDP_PROBE, 0),
        integer(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, LIMIT_STREAM_WINDOW_BYTES),
        {.type = GRPC_ARG_POINTER,
         .key = (char *)(uintptr_t)GRPC_ARG_RESOURCE_QUOTA,
         .value.pointer = {.p = quota, .vtable = grpc_resource_quota_arg_vtable()}},
    };
    grpc_server *server = grpc_server_create(&(grpc_channel_args){ARRAY_LEN(list), list}, NULL);
    grpc_resource_quota_unref(quota);
    return server;
}

/* As server/rpc/core.c: abseil's lock-order graph off. */
static void quieten_abseil(void)
{
    void *symbol = dlsym(RTLD_DEFAULT,
                         "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE");
    void (*set_mode)(int mode) = NULL;
    if (symbol != NULL) {
        memcpy(&set_mode, &symbol, sizeof set_mode);
        set_mode(0);
    }
}

static void serve(struct server *server)
{
    for (int i = 0; i < LIMIT_SLOTS_PER_QUEUE; i++) {
        post(server);
    }
    for (;;) {
        grpc_event event = grpc_completion_queue_next(server->queue,
                                                      gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        struct event *tag = event.tag;
        tag->run(tag, event.success != 0);
    }
}

int main(int argc, char **argv)
{
    enum { REPLY_MOST_BYTES = 1024 * 1024 };
    long reply_bytes = argc == 3 ? strtol(argv[2], NULL, 10) : -1;
    if (reply_bytes < 0 || reply_bytes > REPLY_MOST_BYTES) {
        (void)fprintf(stderr, "usage: hayat-echo HOST:PORT REPLY_BYTES\n");
        return 2;
    }
    quieten_abseil();
    grpc_init();
    struct server server = {.core = make_server(),
                            .queue = grpc_completion_queue_create_for_next(NULL)};
    server.reply = grpc_slice_malloc((size_t)reply_bytes);
    memset(GRPC_SLICE_START_PTR(server.reply), 'e', (size_t)reply_bytes);
    grpc_server_register_completion_queue(server.core, server.queue, NULL);
    grpc_server_credentials *plain = grpc_insecure_server_credentials_create();
    if (grpc_server_add_http2_port(server.core, argv[1], plain) == 0) {
        (void)fprintf(stderr, "hayat-echo: cannot listen on %s\n", argv[1]);
        return 1;
    }
    grpc_server_credentials_release(plain);
    grpc_server_start(server.core);
    serve(&server);
    return 0;
}
