/*
 * LifeCertificateService.SubmitLifeCertificate: the one step from draft to filed.  Certificate, documents, receipt and
 * the row that tells the core system are committed together, or nothing is.
 *
 *   draft, more needed ──(complete, in order)──▶ submitted      documents: COMPLETE ──▶ FILED
 */
#include "gen/handlers.h"

#include "base/clock.h"
#include <inttypes.h>

#include "hayat/store/v1/enrolment.pb-c.h"
#include "service/app.h"
#include "service/campaign.h"
#include "service/certificate_documents.h"
#include "service/certificate_receipt.h"
#include "service/document_check.h"
#include "service/life_certificate_flow.h"
#include "service/liveness.h"
#include "service/message.h"
#include "service/obligation.h"
#include "storage/device_store.h"

#define FILING_KEY(name) HAYAT__STORE__V1__FILING_KEY__FILING_KEY_##name
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

/* RULE LC-15: a video declared by another device than the one that files it: its challenge was not the filer's. */
static status tell_unanswered(struct rpc *rpc, const struct certificate_documents *documents,
                              size_t *count)
{
    for (size_t i = 0; i < documents->count; i++) {
        bool unanswered;
        TRY(liveness_is_missing(rpc, documents->rows[i], &unanswered));
        if (unanswered) {
            rpc_precondition(rpc, "LIVENESS_CHALLENGE",
                             item_name((Hayat__V1__DocumentItem)documents->rows[i]->item));
            *count += 1;
        }
    }
    return STATUS_OK;
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
    size_t refused = tell_refused(rpc, &filing->documents);
    TRY(tell_unanswered(rpc, &filing->documents, &refused));
    return missing.count + open.count + refused > 0 ? FAIL(CERTIFICATE_INCOMPLETE) : STATUS_OK;
}

/* RULE LC-20: a draft left over when the registry, or a person, proved life by another one stays as it is, with its files. */
static status check_unmet(struct rpc *rpc,
                          const Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    struct life_certificate_list list;
    TRY(life_certificate_store_list(rpc->txn, rpc->principal->owner, &list));
    return obligation_check_unmet(rpc, &list, certificate->year);
}

static status load(struct rpc *rpc, const Hayat__V1__SubmitLifeCertificateRequest *request,
                   struct filing *filing)
{
    TRY(certificate_find(rpc, request->life_certificate_id, &filing->certificate));
    if (!certificate_is_open((certificate_state)filing->certificate->state)) {
        return FAIL(CERTIFICATE_ALREADY_FILED);
    }
    TRY(check_unmet(rpc, filing->certificate));
    char *etag = certificate_etag(rpc, filing->certificate);
    TRY(arena_check(rpc->arena));
    if (request->etag[0] != '\0' && strcmp(request->etag, etag) != 0) {
        return FAIL(ETAG_MISMATCH);
    }
    TRY(obligation_pension(rpc, &filing->pension));
    TRY(obligation_window(rpc->txn, rpc->principal->owner, filing->certificate->year,
                          &filing->campaign));
    return certificate_documents_load(rpc, filing->certificate, &filing->documents);
}

/* --- what the member says of stamps --- */

static Hayat__Store__V1__StoredDocument *document_of(const struct certificate_documents *documents,
                                                     const char *text)
{
    struct id id;
    bool is_id = id_parse(bytes_str(text), "doc", &id);
    for (size_t i = 0; is_id && i < documents->count; i++) {
        if (bytes_equal(bytes_of_binary(documents->rows[i]->document_id),
                        bytes_of(id.bytes, ID_BYTES))) {
            return documents->rows[i];
        }
    }
    return NULL;
}

/* RULE LC-9: a stamp's day is given by its parts, exists, and is not to come.  domain 5 (the date read in another order) */
static bool day_of_stamp(const Google__Type__Date *given, int64_t today, int64_t *ret_days)
{
    struct date date = {given->year, given->month, given->day};
    if (!date_valid(date)) {
        return false;
    }
    *ret_days = date_to_days(date);
    return *ret_days <= today;
}

static bool is_country(const char *code)
{
    return code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' && code[2] == '\0';
}

static status bad_stamp(struct rpc *rpc, const char *path, const char *what)
{
    rpc_violation(rpc, path, what);
    return FAIL(INVALID_FIELD);
}

static status take_stamp(struct rpc *rpc, const Hayat__V1__DocumentStamp *given,
                         const struct certificate_documents *documents)
{
    Hayat__Store__V1__StoredDocument *document = document_of(documents, given->document_id);
    int64_t days = 0;
    if (document == NULL) {
        return FAIL(NOT_FOUND); /* nobody's, another's and another certificate's alike (SEC-A3) */
    }
    if (!day_of_stamp(given->stamp_date, obligation_today(rpc), &days)) {
        return bad_stamp(rpc, "stamps.stamp_date", "must be a day, not after today");
    }
    if (!is_country(given->country_code)) {
        return bad_stamp(rpc, "stamps.country_code", "must be a country's two letters");
    }
    document->stamp = message_new(rpc->arena, &hayat__store__v1__stored_stamp__descriptor);
    TRY(arena_check(rpc->arena));
    document->stamp->stamp_days = days;
    document->stamp->authority = given->authority;
    document->stamp->country_code = given->country_code;
    return STATUS_OK;
}

static status take_stamps(struct rpc *rpc, const Hayat__V1__SubmitLifeCertificateRequest *request,
                          const struct certificate_documents *documents)
{
    for (size_t i = 0; i < request->n_stamps; i++) {
        TRY(take_stamp(rpc, request->stamps[i], documents));
    }
    return STATUS_OK;
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

/* SEC-B1: kept, since devices come and go while a person's decision waits. */
static status note_key(struct rpc *rpc, Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    const struct id id = rpc->principal->device;
    Hayat__Store__V1__StoredDevice *device;
    certificate->filing_key = FILING_KEY(NONE);
    certificate->filed_by_device = (ProtobufCBinaryData){0, NULL};
    if (id_is_zero(id)) { /* by passphrase */
        return STATUS_OK;
    }
    certificate->filed_by_device = message_bytes(rpc->arena, bytes_of(id.bytes, ID_BYTES));
    TRY(arena_check(rpc->arena));
    status s = device_store_get(rpc->txn, rpc->principal->owner, id, &device);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    bool by_sms = device->enrolled_by == HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS;
    certificate->filing_key = by_sms ? FILING_KEY(SMS_DEVICE) : FILING_KEY(DEVICE);
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
    bool first = certificate->round == 0; /* what came in time stays in time when more is needed */
    certificate->in_time = first ? campaign_in_time(&filing.campaign, obligation_today(rpc))
                                 : certificate->in_time;
    certificate->submit_ms = rpc->now_ms;
    certificate->liveness_challenge = NULL; /* what waited was for this filing */
    certificate->liveness_challenge_count = 0;
    TRY(take_stamps(rpc, request, &filing.documents));
    TRY(note_key(rpc, certificate));
    TRY(file_documents(rpc, &filing));
    const struct receipt_about about = {certificate, filing.pension, &filing.campaign,
                                        &filing.documents};
    const struct receipt_issuer issuer = receipt_issuer_of(rpc->app);
    TRY(certificate_receipt_issue(rpc->txn, &issuer, &about, &response->receipt));
    TRY(certificate_submitted(rpc->txn, rpc->principal->owner, certificate));
    return certificate_message(rpc, certificate, &filing.documents, &response->life_certificate);
}
