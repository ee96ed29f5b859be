#include <errno.h>
#include <grpc/grpc.h>
#include <grpc/grpc_security.h>
#include <grpc/support/time.h>
#include <stdlib.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/limits.h"
#include "rpc/client/call.h"

enum {
    PEM_MAX_BYTES = 64 * 1024, /* a bundle of a few roots, or one certificate and its chain */
    KEEPALIVE_MS = 60000,      /* not below what our servers permit */
    KEEPALIVE_WAIT_MS = 20000,
    RECONNECT_FIRST_MS = 200,
    RECONNECT_MOST_MS = 3000,
};

void rpc_client_init(void)
{
    grpc_init();
}

void rpc_client_shutdown(void)
{
    grpc_shutdown_blocking();
}

/* The file as a NUL-terminated string from malloc. */
static status read_pem(const char *path, char **ret_text)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "re");
    char *text = file == NULL ? NULL : malloc(PEM_MAX_BYTES + 1);
    if (text == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    size_t len = fread(text, 1, PEM_MAX_BYTES + 1, file);
    if (ferror(file) || len > PEM_MAX_BYTES) {
        free(text);
        return FAIL(FILE_UNREADABLE);
    }
    text[len] = '\0';
    *ret_text = text;
    return STATUS_OK;
}

static status ssl_credentials(const struct channel_options *options, grpc_channel_credentials **ret)
{
    DEFER(defer_free) char *roots = NULL;
    DEFER(defer_free) char *cert = NULL;
    DEFER(defer_free) char *key = NULL;
    TRY(read_pem(options->ca_file, &roots));
    grpc_ssl_pem_key_cert_pair pair = {0};
    if (options->cert_file != NULL) {
        TRY(read_pem(options->cert_file, &cert));
        TRY(read_pem(options->key_file, &key));
        pair.cert_chain = cert;
        pair.private_key = key;
    }
    *ret = grpc_ssl_credentials_create_ex(roots, cert == NULL ? NULL : &pair, NULL, NULL);
    return *ret == NULL ? FAIL(KEY_FILE_INVALID) : STATUS_OK;
}

static grpc_arg int_arg(const char *name, int value)
{
    grpc_arg arg = {.type = GRPC_ARG_INTEGER};
    arg.key = (char *)(uintptr_t)name; /* the core does not write to it */
    arg.value.integer = value;
    return arg;
}

static grpc_arg text_arg(const char *name, const char *value)
{
    grpc_arg arg = {.type = GRPC_ARG_STRING};
    arg.key = (char *)(uintptr_t)name;
    arg.value.string = (char *)(uintptr_t)value;
    return arg;
}

static grpc_channel *create(const struct channel_options *options,
                            grpc_channel_credentials *credentials)
{
    grpc_arg args[12] = {
        int_arg(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1), /* two channels are two connections */
        int_arg(GRPC_ARG_ENABLE_RETRIES, 0),            /* our callers retry, with request_ids */
        int_arg(GRPC_ARG_ENABLE_HTTP_PROXY, 0),
        int_arg(GRPC_ARG_ENABLE_CHANNELZ, 0),
        int_arg(GRPC_ARG_KEEPALIVE_TIME_MS, KEEPALIVE_MS),
        int_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_WAIT_MS),
        int_arg(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, RECONNECT_FIRST_MS),
        int_arg(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, RECONNECT_MOST_MS),
        int_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, LIMIT_SEND_BYTES),
        text_arg(GRPC_ARG_PRIMARY_USER_AGENT_STRING, "hayat-c"),
    };
    size_t count = 10;
    if (options->server_name != NULL) {
        args[count++] = text_arg(GRPC_SSL_TARGET_NAME_OVERRIDE_ARG, options->server_name);
        args[count++] = text_arg(GRPC_ARG_DEFAULT_AUTHORITY, options->server_name);
    }
    return grpc_channel_create(options->target, credentials, &(grpc_channel_args){count, args});
}

status channel_open(const struct channel_options *options, struct channel **ret_channel)
{
    grpc_channel_credentials *credentials = NULL;
    if (options->ca_file == NULL) {
        credentials = grpc_insecure_credentials_create();
    } else {
        TRY(ssl_credentials(options, &credentials));
    }
    struct channel *channel = calloc(1, sizeof *channel);
    if (channel == NULL) {
        grpc_channel_credentials_release(credentials);
        return FAIL(ARENA_FULL);
    }
    channel->core = create(options, credentials);
    grpc_channel_credentials_release(credentials);
    channel->queue = grpc_completion_queue_create_for_pluck(NULL);
    *ret_channel = channel;
    return STATUS_OK;
}

void channel_pause(struct channel *channel, int64_t ms)
{
    gpr_timespec end = gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                                    gpr_time_from_millis(ms, GPR_TIMESPAN));
    (void)grpc_channel_check_connectivity_state(channel->core, 1); /* leave IDLE */
    /* Nothing ever posts this tag. */
    (void)grpc_completion_queue_pluck(channel->queue, &end, end, NULL);
}

void channel_close(struct channel *channel)
{
    if (channel == NULL) {
        return;
    }
    grpc_channel_destroy(channel->core);
    grpc_completion_queue_shutdown(channel->queue);
    grpc_completion_queue_destroy(channel->queue);
    free(channel);
}
