#include "storage/session_family_store.h"

static struct cell cell_of_family(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_session_family, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

status session_family_store_get(struct txn *txn, struct owner owner, struct id id,
                                session_family_row **ret_row)
{
    struct cell cell = cell_of_family(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (session_family_row *)record;
    return STATUS_OK;
}

status session_family_store_put(struct txn *txn, struct owner owner, struct id id,
                                const session_family_row *row)
{
    struct cell cell = cell_of_family(owner, id);
    return table_put_record(txn, &cell, &row->base);
}

status session_family_store_delete(struct txn *txn, struct owner owner, struct id id)
{
    struct cell cell = cell_of_family(owner, id);
    return table_delete(txn, &cell);
}

/* The record is the arena's own copy: nobody minds when it is changed and put back. */
static session_family_row *own(const ProtobufCMessage *record)
{
    union {
        const ProtobufCMessage *in;
        session_family_row *out;
    } unconst = {.in = record};
    return unconst.out;
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct session_families *list = ctx;
    memcpy(list->ids[list->count].bytes, key.bytes + OWNER_BYTES, ID_BYTES);
    list->rows[list->count++] = own(record);
    return list->count < LIMIT_SESSIONS_PER_MEMBER;
}

status session_family_store_list(struct txn *txn, struct owner owner,
                                 struct session_families *ret_list)
{
    struct scan scan = {.table = TABLE_session_family, .owner = owner, .prefix = key_owner(owner)};
    ret_list->count = 0;
    return table_scan(txn, &scan, gather, ret_list);
}
