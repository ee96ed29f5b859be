#include "gen/handlers.h"

#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/message.h"
#include "service/upload.h"
#include "service/upload_quota.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

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
        TRY(upload_finish(rpc, upload, NULL));
    }
    return upload_message(rpc, upload, &response->upload);
}

/* --- CancelUpload --- */

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

status upload_cancel_upload(struct rpc *rpc, const Hayat__V1__CancelUploadRequest *request,
                            Hayat__V1__CancelUploadResponse *response)
{
    (void)response;
    Hayat__Store__V1__StoredDocument *upload;
    TRY(upload_find_text(rpc, request->upload_id, &upload));
    if (upload->state == DOCUMENT(FILED)) {
        return FAIL(UPLOAD_COMPLETE);
    }
    TRY(upload_quota_give_back(rpc, upload));
    TRY(leave_draft(rpc, upload));
    return upload_drop(rpc, upload);
}
