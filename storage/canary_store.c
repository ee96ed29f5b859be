#include "storage/canary_store.h"

static struct cell cell_of_canary(struct owner owner)
{
    return cell_of(TABLE_canary, key_owner(owner));
}

status canary_store_get(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredCanary **ret_canary)
{
    struct cell cell = cell_of_canary(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_canary = (Hayat__Store__V1__StoredCanary *)record;
    return STATUS_OK;
}

status canary_store_put(struct txn *txn, struct owner owner,
                        const Hayat__Store__V1__StoredCanary *canary)
{
    struct cell cell = cell_of_canary(owner);
    return table_put_record(txn, &cell, &canary->base);
}

status canary_store_delete(struct txn *txn, struct owner owner)
{
    struct cell cell = cell_of_canary(owner);
    return table_delete(txn, &cell);
}

status canary_store_list(struct txn *txn, table_visit *visit, void *ctx)
{
    struct scan scan = {.table = TABLE_canary};
    return table_scan(txn, &scan, visit, ctx);
}
