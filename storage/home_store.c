#include "storage/home_store.h"

#include "storage/table.h"

static struct cell cell_of_home(struct owner owner)
{
    return cell_of_owner(TABLE_home_view, owner, key_owner(owner));
}

status home_store_get(struct txn *txn, struct owner owner, home_row **ret_row)
{
    struct cell cell = cell_of_home(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (home_row *)(void *)record;
    return STATUS_OK;
}

status home_store_put(struct txn *txn, struct owner owner, const home_row *row)
{
    struct cell cell = cell_of_home(owner);
    return table_put_record(txn, &cell, &row->base);
}
