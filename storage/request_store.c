#include "storage/request_store.h"

static struct cell cell_of_request(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_request, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

struct id request_store_id(const struct seal_keys *keys, const char *method, bytes request_id)
{
    /* The label ends in NUL inside seal_blind, so method and request_id cannot run into each other. */
    struct id id;
    seal_blind(keys, method, request_id, id.bytes, sizeof id.bytes);
    return id;
}

status request_store_get(struct txn *txn, struct owner owner, struct id id,
                         Hayat__Store__V1__StoredRequest **ret_request)
{
    struct cell cell = cell_of_request(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_request = (Hayat__Store__V1__StoredRequest *)record;
    return STATUS_OK;
}

status request_store_put(struct txn *txn, struct owner owner, struct id id,
                         const Hayat__Store__V1__StoredRequest *request)
{
    struct cell cell = cell_of_request(owner, id);
    return table_put_record(txn, &cell, &request->base);
}

status request_store_delete(struct txn *txn, struct owner owner, struct id id)
{
    struct cell cell = cell_of_request(owner, id);
    return table_delete(txn, &cell);
}
