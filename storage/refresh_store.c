#include "storage/refresh_store.h"

static struct cell cell_of_refresh(const uint8_t *key)
{
    return cell_of(TABLE_refresh, key_bytes(key_empty(), bytes_of(key, SESSION_KEY_BYTES)));
}

status refresh_store_get(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         refresh_row **ret_row)
{
    struct cell cell = cell_of_refresh(key);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (refresh_row *)record;
    return STATUS_OK;
}

status refresh_store_put(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         const refresh_row *row)
{
    struct cell cell = cell_of_refresh(key);
    return table_put_record(txn, &cell, &row->base);
}

status refresh_store_delete(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES])
{
    struct cell cell = cell_of_refresh(key);
    return table_delete(txn, &cell);
}
