#include "tools/hayatctl/registrar_store.h"

#include <string.h>

#include "auth/certificate.h"
#include "auth/certificate_read.h"
#include "service/caller_message.h"
#include "storage/audit_store.h"
#include "storage/caller_store.h"

/* One change in the writer's transaction, with its audit entry: the actor is whoever may open the store. */
struct change {
    const char *event;
    const char *caller_id; /* of renew and revoke */
    struct certificate_holder holder;
    struct id id;
};

static status append(struct txn *txn, const struct change *change)
{
    Hayat__Store__V1__StoredCaller *caller;
    TRY(caller_store_get(txn, change->id, &caller));
    return audit_append(txn, &(struct audit_event){
                                 .event = change->event,
                                 .actor_kind = AUDIT_ACTOR_OPERATOR,
                                 .object_type = certificate_id_prefix(caller->type),
                                 .object = change->id,
                             });
}

static status add(void *ctx, struct txn *txn)
{
    struct change *change = ctx;
    TRY(certificate_add(txn, &change->holder, &change->id));
    return append(txn, change);
}

static status renew(void *ctx, struct txn *txn)
{
    struct change *change = ctx;
    TRY(caller_find(txn, change->caller_id, &change->id));
    TRY(certificate_renew(txn, change->id, &change->holder.facts));
    return append(txn, change);
}

static status revoke(void *ctx, struct txn *txn)
{
    struct change *change = ctx;
    TRY(caller_find(txn, change->caller_id, &change->id));
    TRY(certificate_revoke(txn, change->id));
    return append(txn, change);
}

static status take_facts(struct change *change, bytes certificate)
{
    return certificate_read(certificate, &change->holder.facts);
}

status registrar_store_add(struct registrar *registrar,
                           const Hayat__Backoffice__V1__AddCallerRequest *request,
                           char ret_id[ID_TEXT_MAX])
{
    struct change change = {
        .event = "hayatctl/AddCaller",
        .holder = {.type = (Hayat__Store__V1__CallerType)request->type,
                   .name = request->name,
                   .staff_number = request->staff_number,
                   .email = request->email},
    };
    for (size_t i = 0; i < request->n_scopes; i++) {
        change.holder.scopes |= scope_of_name(bytes_str(request->scopes[i]));
    }
    TRY(take_facts(&change, bytes_of(request->certificate.data, request->certificate.len)));
    TRY(writer_run(registrar->store.writer, &registrar->arena, add, &change));
    id_format(change.id, certificate_id_prefix(change.holder.type), ret_id);
    return STATUS_OK;
}

status registrar_store_renew(struct registrar *registrar, const char *caller_id, bytes certificate)
{
    struct change change = {.event = "hayatctl/RenewCaller", .caller_id = caller_id};
    TRY(take_facts(&change, certificate));
    return writer_run(registrar->store.writer, &registrar->arena, renew, &change);
}

status registrar_store_revoke(struct registrar *registrar, const char *caller_id)
{
    struct change change = {.event = "hayatctl/RevokeCaller", .caller_id = caller_id};
    return writer_run(registrar->store.writer, &registrar->arena, revoke, &change);
}

struct list {
    struct registrar *registrar;
    registrar_visit *visit;
    void *ctx;
    status failed;
};

static bool tell(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct list *list = ctx;
    Hayat__Backoffice__V1__Caller *message;
    (void)key;
    list->failed = caller_message(&list->registrar->arena,
                                  (const Hayat__Store__V1__StoredCaller *)record, &message);
    if (ok(list->failed)) {
        list->visit(list->ctx, message);
    }
    return ok(list->failed);
}

status registrar_store_list(struct registrar *registrar, registrar_visit *visit, void *ctx)
{
    struct list list = {registrar, visit, ctx, STATUS_OK};
    struct txn *txn;
    TRY(txn_begin_read(registrar->store.db, &registrar->arena, &txn));
    status s = caller_store_list(txn, NULL, tell, &list);
    txn_end_read(txn);
    TRY(s);
    return list.failed;
}
