#include "gen/handlers.h"

#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/message.h"
#include "service/upload.h"
#include "service/upload_rules.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

enum { DAY_MS = 24 * 3600 * 1000 };

status upload_get_upload(struct rpc *rpc, const Hayat__V1__GetUploadRequest *request,
                         Hayat__V1__GetUploadResponse *response)
{
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find_text(rpc, request->upload_id, &upload));
    return upload_message(rpc, upload, &response->upload);
}

/* --- AppendChunk --- */

static status append_or_refuse(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload,
                               const Hayat__V1__AppendChunkRequest *request)
{
    switch (append_rule(upload->committed_bytes, upload->size_bytes, (uint64_t)request->offset,
                        request->data.len)) {
    case APPEND_TAKE:
        if (request->data.len == 0) {
            return STATUS_OK;
        }
        upload->writer_generation++; /* fences a stream that still writes */
        TRY(upload_append(rpc, upload, bytes_of_binary(request->data)));
        return upload_save(rpc, upload);
    case APPEND_AGAIN:
        return STATUS_OK;
    case APPEND_OFFSET_MISMATCH:
        return upload_refuse_offset(rpc, upload);
    case APPEND_TOO_LONG:
        break;
    }
    return FAIL(UPLOAD_TOO_LONG);
}

status upload_append_chunk(struct rpc *rpc, const Hayat__V1__AppendChunkRequest *request,
                           Hayat__V1__AppendChunkResponse *response)
{
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find_text(rpc, request->upload_id, &upload));
    TRY(append_or_refuse(rpc, upload, request));
    if (request->finish) {
        TRY(upload_finish(rpc, upload));
    }
    return upload_message(rpc, upload, &response->upload);
}

/* --- CancelUpload --- */

static uint32_t day_of(int64_t wall_ms)
{
    return (uint32_t)(wall_ms / DAY_MS);
}

/* Bytes that never arrived were not used: they count no longer, on the day they were declared. */
static status give_back(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    Hayat__Store__V1__StoredUploadUsage *usage;
    uint64_t unused = upload->size_bytes - upload->committed_bytes;
    status found = document_store_get_usage(rpc->txn, rpc->principal->owner,
                                            day_of(upload->create_ms), &usage);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    usage->declared_bytes -= unused < usage->declared_bytes ? unused : usage->declared_bytes;
    return document_store_put_usage(rpc->txn, rpc->principal->owner, day_of(upload->create_ms),
                                    usage);
}

static status leave_draft(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    struct id id;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    if (upload_is_open(upload)) {
        return STATUS_OK; /* a draft lists complete uploads only */
    }
    if (!id_of_binary(upload->life_certificate_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(life_certificate_store_get(rpc->txn, rpc->principal->owner, id, &certificate));
    certificate_remove_document(certificate, upload->document_id);
    return life_certificate_store_put(rpc->txn, rpc->principal->owner, certificate);
}

/* Drops the first chunks now and leaves the rest to the expiry job (SEC-D6). */
static status drop(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload)
{
    struct id id;
    bool done;
    if (!id_of_binary(upload->document_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    upload->state = DOCUMENT(CANCELLED);
    TRY(upload_save(rpc, upload));
    TRY(document_store_drop_step(rpc->txn, rpc->principal->owner, id, LIMIT_CHUNKS_PER_STEP,
                                 &done));
    return done ? STATUS_OK
                : document_store_expire_at(rpc->txn, rpc->principal->owner, id, rpc->now_ms);
}

status upload_cancel_upload(struct rpc *rpc, const Hayat__V1__CancelUploadRequest *request,
                            Hayat__V1__CancelUploadResponse *response)
{
    (void)response;
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find_text(rpc, request->upload_id, &upload));
    if (upload->state == DOCUMENT(FILED)) {
        return FAIL(UPLOAD_COMPLETE);
    }
    TRY(give_back(rpc, upload));
    TRY(leave_draft(rpc, upload));
    return drop(rpc, upload);
}
