/*
 * AgencyService.IssueEnrolmentCode: a code for the person in front of the agent.  The handler runs twice: it opens the member and
 * compares the document; then, aside, the code is drawn and hashed (SEC-B2); then it files the code with the identity check and
 * answers.  The code is in the answer and nowhere else (SEC-B1), so a retry is answered with another one.
 */
#include "auth/enrolment_code.h"
#include "gen/handlers.h"
#include "service/agency.h"
#include "service/app.h"
#include "service/enrolment.h"
#include "service/message.h"
#include "service/notice.h"
#include "storage/identity_check_store.h"

#define DOCUMENT(name) HAYAT__BACKOFFICE__V1__IDENTITY_DOCUMENT__IDENTITY_DOCUMENT_##name

typedef Hayat__Backoffice__V1__IssueEnrolmentCodeRequest Request;
typedef Hayat__Backoffice__V1__IssueEnrolmentCodeResponse Response;

enum { NUMBER_HASH_BYTES = 16 };

static status refuse(struct rpc *rpc, const char *path, const char *description)
{
    rpc_violation(rpc, path, description);
    rpc->keep_writes = true; /* the attempt is audited */
    return FAIL(INVALID_FIELD);
}

static status check_document(struct rpc *rpc, const Request *request,
                             const struct agency_member *found)
{
    switch (request->document) {
    case DOCUMENT(NATIONAL_CARD):
        return member_store_same_cine(bytes_str(request->document_number),
                                      bytes_str(found->holder->cine_number))
                   ? STATUS_OK
                   : refuse(rpc, "document_number", "is not the number on file");
    case DOCUMENT(PASSPORT):
    case DOCUMENT(RESIDENCE_CARD):
    case DOCUMENT(CONSULAR_CARD):
        return STATUS_OK;
    case DOCUMENT(UNSPECIFIED):
    case _HAYAT__BACKOFFICE__V1__IDENTITY_DOCUMENT_IS_INT_SIZE:
        break;
    }
    return refuse(rpc, "document", "must be an identity document");
}

static status make_code(struct rpc *rpc, void *state, bool *ret_more)
{
    struct agency_code *code = state;
    *ret_more = false;
    return agency_code_make(rpc->app->keys, rpc->app->random, code->owner, code);
}

static status first_run(struct rpc *rpc, const Request *request)
{
    struct agency_member found;
    TRY(agency_open(rpc, request->member, request->access, &found));
    TRY(check_document(rpc, request, &found));
    struct agency_code *code = arena_alloc(rpc->arena, sizeof *code);
    TRY(arena_check(rpc->arena));
    *code = (struct agency_code){.owner = found.owner};
    return enrolment_aside(rpc, ASIDE_SECRETS, code, make_code);
}

static status record_check(struct rpc *rpc, const Request *request, struct owner owner)
{
    struct id id = id_new(rpc->app->random), agent = rpc->principal->agent;
    uint8_t hash[NUMBER_HASH_BYTES];
    seal_blind(rpc->app->keys, "identity document", bytes_str(request->document_number), hash,
               sizeof hash);
    Hayat__Store__V1__StoredIdentityCheck check = HAYAT__STORE__V1__STORED_IDENTITY_CHECK__INIT;
    check.check_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    check.caller_id = (ProtobufCBinaryData){ID_BYTES, agent.bytes};
    check.document = (uint32_t)request->document;
    check.number_hash = (ProtobufCBinaryData){sizeof hash, hash};
    check.create_ms = rpc->now_ms;
    rpc_audit_object(rpc, "chk", id);
    return identity_check_store_put(rpc->txn, owner, &check);
}

status agency_issue_enrolment_code(struct rpc *rpc, const Request *request, Response *response)
{
    const struct agency_code *code = rpc->aside.state;
    int64_t expire_ms;
    if (code == NULL) {
        return first_run(rpc, request);
    }
    TRY(agency_purpose(rpc, request->access));
    rpc_audit_subject(rpc, code->owner);
    TRY(agency_code_file(rpc->txn, code, &expire_ms));
    TRY(record_check(rpc, request, code->owner));
    TRY(notice_send(rpc->txn, &(struct notice){.owner = code->owner,
                                               .kind = NOTICE_ENROLMENT_STARTED,
                                               .avoid = CHANNEL_AGENCY}));
    response->code = message_text(rpc->arena, code->code.text);
    response->expire_time = message_time(rpc->arena, expire_ms);
    return arena_check(rpc->arena);
}
