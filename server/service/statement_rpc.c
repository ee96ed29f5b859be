/* ClaimService.CreateStatement: a history of reimbursements, made aside, signed, and kept for 30 days. */
#include "gen/handlers.h"

#include "service/app.h"
#include "service/message.h"
#include "service/receipt.h"
#include "service/statement_make.h"
#include "service/summary_list.h"
#include "storage/document_store.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

/* --- what is asked --- */

static status read_wish(struct rpc *rpc, const Hayat__V1__CreateStatementRequest *request,
                        struct statement_wish *ret_wish)
{
    struct statement_wish wish = {.owner = rpc->principal->owner};
    struct summary_filter filter = summary_filter_all();
    TRY(summary_filter_day(rpc, "from_date", request->from_date, &wish.from_days));
    TRY(summary_filter_day(rpc, "to_date", request->to_date, &wish.to_days));
    if (wish.to_days < wish.from_days) {
        rpc_violation(rpc, "to_date", "must not be before from_date");
        return FAIL(INVALID_FIELD);
    }
    TRY(summary_filter_beneficiary(rpc, &filter, request->beneficiary_id));
    wish.one_person = filter.beneficiary_seq != ANYBODY;
    wish.seq = wish.one_person ? (uint32_t)filter.beneficiary_seq : 0;
    *ret_wish = wish;
    return STATUS_OK;
}

/* --- how many there are --- */

struct census {
    int64_t now_ms;
    bool issued_only;
    uint32_t statements;
};

static void count_one(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    struct census *census = ctx;
    const bool made = document->state == DOCUMENT(ISSUED) ||
                      (document->state == DOCUMENT(ISSUING) && !census->issued_only);
    census->statements += made && document->expire_ms > census->now_ms ? 1 : 0;
}

static status check_room(struct rpc *rpc, bool issued_only)
{
    struct census census = {.now_ms = rpc->now_ms, .issued_only = issued_only};
    TRY(document_store_each(rpc->txn, rpc->principal->owner, count_one, &census));
    if (census.statements >= LIMIT_STATEMENTS_PER_MEMBER) {
        rpc_detail_int(rpc, "statement_limit", LIMIT_STATEMENTS_PER_MEMBER);
        return FAIL(STATEMENT_LIMIT);
    }
    return STATUS_OK;
}

/* --- what is answered --- */

static Hayat__V1__AmountSplit *totals_message(struct arena *arena,
                                              const Hayat__Store__V1__StoredSplit *split)
{
    Hayat__V1__AmountSplit *message = message_new(arena, &hayat__v1__amount_split__descriptor);
    if (message != NULL) {
        message->billed_centimes = split->billed_centimes;
        message->reimbursed_centimes = split->reimbursed_centimes;
        message->ticket_moderateur_centimes = split->ticket_moderateur_centimes;
        message->overrun_centimes = split->overrun_centimes;
        message->non_covered_centimes = split->non_covered_centimes;
    }
    return message;
}

static status sign(struct rpc *rpc, const Hayat__V1__CreateStatementRequest *request,
                   const struct statement_made *made, Hayat__V1__Statement *statement)
{
    struct packed_signature signature;
    Hayat__V1__StatementPayload payload = HAYAT__V1__STATEMENT_PAYLOAD__INIT;
    payload.kind = message_text(rpc->arena, STATEMENT_KIND);
    payload.document_id = statement->document_id;
    payload.registration_number = made->registration_number;
    payload.beneficiary_id = request->beneficiary_id;
    payload.from_date = request->from_date;
    payload.to_date = request->to_date;
    payload.format = made->format;
    payload.size_bytes = statement->size_bytes;
    payload.sha256 = statement->sha256;
    payload.content_sha256 = message_bytes(rpc->arena,
                                           bytes_of(made->content_sha256, STATEMENT_SHA256_BYTES));
    payload.claim_count = statement->claim_count;
    payload.totals = statement->totals;
    payload.currency_code = statement->currency_code;
    payload.create_time = statement->create_time;
    TRY(arena_check(rpc->arena));
    TRY(receipt_sign_packed(rpc->app->signer, rpc->arena, STATEMENT_CONTEXT, &payload.base,
                            &signature));
    Hayat__V1__SignedStatement *message = message_new(rpc->arena,
                                                      &hayat__v1__signed_statement__descriptor);
    TRY(arena_check(rpc->arena));
    message->payload = signature.payload;
    message->signature = signature.signature;
    message->key_id = signature.key_id;
    statement->signed_statement = message;
    return STATUS_OK;
}

static status answer(struct rpc *rpc, const struct statement_made *made,
                     const Hayat__Store__V1__StoredDocument *document,
                     Hayat__V1__Statement **ret_statement)
{
    struct arena *arena = rpc->arena;
    Hayat__V1__Statement *statement = message_new(arena, &hayat__v1__statement__descriptor);
    TRY(arena_check(arena));
    statement->document_id = message_id_of(arena, "doc", made->document);
    statement->format = made->format;
    statement->media_type = message_text(arena, made->media_type);
    statement->size_bytes = (int64_t)made->size_bytes;
    statement->sha256 = message_bytes(arena, bytes_of(made->sha256, STATEMENT_SHA256_BYTES));
    statement->totals = totals_message(arena, &made->totals);
    statement->currency_code = message_text(arena, "MAD");
    statement->claim_count = (int32_t)made->claim_count;
    statement->create_time = message_time(arena, document->create_ms);
    statement->expire_time = message_time(arena, document->expire_ms);
    *ret_statement = statement;
    return arena_check(arena);
}

/* Another call of the member was quicker: what was made goes. */
static status withdraw(struct rpc *rpc, const struct statement_made *made,
                       Hayat__Store__V1__StoredDocument *document, status refusal)
{
    document->state = DOCUMENT(CANCELLED);
    TRY(document_store_put(rpc->txn, rpc->principal->owner, document));
    TRY(document_store_expire_at(rpc->txn, rpc->principal->owner, made->document, rpc->now_ms));
    rpc->keep_writes = true;
    return refusal;
}

/* The document that was stored meanwhile becomes one that can be read, when there is still room: calls at one time all found some. */
static status issue(struct rpc *rpc, const struct statement_made *made,
                    Hayat__Store__V1__StoredDocument **ret_document)
{
    const struct owner owner = rpc->principal->owner;
    Hayat__Store__V1__StoredDocument *document;
    TRY(document_store_get(rpc->txn, owner, made->document, &document));
    status room = check_room(rpc, true);
    if (room.why == REASON_STATEMENT_LIMIT) {
        return withdraw(rpc, made, document, room);
    }
    TRY(room);
    document->state = DOCUMENT(ISSUED);
    document->create_ms = rpc->now_ms;
    document->expire_ms = rpc->now_ms + LIMIT_STATEMENT_LIFE_MS;
    TRY(document_store_put(rpc->txn, owner, document));
    TRY(document_store_expire_at(rpc->txn, owner, made->document, document->expire_ms));
    *ret_document = document;
    return STATUS_OK;
}

status claim_create_statement(struct rpc *rpc, const Hayat__V1__CreateStatementRequest *request,
                              Hayat__V1__CreateStatementResponse *response)
{
    const struct statement_made *made = statement_made(rpc);
    if (made == NULL) {
        struct statement_wish wish;
        TRY(read_wish(rpc, request, &wish));
        TRY(check_room(rpc, false));
        return statement_make(rpc, &wish, request->format);
    }
    Hayat__Store__V1__StoredDocument *document;
    TRY(issue(rpc, made, &document));
    TRY(answer(rpc, made, document, &response->statement));
    rpc_audit_object(rpc, "doc", made->document);
    return sign(rpc, request, made, response->statement);
}
