#include "storage/step_up_store.h"

static struct cell cell_of_step_up(struct id id)
{
    return cell_of(TABLE_step_up, key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES)));
}

status step_up_store_get(struct txn *txn, struct id id, step_up_row **ret_row)
{
    struct cell cell = cell_of_step_up(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (step_up_row *)record;
    return STATUS_OK;
}

status step_up_store_put(struct txn *txn, struct id id, const step_up_row *row)
{
    struct cell cell = cell_of_step_up(id);
    return table_put_record(txn, &cell, &row->base);
}

status step_up_store_delete(struct txn *txn, struct id id)
{
    struct cell cell = cell_of_step_up(id);
    return table_delete(txn, &cell);
}
