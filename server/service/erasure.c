#include "service/erasure.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "auth/erasure_file.h"
#include "storage/document_store.h"
#include "storage/erasure_keys.h"

typedef Hayat__Store__V1__StoredErasureItem item_row;
typedef Hayat__Store__V1__StoredDocument document_row;

_Static_assert(LIMIT_ERASURE_LEAVES >= LIMIT_ERASURE_BATCH, "a batch fits");

/* Empty when there is none. */
static status load_batch(struct txn *txn, erasure_row *empty, erasure_row **ret_batch)
{
    hayat__store__v1__stored_erasure__init(empty);
    empty->start_ms = txn_now_ms(txn);
    status s = erasure_store_batch(txn, ret_batch);
    if (s.why == REASON_NOT_FOUND) {
        *ret_batch = empty;
        return STATUS_OK;
    }
    return s;
}

static bool item_is(const item_row *item, struct owner *ret_owner, struct id *ret_document)
{
    if (item->owner.len != OWNER_BYTES || item->document_id.len != ID_BYTES) {
        return false;
    }
    memcpy(ret_owner->bytes, item->owner.data, OWNER_BYTES);
    memcpy(ret_document->bytes, item->document_id.data, ID_BYTES);
    return true;
}

static bool batch_has(const erasure_row *batch, struct owner owner, struct id document)
{
    for (size_t i = 0; i < batch->n_items; i++) {
        struct owner whose;
        struct id id;
        if (item_is(batch->items[i], &whose, &id) &&
            memcmp(whose.bytes, owner.bytes, OWNER_BYTES) == 0 &&
            memcmp(id.bytes, document.bytes, ID_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

status erasure_has(struct txn *txn, struct owner owner, struct id document, bool *ret_has)
{
    erasure_row empty, *batch;
    struct arena_mark mark = arena_mark(txn_arena(txn)); /* asked of many documents in one look */
    TRY(load_batch(txn, &empty, &batch));
    *ret_has = batch_has(batch, owner, document);
    arena_rewind(txn_arena(txn), mark);
    return STATUS_OK;
}

/* --- taking --- */

static status new_item(struct arena *arena, struct owner owner, const document_row *document,
                       item_row **ret_item)
{
    item_row *item = arena_alloc(arena, sizeof *item);
    uint8_t *whose = arena_alloc(arena, OWNER_BYTES);
    if (item == NULL || whose == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(whose, owner.bytes, OWNER_BYTES);
    hayat__store__v1__stored_erasure_item__init(item);
    item->owner = (ProtobufCBinaryData){OWNER_BYTES, whose};
    item->document_id = document->document_id;
    item->leaf = document->leaf;
    *ret_item = item;
    return STATUS_OK;
}

static status add_to_batch(struct txn *txn, erasure_row *batch, item_row *item)
{
    item_row **items = arena_array(txn_arena(txn), batch->n_items + 1, sizeof(item_row *));
    if (items == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (batch->n_items > 0) {
        memcpy(items, batch->items, batch->n_items * sizeof(item_row *));
    }
    items[batch->n_items++] = item;
    batch->items = items;
    return erasure_store_put_batch(txn, batch);
}

status erasure_take(struct txn *txn, struct owner owner, struct id document)
{
    document_row *row;
    item_row *item;
    erasure_row empty, *batch;
    status found = document_store_get(txn, owner, document, &row);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    TRY(load_batch(txn, &empty, &batch));
    if (batch_has(batch, owner, document)) {
        return STATUS_OK;
    }
    if (batch->n_items >= LIMIT_ERASURE_BATCH) {
        return FAIL(OVERLOADED);
    }
    TRY(new_item(txn_arena(txn), owner, row, &item));
    TRY(add_to_batch(txn, batch, item));
    row->state = HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_ERASED;
    row->wrapped_key.len = 0;
    return document_store_put(txn, owner, row);
}

/* --- destroying --- */

static int by_number(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

status erasure_batch_leaves(struct txn *txn, struct erasure_leaves *ret_leaves)
{
    erasure_row empty, *batch;
    *ret_leaves = (struct erasure_leaves){0};
    TRY(load_batch(txn, &empty, &batch));
    for (size_t i = 0; i < batch->n_items && i < LIMIT_ERASURE_BATCH; i++) {
        if (batch->items[i]->leaf != 0) {
            ret_leaves->leaves[ret_leaves->count++] = batch->items[i]->leaf;
        }
    }
    qsort(ret_leaves->leaves, ret_leaves->count, sizeof ret_leaves->leaves[0], by_number);
    return STATUS_OK;
}

status erasure_dead_leaves(struct txn *txn, struct erasure_leaves *ret_leaves)
{
    const bool crowded = erasure_node_count(txn_keys(txn)->erasure) > LIMIT_ERASURE_NODES_DEAD;
    return erasure_store_dead(txn, crowded ? ERASURE_PASSING_FIRST : 0, ret_leaves->leaves,
                              LIMIT_ERASURE_LEAVES, &ret_leaves->count);
}

status erasure_forget_dead(struct txn *txn, const struct erasure_leaves *leaves)
{
    return erasure_store_forget_dead(txn, leaves->leaves, leaves->count);
}

static bool all_are_erased(const struct seal_keys *keys, const struct erasure_leaves *leaves)
{
    for (size_t i = 0; i < leaves->count; i++) {
        if (!erasure_is_erased(keys->erasure, leaves->leaves[i])) {
            return false;
        }
    }
    return true;
}

status erasure_destroy(const char *keyring_path, const struct seal_keys *keys,
                       const struct erasure_leaves *leaves)
{
    return all_are_erased(keys, leaves)
               ? erasure_file_tidy(keyring_path)
               : erasure_file_destroy(keyring_path, keys, leaves->leaves, leaves->count);
}

/* --- dropping --- */

/* SEC-D3: never a row while its key lives. */
static status check_destroyed(struct txn *txn, const item_row *item)
{
    return item->leaf == 0 || erasure_is_erased(txn_keys(txn)->erasure, item->leaf)
               ? STATUS_OK
               : FAIL(INTERNAL);
}

status erasure_drop_step(struct txn *txn, bool *ret_done)
{
    erasure_row empty, *batch;
    struct owner owner;
    struct id document;
    bool gone = false;
    TRY(load_batch(txn, &empty, &batch));
    *ret_done = batch->n_items == 0;
    if (*ret_done) {
        return STATUS_OK;
    }
    const item_row *last = batch->items[batch->n_items - 1];
    if (!item_is(last, &owner, &document)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(check_destroyed(txn, last));
    TRY(document_store_drop_step(txn, owner, document, LIMIT_CHUNKS_PER_STEP, &gone));
    if (gone) {
        batch->n_items--;
        *ret_done = batch->n_items == 0;
        return erasure_store_put_batch(txn, batch);
    }
    return STATUS_OK;
}

status erasure_forget_batch(struct txn *txn)
{
    const erasure_row none = HAYAT__STORE__V1__STORED_ERASURE__INIT;
    erasure_row *batch;
    status s = erasure_store_batch(txn, &batch);
    return s.why == REASON_STORE_CORRUPT ? erasure_store_put_batch(txn, &none) : s;
}

status erasure_pass_over(struct txn *txn)
{
    erasure_row empty, *batch;
    TRY(load_batch(txn, &empty, &batch));
    batch->n_items -= batch->n_items > 0 ? 1 : 0;
    return erasure_store_put_batch(txn, batch);
}
