/* authorizations: the commands that show prior authorisations: authorizations, authorization. */
#include "base/array.h"
#include "filters.h"
#include "hayat.h"
#include "output_authorizations.h"
#include "usage.h"

#define STATE(name) HAYAT__V1__PRIOR_AUTHORIZATION_STATE__PRIOR_AUTHORIZATION_STATE_##name

static const struct method LIST = {"/hayat.v1.PriorAuthorizationService/ListPriorAuthorizations",
                                   &hayat__v1__list_prior_authorizations_response__descriptor};
static const struct method GET = {"/hayat.v1.PriorAuthorizationService/GetPriorAuthorization",
                                  &hayat__v1__get_prior_authorization_response__descriptor};

enum { DEFAULT_SHOWN = 20, MOST_SHOWN = 1000 };

static const struct filter_word state_words[] = {
    {"received", STATE(RECEIVED)},
    {"in-review", STATE(IN_REVIEW)},
    {"more-information", STATE(MORE_INFORMATION_NEEDED)},
    {"granted", STATE(GRANTED)},
    {"partly-granted", STATE(PARTLY_GRANTED)},
    {"refused", STATE(REFUSED)},
    {"expired", STATE(EXPIRED)},
    {"cancelled", STATE(CANCELLED)},
};

static status read_filters(struct hayat *hayat, Hayat__V1__ListPriorAuthorizationsRequest *request)
{
    const struct arguments *arguments = &hayat->arguments;
    int32_t states[FILTER_STATES_MAX];
    if (arguments->care_from != NULL || arguments->care_to != NULL ||
        arguments->paid_from != NULL || arguments->paid_to != NULL) {
        return usage_wrong("--care-from, --care-to, --paid-from, --paid-to", TEXT_USE_CLAIMS_ONLY);
    }
    request->states = arena_array(&hayat->arena, FILTER_STATES_MAX, sizeof *request->states);
    TRY(arena_check(&hayat->arena));
    TRY(filter_states(arguments->states, state_words, ARRAY_LEN(state_words), states,
                      &request->n_states));
    for (size_t i = 0; i < request->n_states; i++) {
        request->states[i] = (Hayat__V1__PriorAuthorizationState)states[i];
    }
    TRY(filter_since(hayat, arguments->updated_since, &request->updated_since));
    if (arguments->beneficiary != NULL) {
        request->beneficiary_id = arguments->beneficiary;
    }
    return STATUS_OK;
}

/* Page after page into LIST, until the end or MOST. */
static status collect(struct hayat *hayat, Hayat__V1__ListPriorAuthorizationsRequest *request,
                      size_t most, Hayat__V1__ListPriorAuthorizationsResponse *list)
{
    list->prior_authorizations = arena_array(&hayat->arena, most, sizeof(void *));
    TRY(arena_check(&hayat->arena));
    do {
        Hayat__V1__ListPriorAuthorizationsResponse *page;
        size_t left = most - list->n_prior_authorizations;
        request->page_size = left < LIMIT_PAGE_MAX ? (int32_t)left : LIMIT_PAGE_MAX;
        TRY(hayat_call(hayat, LIST, &request->base, (ProtobufCMessage **)&page));
        for (size_t i = 0; i < page->n_prior_authorizations && i < left; i++) {
            list->prior_authorizations[list->n_prior_authorizations++] =
                page->prior_authorizations[i];
        }
        request->page_token = page->next_page_token;
    } while (request->page_token[0] != '\0' && list->n_prior_authorizations < most);
    list->next_page_token = request->page_token;
    return STATUS_OK;
}

status command_authorizations(struct hayat *hayat)
{
    Hayat__V1__ListPriorAuthorizationsRequest request =
        HAYAT__V1__LIST_PRIOR_AUTHORIZATIONS_REQUEST__INIT;
    Hayat__V1__ListPriorAuthorizationsResponse list =
        HAYAT__V1__LIST_PRIOR_AUTHORIZATIONS_RESPONSE__INIT;
    int most = hayat->arguments.limit == 0 ? DEFAULT_SHOWN : hayat->arguments.limit;
    if (most < 0 || most > MOST_SHOWN) {
        return usage_wrong("--limit", TEXT_USE_LIMIT);
    }
    TRY(read_filters(hayat, &request));
    TRY(collect(hayat, &request, (size_t)most, &list));
    return output_authorizations(hayat, &list);
}

status command_authorization(struct hayat *hayat)
{
    Hayat__V1__GetPriorAuthorizationRequest request =
        HAYAT__V1__GET_PRIOR_AUTHORIZATION_REQUEST__INIT;
    Hayat__V1__GetPriorAuthorizationResponse *response;
    if (hayat->arguments.operand == NULL) {
        return usage_wrong("PA_ID", TEXT_USE_ID);
    }
    request.prior_authorization_id = hayat->arguments.operand;
    TRY(hayat_call(hayat, GET, &request.base, (ProtobufCMessage **)&response));
    const Hayat__V1__PriorAuthorization *found = response->prior_authorization;
    return found != NULL && found->summary != NULL ? output_authorization(hayat, found)
                                                   : FAIL(MALFORMED_REQUEST);
}
