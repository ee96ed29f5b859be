#include "gen/handlers.h"

#include "auth/certificate.h"
#include "auth/certificate_read.h"
#include "auth/staff_number.h"
#include "service/caller_message.h"
#include "service/message.h"
#include "service/page_token.h"
#include "storage/caller_store.h"

static const char list_callers[] = "CallerService.ListCallers";

/* What the store holds now, the call's own writes included; the audit entry is about it. */
static status answer(struct rpc *rpc, struct id id, Hayat__Backoffice__V1__Caller **ret_message)
{
    Hayat__Store__V1__StoredCaller *caller;
    TRY(caller_store_get(rpc->txn, id, &caller));
    rpc_audit_object(rpc, certificate_id_prefix(caller->type), id);
    return caller_message(rpc->arena, caller, ret_message);
}

/* --- changes --- */

static status refuse(struct rpc *rpc, const char *path, const char *description)
{
    rpc_violation(rpc, path, description);
    return FAIL(INVALID_FIELD);
}

static status scopes_of(struct rpc *rpc, const Hayat__Backoffice__V1__AddCallerRequest *request,
                        uint32_t *ret_mask)
{
    uint32_t mask = 0;
    for (size_t i = 0; i < request->n_scopes; i++) {
        uint32_t scope = scope_of_name(bytes_str(request->scopes[i]));
        if (scope == 0) {
            return refuse(rpc, "scopes", "must be known scopes");
        }
        mask |= scope;
    }
    bool agent = request->type == HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_AGENT;
    uint32_t allowed = agent ? (uint32_t)SCOPE_MASK_AGENTS : (uint32_t)SCOPE_MASK_SYSTEMS;
    if (mask == 0 || (mask & ~allowed) != 0) {
        return refuse(rpc, "scopes", "must be one or several of the type's own");
    }
    *ret_mask = mask;
    return STATUS_OK;
}

/* SEC-F4: nobody makes a second self, nor takes over what is theirs already. */
static status check_another(struct rpc *rpc, const char *staff_number)
{
    Hayat__Store__V1__StoredCaller *self;
    TRY(caller_store_get(rpc->txn, rpc->principal->agent, &self));
    return staff_number_same(self->staff_number, staff_number) ? FAIL(OWN_ENTRY) : STATUS_OK;
}

static status check_person(struct rpc *rpc, const Hayat__Backoffice__V1__AddCallerRequest *request)
{
    char number[STAFF_NUMBER_BYTES + 1];
    switch (request->type) {
    case HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_AGENT:
        if (!staff_number_read(bytes_str(request->staff_number), number)) {
            return refuse(
                rpc, "staff_number",
                "is required for an agent: 1 to 32 letters, digits, \"-\", \".\" and \"/\"");
        }
        return request->email[0] == '\0' ? refuse(rpc, "email", "is required for an agent")
                                         : STATUS_OK;
    case HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_CORE_SYSTEM:
        return STATUS_OK;
    case HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_PROVIDER:
    case HAYAT__BACKOFFICE__V1__CALLER_TYPE__CALLER_TYPE_UNSPECIFIED:
    case _HAYAT__BACKOFFICE__V1__CALLER_TYPE_IS_INT_SIZE:
        break;
    }
    return refuse(rpc, "type", "must be an agent or a core system");
}

static status facts_of(struct rpc *rpc, ProtobufCBinaryData certificate,
                       struct certificate_facts *ret_facts)
{
    TRY(certificate_read(bytes_of_binary(certificate), ret_facts));
    return ret_facts->expire_ms <= rpc->now_ms ? refuse(rpc, "certificate", "has expired")
                                               : STATUS_OK;
}

status caller_add_caller(struct rpc *rpc, const Hayat__Backoffice__V1__AddCallerRequest *request,
                         Hayat__Backoffice__V1__AddCallerResponse *response)
{
    struct certificate_holder holder = {.type = (Hayat__Store__V1__CallerType)request->type,
                                        .name = request->name,
                                        .staff_number = request->staff_number,
                                        .email = request->email};
    struct id id;
    TRY(check_person(rpc, request));
    TRY(scopes_of(rpc, request, &holder.scopes));
    TRY(facts_of(rpc, request->certificate, &holder.facts));
    TRY(check_another(rpc, request->staff_number));
    TRY(certificate_add(rpc->txn, &holder, &id));
    return answer(rpc, id, &response->caller);
}

static status find(struct rpc *rpc, const char *caller_id, struct id *ret_id)
{
    status s = caller_find(rpc->txn, caller_id, ret_id);
    return s.why == REASON_INVALID_FIELD
               ? refuse(rpc, "caller_id",
                        "must be \"agt_\", \"sys_\" or \"prv_\" and 26 characters of base32")
               : s;
}

status caller_renew_caller(struct rpc *rpc,
                           const Hayat__Backoffice__V1__RenewCallerRequest *request,
                           Hayat__Backoffice__V1__RenewCallerResponse *response)
{
    struct certificate_facts facts;
    struct id id;
    Hayat__Store__V1__StoredCaller *caller;
    TRY(find(rpc, request->caller_id, &id));
    TRY(facts_of(rpc, request->certificate, &facts));
    TRY(caller_store_get(rpc->txn, id, &caller));
    TRY(check_another(rpc, caller->staff_number));
    TRY(certificate_renew(rpc->txn, id, &facts));
    return answer(rpc, id, &response->caller);
}

status caller_revoke_caller(struct rpc *rpc,
                            const Hayat__Backoffice__V1__RevokeCallerRequest *request,
                            Hayat__Backoffice__V1__RevokeCallerResponse *response)
{
    struct id id;
    TRY(find(rpc, request->caller_id, &id));
    TRY(certificate_revoke(rpc->txn, id));
    return answer(rpc, id, &response->caller);
}

/* --- the list --- */

struct page {
    struct rpc *rpc;
    Hayat__Backoffice__V1__ListCallersResponse *response;
    size_t most;
    struct id last;
    bool more;
    status failed;
};

static bool add_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct page *page = ctx;
    const Hayat__Store__V1__StoredCaller *caller = (const Hayat__Store__V1__StoredCaller *)record;
    (void)key;
    if (page->response->n_callers == page->most) {
        page->more = true;
        return false;
    }
    page->failed = caller_message(page->rpc->arena, caller,
                                  &page->response->callers[page->response->n_callers]);
    if (!ok(page->failed)) {
        return false;
    }
    page->response->n_callers++;
    return id_of_binary(caller->caller_id, &page->last);
}

static status next_page(struct rpc *rpc, const struct page *page, char **ret_token)
{
    struct page_cursor cursor = {.len = ID_BYTES};
    memcpy(cursor.bytes, page->last.bytes, ID_BYTES);
    return page_token_make(rpc, list_callers, &cursor, ret_token);
}

status caller_list_callers(struct rpc *rpc,
                           const Hayat__Backoffice__V1__ListCallersRequest *request,
                           Hayat__Backoffice__V1__ListCallersResponse *response)
{
    struct page_cursor cursor;
    struct page page = {.rpc = rpc,
                        .response = response,
                        .most = page_size_of(request->page_size),
                        .failed = STATUS_OK};
    TRY(page_token_read(rpc, list_callers, request->page_token, &cursor));
    if (cursor.len != 0 && cursor.len != ID_BYTES) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    memcpy(page.last.bytes, cursor.bytes, ID_BYTES);
    response->callers = arena_array(rpc->arena, page.most, sizeof(Hayat__Backoffice__V1__Caller *));
    TRY(arena_check(rpc->arena));
    TRY(caller_store_list(rpc->txn, cursor.len == 0 ? NULL : &page.last, add_row, &page));
    TRY(page.failed);
    return page.more ? next_page(rpc, &page, &response->next_page_token) : STATUS_OK;
}
