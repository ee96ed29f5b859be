/*
 * LifeCertificateService.SubmitLifeCertificate: the one step from draft to filed.  Certificate, documents, receipt and
 * the row that tells the core system are committed together, or nothing is.
 *
 *   draft ──(complete, in order)──▶ submitted      documents: COMPLETE ──▶ FILED
 */
#include "gen/handlers.h"

#include <inttypes.h>

#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/certificate_receipt.h"
#include "service/document_check.h"
#include "service/message.h"
#include "service/obligation.h"
#include "storage/campaign_store.h"
#include "storage/outbox_store.h"

#define CERTIFICATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name
#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

/* All that a submission is about. */
struct filing {
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct certificate_documents documents;
    const Hayat__Store__V1__StoredPension *pension;
    struct campaign campaign;
};

struct open_uploads {
    struct rpc *rpc;
    bytes certificate_id;
    size_t count;
};

static void count_open(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    struct open_uploads *open = ctx;
    bool same = bytes_equal(bytes_of_binary(document->life_certificate_id), open->certificate_id);
    if (same && document->state == DOCUMENT(OPEN) && document->expire_ms > open->rpc->now_ms) {
        rpc_precondition(open->rpc, "UPLOAD_OPEN",
                         item_name((Hayat__V1__DocumentItem)document->item));
        open->count++;
    }
}

/* RULE LC-6: what the checker refused has to be replaced; what it has not seen yet holds nobody up.  "FORM/SCRIPTED/page 2". */
static size_t tell_refused(struct rpc *rpc, const struct certificate_documents *documents)
{
    size_t count = 0;
    for (size_t i = 0; i < documents->count; i++) {
        const Hayat__Store__V1__StoredDocument *document = documents->rows[i];
        if (!document_check_blocks(document)) {
            continue;
        }
        const char *item = item_name((Hayat__V1__DocumentItem)document->item);
        const char *reason = document_check_reason_name(document->check->reason);
        rpc_precondition(rpc, "DOCUMENT_REFUSED",
                         document->check->page > 0
                             ? arena_printf(rpc->arena, "%s/%s/page %" PRIu32, item, reason,
                                            document->check->page)
                             : arena_printf(rpc->arena, "%s/%s", item, reason));
        count++;
    }
    return count;
}

/* RULE LC-5: everything missing at once, with what is still being uploaded. */
static status check_complete(struct rpc *rpc, const struct filing *filing)
{
    struct item_list missing = certificate_missing(filing->certificate, &filing->documents);
    for (size_t i = 0; i < missing.count; i++) {
        rpc_precondition(rpc, "MISSING_ITEM", item_name(missing.items[i]));
    }
    struct open_uploads open = {
        .rpc = rpc, .certificate_id = bytes_of_binary(filing->certificate->life_certificate_id)};
    TRY(document_store_each(rpc->txn, rpc->principal->owner, count_open, &open));
    const size_t refused = tell_refused(rpc, &filing->documents);
    return missing.count + open.count + refused > 0 ? FAIL(CERTIFICATE_INCOMPLETE) : STATUS_OK;
}

static status load(struct rpc *rpc, const Hayat__V1__SubmitLifeCertificateRequest *request,
                   struct filing *filing)
{
    Hayat__Store__V1__StoredCampaign *campaign;
    TRY(certificate_find(rpc, request->life_certificate_id, &filing->certificate));
    if (filing->certificate->state != CERTIFICATE(DRAFT)) {
        return FAIL(CERTIFICATE_ALREADY_FILED);
    }
    char *etag = certificate_etag(rpc, filing->certificate);
    TRY(arena_check(rpc->arena));
    if (request->etag[0] != '\0' && strcmp(request->etag, etag) != 0) {
        return FAIL(ETAG_MISMATCH);
    }
    TRY(obligation_pension(rpc, &filing->pension));
    status found = campaign_store_get(rpc->txn, filing->certificate->year, &campaign);
    if (found.why == REASON_NOT_FOUND) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    TRY(found);
    filing->campaign = campaign_of_record(campaign);
    return certificate_documents_load(rpc, filing->certificate, &filing->documents);
}

static status file_documents(struct rpc *rpc, struct filing *filing)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate = filing->certificate;
    size_t count = filing->documents.count;
    certificate->document_ids = arena_array(rpc->arena, count, sizeof(ProtobufCBinaryData));
    certificate->n_document_ids = count;
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        Hayat__Store__V1__StoredDocument *document = filing->documents.rows[i];
        document->state = DOCUMENT(FILED);
        certificate->document_ids[i] = document->document_id;
        TRY(document_store_put(rpc->txn, rpc->principal->owner, document));
    }
    return STATUS_OK;
}

status life_certificate_submit_life_certificate(
    struct rpc *rpc, const Hayat__V1__SubmitLifeCertificateRequest *request,
    Hayat__V1__SubmitLifeCertificateResponse *response)
{
    struct filing filing;
    TRY(load(rpc, request, &filing));
    TRY(check_complete(rpc, &filing));
    Hayat__Store__V1__StoredLifeCertificate *certificate = filing.certificate;
    certificate->state = CERTIFICATE(SUBMITTED);
    certificate->submit_ms = rpc->now_ms;
    certificate->in_time = campaign_in_time(&filing.campaign, obligation_today(rpc));
    certificate->filed_by_device = message_bytes(rpc->arena,
                                                 bytes_of(rpc->principal->device.bytes, ID_BYTES));
    certificate->version++;
    TRY(file_documents(rpc, &filing));
    const struct receipt_about about = {certificate, filing.pension, &filing.campaign,
                                        &filing.documents};
    TRY(certificate_receipt_issue(rpc, &about, &response->receipt));
    TRY(life_certificate_store_put(rpc->txn, rpc->principal->owner, certificate));
    TRY(outbox_store_append(
        rpc->txn, &(struct outbox_row){.queue = OUTBOX_CORE,
                                       .owner = rpc->principal->owner,
                                       .kind = "life_certificate.submitted",
                                       .payload = bytes_of_binary(certificate->receipt)}));
    return certificate_message(rpc, certificate, &filing.documents, &response->life_certificate);
}
