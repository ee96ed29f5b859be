/* The rows of a member's rights, claims and prior authorisations. */
#include "base/array.h"
#include "base/clock.h"
#include "hayat/v1/coverage.pb-c.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/message.h"
#include "storage/member_store.h"
#include "tests/support/bola.h"
#include "tests/support/cm.h"
#include "tests/support/health.h"

#define PRIVACY_METHOD(name) "/hayat.v1.PrivacyService/" name

enum { RECEIPT_DAYS = 20100 };

/* --- people --- */

struct person_of {
    struct owner owner;
    uint32_t seq;
    char id[ID_TEXT_MAX];
};

static status read_person(void *ctx, struct txn *txn)
{
    struct person_of *person = ctx;
    Hayat__Store__V1__StoredBeneficiary *stored;
    struct id id;
    TRY(member_store_get_beneficiary(txn, person->owner, person->seq, &stored));
    assert_true(id_of_binary(stored->beneficiary_id, &id));
    id_format(id, "ben", person->id);
    return STATUS_OK;
}

static const char *beneficiary_of(struct bola *b, struct owner owner, uint32_t seq)
{
    struct person_of person = {.owner = owner, .seq = seq};
    assert_ok(harness_read(&b->h, read_person, &person));
    return message_text(&b->h.arena, person.id);
}

static const char *holder(struct bola *b, const struct harness_member *whom)
{
    return beneficiary_of(b, whom->owner, SEQ_HOLDER);
}

static const char *dependant(struct bola *b, const struct harness_member *whom)
{
    return beneficiary_of(b, whom->owner, 1);
}

/* --- claims --- */

static const char *claim_of_seq(struct bola *b, const struct harness_member *whom, uint32_t seq)
{
    Hayat__Store__V1__StoredClaim *claim = health_claim(
        &b->h, arena_printf(&b->h.arena, "TEST-F-%d-%u", b->people, seq), RECEIPT_DAYS);
    claim->beneficiary_seq = seq;
    return health_put_claim(&b->h, whom->owner, claim);
}

static const char *claim(struct bola *b, const struct harness_member *whom)
{
    return claim_of_seq(b, whom, SEQ_HOLDER);
}

static const char *claim_of_dependant(struct bola *b, const struct harness_member *whom)
{
    return claim_of_seq(b, whom, 1);
}

static const char *claims_page(struct bola *b, const struct harness_member *whom)
{
    (void)claim(b, whom);
    (void)claim_of_dependant(b, whom);
    Hayat__V1__ListClaimsRequest request = HAYAT__V1__LIST_CLAIMS_REQUEST__INIT;
    request.page_size = 1;
    return ((Hayat__V1__ListClaimsResponse *)fund_call(&b->h, CLAIM_METHOD("ListClaims"),
                                                       whom->token, &request.base))
        ->next_page_token;
}

/* What a watch says first. */
static ProtobufCMessage *first_of(struct bola *b, const struct harness_member *whom,
                                  const char *path, const ProtobufCMessage *request)
{
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_open(&s, &b->h, path, whom->token));
    assert_true(harness_stream_send(&s, request));
    assert_true(harness_stream_next(&s, &response));
    harness_stream_abandon(&s);
    return response;
}

static const char *claims_watch(struct bola *b, const struct harness_member *whom)
{
    (void)claim(b, whom);
    Hayat__V1__WatchClaimsRequest request = HAYAT__V1__WATCH_CLAIMS_REQUEST__INIT;
    return ((Hayat__V1__WatchClaimsResponse *)first_of(b, whom, CLAIM_METHOD("WatchClaims"),
                                                       &request.base))
        ->resume_token;
}

static void fill_statement(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__CreateStatementRequest *request = (void *)message;
    (void)id;
    request->from_date = message_date(&b->h.arena, RECEIPT_DAYS - 100);
    request->to_date = message_date(&b->h.arena, RECEIPT_DAYS + 100);
    request->format = HAYAT__V1__STATEMENT_FORMAT__STATEMENT_FORMAT_CSV;
}

static const char *holder_with_claim(struct bola *b, const struct harness_member *whom)
{
    (void)claim(b, whom);
    return holder(b, whom);
}

static const char *dependant_with_claim(struct bola *b, const struct harness_member *whom)
{
    (void)claim_of_dependant(b, whom);
    return dependant(b, whom);
}

/* --- prior authorisations --- */

static const char *authorization_numbered(struct bola *b, const struct harness_member *whom, int n)
{
    const char *number = arena_printf(&b->h.arena, "TEST-P-%d-%d", b->people, n);
    return health_put_authorization(&b->h, whom->owner,
                                    health_authorization(&b->h, number, b->h.clock.wall_ms - n));
}

static const char *authorization(struct bola *b, const struct harness_member *whom)
{
    return authorization_numbered(b, whom, 1);
}

static const char *authorizations_page(struct bola *b, const struct harness_member *whom)
{
    (void)authorization_numbered(b, whom, 1);
    (void)authorization_numbered(b, whom, 2);
    Hayat__V1__ListPriorAuthorizationsRequest request =
        HAYAT__V1__LIST_PRIOR_AUTHORIZATIONS_REQUEST__INIT;
    request.page_size = 1;
    return ((Hayat__V1__ListPriorAuthorizationsResponse *)fund_call(
                &b->h, AUTHORIZATION_METHOD("ListPriorAuthorizations"), whom->token, &request.base))
        ->next_page_token;
}

static const char *authorizations_watch(struct bola *b, const struct harness_member *whom)
{
    (void)authorization(b, whom);
    Hayat__V1__WatchPriorAuthorizationsRequest request =
        HAYAT__V1__WATCH_PRIOR_AUTHORIZATIONS_REQUEST__INIT;
    return ((Hayat__V1__WatchPriorAuthorizationsResponse *)first_of(
                b, whom, AUTHORIZATION_METHOD("WatchPriorAuthorizations"), &request.base))
        ->resume_token;
}

/* --- accesses --- */

static const char *accesses_page(struct bola *b, const struct harness_member *whom)
{
    (void)fund_draft(&b->h, whom->token, ROUTE(AUTHORITY_FORM)); /* each leaves an entry */
    (void)fund_draft(&b->h, whom->token, ROUTE(AUTHORITY_FORM));
    Hayat__V1__ListAccessesRequest request = HAYAT__V1__LIST_ACCESSES_REQUEST__INIT;
    request.page_size = 1;
    return ((Hayat__V1__ListAccessesResponse *)fund_call(&b->h, PRIVACY_METHOD("ListAccesses"),
                                                         whom->token, &request.base))
        ->next_page_token;
}

#define WATCHES(path_, make_)                                                                      \
    {                                                                                              \
        .path = (path_), .field = "resume_token", .kind = BOLA_MEMBER, .make = (make_),            \
        .refused = REASON_PAGE_TOKEN_INVALID, .malformed = REASON_PAGE_TOKEN_INVALID,              \
        .unknown = "00000000000000000000000000000000000000000000000000000000000000000000"          \
    }
#define PEOPLE(path_, make_, of_dependant_, fill_)                                                 \
    {                                                                                              \
        .path = (path_), .field = "beneficiary_id", .kind = BOLA_MEMBER, .make = (make_),          \
        .of_dependant = (of_dependant_), .fill = (fill_), .refused = REASON_NOT_FOUND,             \
        .malformed = REASON_INVALID_FIELD, .unknown = "ben_" BOLA_NO_ID                            \
    }

static const struct bola_row rows[] = {
    PEOPLE("/hayat.v1.CoverageService/GetCoverage", holder, dependant, NULL),
    BOLA_PAGES(CLAIM_METHOD("ListClaims"), claims_page),
    PEOPLE(CLAIM_METHOD("ListClaims"), holder, dependant, NULL),
    {.path = CLAIM_METHOD("GetClaim"),
     .field = "claim_id",
     .kind = BOLA_MEMBER,
     .make = claim,
     .of_dependant = claim_of_dependant,
     .refused = REASON_NOT_FOUND,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "clm_" BOLA_NO_ID},
    WATCHES(CLAIM_METHOD("WatchClaims"), claims_watch),
    PEOPLE(CLAIM_METHOD("CreateStatement"), holder_with_claim, dependant_with_claim,
           fill_statement),
    BOLA_PAGES(AUTHORIZATION_METHOD("ListPriorAuthorizations"), authorizations_page),
    PEOPLE(AUTHORIZATION_METHOD("ListPriorAuthorizations"), holder, dependant, NULL),
    BOLA_MEMBERS(AUTHORIZATION_METHOD("GetPriorAuthorization"), "prior_authorization_id",
                 authorization, NULL, "pa_" BOLA_NO_ID),
    WATCHES(AUTHORIZATION_METHOD("WatchPriorAuthorizations"), authorizations_watch),
    BOLA_PAGES(PRIVACY_METHOD("ListAccesses"), accesses_page),
};

const struct bola_set bola_health_rows = BOLA_SET(rows);
