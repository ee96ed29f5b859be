#include "storage/delivery_report_store.h"

#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "hayat/store/v1/delivery.pb-c.h"

typedef Hayat__Store__V1__StoredDeliveryReport report_row;

static struct cell cell_of_report(uint64_t sequence)
{
    return cell_of(TABLE_delivery_report, key_u64(key_empty(), sequence));
}

/* --- what grew too old --- */

struct old {
    int64_t before_ms;
    size_t count;
    uint64_t sequences[LIMIT_REPORTS_DROPPED];
};

static bool gather_old(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct old *old = ctx;
    if (((const report_row *)record)->settle_steady_ms >= old->before_ms) {
        return false;
    }
    old->sequences[old->count++] = get_be64(key.bytes);
    return old->count < LIMIT_REPORTS_DROPPED;
}

status delivery_report_store_drop_old(struct txn *txn)
{
    struct old old = {.before_ms = txn_steady_ms(txn) - LIMIT_REPORT_LIFE_MS};
    struct scan scan = {.table = TABLE_delivery_report};
    TRY(table_scan(txn, &scan, gather_old, &old));
    for (size_t i = 0; i < old.count; i++) {
        TRY(delivery_report_store_delete(txn, old.sequences[i]));
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
    TRY(delivery_report_store_drop_old(txn));
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
