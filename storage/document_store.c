#include "storage/document_store.h"

#include <assert.h>

#include "base/codec.h"
#include "base/wipe.h"
#include "storage/cell_key.h"
#include "storage/erasure_store.h"
#include "storage/expiry_store.h"
#include "storage/table.h"

static struct key key_of_document(struct owner owner, struct id id)
{
    return key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES));
}

static struct cell cell_of_document(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_document, owner, key_of_document(owner, id));
}

static struct id id_of(const Hayat__Store__V1__StoredDocument *document)
{
    struct id id;
    assert(document->document_id.len == ID_BYTES);
    memcpy(id.bytes, document->document_id.data, ID_BYTES);
    return id;
}

/* Statements and agents' copies are born so; what a member sends may be filed. */
static enum erasure_half half_of(const Hayat__Store__V1__StoredDocument *document)
{
    return document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ISSUING
               ? HALF_PASSING
               : HALF_KEPT;
}

status document_store_new_key(struct txn *txn, struct owner owner,
                              Hayat__Store__V1__StoredDocument *document)
{
    struct document_name name = {.owner = owner, .id = id_of(document)};
    uint8_t *wrapped = arena_alloc(txn_arena(txn), WRAPPED_KEY_BYTES);
    if (wrapped == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(erasure_store_take_leaf(txn, half_of(document), &name.leaf));
    struct seal_key key;
    document_key_create(txn_random(txn), &key);
    status s = document_key_wrap(txn_keys(txn), &name, txn_random(txn), &key, wrapped);
    wipe(&key, sizeof key);
    TRY(s);
    document->leaf = name.leaf;
    document->wrapped_key = (ProtobufCBinaryData){WRAPPED_KEY_BYTES, wrapped};
    return STATUS_OK;
}

status document_store_get(struct txn *txn, struct owner owner, struct id id,
                          Hayat__Store__V1__StoredDocument **ret_document)
{
    struct cell cell = cell_of_document(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_document = (Hayat__Store__V1__StoredDocument *)record;
    return STATUS_OK;
}

status document_store_put(struct txn *txn, struct owner owner,
                          const Hayat__Store__V1__StoredDocument *document)
{
    struct cell cell = cell_of_document(owner, id_of(document));
    return table_put_record(txn, &cell, &document->base);
}

struct id_list {
    size_t count;
    struct id ids[LIMIT_DOCUMENTS_PER_MEMBER];
};

static bool gather_id(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct id_list *list = ctx;
    (void)record;
    memcpy(list->ids[list->count++].bytes, key.bytes + OWNER_BYTES, ID_BYTES);
    return list->count < LIMIT_DOCUMENTS_PER_MEMBER;
}

status document_store_each(struct txn *txn, struct owner owner, document_visit *visit, void *ctx)
{
    struct id_list list = {.count = 0};
    struct scan scan = {
        .table = TABLE_document, .owner = owner, .prefix = key_owner(owner), .keys_only = true};
    TRY(table_scan(txn, &scan, gather_id, &list));
    for (size_t i = 0; i < list.count; i++) {
        struct arena_mark mark = arena_mark(txn_arena(txn));
        Hayat__Store__V1__StoredDocument *document;
        TRY(document_store_get(txn, owner, list.ids[i], &document));
        visit(ctx, document);
        arena_rewind(txn_arena(txn), mark);
    }
    return STATUS_OK;
}

status document_chunks_open(struct txn *txn, struct owner owner,
                            const Hayat__Store__V1__StoredDocument *document,
                            struct document_chunks *ret_chunks)
{
    struct document_name name = {owner, id_of(document), document->leaf};
    bytes wrapped = bytes_of(document->wrapped_key.data, document->wrapped_key.len);
    struct document_chunks chunks = {
        .owner = owner, .id = name.id, .chunk_count = document_chunk_count(document->size_bytes)};
    TRY(document_key_unwrap(txn_keys(txn), &name, wrapped, &chunks.key));
    *ret_chunks = chunks;
    wipe(&chunks.key, sizeof chunks.key);
    return STATUS_OK;
}

void document_chunks_close(struct document_chunks *chunks)
{
    wipe(&chunks->key, sizeof chunks->key);
}

static struct cell cell_of_chunk(const struct document_chunks *chunks, uint32_t index)
{
    assert(index < chunks->chunk_count);
    struct cell cell = cell_of_owner(TABLE_document_chunk, chunks->owner,
                                     key_u32(key_of_document(chunks->owner, chunks->id), index));
    cell.chunk_index = index;
    cell.chunk_count = chunks->chunk_count;
    cell.document_key = &chunks->key;
    return cell;
}

status document_chunks_put(struct txn *txn, const struct document_chunks *chunks, uint32_t index,
                           bytes data)
{
    assert(data.len > 0 && data.len <= CHUNK_PLAIN_BYTES);
    struct cell cell = cell_of_chunk(chunks, index);
    return table_put(txn, &cell, data);
}

status document_chunks_get(struct txn *txn, const struct document_chunks *chunks, uint32_t index,
                           bytes *ret_data)
{
    struct cell cell = cell_of_chunk(chunks, index);
    return table_get(txn, &cell, ret_data);
}

void document_chunks_seal(const struct document_chunks *chunks, struct random_source *random,
                          uint32_t index, bytes data, uint8_t *out)
{
    assert(data.len > 0 && data.len <= CHUNK_PLAIN_BYTES);
    struct cell cell = cell_of_chunk(chunks, index);
    struct seal_place place = cell_place(&cell);
    seal_cell(&chunks->key, &place, random, data, out);
}

status document_chunks_put_sealed(struct txn *txn, const struct document_chunks *chunks,
                                  uint32_t index, bytes sealed)
{
    struct cell cell = cell_of_chunk(chunks, index);
    return table_put_sealed(txn, &cell, sealed);
}

struct chunk_keys {
    uint32_t max, count;
    bool more;
    struct key keys[LIMIT_CHUNKS_PER_STEP];
};

static bool gather_chunk(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct chunk_keys *list = ctx;
    (void)record;
    if (list->count == list->max) {
        list->more = true;
        return false;
    }
    list->keys[list->count++] = key;
    return true;
}

/* SEC-D3: what was dropped lingers in the file, so its key must go, too. */
static status drop_record(struct txn *txn, struct owner owner, struct id id)
{
    Hayat__Store__V1__StoredDocument *document;
    status found = document_store_get(txn, owner, id, &document);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    struct cell cell = cell_of_document(owner, id);
    TRY(table_delete(txn, &cell));
    return erasure_store_add_dead(txn, document->leaf);
}

status document_store_drop_step(struct txn *txn, struct owner owner, struct id id,
                                uint32_t max_chunks, bool *ret_done)
{
    assert(max_chunks > 0 && max_chunks <= LIMIT_CHUNKS_PER_STEP);
    struct chunk_keys list = {.max = max_chunks};
    struct scan scan = {.table = TABLE_document_chunk,
                        .owner = owner,
                        .prefix = key_of_document(owner, id),
                        .keys_only = true};
    TRY(table_scan(txn, &scan, gather_chunk, &list));
    for (uint32_t i = 0; i < list.count; i++) {
        struct cell cell = cell_of_owner(TABLE_document_chunk, owner, list.keys[i]);
        TRY(table_delete(txn, &cell));
    }
    *ret_done = !list.more;
    return list.more ? STATUS_OK : drop_record(txn, owner, id);
}

status document_store_expire_at(struct txn *txn, struct owner owner, struct id id, int64_t time_ms)
{
    struct expiry expiry = {.time_ms = time_ms,
                            .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_UPLOAD,
                            .owner = owner,
                            .id = bytes_of(id.bytes, ID_BYTES)};
    return expiry_store_add(txn, &expiry);
}

/* Complete and filed ones are the fund's evidence; what it made for the member, or of what it got, ends at its time. */
static bool may_drop(const Hayat__Store__V1__StoredDocument *document, int64_t now_ms)
{
    const bool ends = document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_OPEN ||
                      document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ISSUING ||
                      document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_CLEANED ||
                      document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ISSUED;
    return document->state == HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_CANCELLED ||
           (ends && document->expire_ms <= now_ms);
}

status document_store_expire(struct txn *txn, struct owner owner, bytes id)
{
    struct id document_id;
    if (id.len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(document_id.bytes, id.ptr, ID_BYTES);
    Hayat__Store__V1__StoredDocument *document;
    status found = document_store_get(txn, owner, document_id, &document);
    if (found.why == REASON_NOT_FOUND || (ok(found) && !may_drop(document, txn_now_ms(txn)))) {
        return STATUS_OK;
    }
    TRY(found);
    bool done;
    TRY(document_store_drop_step(txn, owner, document_id, LIMIT_CHUNKS_PER_EXPIRY, &done));
    /* later than the row that is being ended, which is deleted after this */
    return done ? STATUS_OK
                : document_store_expire_at(txn, owner, document_id, txn_now_ms(txn) + 1);
}

static struct cell cell_of_usage(struct owner owner, uint32_t day)
{
    return cell_of_owner(TABLE_upload_usage, owner, key_u32(key_owner(owner), day));
}

status document_store_get_usage(struct txn *txn, struct owner owner, uint32_t day,
                                Hayat__Store__V1__StoredUploadUsage **ret_usage)
{
    struct cell cell = cell_of_usage(owner, day);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_usage = (Hayat__Store__V1__StoredUploadUsage *)record;
    return STATUS_OK;
}

status document_store_put_usage(struct txn *txn, struct owner owner, uint32_t day,
                                const Hayat__Store__V1__StoredUploadUsage *usage)
{
    struct cell cell = cell_of_usage(owner, day);
    return table_put_record(txn, &cell, &usage->base);
}

struct old_usage {
    uint32_t day, count;
    struct key keys[LIMIT_USAGE_ROWS_PER_STEP];
};

static bool gather_old(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct old_usage *old = ctx;
    (void)record;
    if (get_be32(key.bytes + OWNER_BYTES) >= old->day) {
        return false;
    }
    old->keys[old->count++] = key;
    return old->count < LIMIT_USAGE_ROWS_PER_STEP;
}

status document_store_drop_usage(struct txn *txn, struct owner owner, uint32_t day)
{
    struct old_usage old = {.day = day};
    struct scan scan = {
        .table = TABLE_upload_usage, .owner = owner, .prefix = key_owner(owner), .keys_only = true};
    TRY(table_scan(txn, &scan, gather_old, &old));
    for (uint32_t i = 0; i < old.count; i++) {
        struct cell cell = cell_of_owner(TABLE_upload_usage, owner, old.keys[i]);
        TRY(table_delete(txn, &cell));
    }
    return STATUS_OK;
}
