#include "storage/obligation_store.h"

#include <assert.h>

#include "storage/table.h"

static struct cell cell_of_obligation(struct owner owner, int32_t year, uint32_t seq)
{
    return cell_of_owner(TABLE_obligation, owner,
                         key_u32(key_u32(key_owner(owner), (uint32_t)year), seq));
}

status obligation_store_get(struct txn *txn, struct owner owner, int32_t year, uint32_t pension_seq,
                            obligation_row **ret_obligation)
{
    struct cell cell = cell_of_obligation(owner, year, pension_seq);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_obligation = (obligation_row *)record;
    return STATUS_OK;
}

status obligation_store_put(struct txn *txn, struct owner owner, const obligation_row *obligation)
{
    assert(obligation->year > 0);
    struct cell cell = cell_of_obligation(owner, obligation->year, obligation->pension_seq);
    return table_put_record(txn, &cell, &obligation->base);
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct obligation_list *list = ctx;
    (void)key;
    list->rows[list->count++] = (obligation_row *)(uintptr_t)record;
    return list->count < LIMIT_OBLIGATIONS;
}

status obligation_store_list(struct txn *txn, struct owner owner, struct obligation_list *ret_list)
{
    struct scan scan = {
        .table = TABLE_obligation, .owner = owner, .prefix = key_owner(owner), .reverse = true};
    ret_list->count = 0;
    return table_scan(txn, &scan, gather, ret_list);
}
