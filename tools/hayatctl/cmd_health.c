/* hayatctl health: asks a server whether it serves (grpc.health.v1), as containers and monitors do. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/limits.h"
#include "grpc/health/v1/health.pb-c.h"
#include "rpc/client/client.h"
#include "tools/hayatctl/store_session.h"

enum { TIMEOUT_MS_DEFAULT = 3000 };

struct health_texts {
    char *server, *ca, *config, *state, *service;
};

/* The whole server first. */
static const char *const all_services[] = {
    "",
#define OWN_SERVICE(name, service) (service),
#include "base/health_services.def"
#undef OWN_SERVICE
};

static void free_texts(struct health_texts *texts)
{
    free(texts->server);
    free(texts->ca);
    free(texts->config);
    free(texts->state);
    free(texts->service);
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

struct question {
    const char *server, *ca; /* "" for none */
    const char *const *services;
    size_t service_count;
    int timeout_ms;
};

static enum exit_code tell(const char *name, const Grpc__Health__V1__HealthCheckResponse *reply)
{
    bool serves = reply->status == GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING;
    (void)printf("%s %s\n", name, serves ? "SERVING" : "NOT_SERVING");
    return serves ? EXIT_FINE : EXIT_REFUSED;
}

/* A server that wants TLS only breaks off. */
static enum exit_code complain_call(const struct question *question, const char *name, status s)
{
    bool local = strncmp(question->server, "unix:", strlen("unix:")) == 0;
    enum exit_code code = complain_status(name, s);
    if (s.why == REASON_CONNECTION_FAILED && question->ca[0] == '\0' && !local) {
        complain("no CA is known, so the connection was not encrypted: give --ca FILE");
    }
    return code;
}

static enum exit_code ask(const struct question *question, struct channel *channel,
                          const char *service)
{
    const char *name = service[0] == '\0' ? question->server : service;
    const struct call_options call = {
        .path = "/grpc.health.v1.Health/Check",
        .timeout_ms = question->timeout_ms,
        .response = &grpc__health__v1__health_check_response__descriptor,
    };
    Grpc__Health__V1__HealthCheckRequest request;
    grpc__health__v1__health_check_request__init(&request);
    request.service = (char *)(uintptr_t)service;
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    struct rpc_reply reply;
    status s = channel_unary(channel, &call, &request.base, &arena, &reply);
    enum exit_code code = ok(s) ? tell(name,
                                       (const Grpc__Health__V1__HealthCheckResponse *)reply.message)
                                : complain_call(question, name, s);
    arena_fini(&arena);
    return code;
}

/* How the worst of them stands. */
static enum exit_code ask_all(const struct question *question)
{
    const struct channel_options options = {
        .target = question->server, .ca_file = question->ca[0] != '\0' ? question->ca : NULL};
    struct channel *channel;
    status s = channel_open(&options, &channel);
    if (!ok(s)) {
        return complain_status(question->server, s);
    }
    enum exit_code worst = EXIT_FINE;
    for (size_t i = 0; i < question->service_count && worst != EXIT_FAILED; i++) {
        enum exit_code code = ask(question, channel, question->services[i]);
        worst = code > worst ? code : worst;
    }
    channel_close(channel);
    return worst;
}

enum exit_code command_health(int argc, const char **argv)
{
    DEFER(free_texts) struct health_texts texts = {0};
    int timeout_ms = TIMEOUT_MS_DEFAULT, all = 0;
    const struct poptOption options[] = {
        {"server", 0, POPT_ARG_STRING, &texts.server, 0, "HOST:PORT or unix:PATH", "ADDR"},
        {"ca", 0, POPT_ARG_STRING, &texts.ca, 0,
         "its CA; without one the connection is not encrypted", "FILE"},
        {"config", 0, POPT_ARG_STRING, &texts.config, 0, "hayatd's configuration file", "FILE"},
        {"state", 0, POPT_ARG_STRING, &texts.state, 0, "the state directory", "DIR"},
        {"service", 0, POPT_ARG_STRING, &texts.service, 0,
         "one service, like hayat.v1.BankAccountService", "NAME"},
        {"all", 0, POPT_ARG_NONE, &all, 0,
         "the server, and each service that may not serve while the server does", NULL},
        {"timeout-ms", 0, POPT_ARG_INT | POPT_ARGFLAG_SHOW_DEFAULT, &timeout_ms, 0,
         "how long to wait", "MS"},
        POPT_AUTOHELP POPT_TABLEEND};
    DEFER(command_line_fini) struct command_line line;
    struct store_paths paths;
    if (!command_line_init(&line, argc, argv, &(struct command_usage){options, "", 0, 0}) ||
        !find_server(&texts, &paths)) {
        return EXIT_USAGE;
    }
    if (texts.service != NULL && all != 0) {
        complain("--service or --all");
        return EXIT_USAGE;
    }
    char server[256];
    reachable(paths.server, server);
    const char *const one[] = {texts.service != NULL ? texts.service : ""};
    const struct question question = {server, paths.ca, all != 0 ? all_services : one,
                                      all != 0 ? ARRAY_LEN(all_services) : 1, timeout_ms};
    rpc_client_init();
    enum exit_code code = ask_all(&question);
    rpc_client_shutdown();
    return code;
}
