#include "rpc/client/call.h"

#include <assert.h>
#include <grpc/byte_buffer_reader.h>
#include <grpc/support/time.h>

#include "base/limits.h"

grpc_call *call_new(struct channel *channel, const struct call_options *options)
{
    grpc_slice path = grpc_slice_from_copied_string(options->path);
    gpr_timespec deadline = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                         gpr_time_from_millis(options->timeout_ms, GPR_TIMESPAN));
    grpc_call *call = grpc_channel_create_call(channel->core, NULL, GRPC_PROPAGATE_DEFAULTS,
                                               channel->queue, path, NULL, deadline, NULL);
    grpc_slice_unref(path);
    assert(call != NULL);
    return call;
}

static void add(struct call_metadata *metadata, const char *key, const char *prefix,
                const char *value)
{
    assert(metadata->count < CALL_METADATA_MAX);
    size_t head = strlen(prefix), tail = strlen(value);
    grpc_slice text = grpc_slice_malloc(head + tail);
    memcpy(GRPC_SLICE_START_PTR(text), prefix, head);
    memcpy(GRPC_SLICE_START_PTR(text) + head, value, tail);
    metadata->items[metadata->count++] = (grpc_metadata){.key = grpc_slice_from_static_string(key),
                                                         .value = text};
}

void call_metadata_init(struct call_metadata *metadata, const struct call_options *options)
{
    *metadata = (struct call_metadata){0};
    if (options->token != NULL) {
        add(metadata, "authorization", "Bearer ", options->token);
    }
    if (options->language != NULL) {
        add(metadata, "accept-language", "", options->language);
    }
    if (options->step_up != NULL) {
        add(metadata, "step-up", "", options->step_up);
    }
}

void call_metadata_fini(struct call_metadata *metadata)
{
    for (size_t i = 0; i < metadata->count; i++) {
        grpc_slice_unref(metadata->items[i].value);
    }
    metadata->count = 0;
}

bool call_start(grpc_call *call, const grpc_op *ops, size_t count, void *tag)
{
    return grpc_call_start_batch(call, ops, count, tag, NULL) == GRPC_CALL_OK;
}

bool call_wait(struct channel *channel, void *tag)
{
    grpc_event event = grpc_completion_queue_pluck(channel->queue, tag,
                                                   gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    assert(event.type == GRPC_OP_COMPLETE);
    return event.success != 0;
}

grpc_byte_buffer *call_pack(const ProtobufCMessage *message)
{
    grpc_slice slice = grpc_slice_malloc(protobuf_c_message_get_packed_size(message));
    (void)protobuf_c_message_pack(message, GRPC_SLICE_START_PTR(slice));
    grpc_byte_buffer *buffer = grpc_raw_byte_buffer_create(&slice, 1);
    grpc_slice_unref(slice);
    return buffer;
}

status call_unpack(grpc_byte_buffer *buffer, const ProtobufCMessageDescriptor *type,
                   struct arena *arena, ProtobufCMessage **ret_message)
{
    grpc_byte_buffer_reader reader;
    if (grpc_byte_buffer_reader_init(&reader, buffer) == 0) {
        grpc_byte_buffer_destroy(buffer);
        return FAIL(MALFORMED_REQUEST);
    }
    grpc_slice all = grpc_byte_buffer_reader_readall(&reader);
    ProtobufCMessage *message = protobuf_c_message_unpack(
        type, &arena->allocator, GRPC_SLICE_LENGTH(all), GRPC_SLICE_START_PTR(all));
    grpc_slice_unref(all);
    grpc_byte_buffer_reader_destroy(&reader);
    grpc_byte_buffer_destroy(buffer);
    if (message == NULL) {
        return arena_ran_dry(arena) ? FAIL(ARENA_FULL) : FAIL(MALFORMED_REQUEST);
    }
    *ret_message = message;
    return STATUS_OK;
}

void call_end_init(struct call_end *end)
{
    *end = (struct call_end){.code = GRPC_STATUS_UNKNOWN, .message = grpc_empty_slice()};
    grpc_metadata_array_init(&end->trailing);
}

void call_end_fini(struct call_end *end)
{
    grpc_slice_unref(end->message);
    grpc_metadata_array_destroy(&end->trailing);
}

static bytes slice_bytes(const grpc_slice *slice)
{
    return bytes_of(GRPC_SLICE_START_PTR(*slice), GRPC_SLICE_LENGTH(*slice));
}

status call_outcome(const struct call_end *end, struct rpc_error *ret_error)
{
    struct rpc_error error = {
        .code = (enum grpc_code)end->code, .committed_size = -1, .tries_left = -1};
    bytes message = bytes_head(slice_bytes(&end->message), sizeof error.message - 1);
    if (message.len > 0) {
        memcpy(error.message, message.ptr, message.len);
    }
    for (size_t i = 0; i < end->trailing.count && end->code != GRPC_STATUS_OK; i++) {
        const grpc_metadata *item = &end->trailing.metadata[i];
        if (grpc_slice_str_cmp(item->key, "grpc-status-details-bin") == 0) {
            details_decode(slice_bytes(&item->value), &error);
        }
    }
    if (ret_error != NULL) {
        *ret_error = error;
    }
    return details_reason(error.code, error.reason);
}
