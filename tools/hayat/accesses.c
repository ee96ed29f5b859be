/* accesses: `hayat accesses`: who read or changed the member's data, and whether that is all (SEC-F2). */
#include <string.h>

#include "hayat.h"
#include "hayat/v1/privacy.pb-c.h"
#include "output_accesses.h"
#include "service/access_verify.h"
#include "signature.h"
#include "usage.h"

enum { PAGE = 100, ACCESSES_MAX = 10000 };

static const struct method LIST = {"/hayat.v1.PrivacyService/ListAccesses",
                                   &hayat__v1__list_accesses_response__descriptor};
static const struct method PROVE = {"/hayat.v1.PrivacyService/GetAccessProof",
                                    &hayat__v1__get_access_proof_response__descriptor};

/* All pages, up to ACCESSES_MAX. */
static status read_all(struct hayat *hayat, Hayat__V1__Access **accesses, size_t *ret_count)
{
    Hayat__V1__ListAccessesRequest request = HAYAT__V1__LIST_ACCESSES_REQUEST__INIT;
    request.page_size = PAGE;
    request.others_only = hayat->arguments.others_only != 0;
    *ret_count = 0;
    do {
        Hayat__V1__ListAccessesResponse *response;
        TRY(hayat_call(hayat, LIST, &request.base, (ProtobufCMessage **)&response));
        for (size_t i = 0; i < response->n_accesses && *ret_count < ACCESSES_MAX; i++) {
            accesses[(*ret_count)++] = response->accesses[i];
        }
        request.page_token = response->next_page_token;
    } while (request.page_token[0] != '\0' && *ret_count < ACCESSES_MAX);
    return STATUS_OK;
}

static status verify(struct hayat *hayat, struct access_list list, size_t *ret_proven)
{
    uint8_t key[ACCESS_PUBLIC_KEY_BYTES];
    Hayat__V1__GetAccessProofRequest request = HAYAT__V1__GET_ACCESS_PROOF_REQUEST__INIT;
    Hayat__V1__GetAccessProofResponse *proof;
    TRY(fund_key_read(&hayat->arguments, key));
    *ret_proven = 0;
    if (list.count == 0) {
        return STATUS_OK;
    }
    status s = hayat_call(hayat, PROVE, &request.base, (ProtobufCMessage **)&proof);
    if (strcmp(hayat->error.reason, "AUDIT_HEAD_PENDING") == 0) {
        return STATUS_OK; /* they are all younger than the newest head */
    }
    TRY(s);
    return access_verify(key, proof, list, ret_proven);
}

status command_accesses(struct hayat *hayat)
{
    const struct arguments *arguments = &hayat->arguments;
    bool verifies = arguments->verify != 0, has_key = arguments->key || arguments->key_hex;
    size_t count = 0, proven = 0;
    if (verifies != has_key || (verifies && arguments->others_only != 0)) {
        return usage_wrong("--verify", TEXT_USE_VERIFY); /* what is left out cannot be proven */
    }
    hayat->arena.cap += (size_t)ACCESSES_MAX * 1024;
    Hayat__V1__Access **accesses = arena_array(&hayat->arena, ACCESSES_MAX, sizeof(void *));
    TRY(arena_check(&hayat->arena));
    TRY(read_all(hayat, accesses, &count));
    const struct access_list list = {accesses, count};
    if (verifies) {
        TRY(verify(hayat, list, &proven));
    }
    return output_accesses(hayat, list, verifies ? &proven : NULL);
}
