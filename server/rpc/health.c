#include "rpc/health.h"

#include <stdatomic.h>

#include "gen/handlers.h"
#include "rpc/route.h"

enum { HEALTH_POLL_MS = 200 }; /* how late a watcher may hear of a change */

static _Atomic bool is_serving;

/* Services with a state of their own. */
enum part { PART_AUDIT, PART_BANK, PART_RETENTION, PART_COUNT };

static const char *const part_services[PART_COUNT] = {
    [PART_AUDIT] = "hayat.backoffice.v1.AuditService",
    [PART_BANK] = "hayat.v1.BankAccountService",
    [PART_RETENTION] = "hayat.v1.PrivacyService",
};
static _Atomic bool is_troubled[PART_COUNT];

void health_set_serving(bool serving)
{
    is_serving = serving;
}

void health_set_audit_late(bool late)
{
    is_troubled[PART_AUDIT] = late;
}

void health_set_bank_silent(bool silent)
{
    is_troubled[PART_BANK] = silent;
}

void health_set_retention_late(bool late)
{
    is_troubled[PART_RETENTION] = late;
}

/* PART_COUNT for all others. */
static enum part part_of(const char *service)
{
    for (size_t i = 0; i < PART_COUNT; i++) {
        if (strcmp(service, part_services[i]) == 0) {
            return (enum part)i;
        }
    }
    return PART_COUNT;
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

static Grpc__Health__V1__HealthCheckResponse__ServingStatus serving_status(enum part part)
{
    bool serves = is_serving && (part == PART_COUNT || !is_troubled[part]);
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
    response->status = serving_status(part_of(request->service));
    return STATUS_OK;
}

/* --- Watch: the state now, then each change --- */

struct watch {
    bool known, told;
    enum part part;
    Grpc__Health__V1__HealthCheckResponse__ServingStatus last;
};

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *request)
{
    (void)rpc;
    struct watch *watch = state;
    const Grpc__Health__V1__HealthCheckRequest *asked =
        (const Grpc__Health__V1__HealthCheckRequest *)request;
    watch->known = is_known(asked->service);
    watch->part = part_of(asked->service);
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
        watch->known ? serving_status(watch->part)
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
