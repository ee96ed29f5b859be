/*
 * google.bytestream.ByteStream.Read of "documents/doc_…" (or of a complete "uploads/upl_…"): one chunk at rest is one
 * message, each read in a short transaction of its own (SEC-D7).
 */
#include "gen/handlers.h"

#include "service/message.h"
#include "service/resource_name.h"
#include "storage/document_store.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

struct read {
    struct id document;
    uint64_t offset, end;
};

static bool readable(const Hayat__Store__V1__StoredDocument *document, int64_t now_ms)
{
    return document->state == DOCUMENT(COMPLETE) || document->state == DOCUMENT(FILED) ||
           (document->state == DOCUMENT(ISSUED) && document->expire_ms > now_ms);
}

static status find(struct rpc *rpc, struct id id, Hayat__Store__V1__StoredDocument **ret_document)
{
    Hayat__Store__V1__StoredDocument *document;
    TRY(document_store_get(rpc->txn, rpc->principal->owner, id, &document));
    if (!readable(document, rpc->now_ms)) {
        return FAIL(NOT_FOUND); /* nothing to read yet, or no more */
    }
    *ret_document = document;
    return STATUS_OK;
}

static status read_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    struct read *read = state;
    const Google__Bytestream__ReadRequest *request =
        (const Google__Bytestream__ReadRequest *)message;
    Hayat__Store__V1__StoredDocument *document;
    if (!document_name_parse(request->resource_name, &read->document) &&
        !upload_name_parse(request->resource_name, &read->document)) {
        rpc_violation(rpc, "resource_name", "must be documents/{document_id}");
        return FAIL(INVALID_FIELD);
    }
    TRY(find(rpc, read->document, &document));
    uint64_t offset = (uint64_t)request->read_offset, limit = (uint64_t)request->read_limit;
    if (offset > document->size_bytes) {
        return FAIL(READ_OUT_OF_RANGE);
    }
    uint64_t left = document->size_bytes - offset;
    read->offset = offset;
    read->end = offset + (limit == 0 || limit > left ? left : limit); /* 0: no limit */
    return STATUS_OK;
}

/* The part of the chunk at the offset that was asked for. */
static status read_piece(struct rpc *rpc, const struct read *read, bytes *ret_piece)
{
    Hayat__Store__V1__StoredDocument *document;
    struct document_chunks chunks;
    bytes chunk;
    uint32_t index = (uint32_t)(read->offset / CHUNK_PLAIN_BYTES);
    TRY(find(rpc, read->document, &document));
    TRY(document_chunks_open(rpc->txn, rpc->principal->owner, document, &chunks));
    status result = document_chunks_get(rpc->txn, &chunks, index, &chunk);
    document_chunks_close(&chunks);
    TRY(result);
    bytes piece = bytes_skip(chunk, read->offset % CHUNK_PLAIN_BYTES);
    *ret_piece = bytes_head(piece, read->end - read->offset);
    return ret_piece->len == 0 ? FAIL(STORE_CORRUPT)
                               : STATUS_OK; /* a chunk is as long as the size says */
}

static status read_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                        enum stream_step *ret_step)
{
    struct read *read = state;
    Google__Bytestream__ReadResponse *response = (Google__Bytestream__ReadResponse *)message;
    bytes piece;
    if (read->offset == read->end) {
        *ret_step = STREAM_END;
        return STATUS_OK;
    }
    TRY(read_piece(rpc, read, &piece));
    response->data = message_bytes(rpc->arena, piece);
    TRY(arena_check(rpc->arena));
    read->offset += piece.len;
    *ret_step = STREAM_SEND;
    return STATUS_OK;
}

const struct server_stream byte_stream_read = {
    .state_size = sizeof(struct read),
    .open = read_open,
    .next = read_next,
};
