#include "storage/challenge_store.h"

static struct cell cell_of_challenge(struct id id)
{
    return cell_of(TABLE_challenge, key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES)));
}

status challenge_store_get(struct txn *txn, struct id id,
                           Hayat__Store__V1__StoredChallenge **ret_challenge)
{
    struct cell cell = cell_of_challenge(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_challenge = (Hayat__Store__V1__StoredChallenge *)record;
    return STATUS_OK;
}

status challenge_store_put(struct txn *txn, struct id id,
                           const Hayat__Store__V1__StoredChallenge *challenge)
{
    struct cell cell = cell_of_challenge(id);
    return table_put_record(txn, &cell, &challenge->base);
}

status challenge_store_count(struct txn *txn, uint64_t *ret_count)
{
    return table_count(txn, TABLE_challenge, ret_count);
}

status challenge_store_delete(struct txn *txn, struct id id)
{
    struct cell cell = cell_of_challenge(id);
    return table_delete(txn, &cell);
}
