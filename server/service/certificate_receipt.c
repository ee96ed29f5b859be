#include "service/certificate_receipt.h"

#include "service/app.h"
#include "service/message.h"

struct receipt_issuer receipt_issuer_of(const struct app *app)
{
    return (struct receipt_issuer){app->signer, app->fund.name_fr, app->fund.name_ar};
}

/* What was handed in at a counter; nothing when it came by the app. */
static status add_paper(struct arena *arena,
                        const Hayat__Store__V1__StoredLifeCertificate *certificate,
                        Hayat__V1__ReceiptPayload *payload)
{
    if (!certificate->on_paper) {
        return STATUS_OK;
    }
    payload->paper = message_new(arena, &hayat__v1__paper_filing__descriptor);
    TRY(arena_check(arena));
    payload->paper->sheet_count = (int32_t)certificate->sheet_count;
    payload->paper->reference = certificate->paper_reference;
    return STATUS_OK;
}

static void name_issuer(struct arena *arena, const struct receipt_issuer *issuer,
                        Hayat__V1__ReceiptPayload *payload)
{
    payload->issuer_fr = message_text(arena, issuer->name_fr == NULL ? "" : issuer->name_fr);
    payload->issuer_ar = message_text(arena, issuer->name_ar == NULL ? "" : issuer->name_ar);
}

/* Of a stamp its day and country: with ten authorities' names a receipt would be too long for a QR code. */
static void shorten_stamp(struct arena *arena, Hayat__V1__CertificateDocument *document)
{
    if (document->stamp != NULL) {
        document->stamp->document_id = message_text(arena, "");
        document->stamp->authority = message_text(arena, "");
    }
}

/* What was filed: not what is sent anew while the registry speaks. */
static status add_documents(struct arena *arena, const struct certificate_documents *documents,
                            Hayat__V1__ReceiptPayload *payload)
{
    payload->documents = arena_array(arena, documents->count,
                                     sizeof(Hayat__V1__CertificateDocument *));
    TRY(arena_check(arena));
    for (size_t i = 0; i < documents->count; i++) {
        Hayat__V1__CertificateDocument **next = &payload->documents[payload->n_documents];
        if (documents->rows[i]->state != HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_FILED) {
            continue;
        }
        TRY(certificate_document_message(arena, documents->rows[i], next));
        shorten_stamp(arena, *next);
        payload->n_documents++;
    }
    return STATUS_OK;
}

static status make_payload(struct txn *txn, const struct receipt_issuer *issuer,
                           const struct receipt_about *about, const char *kind,
                           Hayat__V1__ReceiptPayload **ret_payload)
{
    struct arena *arena = txn_arena(txn);
    const Hayat__Store__V1__StoredLifeCertificate *certificate = about->certificate;
    Hayat__V1__ReceiptPayload *payload = message_new(arena,
                                                     &hayat__v1__receipt_payload__descriptor);
    if (payload == NULL) {
        return FAIL(ARENA_FULL);
    }
    payload->kind = message_text(arena, kind);
    name_issuer(arena, issuer, payload);
    payload->receipt_id = message_id_of(arena, "rcp", id_new(txn_random(txn)));
    payload->life_certificate_id = message_id(arena, "lc", certificate->life_certificate_id);
    payload->year = certificate->year;
    payload->pension_number = about->pension->pension_number;
    payload->due_date = message_date(arena, about->campaign->due_days);
    payload->in_time = certificate->in_time;
    if (certificate->route != HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_CIVIL_REGISTRY) {
        payload->submit_time = message_time(arena, certificate->submit_ms);
    }
    TRY(add_paper(arena, certificate, payload));
    TRY(add_documents(arena, about->documents, payload));
    *ret_payload = payload;
    return STATUS_OK;
}

static status sign(struct txn *txn, const struct receipt_issuer *issuer,
                   const Hayat__V1__ReceiptPayload *payload, Hayat__V1__SignedReceipt **ret_receipt,
                   ProtobufCBinaryData *ret_packed)
{
    TRY(receipt_sign(issuer->signer, txn_arena(txn), payload, ret_receipt));
    size_t len = hayat__v1__signed_receipt__get_packed_size(*ret_receipt);
    uint8_t *packed = arena_alloc(txn_arena(txn), len);
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)hayat__v1__signed_receipt__pack(*ret_receipt, packed);
    *ret_packed = (ProtobufCBinaryData){len, packed};
    return STATUS_OK;
}

status certificate_receipt_issue(struct txn *txn, const struct receipt_issuer *issuer,
                                 const struct receipt_about *about,
                                 Hayat__V1__SignedReceipt **ret_receipt)
{
    Hayat__V1__ReceiptPayload *payload;
    TRY(make_payload(txn, issuer, about, RECEIPT_KIND, &payload));
    return sign(txn, issuer, payload, ret_receipt, &about->certificate->receipt);
}

/* --- the decision --- */

/* The receipt that the member has of what was decided on; empty when it was filed without one. */
static status name_filing(struct arena *arena,
                          const Hayat__Store__V1__StoredLifeCertificate *certificate,
                          Hayat__V1__ReceiptPayload *payload)
{
    Hayat__V1__ReceiptPayload *filing;
    if (certificate->receipt.len == 0) {
        return STATUS_OK;
    }
    Hayat__V1__SignedReceipt *receipt = hayat__v1__signed_receipt__unpack(
        &arena->allocator, certificate->receipt.len, certificate->receipt.data);
    TRY(arena_check(arena));
    if (receipt == NULL || !ok(receipt_payload(receipt, arena, &filing))) {
        return FAIL(STORE_CORRUPT);
    }
    payload->filing_receipt_id = filing->receipt_id;
    return STATUS_OK;
}

static void name_registry(struct arena *arena, const struct receipt_decision *decision,
                          Hayat__V1__ReceiptPayload *payload)
{
    if (decision->registry_reference != NULL) {
        payload->confirm_date = message_date(arena, decision->confirm_days);
        payload->registry_reference = message_text(arena, decision->registry_reference);
    }
}

status certificate_receipt_decide(struct txn *txn, const struct receipt_issuer *issuer,
                                  const struct receipt_about *about,
                                  const struct receipt_decision *decision)
{
    struct arena *arena = txn_arena(txn);
    Hayat__V1__ReceiptPayload *payload;
    Hayat__V1__SignedReceipt *receipt;
    TRY(make_payload(txn, issuer, about, RECEIPT_KIND_OF_DECISION, &payload));
    TRY(name_filing(arena, about->certificate, payload));
    name_registry(arena, decision, payload);
    payload->outcome = decision->outcome;
    payload->decide_time = message_time(arena, txn_now_ms(txn));
    payload->findings_sha256 = message_bytes(
        arena, bytes_of(decision->findings_sha256, RECEIPT_DIGEST_BYTES));
    TRY(arena_check(arena));
    return sign(txn, issuer, payload, &receipt, &about->certificate->decision_receipt);
}
