#include "storage/device_store.h"

#include <assert.h>

static struct cell cell_of_device(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_device, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

static struct cell cell_of_device_owner(struct id id)
{
    return cell_of(TABLE_device_owner, key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES)));
}

status device_store_get(struct txn *txn, struct owner owner, struct id id,
                        Hayat__Store__V1__StoredDevice **ret_device)
{
    struct cell cell = cell_of_device(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_device = (Hayat__Store__V1__StoredDevice *)record;
    return STATUS_OK;
}

status device_store_owner(struct txn *txn, struct id id, struct owner *ret_owner)
{
    struct cell cell = cell_of_device_owner(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    const ProtobufCBinaryData *owner = &((Hayat__Store__V1__StoredDeviceOwner *)record)->owner;
    if (owner->len != OWNER_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(ret_owner->bytes, owner->data, OWNER_BYTES);
    return STATUS_OK;
}

status device_store_put(struct txn *txn, struct owner owner,
                        const Hayat__Store__V1__StoredDevice *device)
{
    struct id id;
    assert(device->device_id.len == ID_BYTES);
    memcpy(id.bytes, device->device_id.data, ID_BYTES);
    Hayat__Store__V1__StoredDeviceOwner whose = HAYAT__STORE__V1__STORED_DEVICE_OWNER__INIT;
    whose.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    struct cell device_cell = cell_of_device(owner, id);
    struct cell owner_cell = cell_of_device_owner(id);
    TRY(table_put_record(txn, &device_cell, &device->base));
    return table_put_record(txn, &owner_cell, &whose.base);
}

status device_store_drop(struct txn *txn, struct owner owner, struct id id)
{
    struct cell device_cell = cell_of_device(owner, id);
    struct cell owner_cell = cell_of_device_owner(id);
    TRY(table_delete(txn, &device_cell));
    return table_delete(txn, &owner_cell);
}

static bool count_live(void *ctx, struct key key, const ProtobufCMessage *record)
{
    size_t *count = ctx;
    (void)key;
    *count += ((const Hayat__Store__V1__StoredDevice *)record)->revoked ? 0 : 1;
    return true;
}

status device_store_count_live(struct txn *txn, struct owner owner, size_t *ret_count)
{
    size_t count = 0;
    struct scan scan = {.table = TABLE_device, .owner = owner, .prefix = key_owner(owner)};
    TRY(table_scan(txn, &scan, count_live, &count));
    *ret_count = count;
    return STATUS_OK;
}

struct visiting {
    device_visit *visit;
    void *ctx;
};

static bool visit_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct visiting *visiting = ctx;
    (void)key;
    return visiting->visit(visiting->ctx, (const Hayat__Store__V1__StoredDevice *)record);
}

status device_store_visit(struct txn *txn, struct owner owner, device_visit *visit, void *ctx)
{
    struct visiting visiting = {visit, ctx};
    struct scan scan = {.table = TABLE_device, .owner = owner, .prefix = key_owner(owner)};
    return table_scan(txn, &scan, visit_row, &visiting);
}
