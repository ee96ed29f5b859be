#include "storage/rectification_store.h"

#include <assert.h>

status rectification_store_put(struct txn *txn, struct owner owner, const rectification_row *row)
{
    assert(row->rectification_id.len == ID_BYTES);
    struct key key = key_u64(key_owner(owner), (uint64_t)row->create_ms);
    key = key_bytes(key, bytes_of(row->rectification_id.data, row->rectification_id.len));
    struct cell cell = cell_of_owner(TABLE_rectification, owner, key);
    return table_put_record(txn, &cell, &row->base);
}

status rectification_store_list(struct txn *txn, struct owner owner, struct key before,
                                table_visit *visit, void *ctx)
{
    struct scan scan = {.table = TABLE_rectification,
                        .owner = owner,
                        .prefix = key_owner(owner),
                        .after = before,
                        .reverse = true};
    return table_scan(txn, &scan, visit, ctx);
}

struct finding {
    struct id id;
    rectification_row *row;
};

static bool match(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct finding *finding = ctx;
    rectification_row *row = (rectification_row *)(uintptr_t)record; /* the arena's own copy */
    (void)key;
    bool found = bytes_equal(bytes_of(row->rectification_id.data, row->rectification_id.len),
                             bytes_of(finding->id.bytes, ID_BYTES));
    finding->row = found ? row : NULL;
    return !found;
}

status rectification_store_find(struct txn *txn, struct owner owner, struct id id,
                                rectification_row **ret_row)
{
    struct finding finding = {.id = id};
    TRY(rectification_store_list(txn, owner, key_empty(), match, &finding));
    *ret_row = finding.row;
    return finding.row != NULL ? STATUS_OK : FAIL(NOT_FOUND);
}
