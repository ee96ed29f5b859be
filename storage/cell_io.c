#include "storage/cell_io.h"

#include "base/prefetch.h"
#include "storage/cell_key.h"
#include "storage/opened.h"

static MDB_val key_val(const struct cell *cell)
{
    return (MDB_val){cell->key.len, (void *)(uintptr_t)cell->key.bytes}; /* LMDB only reads it */
}

status cell_open_into(struct txn *txn, const struct cell *cell, bytes sealed, bytes *ret_plain)
{
    if (sealed.len < SEAL_OVERHEAD) {
        return FAIL(STORE_CORRUPT);
    }
    size_t len = sealed.len - SEAL_OVERHEAD;
    prefetch(sealed.ptr, sealed.len); /* of the map: it comes while the cipher gets its key */
    uint8_t *plain = arena_room(txn->arena, len);
    if (plain == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(cell_open(txn->db->keys, cell, sealed, plain));
    *ret_plain = bytes_of(plain, len);
    return STATUS_OK;
}

static status look_up(struct txn *txn, const struct cell *cell, bytes *ret_plain)
{
    MDB_val key = key_val(cell), value = {0, NULL};
    int rc = mdb_get(txn->mdb, txn->db->tables[cell->table], &key, &value);
    TRY(status_of_mdb(rc));
    return cell_open_into(txn, cell, bytes_of(value.mv_data, value.mv_size), ret_plain);
}

/* Of a reader's session: from memory while nothing was written there since it was read. */
static status read_session(struct txn *txn, const struct cell *cell, bytes *ret_plain)
{
    bytes key = key_view(&cell->key);
    size_t len = 0;
    uint8_t *plain = arena_room(txn->arena, OPENED_PLAIN_BYTES);
    if (plain == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (opened_find(txn->db->opened, txn, key, plain, &len)) {
        *ret_plain = bytes_of(plain, len);
        return STATUS_OK;
    }
    TRY(look_up(txn, cell, ret_plain));
    opened_keep(txn->db->opened, txn, key, *ret_plain);
    return STATUS_OK;
}

status cell_read(struct txn *txn, const struct cell *cell, bytes *ret_plain)
{
    bool remembered = cell->table == TABLE_session && txn_hears_changes(txn);
    return remembered ? read_session(txn, cell, ret_plain) : look_up(txn, cell, ret_plain);
}

int cell_write(struct txn *txn, const struct cell *cell, bytes plain, unsigned flags)
{
    MDB_val key = key_val(cell), value = {plain.len + SEAL_OVERHEAD, NULL};
    int rc = mdb_put(txn->mdb, txn->db->tables[cell->table], &key, &value, flags | MDB_RESERVE);
    if (rc == 0) {
        cell_seal(txn->db->keys, cell, txn->random, plain, value.mv_data);
    }
    return rc;
}

int cell_write_sealed(struct txn *txn, const struct cell *cell, bytes sealed, unsigned flags)
{
    MDB_val key = key_val(cell);
    MDB_val value = {sealed.len, (void *)(uintptr_t)sealed.ptr}; /* LMDB only reads it */
    return mdb_put(txn->mdb, txn->db->tables[cell->table], &key, &value, flags);
}

int cell_erase(struct txn *txn, const struct cell *cell)
{
    MDB_val key = key_val(cell);
    int rc = mdb_del(txn->mdb, txn->db->tables[cell->table], &key, NULL);
    return rc == MDB_NOTFOUND ? 0 : rc;
}
