#include "storage/delivery_store.h"

#include "base/codec.h"
#include "base/id.h"
#include "storage/expiry_store.h"

static struct cell cell_of_delivery(struct owner owner, uint64_t sequence)
{
    return cell_of_owner(TABLE_delivery, owner, key_u64(key_owner(owner), sequence));
}

status delivery_store_put(struct txn *txn, struct owner owner, uint64_t sequence,
                          const Hayat__Store__V1__StoredDelivery *delivery)
{
    struct cell cell = cell_of_delivery(owner, sequence);
    uint8_t id[ID_BYTES] = {0};
    put_be64(id, sequence);
    TRY(table_put_record(txn, &cell, &delivery->base));
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = delivery->settle_ms + LIMIT_DELIVERY_LIFE_MS,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_DELIVERY,
                              .owner = owner,
                              .id = bytes_of(id, sizeof id)});
}

status delivery_store_get(struct txn *txn, struct owner owner, uint64_t sequence,
                          Hayat__Store__V1__StoredDelivery **ret_delivery)
{
    struct cell cell = cell_of_delivery(owner, sequence);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_delivery = (Hayat__Store__V1__StoredDelivery *)record;
    return STATUS_OK;
}

struct each {
    delivery_visit *visit;
    void *ctx;
};

static bool see(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct each *each = ctx;
    return each->visit(each->ctx, get_be64(key.bytes + OWNER_BYTES),
                       (const Hayat__Store__V1__StoredDelivery *)record);
}

status delivery_store_each(struct txn *txn, struct owner owner, delivery_visit *visit, void *ctx)
{
    struct scan scan = {
        .table = TABLE_delivery, .owner = owner, .prefix = key_owner(owner), .reverse = true};
    struct each each = {visit, ctx};
    return table_scan(txn, &scan, see, &each);
}

status delivery_store_expire(struct txn *txn, struct owner owner, bytes id)
{
    struct cell cell = cell_of_delivery(owner, get_be64(id.ptr));
    return table_delete(txn, &cell);
}
