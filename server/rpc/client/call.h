/*
 * call: what unary calls and streams of the client share: starting a call, waiting for a batch,
 * messages, outcome. Private to this directory.
 *
 * Every batch is plucked by its own tag before the next line runs, except the two that a stream
 * leaves open (initial metadata and status); so tags are addresses and no event is ever left over.
 */
#ifndef HAYAT_RPC_CLIENT_CALL_H
#define HAYAT_RPC_CLIENT_CALL_H

#include <grpc/grpc.h>

#include "rpc/client/client.h"

struct channel {
    grpc_channel *core;
    grpc_completion_queue *queue;
};

enum { CALL_METADATA_MAX = 3 };

/* Metadata to send; release after the batch was started. */
struct call_metadata {
    grpc_metadata items[CALL_METADATA_MAX];
    size_t count;
};

/* How a call ended, as the core tells it. */
struct call_end {
    grpc_status_code code;
    grpc_slice message;
    grpc_metadata_array trailing;
};

grpc_call *call_new(struct channel *channel, const struct call_options *options);

void call_metadata_init(struct call_metadata *metadata, const struct call_options *options);
void call_metadata_fini(struct call_metadata *metadata);

/* False when the batch could not be started: then no event comes for TAG. */
bool call_start(grpc_call *call, const grpc_op *ops, size_t count, void *tag);
/* Waits for TAG; false when the batch failed. */
bool call_wait(struct channel *channel, void *tag);

grpc_byte_buffer *call_pack(const ProtobufCMessage *message);
/* Takes BUFFER over. */
status call_unpack(grpc_byte_buffer *buffer, const ProtobufCMessageDescriptor *type,
                   struct arena *arena, ProtobufCMessage **ret_message);

void call_end_init(struct call_end *end);
void call_end_fini(struct call_end *end);
/* Fills *ret_error (may be NULL) and names the reason. */
status call_outcome(const struct call_end *end, struct rpc_error *ret_error);

/* details.c: google.rpc.Status bytes into *error; what does not parse is left out. */
void details_decode(bytes status_bytes, struct rpc_error *error);
/* The reason for a call that ended with CODE and, when the server named one of ours, REASON. */
status details_reason(enum grpc_code code, const char *reason);

#endif
