/* hayatctl health: asks a server whether it serves (grpc.health.v1), as containers and monitors do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "base/limits.h"
#include "grpc/health/v1/health.pb-c.h"
#include "rpc/client/client.h"
#include "tools/hayatctl/store_session.h"

enum { TIMEOUT_MS_DEFAULT = 3000 };

struct health_texts {
    char *server, *ca, *config, *state;
};

static void free_texts(struct health_texts *texts)
{
    free(texts->server);
    free(texts->ca);
    free(texts->config);
    free(texts->state);
}

/* A server that listens on every address is asked on the loopback. */
static void reachable(const char *listen, char out[256])
{
    const char *every[] = {"0.0.0.0:", "[::]:"};
    for (size_t i = 0; i < 2; i++) {
        if (strncmp(listen, every[i], strlen(every[i])) == 0) {
            (void)snprintf(out, 256, "localhost:%s", listen + strlen(every[i]));
            return;
        }
    }
    (void)snprintf(out, 256, "%s", listen);
}

static bool find_server(struct health_texts *texts, struct store_paths *paths)
{
    memset(paths, 0, sizeof(*paths));
    if (texts->config != NULL || texts->state != NULL) {
        const struct store_options where = {.config = texts->config, .state = texts->state};
        if (!store_paths_find(&where, paths)) {
            return false;
        }
    }
    if ((texts->server != NULL && strlen(texts->server) >= sizeof(paths->server)) ||
        (texts->ca != NULL && strlen(texts->ca) >= sizeof(paths->ca))) {
        complain("--server or --ca is too long");
        return false;
    }
    if (texts->server != NULL) {
        (void)snprintf(paths->server, sizeof(paths->server), "%s", texts->server);
    }
    if (texts->ca != NULL) {
        (void)snprintf(paths->ca, sizeof(paths->ca), "%s", texts->ca);
    }
    if (paths->server[0] == '\0') {
        complain("--server ADDR or --config FILE is missing");
        return false;
    }
    return true;
}

static enum exit_code tell(const char *server, const Grpc__Health__V1__HealthCheckResponse *reply)
{
    bool serves = reply->status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    (void)printf("%s %s\n", server, serves ? "SERVING" : "NOT_SERVING");
    return serves ? EXIT_FINE : EXIT_REFUSED;
}

static enum exit_code ask(const char *server, const char *ca, int timeout_ms)
{
    const struct channel_options options = {.target = server, .ca_file = ca[0] != '\0' ? ca : NULL};
    const struct call_options call = {
        .path = "/grpc.health.v1.Health/Check",
        .timeout_ms = timeout_ms,
        .response = &grpc__health__v1__health_check_response__descriptor,
    };
    struct channel *channel;
    status s = channel_open(&options, &channel);
    if (!ok(s)) {
        return complain_status(server, s);
    }
    Grpc__Health__V1__HealthCheckRequest request;
    grpc__health__v1__health_check_request__init(&request);
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    struct rpc_reply reply;
    s = channel_unary(channel, &call, &request.base, &arena, &reply);
    enum exit_code code = ok(s) ? tell(server,
                                       (const Grpc__Health__V1__HealthCheckResponse *)reply.message)
                                : complain_status(server, s);
    arena_fini(&arena);
    channel_close(channel);
    return code;
}

enum exit_code command_health(int argc, const char **argv)
{
    DEFER(free_texts) struct health_texts texts = {0};
    int timeout_ms = TIMEOUT_MS_DEFAULT;
    const struct poptOption options[] = {
        {"server", 0, POPT_ARG_STRING, &texts.server, 0, "HOST:PORT or unix:PATH", "ADDR"},
        {"ca", 0, POPT_ARG_STRING, &texts.ca, 0,
         "its CA; without one the connection is not encrypted", "FILE"},
        {"config", 0, POPT_ARG_STRING, &texts.config, 0, "hayatd's configuration file", "FILE"},
        {"state", 0, POPT_ARG_STRING, &texts.state, 0, "the state directory", "DIR"},
        {"timeout-ms", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &timeout_ms, 0,
         "how long to wait", "MS"},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !find_server(&texts, &paths)) {
        return EXIT_USAGE;
    }
    char server[256];
    reachable(paths.server, server);
    rpc_client_init();
    enum exit_code code = ask(server, paths.ca, timeout_ms);
    rpc_client_shutdown();
    return code;
}
