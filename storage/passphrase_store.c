#include "storage/passphrase_store.h"

static struct cell cell_of_passphrase(struct owner owner)
{
    return cell_of_owner(TABLE_passphrase, owner, key_owner(owner));
}

status passphrase_store_get(struct txn *txn, struct owner owner, passphrase_row **ret_row)
{
    struct cell cell = cell_of_passphrase(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (passphrase_row *)record;
    return STATUS_OK;
}

status passphrase_store_put(struct txn *txn, struct owner owner, const passphrase_row *row)
{
    struct cell cell = cell_of_passphrase(owner);
    return table_put_record(txn, &cell, &row->base);
}

status passphrase_store_delete(struct txn *txn, struct owner owner)
{
    struct cell cell = cell_of_passphrase(owner);
    return table_delete(txn, &cell);
}
