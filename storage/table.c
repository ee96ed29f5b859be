#include "storage/table.h"

#include <assert.h>

#include "storage/cell_io.h"
#include "storage/record.h"

status table_get(struct txn *txn, const struct cell *cell, bytes *ret_plain)
{
    const struct write_op *op = NULL;
    if (txn->writes != NULL) {
        op = write_set_find(txn->writes, cell->table, &cell->key);
    }
    if (op == NULL) {
        return cell_read(txn, cell, ret_plain);
    }
    if (op->deletes) {
        return FAIL(NOT_FOUND);
    }
    if (op->sealed) {
        return cell_open_into(txn, cell, op->plain, ret_plain);
    }
    *ret_plain = op->plain;
    return STATUS_OK;
}

status table_put(struct txn *txn, const struct cell *cell, bytes plain)
{
    assert(txn->writes != NULL); /* a read transaction cannot write */
    return write_set_put(txn->writes, cell, plain);
}

status table_put_sealed(struct txn *txn, const struct cell *cell, bytes sealed)
{
    assert(txn->writes != NULL && table_info(cell->table)->record == NULL);
    return write_set_put_sealed(txn->writes, cell, sealed);
}

void table_drop_writes(struct txn *txn)
{
    write_set_init(txn->writes, txn->arena, txn->writes->limit);
}

/* What a first screen shows (service/home_view.h).  Claims themselves, and not their pages alone: a page that loses one of its
   summaries is put, not deleted. */
static bool is_on_first_screen(enum table_id table)
{
    return table == TABLE_member || table == TABLE_beneficiary || table == TABLE_card ||
           table == TABLE_pension || table == TABLE_rights || table == TABLE_claim ||
           table == TABLE_claim_page || table == TABLE_prior_authorization ||
           table == TABLE_prior_authorization_page;
}

/* A screen that shows what is erased goes with it; it is reckoned from what is left until it is made again. */
static status drop_first_screen(struct txn *txn, struct owner owner)
{
    struct cell screen = cell_of_owner(TABLE_home_view, owner, key_owner(owner));
    return write_set_delete(txn->writes, &screen);
}

status table_delete(struct txn *txn, const struct cell *cell)
{
    assert(txn->writes != NULL);
    if (is_on_first_screen(cell->table)) {
        TRY(drop_first_screen(txn, cell->owner));
    }
    return write_set_delete(txn->writes, cell);
}

status table_count(struct txn *txn, enum table_id table, uint64_t *ret_count)
{
    MDB_stat stat;
    TRY(status_of_mdb(mdb_stat(txn->mdb, txn->db->tables[table], &stat)));
    *ret_count = stat.ms_entries;
    return STATUS_OK;
}

status table_get_record(struct txn *txn, const struct cell *cell, ProtobufCMessage **ret_record)
{
    bytes plain;
    TRY(table_get(txn, cell, &plain));
    return record_unpack(txn->arena, cell->table, plain, ret_record);
}

status table_put_record(struct txn *txn, const struct cell *cell, const ProtobufCMessage *record)
{
    assert(txn->writes != NULL);
    assert(record->descriptor == table_info(cell->table)->record);
    size_t len = protobuf_c_message_get_packed_size(record);
    uint8_t *packed = arena_alloc(txn->arena, len);
    if (packed == NULL) {
        return FAIL(ARENA_FULL);
    }
    (void)protobuf_c_message_pack(record, packed);
    return write_set_put_owned(txn->writes, cell, bytes_of(packed, len));
}
