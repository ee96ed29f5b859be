#include "storage/rectification_store.h"

#include <assert.h>

#include "base/id.h"

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
