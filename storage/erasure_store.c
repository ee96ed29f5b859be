#include "storage/erasure_store.h"

#include <assert.h>

#include "base/codec.h"
#include "storage/erasure_keys.h"
#include "storage/table.h"

enum { ROW_KEPT = 1, ROW_BATCH = 2, ROW_DEAD = 3, ROW_PASSING = 4 };

/* The counter of each half, and its leaves: from FIRST to before END. */
static const struct {
    uint32_t row, first, end;
} halves[] = {
    [HALF_KEPT] = {ROW_KEPT, 1, ERASURE_PASSING_FIRST},
    [HALF_PASSING] = {ROW_PASSING, ERASURE_PASSING_FIRST, UINT32_MAX},
};

static struct cell cell_of_row(uint32_t row)
{
    return cell_of(TABLE_erasure, key_u32(key_empty(), row));
}

static status get_row(struct txn *txn, uint32_t row, erasure_row **ret_row)
{
    struct cell cell = cell_of_row(row);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (erasure_row *)record;
    return STATUS_OK;
}

status erasure_store_take_leaf(struct txn *txn, enum erasure_half half, uint32_t *ret_leaf)
{
    erasure_row first = HAYAT__STORE__V1__STORED_ERASURE__INIT, *row = &first;
    struct erasure_keys *keys = txn_keys(txn)->erasure;
    assert(keys != NULL); /* no document without it */
    first.next_leaf = halves[half].first;
    status s = get_row(txn, halves[half].row, &row);
    TRY(ok(s) || s.why == REASON_NOT_FOUND ? STATUS_OK : s);
    uint32_t leaf = erasure_next_leaf(keys, row->next_leaf);
    if (leaf == 0 || leaf >= halves[half].end) {
        return FAIL(STORE_FULL);
    }
    row->next_leaf = leaf + 1;
    *ret_leaf = leaf;
    struct cell cell = cell_of_row(halves[half].row);
    return table_put_record(txn, &cell, &row->base);
}

status erasure_store_batch(struct txn *txn, erasure_row **ret_batch)
{
    return get_row(txn, ROW_BATCH, ret_batch);
}

status erasure_store_put_batch(struct txn *txn, const erasure_row *batch)
{
    struct cell cell = cell_of_row(ROW_BATCH);
    return batch->n_items == 0 ? table_delete(txn, &cell)
                               : table_put_record(txn, &cell, &batch->base);
}

/* --- dead leaves --- */

static struct cell cell_of_dead(uint32_t leaf)
{
    return cell_of(TABLE_erasure, key_u32(key_u32(key_empty(), ROW_DEAD), leaf));
}

status erasure_store_add_dead(struct txn *txn, uint32_t leaf)
{
    struct erasure_keys *keys = txn_keys(txn)->erasure;
    if (leaf == 0 || keys == NULL || erasure_is_erased(keys, leaf)) {
        return STATUS_OK;
    }
    erasure_row row = HAYAT__STORE__V1__STORED_ERASURE__INIT;
    struct cell cell = cell_of_dead(leaf);
    return table_put_record(txn, &cell, &row.base);
}

struct gathering {
    uint32_t *leaves;
    size_t most, count;
};

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct gathering *gathering = ctx;
    (void)record;
    gathering->leaves[gathering->count++] = get_be32(key.bytes + 4);
    return gathering->count < gathering->most;
}

status erasure_store_dead(struct txn *txn, uint32_t from, uint32_t *ret_leaves, size_t most,
                          size_t *ret_count)
{
    const struct key dead = key_u32(key_empty(), ROW_DEAD);
    struct gathering gathering = {ret_leaves, most, 0};
    struct scan scan = {.table = TABLE_erasure, .prefix = dead, .keys_only = true};
    if (from > 0) {
        scan.after = key_u32(dead, from - 1);
    }
    TRY(table_scan(txn, &scan, gather, &gathering));
    *ret_count = gathering.count;
    return STATUS_OK;
}

status erasure_store_forget_dead(struct txn *txn, const uint32_t *leaves, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct cell cell = cell_of_dead(leaves[i]);
        TRY(table_delete(txn, &cell));
    }
    return STATUS_OK;
}
