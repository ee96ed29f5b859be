#include <assert.h>
#include <stdlib.h>

#include "rpc/client/call.h"

/*
 * Tags are the addresses of what a batch fills.  Two batches stay open from channel_stream to
 * stream_close: the initial metadata and the status.
 */
struct stream {
    struct channel *channel;
    grpc_call *call;
    grpc_metadata_array initial;
    struct call_end end;
    grpc_byte_buffer *message;
    bool initial_open, end_open;
    bool read_all;     /* the peer has sent its last message, or the call is over */
    bool write_failed; /* the call is over; its status is on the way */
};

static bool start_send_initial(struct stream *stream, const struct call_options *options)
{
    struct call_metadata metadata;
    call_metadata_init(&metadata, options);
    grpc_op op = {.op = GRPC_OP_SEND_INITIAL_METADATA};
    op.data.send_initial_metadata.count = metadata.count;
    op.data.send_initial_metadata.metadata = metadata.items;
    bool started = call_start(stream->call, &op, 1, &stream->call);
    call_metadata_fini(&metadata);
    return started;
}

static void start_receivers(struct stream *stream)
{
    grpc_op initial = {.op = GRPC_OP_RECV_INITIAL_METADATA};
    initial.data.recv_initial_metadata.recv_initial_metadata = &stream->initial;
    stream->initial_open = call_start(stream->call, &initial, 1, &stream->initial);
    grpc_op end = {.op = GRPC_OP_RECV_STATUS_ON_CLIENT};
    end.data.recv_status_on_client.trailing_metadata = &stream->end.trailing;
    end.data.recv_status_on_client.status = &stream->end.code;
    end.data.recv_status_on_client.status_details = &stream->end.message;
    stream->end_open = call_start(stream->call, &end, 1, &stream->end);
    assert(stream->initial_open && stream->end_open);
}

status channel_stream(struct channel *channel, const struct call_options *options,
                      struct stream **ret_stream)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return FAIL(ARENA_FULL);
    }
    stream->channel = channel;
    grpc_metadata_array_init(&stream->initial);
    call_end_init(&stream->end);
    stream->call = call_new(channel, options);
    bool started = start_send_initial(stream, options);
    assert(started);
    start_receivers(stream);
    /* A failure here shows at the first write or read, and stream_close tells why. */
    (void)call_wait(channel, &stream->call);
    *ret_stream = stream;
    return STATUS_OK;
}

status stream_write(struct stream *stream, const ProtobufCMessage *message)
{
    grpc_byte_buffer *packed = call_pack(message);
    grpc_op op = {.op = GRPC_OP_SEND_MESSAGE};
    op.data.send_message.send_message = packed;
    bool sent = call_start(stream->call, &op, 1, stream) && call_wait(stream->channel, stream);
    grpc_byte_buffer_destroy(packed);
    stream->write_failed = !sent;
    return sent ? STATUS_OK : FAIL(CONNECTION_FAILED);
}

status stream_writes_done(struct stream *stream)
{
    grpc_op op = {.op = GRPC_OP_SEND_CLOSE_FROM_CLIENT};
    bool sent = call_start(stream->call, &op, 1, stream) && call_wait(stream->channel, stream);
    return sent ? STATUS_OK : FAIL(CONNECTION_FAILED);
}

/* NULL at the end. */
static grpc_byte_buffer *receive(struct stream *stream)
{
    grpc_op op = {.op = GRPC_OP_RECV_MESSAGE};
    op.data.recv_message.recv_message = &stream->message;
    bool received = call_start(stream->call, &op, 1, &stream->message) &&
                    call_wait(stream->channel, &stream->message);
    grpc_byte_buffer *message = received ? stream->message : NULL;
    stream->message = NULL;
    stream->read_all = message == NULL;
    return message;
}

status stream_read(struct stream *stream, const ProtobufCMessageDescriptor *type,
                   struct arena *arena, ProtobufCMessage **ret_message)
{
    *ret_message = NULL;
    if (stream->read_all) {
        return STATUS_OK;
    }
    grpc_byte_buffer *message = receive(stream);
    if (message == NULL) {
        return STATUS_OK;
    }
    return call_unpack(message, type, arena, ret_message);
}

status stream_close(struct stream *stream, struct rpc_error *ret_error)
{
    /* The core keeps the status back while messages are unread. */
    while (stream->write_failed && !stream->read_all) {
        grpc_byte_buffer *unread = receive(stream);
        if (unread != NULL) {
            grpc_byte_buffer_destroy(unread);
        }
    }
    if (!stream->read_all) {
        (void)grpc_call_cancel(stream->call, NULL);
    }
    (void)call_wait(stream->channel, &stream->initial);
    (void)call_wait(stream->channel, &stream->end);
    status s = call_outcome(&stream->end, ret_error);
    call_end_fini(&stream->end);
    grpc_metadata_array_destroy(&stream->initial);
    grpc_call_unref(stream->call);
    free(stream);
    return s;
}
