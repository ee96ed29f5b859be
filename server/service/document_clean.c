#include "service/document_clean.h"

#include <string.h>

#include "service/document_check.h"
#include "service/message.h"
#include "storage/check_due_store.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define CLEAN(name) HAYAT__STORE__V1__CLEAN_STATE__CLEAN_STATE_##name

const char *document_clean_type(const char *media_type)
{
    static const char *const kept[] = {"application/pdf", "image/png", "video/mp4"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (strcmp(kept[i], media_type) == 0) {
            return kept[i];
        }
    }
    return "image/jpeg";
}

/* A verdict may come after a copy was made. */
bool document_clean_possible(const Hayat__Store__V1__StoredDocument *document)
{
    return !document_check_blocks(document) &&
           (document->clean == NULL || document->clean->state != CLEAN(IMPOSSIBLE));
}

/* NOT_FOUND unless it is evidence. */
static status find_document(struct txn *txn, struct owner owner, struct id id,
                            Hayat__Store__V1__StoredDocument **ret_document)
{
    Hayat__Store__V1__StoredDocument *document;
    TRY(document_store_get(txn, owner, id, &document));
    if (document->state != DOCUMENT(COMPLETE) && document->state != DOCUMENT(FILED)) {
        return FAIL(NOT_FOUND);
    }
    *ret_document = document;
    return STATUS_OK;
}

static status find_copy(struct txn *txn, struct owner owner, ProtobufCBinaryData id,
                        Hayat__Store__V1__StoredDocument **ret_copy)
{
    struct id copy;
    if (!id_of_binary(id, &copy)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(document_store_get(txn, owner, copy, ret_copy));
    bool good = (*ret_copy)->state == DOCUMENT(CLEANED) && (*ret_copy)->expire_ms > txn_now_ms(txn);
    return good ? STATUS_OK : FAIL(NOT_FOUND);
}

static status describe_ready(struct txn *txn, struct owner owner,
                             const Hayat__Store__V1__StoredCleanCopy *clean,
                             struct document_clean *ret_clean)
{
    Hayat__Store__V1__StoredDocument *copy;
    status found = find_copy(txn, owner, clean->document_id, &copy);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK; /* expired: as good as none */
    }
    TRY(found);
    ret_clean->state = DOCUMENT_CLEAN_READY;
    memcpy(ret_clean->copy.bytes, copy->document_id.data, ID_BYTES);
    ret_clean->media_type = document_clean_type(copy->media_type);
    ret_clean->size_bytes = copy->size_bytes;
    ret_clean->expire_ms = copy->expire_ms;
    return STATUS_OK;
}

static status describe(struct txn *txn, struct owner owner,
                       const Hayat__Store__V1__StoredDocument *document,
                       struct document_clean *ret_clean)
{
    *ret_clean = (struct document_clean){.state = DOCUMENT_CLEAN_NONE};
    if (!document_clean_possible(document)) {
        ret_clean->state = DOCUMENT_CLEAN_IMPOSSIBLE;
        return STATUS_OK;
    }
    if (document->clean == NULL) {
        return STATUS_OK;
    }
    switch (document->clean->state) {
    case CLEAN(READY):
        return describe_ready(txn, owner, document->clean, ret_clean);
    case CLEAN(WAITING):
        ret_clean->state = DOCUMENT_CLEAN_WAITING;
        break;
    case CLEAN(IMPOSSIBLE):
        ret_clean->state = DOCUMENT_CLEAN_IMPOSSIBLE;
        break;
    case CLEAN(UNSPECIFIED):
    case _HAYAT__STORE__V1__CLEAN_STATE_IS_INT_SIZE:
        break;
    }
    return STATUS_OK;
}

status document_clean_find(struct txn *txn, struct owner owner, struct id id,
                           struct document_clean *ret_clean)
{
    Hayat__Store__V1__StoredDocument *document;
    TRY(find_document(txn, owner, id, &document));
    return describe(txn, owner, document, ret_clean);
}

static bool is_fresh(const struct document_clean *clean, int64_t now_ms)
{
    return clean->state == DOCUMENT_CLEAN_READY &&
           clean->expire_ms - now_ms > LIMIT_CLEAN_LIFE_MS / 2;
}

status document_clean_ask(struct txn *txn, struct owner owner, struct id id)
{
    Hayat__Store__V1__StoredDocument *document;
    struct document_clean clean;
    TRY(find_document(txn, owner, id, &document));
    TRY(describe(txn, owner, document, &clean));
    if (clean.state == DOCUMENT_CLEAN_WAITING || clean.state == DOCUMENT_CLEAN_IMPOSSIBLE ||
        is_fresh(&clean, txn_now_ms(txn))) {
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredCleanCopy waiting = HAYAT__STORE__V1__STORED_CLEAN_COPY__INIT;
    waiting.state = CLEAN(WAITING);
    document->clean = &waiting;
    TRY(document_store_put(txn, owner, document));
    return check_due_store_put(txn, &(struct check_due){.queue = CHECK_QUEUE_CLEAN,
                                                        .time_ms = txn_steady_ms(txn),
                                                        .document = id,
                                                        .owner = owner});
}

status document_clean_read(struct txn *txn, struct owner owner, const struct document_clean *clean,
                           uint64_t offset, bytes *ret_piece)
{
    Hayat__Store__V1__StoredDocument *copy;
    struct document_chunks chunks;
    bytes chunk;
    TRY(find_copy(txn, owner,
                  (ProtobufCBinaryData){ID_BYTES, (uint8_t *)(uintptr_t)clean->copy.bytes}, &copy));
    if (offset >= copy->size_bytes) {
        return FAIL(READ_OUT_OF_RANGE);
    }
    TRY(document_chunks_open(txn, owner, copy, &chunks));
    status s = document_chunks_get(txn, &chunks, (uint32_t)(offset / CHUNK_PLAIN_BYTES), &chunk);
    document_chunks_close(&chunks);
    TRY(s);
    *ret_piece = bytes_skip(chunk, offset % CHUNK_PLAIN_BYTES);
    return ret_piece->len > 0 ? STATUS_OK : FAIL(STORE_CORRUPT);
}
