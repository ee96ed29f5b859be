/* claims: the commands that show rights and claims: claims, claim, coverage. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/clock.h"
#include "filters.h"
#include "hayat.h"
#include "output_claims.h"
#include "usage.h"

static const struct method LIST_CLAIMS = {"/hayat.v1.ClaimService/ListClaims",
                                          &hayat__v1__list_claims_response__descriptor};
static const struct method GET_CLAIM = {"/hayat.v1.ClaimService/GetClaim",
                                        &hayat__v1__get_claim_response__descriptor};
static const struct method GET_COVERAGE = {"/hayat.v1.CoverageService/GetCoverage",
                                           &hayat__v1__get_coverage_response__descriptor};

enum { DEFAULT_CLAIMS = 20, MOST_CLAIMS = 1000 };

/* --- filters --- */

static const struct filter_word state_words[] = {
    {"received", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_RECEIVED},
    {"in-review", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_IN_REVIEW},
    {"more-information", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_MORE_INFORMATION_NEEDED},
    {"approved", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_APPROVED},
    {"partly-approved", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_PARTLY_APPROVED},
    {"rejected", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_REJECTED},
    {"paid", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_PAID},
    {"reversed", HAYAT__V1__CLAIM_STATE__CLAIM_STATE_REVERSED},
};

/* NULL when none is given. */
static status read_date(struct hayat *hayat, const char *option, const char *text,
                        Google__Type__Date **ret_date)
{
    struct date date;
    if (text == NULL) {
        return STATUS_OK;
    }
    if (!date_parse(text, &date)) {
        return usage_wrong(option, TEXT_USE_DATE);
    }
    Google__Type__Date *message = arena_alloc(&hayat->arena, sizeof *message);
    TRY(arena_check(&hayat->arena));
    google__type__date__init(message);
    message->year = date.year;
    message->month = date.month;
    message->day = date.day;
    *ret_date = message;
    return STATUS_OK;
}

static status read_filters(struct hayat *hayat, Hayat__V1__ListClaimsRequest *request)
{
    const struct arguments *arguments = &hayat->arguments;
    request->states = arena_array(&hayat->arena, FILTER_STATES_MAX, sizeof *request->states);
    TRY(arena_check(&hayat->arena));
    int32_t states[FILTER_STATES_MAX];
    TRY(filter_states(arguments->states, state_words, ARRAY_LEN(state_words), states,
                      &request->n_states));
    for (size_t i = 0; i < request->n_states; i++) {
        request->states[i] = (Hayat__V1__ClaimState)states[i];
    }
    TRY(read_date(hayat, "--care-from", arguments->care_from, &request->care_date_from));
    TRY(read_date(hayat, "--care-to", arguments->care_to, &request->care_date_to));
    TRY(read_date(hayat, "--paid-from", arguments->paid_from, &request->payment_date_from));
    TRY(read_date(hayat, "--paid-to", arguments->paid_to, &request->payment_date_to));
    TRY(filter_since(hayat, arguments->updated_since, &request->updated_since));
    if (arguments->beneficiary != NULL) {
        request->beneficiary_id = arguments->beneficiary;
    }
    return STATUS_OK;
}

/* --- commands --- */

/* Page after page into LIST, until the end or MOST. */
static status collect(struct hayat *hayat, Hayat__V1__ListClaimsRequest *request, size_t most,
                      Hayat__V1__ListClaimsResponse *list)
{
    list->claims = arena_array(&hayat->arena, most, sizeof(void *));
    TRY(arena_check(&hayat->arena));
    do {
        Hayat__V1__ListClaimsResponse *page;
        size_t left = most - list->n_claims;
        request->page_size = left < LIMIT_PAGE_MAX ? (int32_t)left : LIMIT_PAGE_MAX;
        TRY(hayat_call(hayat, LIST_CLAIMS, &request->base, (ProtobufCMessage **)&page));
        for (size_t i = 0; i < page->n_claims && list->n_claims < most; i++) {
            list->claims[list->n_claims++] = page->claims[i];
        }
        request->page_token = page->next_page_token;
    } while (request->page_token[0] != '\0' && list->n_claims < most);
    list->next_page_token = request->page_token;
    return STATUS_OK;
}

status command_claims(struct hayat *hayat)
{
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    Hayat__V1__ListClaimsResponse list = HAYAT__V1__LIST_CLAIMS_RESPONSE__INIT;
    int most = hayat->arguments.limit == 0 ? DEFAULT_CLAIMS : hayat->arguments.limit;
    if (most < 0 || most > MOST_CLAIMS) {
        return usage_wrong("--limit", TEXT_USE_LIMIT);
    }
    TRY(read_filters(hayat, &request));
    TRY(collect(hayat, &request, (size_t)most, &list));
    return output_claims(hayat, &list);
}

status command_claim(struct hayat *hayat)
{
    Hayat__V1__GetClaimRequest request = HAYAT__V1__GET_CLAIM_REQUEST__INIT;
    Hayat__V1__GetClaimResponse *response;
    if (hayat->arguments.operand == NULL) {
        return usage_wrong("CLM_ID", TEXT_USE_ID);
    }
    request.claim_id = hayat->arguments.operand;
    TRY(hayat_call(hayat, GET_CLAIM, &request.base, (ProtobufCMessage **)&response));
    bool whole = response->claim != NULL && response->claim->summary != NULL;
    return whole ? output_claim(hayat, response->claim) : FAIL(MALFORMED_REQUEST);
}

status command_coverage(struct hayat *hayat)
{
    Hayat__V1__GetCoverageRequest request = HAYAT__V1__GET_COVERAGE_REQUEST__INIT;
    Hayat__V1__GetCoverageResponse *response;
    if (hayat->arguments.operand != NULL) {
        request.beneficiary_id = hayat->arguments.operand;
    }
    TRY(hayat_call(hayat, GET_COVERAGE, &request.base, (ProtobufCMessage **)&response));
    return output_coverage(hayat, response);
}
