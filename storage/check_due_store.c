#include "storage/check_due_store.h"

#include "base/codec.h"
#include "hayat/store/v1/check.pb-c.h"
#include "storage/db.h"

static struct cell cell_of_due(const struct check_due *due)
{
    return cell_of((enum table_id)due->queue,
                   key_bytes(key_u64(key_empty(), (uint64_t)due->time_ms),
                             bytes_of(due->document.bytes, ID_BYTES)));
}

status check_due_store_put(struct txn *txn, const struct check_due *due)
{
    struct owner owner = due->owner;
    struct cell cell = cell_of_due(due);
    Hayat__Store__V1__StoredCheckDue row = HAYAT__STORE__V1__STORED_CHECK_DUE__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    row.tries = due->tries;
    row.scans = due->scans;
    return table_put_record(txn, &cell, &row.base);
}

status check_due_store_delete(struct txn *txn, const struct check_due *due)
{
    struct cell cell = cell_of_due(due);
    return table_delete(txn, &cell);
}

struct due_scan {
    enum check_queue queue;
    int64_t now_ms;
    struct check_due_list *list;
    bool corrupt;
};

static bool gather_due(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct due_scan *scan = ctx;
    const Hayat__Store__V1__StoredCheckDue *row = (const Hayat__Store__V1__StoredCheckDue *)record;
    struct check_due due = {.queue = scan->queue, .time_ms = (int64_t)get_be64(key.bytes)};
    if (due.time_ms > scan->now_ms || scan->list->count == LIMIT_CHECK_DUE) {
        return false;
    }
    if (row->owner.len != OWNER_BYTES || key.len != sizeof(uint64_t) + ID_BYTES) {
        scan->corrupt = true;
        return false;
    }
    memcpy(due.owner.bytes, row->owner.data, OWNER_BYTES);
    memcpy(due.document.bytes, key.bytes + sizeof(uint64_t), ID_BYTES);
    due.tries = row->tries;
    due.scans = row->scans;
    scan->list->rows[scan->list->count++] = due;
    return true;
}

status check_due_store_list(struct txn *txn, enum check_queue queue,
                            struct check_due_list *ret_list)
{
    struct due_scan due = {.queue = queue, .now_ms = txn_steady_ms(txn), .list = ret_list};
    struct scan scan = {.table = (enum table_id)queue};
    ret_list->count = 0;
    TRY(table_scan(txn, &scan, gather_due, &due));
    return due.corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}
