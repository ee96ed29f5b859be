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
#define CORE_ARG(name, value) integer(name, value),
#include "server/rpc/core_args.def"
#undef CORE_ARG
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
