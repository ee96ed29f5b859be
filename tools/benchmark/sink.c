/*
 * hayat-sink: the least that can take an upload on the gRPC C core: reads every message of any stream and drops it, then
 * answers how many bytes there were (as google.bytestream.WriteResponse).  With TLS when it is given a certificate.  The part of an
 * upload that is not ours: same core, same channel arguments, one queue, one thread.
 *
 *     hayat-sink HOST:PORT [CERT KEY]
 */
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/limits.h"
#include "core_args.h"

enum { PEM_MOST_BYTES = 65536 };

struct slot;

/* A tag: what to do when it comes back. */
struct event {
    void (*run)(struct slot *slot, bool ok);
    struct slot *slot;
};

struct server {
    grpc_server *core;
    grpc_completion_queue *queue;
};

/* One posted request and the call that takes it. */
struct slot {
    struct event arrived, read, closed, sent;
    struct server *server;
    grpc_call *call;
    grpc_call_details details;
    grpc_metadata_array headers;
    grpc_byte_buffer *message;
    uint64_t taken;
    int cancelled;
    int pending; /* tags on their way */
};

static void start(struct slot *slot, const grpc_op *ops, size_t count, struct event *tag)
{
    slot->pending++;
    if (grpc_call_start_batch(slot->call, ops, count, tag, NULL) != GRPC_CALL_OK) {
        abort();
    }
}

static void release(struct slot *slot)
{
    if (--slot->pending > 0) {
        return;
    }
    grpc_metadata_array_destroy(&slot->headers);
    grpc_call_details_destroy(&slot->details);
    grpc_call_unref(slot->call);
    free(slot);
}

static void passed(struct slot *slot, bool ok)
{
    (void)ok;
    release(slot);
}

static void answer(struct slot *slot)
{
    uint8_t reply[16] = {0x08}; /* committed_size */
    size_t len = 1;
    for (uint64_t left = slot->taken;; left >>= 7) {
        reply[len++] = (uint8_t)((left & 0x7F) | (left > 0x7F ? 0x80 : 0));
        if (left <= 0x7F) {
            break;
        }
    }
    grpc_slice slice = grpc_slice_from_copied_buffer((const char *)reply, len);
    grpc_byte_buffer *message = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_op ops[3] = {{.op = GRPC_OP_SEND_INITIAL_METADATA},
                      {.op = GRPC_OP_SEND_MESSAGE},
                      {.op = GRPC_OP_SEND_STATUS_FROM_SERVER}};
    ops[1].data.send_message.send_message = message;
    start(slot, ops, ARRAY_LEN(ops), &slot->sent);
    grpc_byte_buffer_destroy(message);
    grpc_slice_unref(slice);
}

static void receive(struct slot *slot)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &slot->message;
    start(slot, &op, 1, &slot->read);
}

static void have_read(struct slot *slot, bool ok)
{
    if (ok && slot->message != NULL) {
        slot->taken += grpc_byte_buffer_length(slot->message);
        grpc_byte_buffer_destroy(slot->message);
        slot->message = NULL;
        receive(slot);
    } else if (ok) {
        answer(slot);
    }
    release(slot);
}

static void arrived(struct slot *slot, bool ok);

static void post(struct server *server)
{
    struct slot *slot = calloc(1, sizeof *slot);
    if (slot == NULL) {
        abort();
    }
    *slot = (struct slot){.server = server,
                          .arrived = {arrived, slot},
                          .read = {have_read, slot},
                          .closed = {passed, slot},
                          .sent = {passed, slot}};
    grpc_call_details_init(&slot->details);
    grpc_metadata_array_init(&slot->headers);
    if (grpc_server_request_call(server->core, &slot->call, &slot->details, &slot->headers,
                                 server->queue, server->queue, &slot->arrived) != GRPC_CALL_OK) {
        abort();
    }
}

static void arrived(struct slot *slot, bool ok)
{
    if (!ok) {
        free(slot);
        return;
    }
    post(slot->server);
    grpc_op close_op = {.op = GRPC_OP_RECV_CLOSE_ON_SERVER};
    close_op.data.recv_close_on_server.cancelled = &slot->cancelled;
    start(slot, &close_op, 1, &slot->closed);
    receive(slot);
}

static bool read_pem(const char *path, char out[PEM_MOST_BYTES])
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    size_t len = file == NULL ? 0 : fread(out, 1, PEM_MOST_BYTES - 1, file);
    out[len] = '\0';
    return len > 0;
}

static grpc_server_credentials *credentials(int argc, char **argv)
{
    static char cert[PEM_MOST_BYTES], key[PEM_MOST_BYTES];
    if (argc != 4) {
        return grpc_insecure_server_credentials_create();
    }
    if (!read_pem(argv[2], cert) || !read_pem(argv[3], key)) {
        return NULL;
    }
    grpc_ssl_pem_key_cert_pair pair = {.private_key = key, .cert_chain = cert};
    return grpc_ssl_server_credentials_create_ex(NULL, &pair, 1,
                                                 GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE, NULL);
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
        tag->run(tag->slot, event.success != 0);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 4) {
        (void)fprintf(stderr, "usage: hayat-sink HOST:PORT [CERT KEY]\n");
        return 2;
    }
    core_quieten_abseil();
    grpc_init();
    struct server server = {.core = core_make_server("sink"),
                            .queue = grpc_completion_queue_create_for_next(NULL)};
    grpc_server_register_completion_queue(server.core, server.queue, NULL);
    grpc_server_credentials *how = credentials(argc, argv);
    if (how == NULL || grpc_server_add_http2_port(server.core, argv[1], how) == 0) {
        (void)fprintf(stderr, "hayat-sink: cannot listen on %s\n", argv[1]);
        return 1;
    }
    grpc_server_credentials_release(how);
    grpc_server_start(server.core);
    serve(&server);
    return 0;
}
