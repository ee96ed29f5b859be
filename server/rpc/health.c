#include "rpc/health.h"

#include <stdatomic.h>

#include "gen/handlers.h"
#include "rpc/route.h"

enum { HEALTH_POLL_MS = 200 }; /* how late a watcher may hear of a change */

static const char AUDIT_SERVICE[] = "hayat.backoffice.v1.AuditService";
static const char BANK_SERVICE[] = "hayat.v1.BankAccountService";

static _Atomic bool is_serving, is_audit_late, is_bank_silent;

void health_set_serving(bool serving)
{
    is_serving = serving;
}

void health_set_audit_late(bool late)
{
    is_audit_late = late;
}

void health_set_bank_silent(bool silent)
{
    is_bank_silent = silent;
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

static Grpc__Health__V1__HealthCheckResponse__ServingStatus serving_status(const char *service)
{
    bool serves = is_serving && !(is_audit_late && strcmp(service, AUDIT_SERVICE) == 0) &&
                  !(is_bank_silent && strcmp(service, BANK_SERVICE) == 0);
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
    response->status = serving_status(request->service);
    return STATUS_OK;
}

/* --- Watch: the state now, then each change --- */

struct watch {
    bool known, told;
    const char *service; /* one that has a state of its own; "" for all others */
    Grpc__Health__V1__HealthCheckResponse__ServingStatus last;
};

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *request)
{
    (void)rpc;
    struct watch *watch = state;
    const Grpc__Health__V1__HealthCheckRequest *asked =
        (const Grpc__Health__V1__HealthCheckRequest *)request;
    watch->known = is_known(asked->service);
    watch->service = strcmp(asked->service, AUDIT_SERVICE) == 0  ? AUDIT_SERVICE
                     : strcmp(asked->service, BANK_SERVICE) == 0 ? BANK_SERVICE
                                                                 : "";
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
        watch->known ? serving_status(watch->service)
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
