#include "storage/check_due_store.h"

#include "base/codec.h"
#include "hayat/store/v1/check.pb-c.h"
#include "storage/db.h"

#define AGAIN (UINT64_C(1) << 63)

static struct cell cell_of_due(const struct check_due *due)
{
    const uint64_t place = (uint64_t)due->time_ms | (due->again ? AGAIN : 0);
    return cell_of((enum table_id)due->queue,
                   key_bytes(key_u64(key_empty(), place), bytes_of(due->document.bytes, ID_BYTES)));
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

static bool take_first(void *ctx, struct key key, const ProtobufCMessage *record)
{
    uint64_t *first = ctx;
    (void)record;
    *first = get_be64(key.bytes);
    return false;
}

status check_due_store_turn(struct txn *txn, enum check_queue queue, uint32_t waiting,
                            int64_t *ret_time_ms)
{
    uint64_t first = AGAIN;
    struct scan scan = {.table = (enum table_id)queue, .keys_only = true};
    TRY(table_scan(txn, &scan, take_first, &first));
    *ret_time_ms = (first < AGAIN ? (int64_t)first + 1 : txn_steady_ms(txn)) + waiting;
    return STATUS_OK;
}

/* --- whose turn it is --- */

struct due_scan {
    enum check_queue queue;
    int64_t now_ms;
    bool again;
    struct check_due_list list;
    bool corrupt;
};

static bool gather_due(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct due_scan *scan = ctx;
    const Hayat__Store__V1__StoredCheckDue *row = (const Hayat__Store__V1__StoredCheckDue *)record;
    const uint64_t place = get_be64(key.bytes);
    struct check_due due = {
        .queue = scan->queue, .time_ms = (int64_t)(place & ~AGAIN), .again = (place & AGAIN) != 0};
    /* A turn may be some ms ahead of the time when nobody else waits. */
    if (due.again != scan->again || (due.again && due.time_ms > scan->now_ms) ||
        scan->list.count == LIMIT_CHECK_DUE) {
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
    scan->list.rows[scan->list.count++] = due;
    return true;
}

static status gather(struct txn *txn, struct due_scan *due)
{
    struct scan scan = {.table = (enum table_id)due->queue};
    due->now_ms = txn_steady_ms(txn);
    if (due->again) {
        scan.after = key_u64(key_empty(), AGAIN - 1);
    }
    TRY(table_scan(txn, &scan, gather_due, due));
    return due->corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

status check_due_store_list(struct txn *txn, enum check_queue queue,
                            struct check_due_list *ret_list)
{
    struct due_scan fresh = {.queue = queue}, again = {.queue = queue, .again = true};
    TRY(gather(txn, &fresh));
    TRY(gather(txn, &again));
    ret_list->count = 0;
    for (size_t i = 0; i < LIMIT_CHECK_DUE; i++) {
        if (i < fresh.list.count && ret_list->count < LIMIT_CHECK_DUE) {
            ret_list->rows[ret_list->count++] = fresh.list.rows[i];
        }
        if (i < again.list.count && ret_list->count < LIMIT_CHECK_DUE) {
            ret_list->rows[ret_list->count++] = again.list.rows[i];
        }
    }
    return STATUS_OK;
}
