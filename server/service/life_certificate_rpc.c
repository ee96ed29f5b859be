#include "gen/handlers.h"

#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/life_certificate_flow.h"
#include "service/message.h"
#include "service/obligation.h"
#include "service/obligation_message.h"
#include "service/page_place.h"

#define RECEIPT(name) HAYAT__V1__RECEIPT_KIND__RECEIPT_KIND_##name

static const char list_certificates[] = "LifeCertificateService.ListLifeCertificates";

/* --- the obligation --- */

/* What the open draft lacks; without one, what every route needs. */
static status missing_now(struct rpc *rpc, const struct obligation *obligation,
                          struct item_list *ret_missing)
{
    Hayat__Store__V1__StoredLifeCertificate *draft;
    struct certificate_documents documents;
    *ret_missing = (struct item_list){.count = 0};
    if (obligation->fulfilled) {
        return STATUS_OK;
    }
    if (obligation->counting == NULL ||
        !certificate_is_open((certificate_state)obligation->counting->state)) {
        struct item_list nothing = {.count = 0};
        *ret_missing = items_missing(HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_AUTHORITY_FORM, &nothing);
        return STATUS_OK;
    }
    TRY(life_certificate_store_get(rpc->txn, rpc->principal->owner, obligation->counting->id,
                                   &draft));
    TRY(certificate_documents_load(rpc, draft, &documents));
    *ret_missing = certificate_missing(draft, &documents);
    return STATUS_OK;
}

status life_certificate_get_obligation(struct rpc *rpc,
                                       const Hayat__V1__GetObligationRequest *request,
                                       Hayat__V1__GetObligationResponse *response)
{
    (void)request;
    struct obligation obligation;
    struct item_list missing;
    TRY(obligation_load(rpc, &obligation));
    TRY(missing_now(rpc, &obligation, &missing));
    Hayat__V1__Obligation *message = message_new(rpc->arena, &hayat__v1__obligation__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->year = obligation.campaign.year;
    message->open_date = message_date(rpc->arena, obligation.campaign.open_days);
    message->due_date = message_date(rpc->arena, obligation.campaign.due_days);
    message->grace_end_date = message_date(rpc->arena, obligation.campaign.grace_end_days);
    message->fulfilled = obligation.fulfilled;
    message->state = obligation.state;
    if (obligation.counting != NULL) {
        message->life_certificate_id = message_id_of(rpc->arena, "lc", obligation.counting->id);
    }
    TRY(missing_items_message(rpc, &missing, &message->n_missing_items, &message->missing_items));
    message->country_code = obligation.pension->country_code;
    message->pension_number = obligation.pension->pension_number;
    if (obligation.stored != NULL) {
        TRY(obligation_fill_reminders(rpc, obligation.stored, message));
    }
    TRY(obligation_fill_routes(rpc, message));
    response->obligation = message;
    return arena_check(rpc->arena);
}

/* --- drafts --- */

static status may_create(struct rpc *rpc, const Hayat__V1__CreateLifeCertificateRequest *request,
                         const struct obligation *obligation)
{
    if (!route_for_members(request->route)) {
        rpc_violation(rpc, "route", "must be a route of proof");
        return FAIL(INVALID_FIELD);
    }
    if (!campaign_takes_filings(&obligation->campaign, obligation->today)) {
        return FAIL(CAMPAIGN_NOT_OPEN);
    }
    TRY(obligation_check_unmet(rpc, &obligation->certificates, obligation->campaign.year));
    if (obligation->of_year >= LIMIT_CERTIFICATES_PER_YEAR ||
        obligation->certificates.count >= LIMIT_CERTIFICATES_BEGUN) {
        return FAIL(CERTIFICATE_LIMIT);
    }
    return STATUS_OK;
}

status life_certificate_create_life_certificate(
    struct rpc *rpc, const Hayat__V1__CreateLifeCertificateRequest *request,
    Hayat__V1__CreateLifeCertificateResponse *response)
{
    struct obligation obligation;
    TRY(obligation_load(rpc, &obligation));
    TRY(may_create(rpc, request, &obligation));
    struct id id = id_new(rpc->app->random);
    Hayat__Store__V1__StoredLifeCertificate draft = HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    draft.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    draft.year = obligation.campaign.year;
    draft.route = (uint32_t)request->route;
    draft.create_ms = rpc->now_ms;
    TRY(certificate_drafted(rpc->txn, rpc->principal->owner, &draft));
    struct certificate_documents none = {.count = 0};
    return certificate_message(rpc, &draft, &none, &response->life_certificate);
}

/* --- reading --- */

status life_certificate_get_life_certificate(struct rpc *rpc,
                                             const Hayat__V1__GetLifeCertificateRequest *request,
                                             Hayat__V1__GetLifeCertificateResponse *response)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct certificate_documents documents;
    TRY(certificate_find(rpc, request->life_certificate_id, &certificate));
    TRY(certificate_documents_load(rpc, certificate, &documents));
    return certificate_message(rpc, certificate, &documents, &response->life_certificate);
}

static status which_receipt(struct rpc *rpc, const Hayat__V1__GetReceiptRequest *request,
                            const Hayat__Store__V1__StoredLifeCertificate *certificate,
                            bytes *ret_packed)
{
    switch (request->kind) {
    case RECEIPT(UNSPECIFIED):
    case RECEIPT(FILING):
        *ret_packed = bytes_of_binary(certificate->receipt);
        return STATUS_OK;
    case RECEIPT(DECISION):
        *ret_packed = bytes_of_binary(certificate->decision_receipt);
        return STATUS_OK;
    case _HAYAT__V1__RECEIPT_KIND_IS_INT_SIZE:
        break;
    }
    rpc_violation(rpc, "kind", "must be a kind of receipt");
    return FAIL(INVALID_FIELD);
}

status life_certificate_get_receipt(struct rpc *rpc, const Hayat__V1__GetReceiptRequest *request,
                                    Hayat__V1__GetReceiptResponse *response)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    bytes packed;
    TRY(certificate_find(rpc, request->life_certificate_id, &certificate));
    TRY(which_receipt(rpc, request, certificate, &packed));
    if (packed.len == 0) {
        return FAIL(RECEIPT_NOT_ISSUED);
    }
    response->receipt = hayat__v1__signed_receipt__unpack(&rpc->arena->allocator, packed.len,
                                                          packed.ptr);
    TRY(arena_check(rpc->arena));
    return response->receipt == NULL ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

static status message_of_row(struct rpc *rpc, const struct life_certificate_row *row,
                             Hayat__V1__LifeCertificate **ret_message)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    struct certificate_documents documents;
    TRY(life_certificate_store_get(rpc->txn, rpc->principal->owner, row->id, &certificate));
    TRY(certificate_documents_load(rpc, certificate, &documents));
    return certificate_message(rpc, certificate, &documents, ret_message);
}

status life_certificate_list_life_certificates(
    struct rpc *rpc, const Hayat__V1__ListLifeCertificatesRequest *request,
    Hayat__V1__ListLifeCertificatesResponse *response)
{
    struct page_place place;
    struct life_certificate_list list;
    size_t first = 0;
    TRY(page_place_read(rpc, list_certificates, request->page_token, &place));
    TRY(life_certificate_store_list(rpc->txn, rpc->principal->owner, &list));
    while (first < list.count &&
           page_place_seen(&place, list.rows[first].create_ms, list.rows[first].id.bytes)) {
        first++;
    }
    size_t left = list.count - first;
    size_t most = page_size_of(request->page_size);
    size_t count = left < most ? left : most;
    response->life_certificates = arena_array(rpc->arena, count,
                                              sizeof(Hayat__V1__LifeCertificate *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < count; i++) {
        TRY(message_of_row(rpc, &list.rows[first + i], &response->life_certificates[i]));
        response->n_life_certificates = i + 1;
    }
    if (left == count) {
        return STATUS_OK;
    }
    const struct life_certificate_row *last = &list.rows[first + count - 1];
    return page_place_make(rpc, list_certificates,
                           &(struct page_place){.time_ms = last->create_ms, .id = last->id},
                           &response->next_page_token);
}
