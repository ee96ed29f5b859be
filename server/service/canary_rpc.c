#include "gen/handlers.h"

#include "service/canary.h"

status canary_add_canary(struct rpc *rpc, const Hayat__Backoffice__V1__AddCanaryRequest *request,
                         Hayat__Backoffice__V1__AddCanaryResponse *response)
{
    Hayat__Store__V1__StoredCanary *canary;
    TRY(canary_add(rpc->txn, request->registration_number));
    TRY(canary_get(rpc->txn, request->registration_number, &canary));
    return canary_message(rpc->arena, canary, &response->canary);
}

status canary_remove_canary(struct rpc *rpc,
                            const Hayat__Backoffice__V1__RemoveCanaryRequest *request,
                            Hayat__Backoffice__V1__RemoveCanaryResponse *response)
{
    (void)response;
    return canary_remove(rpc->txn, request->registration_number);
}

struct list {
    struct rpc *rpc;
    Hayat__Backoffice__V1__ListCanariesResponse *response;
    status failed;
};

static bool add_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct list *list = ctx;
    (void)key;
    list->failed = canary_message(list->rpc->arena, (const Hayat__Store__V1__StoredCanary *)record,
                                  &list->response->canaries[list->response->n_canaries]);
    if (!ok(list->failed)) {
        return false;
    }
    list->response->n_canaries++;
    return list->response->n_canaries < LIMIT_CANARIES;
}

status canary_list_canaries(struct rpc *rpc,
                            const Hayat__Backoffice__V1__ListCanariesRequest *request,
                            Hayat__Backoffice__V1__ListCanariesResponse *response)
{
    (void)request;
    struct list list = {.rpc = rpc, .response = response, .failed = STATUS_OK};
    response->canaries = arena_array(rpc->arena, LIMIT_CANARIES,
                                     sizeof(Hayat__Backoffice__V1__Canary *));
    TRY(arena_check(rpc->arena));
    TRY(canary_store_list(rpc->txn, add_row, &list));
    rpc_audit_nobody(rpc); /* who they are is the auditors' alone: no entry names one */
    return list.failed;
}
