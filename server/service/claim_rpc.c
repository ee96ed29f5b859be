#include "gen/handlers.h"

#include "service/claim_message.h"
#include "service/summary_list.h"
#include "storage/claim_store.h"

static const char list_method[] = "ClaimService.ListClaims";
static const struct summary_stream watched = {TABLE_claim_page, "ClaimService.WatchClaims"};

static status claims_filter(struct rpc *rpc, const Hayat__V1__ListClaimsRequest *request,
                            struct summary_filter *ret_filter)
{
    struct summary_filter filter = summary_filter_all();
    int32_t states[8];
    for (size_t i = 0; i < request->n_states; i++) { /* at most 8 by the field's bound */
        states[i] = (int32_t)request->states[i];
    }
    summary_filter_states(&filter, states, request->n_states);
    TRY(summary_filter_day(rpc, "care_date_from", request->care_date_from, &filter.care_from));
    TRY(summary_filter_day(rpc, "care_date_to", request->care_date_to, &filter.care_to));
    TRY(summary_filter_day(rpc, "payment_date_from", request->payment_date_from,
                           &filter.paid_from));
    TRY(summary_filter_day(rpc, "payment_date_to", request->payment_date_to, &filter.paid_to));
    summary_filter_since(&filter, request->updated_since);
    TRY(summary_filter_beneficiary(rpc, &filter, request->beneficiary_id));
    *ret_filter = filter;
    return STATUS_OK;
}

status claim_list_claims(struct rpc *rpc, const Hayat__V1__ListClaimsRequest *request,
                         Hayat__V1__ListClaimsResponse *response)
{
    struct summary_query query = {.table = TABLE_claim_page,
                                  .method = list_method,
                                  .page_token = request->page_token,
                                  .page_size = request->page_size};
    TRY(claims_filter(rpc, request, &query.filter));
    return summary_list_reply(rpc, &query, &response->base, &response->next_page_token);
}

status claim_get_claim(struct rpc *rpc, const Hayat__V1__GetClaimRequest *request,
                       Hayat__V1__GetClaimResponse *response)
{
    struct id id;
    Hayat__Store__V1__StoredClaim *claim;
    if (!id_parse(bytes_str(request->claim_id), CLAIM_ID_PREFIX, &id)) {
        return FAIL(NOT_FOUND);
    }
    TRY(claim_store_get(rpc->txn, rpc->principal->owner, id, &claim));
    return claim_message(rpc, id, claim, &response->claim);
}

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    const Hayat__V1__WatchClaimsRequest *request = (const Hayat__V1__WatchClaimsRequest *)message;
    return summary_watch_open(rpc, &watched, request->resume_token, state);
}

static status watch_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                         enum stream_step *ret_step)
{
    Hayat__V1__WatchClaimsResponse *response = (Hayat__V1__WatchClaimsResponse *)message;
    struct summary_watch_reply reply = {.resume_token = response->resume_token};
    TRY(summary_watch_next(rpc, &watched, state, message, &reply));
    response->resume_token = reply.resume_token;
    response->caught_up = reply.caught_up;
    *ret_step = reply.step;
    return STATUS_OK;
}

const struct server_stream claim_watch_claims = {
    .state_size = sizeof(struct summary_watch),
    .poll_ms = LIMIT_WATCH_POLL_MS,
    .open = watch_open,
    .next = watch_next,
    .idle = summary_watch_idle,
};
