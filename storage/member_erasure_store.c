#include "storage/member_erasure_store.h"

#include <string.h>

#include "storage/table.h"

static struct cell cell_of_member(struct owner owner)
{
    return cell_of_owner(TABLE_member_erasure, owner, key_owner(owner));
}

status member_erasure_store_get(struct txn *txn, struct owner owner, member_erasure_row **ret_row)
{
    struct cell cell = cell_of_member(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (member_erasure_row *)record;
    return STATUS_OK;
}

status member_erasure_store_has(struct txn *txn, struct owner owner, bool *ret_has)
{
    member_erasure_row *row;
    status s = member_erasure_store_get(txn, owner, &row);
    *ret_has = ok(s);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

status member_erasure_store_put(struct txn *txn, struct owner owner, const member_erasure_row *row)
{
    struct cell cell = cell_of_member(owner);
    return table_put_record(txn, &cell, &row->base);
}

status member_erasure_store_delete(struct txn *txn, struct owner owner)
{
    struct cell cell = cell_of_member(owner);
    return table_delete(txn, &cell);
}

struct first {
    member_erasure_skips *skips;
    void *ctx;
    struct owner owner;
    bool found, corrupt;
};

static bool take_first(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct first *first = ctx;
    (void)record;
    first->corrupt = key.len != OWNER_BYTES;
    if (!first->corrupt) {
        memcpy(first->owner.bytes, key.bytes, OWNER_BYTES);
    }
    first->found = first->corrupt || !first->skips(first->ctx, first->owner);
    return !first->found;
}

status member_erasure_store_first(struct txn *txn, member_erasure_skips *skips, void *ctx,
                                  struct owner *ret_owner)
{
    struct first first = {.skips = skips, .ctx = ctx};
    struct scan scan = {.table = TABLE_member_erasure, .keys_only = true};
    TRY(table_scan(txn, &scan, take_first, &first));
    if (!first.found) {
        return FAIL(NOT_FOUND);
    }
    *ret_owner = first.owner;
    return first.corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}
