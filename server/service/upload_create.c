/*
 * UploadService.CreateUpload: declares a file for an item of a draft, within the member's quota.
 */
#include "gen/handlers.h"

#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/life_certificate_rules.h"
#include "service/life_certificate_state.h"
#include "service/liveness.h"
#include "service/message.h"
#include "service/upload.h"
#include "service/upload_quota.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

static status check_request(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request)
{
    if (!item_known(request->item)) {
        rpc_violation(rpc, "item", "must be an item");
        return FAIL(INVALID_FIELD);
    }
    const bool is_video = request->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_LIVENESS_VIDEO;
    if (!media_type_accepted(request->media_type, is_video)) {
        rpc_violation(rpc, "media_type",
                      is_video ? "must be video/mp4"
                               : "must be application/pdf, image/jpeg, image/png or image/heic");
        return FAIL(MEDIA_TYPE_REFUSED);
    }
    return STATUS_OK;
}

/* --- quota --- */

struct census {
    const struct rpc *rpc;
    bytes certificate_id;
    uint32_t item;
    uint32_t live_items, filed_items; /* of the certificate; bits */
    struct upload_standing standing;
};

/* What was filed counts once for each item: of those that repeat the others make way (certificate_make_way). */
static void count_of_certificate(struct census *census,
                                 const Hayat__Store__V1__StoredDocument *document, bool live)
{
    uint32_t bit = document->item < 32 ? 1U << document->item : 0;
    if (live) {
        census->live_items |= bit;
        census->standing.of_certificate++;
        census->standing.bytes_live += document->size_bytes;
        census->standing.of_item += document->item == census->item ? 1 : 0;
    } else if (document->state == DOCUMENT(FILED)) {
        census->filed_items |= bit;
    }
}

static void count_document(void *ctx, const Hayat__Store__V1__StoredDocument *document)
{
    struct census *census = ctx;
    bool open = document->state == DOCUMENT(OPEN) && document->expire_ms > census->rpc->now_ms;
    bool live = open || document->state == DOCUMENT(COMPLETE);
    bool recent = document->create_ms > census->rpc->now_ms - LIMIT_UPLOAD_COUNTED_MS;
    bool stays = live || (document->state == DOCUMENT(FILED) && recent);
    census->standing.documents++;
    census->standing.bytes_kept += stays ? document->size_bytes : 0;
    census->standing.open += open ? 1 : 0;
    if (bytes_equal(bytes_of_binary(document->life_certificate_id), census->certificate_id)) {
        count_of_certificate(census, document, live);
    }
}

static status take_census(struct rpc *rpc, struct census *census)
{
    TRY(document_store_each(rpc->txn, rpc->principal->owner, count_document, census));
    uint32_t stay = census->filed_items & ~census->live_items & ~(1U << census->item);
    census->standing.of_certificate += (size_t)__builtin_popcount(stay);
    return upload_quota_read(rpc, &census->standing);
}

static void tell_space(struct rpc *rpc, bool asked)
{
    rpc_quota(rpc, "bytes_per_member",
              "bytes of documents filed in the last 24 months and of what is not filed yet: "
              "209715200");
    if (asked) {
        rpc_quota(rpc, "bytes_asked",
                  "bytes not filed yet of a certificate of which more is needed: 104857600");
    }
}

/* So many have made way that no more can: a person decides on what is there. */
static status check_earlier(struct rpc *rpc, bool repeats,
                            const Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    if (!repeats || certificate->n_earlier_document_ids < LIMIT_DOCUMENTS_EARLIER) {
        return STATUS_OK;
    }
    rpc_quota(rpc, "papers_per_certificate",
              "other papers of one certificate that made way for newer ones: 48");
    return FAIL(UPLOAD_QUOTA);
}

/* Takes the size off today's bytes, or refuses. */
static status take_quota(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                         const Hayat__Store__V1__StoredLifeCertificate *certificate)
{
    struct census census = {.rpc = rpc,
                            .certificate_id = bytes_of_binary(certificate->life_certificate_id),
                            .item = (uint32_t)request->item};
    bool repeats = request->item == HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_OTHER;
    uint64_t size = (uint64_t)request->size_bytes;
    TRY(check_earlier(rpc, repeats, certificate));
    census.standing.asked = certificate->state == CERTIFICATE(MORE_NEEDED);
    TRY(take_census(rpc, &census));
    status allowed = upload_standing_allows(&census.standing, repeats, size);
    if (allowed.why == REASON_UPLOAD_SPACE) {
        tell_space(rpc, census.standing.asked);
        return allowed;
    }
    TRY(allowed);
    return upload_quota_declare(rpc, size);
}

/* --- the record --- */

static status put_upload(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                         Hayat__Store__V1__StoredLifeCertificate *certificate,
                         Hayat__V1__Upload **ret_message)
{
    struct owner owner = rpc->principal->owner;
    struct id id = id_new(rpc->app->random);
    Hayat__Store__V1__StoredDocument upload;
    hayat__store__v1__stored_document__init(&upload);
    upload.document_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    upload.life_certificate_id = certificate->life_certificate_id;
    upload.item = (uint32_t)request->item;
    upload.media_type = request->media_type;
    upload.size_bytes = (uint64_t)request->size_bytes;
    upload.sha256 = request->sha256;
    upload.state = DOCUMENT(OPEN);
    upload.create_ms = rpc->now_ms;
    upload.expire_ms = rpc->now_ms + LIMIT_UPLOAD_LIFE_MS;
    TRY(liveness_take(rpc, request, certificate, &upload));
    TRY(document_store_new_key(rpc->txn, owner, &upload));
    TRY(document_store_put(rpc->txn, owner, &upload));
    TRY(document_store_expire_at(rpc->txn, owner, id, upload.expire_ms));
    return upload_message(rpc, &upload, ret_message);
}

status upload_create_upload(struct rpc *rpc, const Hayat__V1__CreateUploadRequest *request,
                            Hayat__V1__CreateUploadResponse *response)
{
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    TRY(check_request(rpc, request));
    TRY(certificate_find(rpc, request->life_certificate_id, &certificate));
    if (!certificate_is_open((certificate_state)certificate->state)) {
        return FAIL(CERTIFICATE_ALREADY_FILED);
    }
    TRY(liveness_check_declaration(rpc, request, certificate));
    if (db_free_disk_bytes(rpc->app->db) < LIMIT_FREE_DISK_UPLOAD_BYTES) { /* SEC-D5 */
        return FAIL(STORE_FULL);
    }
    TRY(take_quota(rpc, request, certificate));
    return put_upload(rpc, request, certificate, &response->upload);
}
