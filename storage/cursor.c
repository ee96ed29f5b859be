#include "storage/cursor.h"

#include <assert.h>

status cursor_open(struct txn *txn, enum table_id table, struct cursor *ret)
{
    MDB_cursor **kept = &txn->cursors[table];
    bool keeps = txn->writes == NULL && !txn->cursor_busy[table];
    *ret = (struct cursor){.txn = txn, .table = table, .kept = keeps};
    if (!keeps) {
        return status_of_mdb(mdb_cursor_open(txn->mdb, txn->db->tables[table], &ret->mdb));
    }
    int rc = *kept != NULL ? mdb_cursor_renew(txn->mdb, *kept)
                           : mdb_cursor_open(txn->mdb, txn->db->tables[table], kept);
    TRY(status_of_mdb(rc));
    txn->cursor_busy[table] = true;
    txn->cursors_busy++;
    ret->mdb = *kept;
    return STATUS_OK;
}

void cursor_close(struct cursor *cursor)
{
    if (cursor->mdb == NULL) {
        return;
    }
    if (cursor->kept) {
        cursor->txn->cursor_busy[cursor->table] = false;
        cursor->txn->cursors_busy--;
    } else {
        mdb_cursor_close(cursor->mdb);
    }
    cursor->mdb = NULL;
}

static status move(struct cursor *cursor, MDB_val key, MDB_cursor_op op)
{
    MDB_val value = {0, NULL};
    int rc = mdb_cursor_get(cursor->mdb, &key, &value, op);
    cursor->found = rc == 0;
    if (rc == MDB_NOTFOUND) {
        return STATUS_OK;
    }
    TRY(status_of_mdb(rc));
    cursor->key = bytes_of(key.mv_data, key.mv_size);
    cursor->cell = bytes_of(value.mv_data, value.mv_size);
    return STATUS_OK;
}

static MDB_val val_of(bytes b)
{
    return (MDB_val){b.len, (void *)(uintptr_t)b.ptr}; /* LMDB only reads it */
}

status cursor_seek(struct cursor *cursor, bytes key)
{
    return move(cursor, val_of(key), key.len == 0 ? MDB_FIRST : MDB_SET_RANGE);
}

status cursor_seek_before(struct cursor *cursor, bytes key)
{
    if (key.len == 0) {
        return move(cursor, val_of(key), MDB_LAST);
    }
    TRY(move(cursor, val_of(key), MDB_SET_RANGE));
    return move(cursor, (MDB_val){0, NULL}, cursor->found ? MDB_PREV : MDB_LAST);
}

status cursor_next(struct cursor *cursor)
{
    return move(cursor, (MDB_val){0, NULL}, MDB_NEXT);
}

status cursor_previous(struct cursor *cursor)
{
    return move(cursor, (MDB_val){0, NULL}, MDB_PREV);
}
