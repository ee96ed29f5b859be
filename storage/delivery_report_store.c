#include "storage/delivery_report_store.h"

#include <string.h>

#include "base/limits.h"
#include "hayat/store/v1/delivery.pb-c.h"

typedef Hayat__Store__V1__StoredDeliveryReport report_row;

static struct cell cell_of_report(uint64_t sequence)
{
    return cell_of(TABLE_delivery_report, key_u64(key_empty(), sequence));
}

/* --- what grew too old --- */

struct oldest {
    size_t count;
    struct key keys[LIMIT_REPORTS_DROPPED];
};

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct oldest *oldest = ctx;
    (void)record;
    oldest->keys[oldest->count++] = key;
    return oldest->count < LIMIT_REPORTS_DROPPED;
}

/* Each row is opened by itself: one that does not open keeps no other. */
static status is_old(struct txn *txn, const struct cell *cell, uint64_t *damaged, bool *ret_old)
{
    ProtobufCMessage *record;
    status s = table_get_record(txn, cell, &record);
    if (s.why == REASON_STORE_CORRUPT) {
        *ret_old = damaged != NULL;
        if (damaged != NULL) {
            ++*damaged;
        }
        return STATUS_OK;
    }
    TRY(s);
    *ret_old = ((const report_row *)record)->settle_steady_ms <
               txn_steady_ms(txn) - LIMIT_REPORT_LIFE_MS;
    return STATUS_OK;
}

status delivery_report_store_drop_old(struct txn *txn, uint64_t *damaged)
{
    struct oldest oldest = {.count = 0};
    struct scan scan = {.table = TABLE_delivery_report, .keys_only = true};
    TRY(table_scan(txn, &scan, gather, &oldest));
    for (size_t i = 0; i < oldest.count; i++) {
        struct cell cell = cell_of(TABLE_delivery_report, oldest.keys[i]);
        bool old;
        TRY(is_old(txn, &cell, damaged, &old));
        TRY(old ? table_delete(txn, &cell) : STATUS_OK);
    }
    return STATUS_OK;
}

/* --- rows --- */

status delivery_report_store_put(struct txn *txn, uint64_t sequence,
                                 const struct awaited_report *report)
{
    struct awaited_report copy = *report;
    struct cell cell = cell_of_report(sequence);
    report_row row = HAYAT__STORE__V1__STORED_DELIVERY_REPORT__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, copy.owner.bytes};
    row.agent_id = (ProtobufCBinaryData){ID_BYTES, copy.agent.bytes};
    row.settle_steady_ms = txn_steady_ms(txn);
    TRY(delivery_report_store_drop_old(txn, NULL));
    return table_put_record(txn, &cell, &row.base);
}

status delivery_report_store_get(struct txn *txn, uint64_t sequence,
                                 struct awaited_report *ret_report)
{
    struct cell cell = cell_of_report(sequence);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    const report_row *row = (const report_row *)record;
    if (row->owner.len != OWNER_BYTES || row->agent_id.len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(ret_report->owner.bytes, row->owner.data, OWNER_BYTES);
    memcpy(ret_report->agent.bytes, row->agent_id.data, ID_BYTES);
    return STATUS_OK;
}

status delivery_report_store_delete(struct txn *txn, uint64_t sequence)
{
    struct cell cell = cell_of_report(sequence);
    return table_delete(txn, &cell);
}
