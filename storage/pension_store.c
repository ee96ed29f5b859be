#include "storage/pension_store.h"

#include "base/codec.h"
#include "storage/table.h"

static struct cell cell_of_pension(struct owner owner, uint32_t seq)
{
    return cell_of_owner(TABLE_pension, owner, key_u32(key_owner(owner), seq));
}

status pension_store_get(struct txn *txn, struct owner owner, uint32_t seq,
                         Hayat__Store__V1__StoredPension **ret_pension)
{
    struct cell cell = cell_of_pension(owner, seq);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_pension = (Hayat__Store__V1__StoredPension *)record;
    return STATUS_OK;
}

status pension_store_put(struct txn *txn, struct owner owner, uint32_t seq,
                         const Hayat__Store__V1__StoredPension *pension)
{
    struct cell cell = cell_of_pension(owner, seq);
    return table_put_record(txn, &cell, &pension->base);
}

struct first {
    struct key key;
    bool found;
};

static bool take(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct first *first = ctx;
    (void)record;
    *first = (struct first){key, true};
    return false;
}

status pension_store_first(struct txn *txn, struct owner owner,
                           Hayat__Store__V1__StoredPension **ret_pension)
{
    struct first first = {.found = false};
    struct scan scan = {
        .table = TABLE_pension, .owner = owner, .prefix = key_owner(owner), .keys_only = true};
    TRY(table_scan(txn, &scan, take, &first));
    if (!first.found) {
        return FAIL(NOT_FOUND);
    }
    struct cell cell = cell_of_owner(TABLE_pension, owner, first.key);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_pension = (Hayat__Store__V1__StoredPension *)record;
    return STATUS_OK;
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct pension_list *list = ctx;
    list->rows[list->count].seq = get_be32(key.bytes + OWNER_BYTES);
    list->rows[list->count].record = (Hayat__Store__V1__StoredPension *)(uintptr_t)record;
    return ++list->count < LIMIT_PENSIONS;
}

status pension_store_list(struct txn *txn, struct owner owner, struct pension_list *ret_list)
{
    struct scan scan = {.table = TABLE_pension, .owner = owner, .prefix = key_owner(owner)};
    ret_list->count = 0;
    return table_scan(txn, &scan, gather, ret_list);
}
