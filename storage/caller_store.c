#include "storage/caller_store.h"

#include <assert.h>

static struct cell cell_of_caller(struct id id)
{
    return cell_of(TABLE_caller, key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES)));
}

static struct cell cell_of_key(bytes key)
{
    return cell_of(TABLE_caller_key, key_bytes(key_empty(), key));
}

static status id_of(const ProtobufCBinaryData *data, struct id *ret_id)
{
    if (data->len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(ret_id->bytes, data->data, ID_BYTES);
    return STATUS_OK;
}

status caller_store_get(struct txn *txn, struct id id, Hayat__Store__V1__StoredCaller **ret_caller)
{
    struct cell cell = cell_of_caller(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    Hayat__Store__V1__StoredCaller *caller = (Hayat__Store__V1__StoredCaller *)record;
    if (caller->caller_id.len != ID_BYTES ||
        memcmp(caller->caller_id.data, id.bytes, ID_BYTES) != 0 ||
        caller->key_hash.len != CALLER_KEY_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_caller = caller;
    return STATUS_OK;
}

status caller_store_by_key(struct txn *txn, const uint8_t key[CALLER_KEY_BYTES],
                           Hayat__Store__V1__StoredCaller **ret_caller)
{
    struct cell cell = cell_of_key(bytes_of(key, CALLER_KEY_BYTES));
    ProtobufCMessage *record;
    struct id id;
    TRY(table_get_record(txn, &cell, &record));
    TRY(id_of(&((Hayat__Store__V1__StoredCallerKey *)record)->caller_id, &id));
    return caller_store_get(txn, id, ret_caller);
}

static status drop_old_key(struct txn *txn, struct id id, bytes key)
{
    Hayat__Store__V1__StoredCaller *before;
    status s = caller_store_get(txn, id, &before);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    bytes old = bytes_of(before->key_hash.data, before->key_hash.len);
    if (bytes_equal(old, key)) {
        return STATUS_OK;
    }
    struct cell cell = cell_of_key(old);
    return table_delete(txn, &cell);
}

status caller_store_put(struct txn *txn, const Hayat__Store__V1__StoredCaller *caller)
{
    struct id id;
    assert(caller->key_hash.len == CALLER_KEY_BYTES);
    TRY(id_of(&caller->caller_id, &id));
    bytes key = bytes_of(caller->key_hash.data, caller->key_hash.len);
    TRY(drop_old_key(txn, id, key));
    Hayat__Store__V1__StoredCallerKey whose = HAYAT__STORE__V1__STORED_CALLER_KEY__INIT;
    whose.caller_id = caller->caller_id;
    struct cell caller_cell = cell_of_caller(id), key_cell = cell_of_key(key);
    TRY(table_put_record(txn, &caller_cell, &caller->base));
    return table_put_record(txn, &key_cell, &whose.base);
}

status caller_store_drop(struct txn *txn, const Hayat__Store__V1__StoredCaller *caller)
{
    struct id id;
    TRY(id_of(&caller->caller_id, &id));
    struct cell caller_cell = cell_of_caller(id);
    struct cell key_cell = cell_of_key(bytes_of(caller->key_hash.data, caller->key_hash.len));
    TRY(table_delete(txn, &caller_cell));
    return table_delete(txn, &key_cell);
}

status caller_store_list(struct txn *txn, const struct id *after, table_visit *visit, void *ctx)
{
    struct scan scan = {.table = TABLE_caller};
    if (after != NULL) {
        scan.after = key_bytes(key_empty(), bytes_of(after->bytes, ID_BYTES));
    }
    return table_scan(txn, &scan, visit, ctx);
}
