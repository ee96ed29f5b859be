/*
 * hayat-echo: the least a server on the gRPC C core can do: takes any unary call, answers N bytes.
 * What the bench measures hayatd against: same core, same channel arguments, one queue, one thread.
 *
 *     hayat-echo HOST:PORT REPLY_BYTES
 */
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"
#include "core_args.h"

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
    core_quieten_abseil();
    grpc_init();
    struct server server = {.core = core_make_server("echo"),
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
