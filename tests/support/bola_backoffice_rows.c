/* The rows of what agents and core systems look up. */
#include "base/array.h"
#include "hayat/backoffice/v1/agency.pb-c.h"
#include "hayat/backoffice/v1/caller.pb-c.h"
#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "service/message.h"
#include "storage/canary_store.h"
#include "storage/member_store.h"
#include "tests/support/bola.h"
#include "tests/support/certificate.h"
#include "tests/support/cm.h"

#define AGENCY_METHOD(name) "/hayat.backoffice.v1.AgencyService/" name
#define CALLER_METHOD(name) "/hayat.backoffice.v1.CallerService/" name
#define CANARY_METHOD(name) "/hayat.backoffice.v1.CanaryService/" name
#define AUDIT_METHOD(name) "/hayat.backoffice.v1.AuditService/" name
#define OUTBOX_METHOD(name) "/hayat.backoffice.v1.OutboxService/" name

/* --- agents --- */

static const char *number_of(struct bola *b, const struct harness_member *whom)
{
    (void)whom;
    return arena_printf(&b->h.arena, "TEST-%d", b->people); /* the person made last */
}

static void fill_member(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__FindMemberRequest *request = (void *)message;
    request->member = message_new(&b->h.arena, &hayat__backoffice__v1__member_key__descriptor);
    request->access = message_new(&b->h.arena, &hayat__backoffice__v1__access__descriptor);
    request->member->key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_REGISTRATION_NUMBER;
    request->member->registration_number = message_text(&b->h.arena, id);
    request->access->purpose = HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_MEMBER_REQUEST;
}

struct cine {
    struct owner owner;
    const char *number;
};

static status put_cine(void *ctx, struct txn *txn)
{
    const struct cine *cine = ctx;
    Hayat__Store__V1__StoredBeneficiary *holder;
    TRY(member_store_get_beneficiary(txn, cine->owner, SEQ_HOLDER, &holder));
    holder->cine_number = message_text(txn_arena(txn), cine->number);
    return member_store_put_beneficiary(txn, cine->owner, SEQ_HOLDER, holder);
}

static const char *cine_of(struct bola *b, const struct harness_member *whom)
{
    struct cine cine = {whom->owner, arena_printf(&b->h.arena, "ZZ%06d", b->people)};
    assert_ok(harness_write(&b->h, put_cine, &cine));
    return cine.number;
}

static void fill_cine(struct bola *b, ProtobufCMessage *message, const char *id)
{
    fill_member(b, message, id);
    Hayat__Backoffice__V1__MemberKey *key =
        ((Hayat__Backoffice__V1__FindMemberRequest *)message)->member;
    key->key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_CINE_NUMBER;
    key->cine_number = message_text(&b->h.arena, id);
}

/* --- what an agent does for a member --- */

static void fill_issue(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__IssueEnrolmentCodeRequest *request = (void *)message;
    Hayat__Backoffice__V1__FindMemberRequest like;
    fill_member(b, &like.base, id);
    request->member = like.member;
    request->access = like.access;
    request->document = HAYAT__BACKOFFICE__V1__IDENTITY_DOCUMENT__IDENTITY_DOCUMENT_PASSPORT;
    request->document_number = message_text(&b->h.arena, "TEST-PASSPORT");
}

static void by_cine(struct bola *b, Hayat__Backoffice__V1__MemberKey *key, const char *id)
{
    key->key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_CINE_NUMBER;
    key->cine_number = message_text(&b->h.arena, id);
}

static void fill_issue_by_cine(struct bola *b, ProtobufCMessage *message, const char *id)
{
    fill_issue(b, message, id);
    by_cine(b, ((Hayat__Backoffice__V1__IssueEnrolmentCodeRequest *)message)->member, id);
}

static void fill_paper(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__RegisterPaperFilingRequest *request = (void *)message;
    Hayat__Backoffice__V1__FindMemberRequest like;
    fill_member(b, &like.base, id);
    request->member = like.member;
    request->access = like.access;
    request->route = HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_WITNESSED_FORM;
    request->sheet_count = 2;
    request->reference = message_text(&b->h.arena, "TEST-17");
}

static void fill_paper_by_cine(struct bola *b, ProtobufCMessage *message, const char *id)
{
    fill_paper(b, message, id);
    by_cine(b, ((Hayat__Backoffice__V1__RegisterPaperFilingRequest *)message)->member, id);
}

/* --- the register --- */

static const char *caller(struct bola *b, const struct harness_member *whom)
{
    char id[ID_TEXT_MAX];
    (void)whom;
    id_format(harness_agent(&b->h, SCOPE_AGENCY).id, "agt", id);
    return message_text(&b->h.arena, id);
}

static void fill_certificate(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__RenewCallerRequest *request = (void *)message;
    (void)id;
    request->certificate = fresh_certificate(&b->h, b->h.clock.wall_ms + 86400000);
}

static const char *no_page(struct bola *b, const struct harness_member *whom)
{
    (void)b;
    (void)whom;
    return "";
}

static status put_canary(void *ctx, struct txn *txn)
{
    const struct owner *owner = ctx;
    Hayat__Store__V1__StoredCanary stored = HAYAT__STORE__V1__STORED_CANARY__INIT;
    return canary_store_put(txn, *owner, &stored);
}

static const char *canary(struct bola *b, const struct harness_member *whom)
{
    struct owner owner = whom->owner;
    assert_ok(harness_write(&b->h, put_canary, &owner));
    return number_of(b, whom);
}

/* --- core systems --- */

static void fill_queues(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__WatchOutboxRequest *request = (void *)message;
    static Hayat__Backoffice__V1__OutboxQueue queues[] = {
        HAYAT__BACKOFFICE__V1__OUTBOX_QUEUE__OUTBOX_QUEUE_CORE};
    (void)b;
    (void)id;
    request->queues = queues;
    request->n_queues = ARRAY_LEN(queues);
}

static const char *unknown_row(struct bola *b, const struct harness_member *whom)
{
    (void)whom;
    return message_text(&b->h.arena, "obx_00000000000000000000000000");
}

static void fill_result(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__Backoffice__V1__AckOutboxRequest *request = (void *)message;
    Hayat__Backoffice__V1__OutboxResult **results = arena_array(&b->h.arena, 1, sizeof *results);
    results[0] = message_new(&b->h.arena, &hayat__backoffice__v1__outbox_result__descriptor);
    results[0]->outbox_id = message_text(&b->h.arena, id);
    results[0]->outcome = HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_DELIVERED;
    request->results = results;
    request->n_results = 1;
}

static const struct bola_row rows[] = {
    BOLA_LOOKUPS(AGENCY_METHOD("FindMember"), "member.registration_number", number_of, fill_member,
                 "TEST-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("FindMember"), "member.cine_number", cine_of, fill_cine,
                 "ZZ-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("FindMemberAtCounter"), "member.registration_number", number_of,
                 fill_member, "TEST-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("FindMemberAtCounter"), "member.cine_number", cine_of, fill_cine,
                 "ZZ-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("IssueEnrolmentCode"), "member.registration_number", number_of,
                 fill_issue, "TEST-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("IssueEnrolmentCode"), "member.cine_number", cine_of,
                 fill_issue_by_cine, "ZZ-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("RegisterPaperFiling"), "member.registration_number", number_of,
                 fill_paper, "TEST-NOBODY"),
    BOLA_LOOKUPS(AGENCY_METHOD("RegisterPaperFiling"), "member.cine_number", cine_of,
                 fill_paper_by_cine, "ZZ-NOBODY"),
    BOLA_LOOKUPS(CALLER_METHOD("RenewCaller"), "caller_id", caller, fill_certificate,
                 "agt_" BOLA_NO_ID),
    BOLA_LOOKUPS(CALLER_METHOD("RevokeCaller"), "caller_id", caller, NULL, "agt_" BOLA_NO_ID),
    {.path = CALLER_METHOD("ListCallers"),
     .field = "page_token",
     .kind = BOLA_LOOKUP,
     .make = no_page,
     .refused = REASON_PAGE_TOKEN_INVALID,
     .malformed = REASON_PAGE_TOKEN_INVALID,
     .unknown = "0000000000000000000000000000000000000000000000000000000000"},
    {.path = AUDIT_METHOD("ListEntries"),
     .field = "page_token",
     .kind = BOLA_LOOKUP,
     .make = no_page,
     .refused = REASON_PAGE_TOKEN_INVALID,
     .malformed = REASON_PAGE_TOKEN_INVALID,
     .unknown = "0000000000000000000000000000000000000000000000000000000000"},
    BOLA_LOOKUPS(AUDIT_METHOD("ListEntries"), "caller_id", caller, NULL, "agt_" BOLA_NO_ID),
    BOLA_LOOKUPS(CANARY_METHOD("AddCanary"), "registration_number", number_of, NULL, "TEST-NOBODY"),
    BOLA_LOOKUPS(CANARY_METHOD("RemoveCanary"), "registration_number", canary, NULL, "TEST-NOBODY"),
    {.path = OUTBOX_METHOD("WatchOutbox"),
     .field = "resume_token",
     .kind = BOLA_LOOKUP,
     .make = no_page,
     .fill = fill_queues,
     .refused = REASON_PAGE_TOKEN_INVALID,
     .malformed = REASON_PAGE_TOKEN_INVALID,
     .unknown = "0000000000000000000000000000000000000000000000000000000000"},
    {.path = OUTBOX_METHOD("AckOutbox"), /* what is gone is counted and nothing else */
     .field = "results.outbox_id",
     .kind = BOLA_LOOKUP,
     .make = unknown_row,
     .fill = fill_result,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "obx_" BOLA_NO_ID},
};

const struct bola_set bola_backoffice_rows = BOLA_SET(rows);
