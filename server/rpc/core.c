#include "rpc/core.h"

#include <dlfcn.h>
#include <grpc/grpc_posix.h>
#include <grpc/grpc_security.h>
#include <grpc/support/log.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/log.h"
#include "rpc/engine.h"
#include "rpc/health.h"

/* Debian builds abseil without NDEBUG, so every lock in the core walks a lock-order graph: 13 % of
   a call's instructions.  absl::SetMutexDeadlockDetectionMode(OnDeadlockCycle::kIgnore), when this
   abseil is the one loaded. */
static void quieten_abseil(void)
{
    void *symbol = dlsym(RTLD_DEFAULT,
                         "_ZN4absl7debian329SetMutexDeadlockDetectionModeENS0_15OnDeadlockCycleE");
    void (*set_mode)(int mode) = NULL;
    if (symbol != NULL) {
        memcpy(&set_mode, &symbol,
               sizeof set_mode); /* POSIX: a function's address comes back as a pointer to void */
        set_mode(0);
    }
}

/* What the core wants to log names peers and quotes bytes of theirs: only where it came from is
   kept (SEC-E7). */
static void log_of_core(gpr_log_func_args *args)
{
    const char *slash = strrchr(args->file, '/');
    log_event(LOG_DEBUG, "grpc_core", LOG_WORD("file", slash == NULL ? args->file : slash + 1),
              LOG_NUMBER("line", args->line));
}

static grpc_arg integer(const char *key, int value)
{
    /* The core takes keys without const and does not write to them. */
    return (grpc_arg){
        .type = GRPC_ARG_INTEGER, .key = (char *)(uintptr_t)key, .value.integer = value};
}

static grpc_server *make_server(grpc_resource_quota *quota)
{
    grpc_arg list[] = {
#define CORE_ARG(name, value) integer(name, value),
#include "rpc/core_args.def"
#undef CORE_ARG
        {.type = GRPC_ARG_POINTER,
         .key = (char *)(uintptr_t)GRPC_ARG_RESOURCE_QUOTA,
         .value.pointer = {.p = quota, .vtable = grpc_resource_quota_arg_vtable()}},
    };
    const grpc_channel_args args = {.num_args = ARRAY_LEN(list), .args = list};
    return grpc_server_create(&args, NULL);
}

static void make_core(struct engine *engine)
{
    quieten_abseil();
    gpr_set_log_function(log_of_core);
    grpc_init();
    grpc_resource_quota *quota = grpc_resource_quota_create("hayat");
    grpc_resource_quota_resize(quota, LIMIT_CORE_MEMORY_BYTES);
    engine->server = make_server(quota);
    grpc_resource_quota_unref(quota);
    engine->plain = grpc_insecure_server_credentials_create();
}

/* Plaintext without TLS. */
static status listen_tcp(struct engine *engine, const char *address, struct tls *tls, int *ret_port)
{
    grpc_server_credentials *credentials = tls != NULL ? tls_credentials(tls) : engine->plain;
    *ret_port = grpc_server_add_http2_port(engine->server, address, credentials);
    if (credentials != engine->plain) {
        grpc_server_credentials_release(credentials);
    }
    return *ret_port > 0 ? STATUS_OK : FAIL(LISTEN_FAILED);
}

static void edge_connected(void *ctx, int fd)
{
    struct engine *engine = ctx;
    grpc_server_add_channel_from_fd(engine->server, fd, engine->plain);
}

static status start(struct engine *engine, const struct engine_options *options)
{
    for (uint32_t i = 0; i < engine->queue_count; i++) {
        queue_init(&engine->queues[i], engine->server, engine->pipeline);
    }
    if (options->listen != NULL) {
        TRY(listen_tcp(engine, options->listen, engine->tls, &engine->port));
    }
    if (engine->agents_tls != NULL) {
        TRY(listen_tcp(engine, options->agents_listen, engine->agents_tls, &engine->agents_port));
    }
    grpc_server_start(engine->server);
    for (uint32_t i = 0; i < engine->queue_count; i++) {
        TRY(queue_start(&engine->queues[i]));
    }
    if (options->unix_socket != NULL) {
        const struct listener_options edge = {options->unix_socket, edge_connected, engine};
        TRY(listener_start(&edge, &engine->listener));
    }
    return STATUS_OK;
}

/* What can fail for reasons outside comes before the core wakes up. */
static status prepare(struct engine *engine, const struct engine_options *options)
{
    engine->pipeline = options->pipeline;
    engine->queue_count = options->threads > 0 ? options->threads : LIMIT_QUEUE_THREADS;
    if (options->cert != NULL) {
        const struct tls_files files = {options->cert, options->key, NULL};
        TRY(tls_open(&files, &engine->tls));
    }
    if (options->cert != NULL && options->agents_listen != NULL && options->client_ca != NULL) {
        const struct tls_files files = {options->cert, options->key, options->client_ca};
        TRY(tls_open(&files, &engine->agents_tls));
    }
    engine->queues = calloc(engine->queue_count, sizeof *engine->queues);
    return engine->queues == NULL ? FAIL(INTERNAL) : STATUS_OK;
}

status engine_start(const struct engine_options *options, struct engine **ret_engine)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return FAIL(INTERNAL);
    }
    status s = prepare(engine, options);
    if (!ok(s)) {
        free(engine);
        return s;
    }
    drain_init(engine);
    make_core(engine);
    TRY(start(engine, options));
    health_set_serving(true);
    *ret_engine = engine;
    return STATUS_OK;
}

int engine_port(const struct engine *engine)
{
    return engine->port;
}

int engine_agents_port(const struct engine *engine)
{
    return engine->agents_port;
}

void engine_recheck_certificates(struct engine *engine)
{
    if (engine->tls != NULL) {
        tls_recheck(engine->tls);
    }
    if (engine->agents_tls != NULL) {
        tls_recheck(engine->agents_tls);
    }
}

void engine_stop(struct engine *engine)
{
    for (uint32_t i = 0; i < engine->queue_count; i++) {
        queue_stop(&engine->queues[i]);
    }
    grpc_server_destroy(engine->server);
    grpc_server_credentials_release(engine->plain);
    grpc_shutdown_blocking(); /* so that a leak checker finds nothing of the core's */
    tls_close(engine->tls);
    tls_close(engine->agents_tls);
    drain_fini(engine);
    free(engine->queues);
    free(engine);
}
