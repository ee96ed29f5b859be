#include "storage/session_store.h"

#include "storage/opened.h"
#include "storage/txn.h"

static struct cell cell_of_session(const uint8_t *key)
{
    return cell_of(TABLE_session, key_bytes(key_empty(), bytes_of(key, SESSION_KEY_BYTES)));
}

void session_store_expect(const struct db *db, const uint8_t key[SESSION_KEY_BYTES])
{
    opened_expect(db->opened, db->changes, bytes_of(key, SESSION_KEY_BYTES));
}

status session_store_get(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         Hayat__Store__V1__StoredSession **ret_session)
{
    struct cell cell = cell_of_session(key);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_session = (Hayat__Store__V1__StoredSession *)record;
    return STATUS_OK;
}

status session_store_put(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         const Hayat__Store__V1__StoredSession *session)
{
    struct cell cell = cell_of_session(key);
    return table_put_record(txn, &cell, &session->base);
}

status session_store_delete(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES])
{
    struct cell cell = cell_of_session(key);
    return table_delete(txn, &cell);
}
