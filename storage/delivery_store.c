#include "storage/delivery_store.h"

#include "base/codec.h"

static struct cell cell_of_delivery(struct owner owner, uint64_t sequence)
{
    return cell_of_owner(TABLE_delivery, owner, key_u64(key_owner(owner), sequence));
}

status delivery_store_put(struct txn *txn, struct owner owner, uint64_t sequence,
                          const Hayat__Store__V1__StoredDelivery *delivery)
{
    struct cell cell = cell_of_delivery(owner, sequence);
    return table_put_record(txn, &cell, &delivery->base);
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
