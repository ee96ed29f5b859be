#include "rpc/health.h"

#include <stdatomic.h>

#include "gen/handlers.h"
#include "rpc/route.h"

enum { HEALTH_POLL_MS = 200 }; /* how late a watcher may hear of a change */

/* Services that go on serving while something behind them does not: a watcher of one of these hears of it. */
enum own {
#define OWN_SERVICE(name, service) OWN_##name,
#include "base/health_services.def"
#undef OWN_SERVICE
    OWNS
};

static const char *const own_services[OWNS] = {
#define OWN_SERVICE(name, service) [OWN_##name] = (service),
#include "base/health_services.def"
#undef OWN_SERVICE
};

static _Atomic bool is_serving, is_troubled[OWNS];

void health_set_serving(bool serving)
{
    is_serving = serving;
}

void health_set_audit_late(bool late)
{
    is_troubled[OWN_AUDIT] = late;
}

void health_set_bank_silent(bool silent)
{
    is_troubled[OWN_BANK] = silent;
}

void health_set_checker_down(bool down)
{
    is_troubled[OWN_REVIEW] = down;
}

void health_set_retention_late(bool late)
{
    is_troubled[OWN_PRIVACY] = late;
}

/* OWNS for all that have no state of their own. */
static enum own own_of(const char *service)
{
    int own = 0;
    while (own < OWNS && strcmp(own_services[own], service) != 0) {
        own++;
    }
    return (enum own)own;
}

/* "" is the whole server; otherwise a service that a route belongs to. */
static bool is_known(const char *service)
{
    size_t len = strlen(service);
    for (size_t i = 0; len > 0 && i < route_count; i++) {
        const char *path = routes[i].path; /* "/package.Service/Method" */
        if (strncmp(path + 1, service, len) == 0 && path[1 + len] == '/') {
            return true;
        }
    }
    return len == 0;
}

static Grpc__Health__V1__HealthCheckResponse__ServingStatus serving_status(enum own own)
{
    const bool serves = is_serving && (own == OWNS || !is_troubled[own]);
    return serves ? GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING
                  : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING;
}

status health_check(struct rpc *rpc, const Grpc__Health__V1__HealthCheckRequest *request,
                    Grpc__Health__V1__HealthCheckResponse *response)
{
    (void)rpc;
    if (!is_known(request->service)) {
        return FAIL(NOT_FOUND); /* the health protocol wants this code */
    }
    response->status = serving_status(own_of(request->service));
    return STATUS_OK;
}

/* --- Watch: the state now, then each change --- */

struct watch {
    bool known, told;
    enum own own;
    Grpc__Health__V1__HealthCheckResponse__ServingStatus last;
};

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *request)
{
    (void)rpc;
    struct watch *watch = state;
    const Grpc__Health__V1__HealthCheckRequest *asked =
        (const Grpc__Health__V1__HealthCheckRequest *)request;
    watch->known = is_known(asked->service);
    watch->own = own_of(asked->service);
    return STATUS_OK;
}

static status watch_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                         enum stream_step *ret_step)
{
    (void)rpc;
    struct watch *watch = state;
    Grpc__Health__V1__HealthCheckResponse *response =
        (Grpc__Health__V1__HealthCheckResponse *)message;
    /* An unknown service is told once and the stream stays: the protocol wants no error here. */
    response->status =
        watch->known ? serving_status(watch->own)
                     : GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN;
    *ret_step = watch->told && watch->last == response->status ? STREAM_WAIT : STREAM_SEND;
    watch->told = true;
    watch->last = response->status;
    return STATUS_OK;
}

static void watch_close(void *state)
{
    (void)state; /* nothing outside */
}

const struct server_stream health_watch = {
    .state_size = sizeof(struct watch),
    .poll_ms = HEALTH_POLL_MS,
    .open = watch_open,
    .next = watch_next,
    .close = watch_close,
};
