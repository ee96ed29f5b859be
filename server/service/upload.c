#include "service/upload.h"

#include <assert.h>

#include "service/app.h"
#include "service/message.h"
#include "service/upload_rules.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

status upload_find(struct rpc *rpc, struct id id, Hayat__Store__V1__StoredDocument **ret_upload)
{
    Hayat__Store__V1__StoredDocument *upload;
    TRY(document_store_get(rpc->txn, rpc->principal->owner, id, &upload));
    if (upload->state != DOCUMENT(OPEN) && upload->state != DOCUMENT(COMPLETE) &&
        upload->state != DOCUMENT(FILED)) {
        return FAIL(NOT_FOUND); /* cancelled, or never an upload */
    }
    if (upload_is_open(upload) && upload->expire_ms <= rpc->now_ms) {
        return FAIL(UPLOAD_EXPIRED);
    }
    *ret_upload = upload;
    return STATUS_OK;
}

status upload_find_text(struct rpc *rpc, const char *text,
                        Hayat__Store__V1__StoredDocument **ret_upload)
{
    struct id id;
    if (!id_parse(bytes_str(text), "upl", &id)) {
        return FAIL(NOT_FOUND);
    }
    return upload_find(rpc, id, ret_upload);
}

bool upload_is_open(const Hayat__Store__V1__StoredDocument *upload)
{
    return upload->state == DOCUMENT(OPEN);
}

status upload_refuse_offset(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    rpc_detail_int(rpc, "committed_size", (int64_t)upload->committed_bytes);
    return FAIL(UPLOAD_OFFSET_MISMATCH);
}

status upload_save(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    return document_store_put(rpc->txn, rpc->principal->owner, upload);
}

status upload_drop(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload)
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

/* The partial chunk at the committed size with PIECE behind it; PIECE alone at a chunk's start. */
static status join_tail(struct rpc *rpc, const struct document_chunks *chunks, uint64_t committed,
                        bytes piece, bytes *ret_chunk)
{
    bytes tail;
    size_t within = committed % CHUNK_PLAIN_BYTES;
    if (within == 0) {
        *ret_chunk = piece;
        return STATUS_OK;
    }
    TRY(document_chunks_get(rpc->txn, chunks, (uint32_t)(committed / CHUNK_PLAIN_BYTES), &tail));
    if (tail.len != within) {
        return FAIL(STORE_CORRUPT);
    }
    uint8_t *chunk = arena_alloc(rpc->arena, within + piece.len);
    if (chunk == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(chunk, tail.ptr, within);
    memcpy(chunk + within, piece.ptr, piece.len);
    *ret_chunk = bytes_of(chunk, within + piece.len);
    return STATUS_OK;
}

/* As much of DATA as its chunk takes. */
static status append_to_chunk(struct rpc *rpc, const struct document_chunks *chunks,
                              Hayat__Store__V1__StoredDocument *upload, bytes *data)
{
    uint64_t committed = upload->committed_bytes;
    uint32_t index = (uint32_t)(committed / CHUNK_PLAIN_BYTES);
    bytes piece = bytes_head(*data, CHUNK_PLAIN_BYTES - committed % CHUNK_PLAIN_BYTES);
    bytes chunk;
    TRY(join_tail(rpc, chunks, committed, piece, &chunk));
    if (index == 0 &&
        !media_type_fits(upload->media_type, chunk, chunk.len == upload->size_bytes)) {
        rpc_detail_int(rpc, "committed_size", (int64_t)committed);
        return FAIL(MEDIA_TYPE_REFUSED);
    }
    TRY(document_chunks_put(rpc->txn, chunks, index, chunk));
    upload->committed_bytes += piece.len;
    *data = bytes_skip(*data, piece.len);
    return STATUS_OK;
}

status upload_append(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload, bytes data)
{
    struct document_chunks chunks;
    assert(upload_is_open(upload) && data.len <= upload->size_bytes - upload->committed_bytes);
    if (data.len == 0) {
        return STATUS_OK;
    }
    if (db_free_disk_bytes(rpc->app->db) < LIMIT_FREE_DISK_UPLOAD_BYTES) { /* SEC-D5 */
        return FAIL(STORE_FULL);
    }
    TRY(document_chunks_open(rpc->txn, rpc->principal->owner, upload, &chunks));
    status result = STATUS_OK;
    while (ok(result) && data.len > 0) {
        result = append_to_chunk(rpc, &chunks, upload, &data);
    }
    document_chunks_close(&chunks);
    return result;
}

status upload_message(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload,
                      Hayat__V1__Upload **ret_message)
{
    Hayat__V1__Upload *message = message_new(rpc->arena, &hayat__v1__upload__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->upload_id = message_id(rpc->arena, "upl", upload->document_id);
    message->life_certificate_id = message_id(rpc->arena, "lc", upload->life_certificate_id);
    message->item = (Hayat__V1__DocumentItem)upload->item;
    message->media_type = upload->media_type;
    message->size_bytes = (int64_t)upload->size_bytes;
    message->sha256 = upload->sha256;
    message->committed_size = (int64_t)upload->committed_bytes;
    message->state = upload_is_open(upload) ? HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_OPEN
                                            : HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE;
    message->expire_time = message_time(rpc->arena, upload->expire_ms);
    *ret_message = message;
    return arena_check(rpc->arena);
}
