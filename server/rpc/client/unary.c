#include "base/array.h"
#include "rpc/client/call.h"

struct unary {
    grpc_call *call; /* holds what the trailing metadata points to */
    grpc_metadata_array initial;
    grpc_byte_buffer *message;
    struct call_end end;
};

/* The whole call is one batch. */
static void run(struct channel *channel, const struct call_options *options,
                grpc_byte_buffer *request, struct unary *unary)
{
    struct call_metadata metadata;
    call_metadata_init(&metadata, options);
    grpc_op ops[6] = {0};
    ops[0].op = GRPC_OP_SEND_INITIAL_METADATA;
    ops[0].data.send_initial_metadata.count = metadata.count;
    ops[0].data.send_initial_metadata.metadata = metadata.items;
    ops[1].op = GRPC_OP_SEND_MESSAGE;
    ops[1].data.send_message.send_message = request;
    ops[2].op = GRPC_OP_SEND_CLOSE_FROM_CLIENT;
    ops[3].op = GRPC_OP_RECV_INITIAL_METADATA;
    ops[3].data.recv_initial_metadata.recv_initial_metadata = &unary->initial;
    ops[4].op = GRPC_OP_RECV_MESSAGE;
    ops[4].data.recv_message.recv_message = &unary->message;
    ops[5].op = GRPC_OP_RECV_STATUS_ON_CLIENT;
    ops[5].data.recv_status_on_client.trailing_metadata = &unary->end.trailing;
    ops[5].data.recv_status_on_client.status = &unary->end.code;
    ops[5].data.recv_status_on_client.status_details = &unary->end.message;
    if (call_start(unary->call, ops, ARRAY_LEN(ops), unary)) {
        (void)call_wait(channel, unary); /* the status tells a failure */
    }
    call_metadata_fini(&metadata);
}

static status finish(struct unary *unary, const ProtobufCMessageDescriptor *type,
                     struct arena *arena, struct rpc_reply *ret_reply)
{
    TRY(call_outcome(&unary->end, &ret_reply->error));
    if (unary->message == NULL) {
        return FAIL(MESSAGE_MISSING);
    }
    grpc_byte_buffer *message = unary->message;
    unary->message = NULL;
    return call_unpack(message, type, arena, &ret_reply->message);
}

status channel_unary(struct channel *channel, const struct call_options *options,
                     const ProtobufCMessage *request, struct arena *arena,
                     struct rpc_reply *ret_reply)
{
    struct unary unary = {.call = call_new(channel, options)};
    grpc_metadata_array_init(&unary.initial);
    call_end_init(&unary.end);
    grpc_byte_buffer *packed = call_pack(request);
    run(channel, options, packed, &unary);
    status s = finish(&unary, options->response, arena, ret_reply);

    grpc_byte_buffer_destroy(packed);
    if (unary.message != NULL) {
        grpc_byte_buffer_destroy(unary.message);
    }
    call_end_fini(&unary.end);
    grpc_metadata_array_destroy(&unary.initial);
    grpc_call_unref(unary.call);
    return s;
}
