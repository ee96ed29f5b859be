#include "service/certificate_receipt.h"

#include "service/app.h"
#include "service/message.h"
#include "service/receipt.h"

/* What was handed in at a counter; nothing when it came by the app. */
static status add_paper(struct rpc *rpc, const Hayat__Store__V1__StoredLifeCertificate *certificate,
                        Hayat__V1__ReceiptPayload *payload)
{
    if (!certificate->on_paper) {
        return STATUS_OK;
    }
    payload->paper = message_new(rpc->arena, &hayat__v1__paper_filing__descriptor);
    TRY(arena_check(rpc->arena));
    payload->paper->sheet_count = (int32_t)certificate->sheet_count;
    payload->paper->reference = certificate->paper_reference;
    return STATUS_OK;
}

static void name_issuer(const struct rpc *rpc, Hayat__V1__ReceiptPayload *payload)
{
    const struct app_fund *fund = &rpc->app->fund;
    payload->issuer_fr = message_text(rpc->arena, fund->name_fr == NULL ? "" : fund->name_fr);
    payload->issuer_ar = message_text(rpc->arena, fund->name_ar == NULL ? "" : fund->name_ar);
}

static status make_payload(struct rpc *rpc, const struct receipt_about *about, const char *kind,
                           Hayat__V1__ReceiptPayload **ret_payload)
{
    const Hayat__Store__V1__StoredLifeCertificate *certificate = about->certificate;
    Hayat__V1__ReceiptPayload *payload = message_new(rpc->arena,
                                                     &hayat__v1__receipt_payload__descriptor);
    if (payload == NULL) {
        return FAIL(ARENA_FULL);
    }
    payload->kind = message_text(rpc->arena, kind);
    name_issuer(rpc, payload);
    payload->receipt_id = message_id_of(rpc->arena, "rcp", id_new(rpc->app->random));
    payload->life_certificate_id = message_id(rpc->arena, "lc", certificate->life_certificate_id);
    payload->year = certificate->year;
    payload->pension_number = about->pension->pension_number;
    payload->submit_time = message_time(rpc->arena, certificate->submit_ms);
    payload->due_date = message_date(rpc->arena, about->campaign->due_days);
    payload->in_time = certificate->in_time;
    TRY(add_paper(rpc, certificate, payload));
    payload->documents = arena_array(rpc->arena, about->documents->count,
                                     sizeof(Hayat__V1__CertificateDocument *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < about->documents->count; i++) {
        TRY(certificate_document_message(rpc, about->documents->rows[i], &payload->documents[i]));
        payload->n_documents = i + 1;
    }
    *ret_payload = payload;
    return STATUS_OK;
}

static status sign(struct rpc *rpc, const Hayat__V1__ReceiptPayload *payload,
                   Hayat__V1__SignedReceipt **ret_receipt, ProtobufCBinaryData *ret_packed)
{
    TRY(receipt_sign(rpc->app->signer, rpc->arena, payload, ret_receipt));
    size_t len = hayat__v1__signed_receipt__get_packed_size(*ret_receipt);
    uint8_t *packed = arena_alloc(rpc->arena, len);
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)hayat__v1__signed_receipt__pack(*ret_receipt, packed);
    *ret_packed = (ProtobufCBinaryData){len, packed};
    return STATUS_OK;
}

status certificate_receipt_issue(struct rpc *rpc, const struct receipt_about *about,
                                 Hayat__V1__SignedReceipt **ret_receipt)
{
    Hayat__V1__ReceiptPayload *payload;
    TRY(make_payload(rpc, about, RECEIPT_KIND, &payload));
    return sign(rpc, payload, ret_receipt, &about->certificate->receipt);
}

/* --- the decision --- */

/* The receipt that the member has of what was decided on; empty when it was filed without one. */
static status name_filing(struct rpc *rpc,
                          const Hayat__Store__V1__StoredLifeCertificate *certificate,
                          Hayat__V1__ReceiptPayload *payload)
{
    Hayat__V1__ReceiptPayload *filing;
    if (certificate->receipt.len == 0) {
        return STATUS_OK;
    }
    Hayat__V1__SignedReceipt *receipt = hayat__v1__signed_receipt__unpack(
        &rpc->arena->allocator, certificate->receipt.len, certificate->receipt.data);
    TRY(arena_check(rpc->arena));
    if (receipt == NULL || !ok(receipt_payload(receipt, rpc->arena, &filing))) {
        return FAIL(STORE_CORRUPT);
    }
    payload->filing_receipt_id = filing->receipt_id;
    return STATUS_OK;
}

status certificate_receipt_decide(struct rpc *rpc, const struct receipt_about *about,
                                  const struct receipt_decision *decision)
{
    Hayat__V1__ReceiptPayload *payload;
    Hayat__V1__SignedReceipt *receipt;
    TRY(make_payload(rpc, about, RECEIPT_KIND_OF_DECISION, &payload));
    TRY(name_filing(rpc, about->certificate, payload));
    payload->outcome = decision->outcome;
    payload->decide_time = message_time(rpc->arena, rpc->now_ms);
    payload->findings_sha256 = message_bytes(
        rpc->arena, bytes_of(decision->findings_sha256, RECEIPT_DIGEST_BYTES));
    TRY(arena_check(rpc->arena));
    return sign(rpc, payload, &receipt, &about->certificate->decision_receipt);
}
