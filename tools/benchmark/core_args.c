#include "core_args.h"

#include <dlfcn.h>
#include <grpc/grpc_security.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"

static grpc_arg integer(const char *key, int value)
{
    return (grpc_arg){
        .type = GRPC_ARG_INTEGER, .key = (char *)(uintptr_t)key, .value.integer = value};
}

grpc_server *core_make_server(const char *name)
{
    grpc_resource_quota *quota = grpc_resource_quota_create(name);
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

void core_quieten_abseil(void)
{
    void *symbol = dlsym(RTLD_DEFAULT,
                         "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE");
    void (*set_mode)(int mode) = NULL;
    if (symbol != NULL) {
        memcpy(&set_mode, &symbol, sizeof set_mode);
        set_mode(0);
    }
}
