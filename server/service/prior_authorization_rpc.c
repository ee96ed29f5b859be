#include "gen/handlers.h"

#include "service/claim_message.h"
#include "service/summary_list.h"
#include "storage/prior_authorization_store.h"

static const char list_method[] = "PriorAuthorizationService.ListPriorAuthorizations";
static const struct summary_stream watched = {TABLE_prior_authorization_page,
                                              "PriorAuthorizationService.WatchPriorAuthorizations"};

status prior_authorization_list_prior_authorizations(
    struct rpc *rpc, const Hayat__V1__ListPriorAuthorizationsRequest *request,
    Hayat__V1__ListPriorAuthorizationsResponse *response)
{
    struct summary_query query = {.table = TABLE_prior_authorization_page,
                                  .method = list_method,
                                  .page_token = request->page_token,
                                  .page_size = request->page_size,
                                  .filter = summary_filter_all()};
    int32_t states[8];
    for (size_t i = 0; i < request->n_states; i++) { /* at most 8 by the field's bound */
        states[i] = (int32_t)request->states[i];
    }
    summary_filter_states(&query.filter, states, request->n_states);
    summary_filter_since(&query.filter, request->updated_since);
    TRY(summary_filter_beneficiary(rpc, &query.filter, request->beneficiary_id));
    return summary_list_reply(rpc, &query, &response->base, &response->next_page_token);
}

status prior_authorization_get_prior_authorization(
    struct rpc *rpc, const Hayat__V1__GetPriorAuthorizationRequest *request,
    Hayat__V1__GetPriorAuthorizationResponse *response)
{
    struct id id;
    Hayat__Store__V1__StoredPriorAuthorization *record;
    if (!id_parse(bytes_str(request->prior_authorization_id), PRIOR_AUTHORIZATION_ID_PREFIX, &id)) {
        return FAIL(NOT_FOUND);
    }
    TRY(prior_authorization_store_get(rpc->txn, rpc->principal->owner, id, &record));
    return prior_authorization_message(rpc, id, record, &response->prior_authorization);
}

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    const Hayat__V1__WatchPriorAuthorizationsRequest *request =
        (const Hayat__V1__WatchPriorAuthorizationsRequest *)message;
    return summary_watch_open(rpc, &watched, request->resume_token, state);
}

static status watch_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                         enum stream_step *ret_step)
{
    Hayat__V1__WatchPriorAuthorizationsResponse *response =
        (Hayat__V1__WatchPriorAuthorizationsResponse *)message;
    struct summary_watch_reply reply = {.resume_token = response->resume_token};
    TRY(summary_watch_next(rpc, &watched, state, message, &reply));
    response->resume_token = reply.resume_token;
    response->caught_up = reply.caught_up;
    *ret_step = reply.step;
    return STATUS_OK;
}

const struct server_stream prior_authorization_watch_prior_authorizations = {
    .state_size = sizeof(struct summary_watch),
    .poll_ms = LIMIT_WATCH_POLL_MS,
    .open = watch_open,
    .next = watch_next,
    .idle = summary_watch_idle,
};
