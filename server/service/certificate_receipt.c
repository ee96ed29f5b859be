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

static status make_payload(struct rpc *rpc, const struct receipt_about *about,
                           Hayat__V1__ReceiptPayload **ret_payload)
{
    const Hayat__Store__V1__StoredLifeCertificate *certificate = about->certificate;
    Hayat__V1__ReceiptPayload *payload = message_new(rpc->arena,
                                                     &hayat__v1__receipt_payload__descriptor);
    if (payload == NULL) {
        return FAIL(ARENA_FULL);
    }
    payload->kind = message_text(rpc->arena, RECEIPT_KIND);
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

status certificate_receipt_issue(struct rpc *rpc, const struct receipt_about *about,
                                 Hayat__V1__SignedReceipt **ret_receipt)
{
    Hayat__V1__ReceiptPayload *payload;
    TRY(make_payload(rpc, about, &payload));
    TRY(receipt_sign(rpc->app->signer, rpc->arena, payload, ret_receipt));
    size_t len = hayat__v1__signed_receipt__get_packed_size(*ret_receipt);
    uint8_t *packed = arena_alloc(rpc->arena, len);
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)hayat__v1__signed_receipt__pack(*ret_receipt, packed);
    about->certificate->receipt = (ProtobufCBinaryData){len, packed};
    return STATUS_OK;
}
