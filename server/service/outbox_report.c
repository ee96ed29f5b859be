#include "service/outbox_report.h"

#include <string.h>

#include "service/outbox_item.h"
#include "storage/delivery_report_store.h"
#include "storage/delivery_store.h"
#include "storage/outbox_store.h"

#define OUTCOME(name) HAYAT__BACKOFFICE__V1__OUTBOX_OUTCOME__OUTBOX_OUTCOME_##name
#define STORED(name) HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_##name

bool outbox_is_report(const Hayat__Backoffice__V1__OutboxResult *result)
{
    return result->outcome == OUTCOME(ARRIVED) || result->outcome == OUTCOME(NOT_ARRIVED);
}

/* No report is awaited: perhaps since the message's own end was not told yet. */
static status look_in_outbox(struct rpc *rpc, uint64_t sequence, enum report_fate *ret_fate)
{
    struct id holder;
    Hayat__Store__V1__StoredOutbox *row;
    *ret_fate = REPORT_GONE;
    status s = outbox_store_get(rpc->txn, sequence, &row);
    if (s.why == REASON_NOT_FOUND || (ok(s) && row->queue != OUTBOX_SMS)) {
        return STATUS_OK;
    }
    TRY(s);
    TRY(outbox_store_holder(rpc->txn, sequence, &holder));
    bool others = !id_is_zero(holder) &&
                  memcmp(holder.bytes, rpc->principal->agent.bytes, ID_BYTES) != 0;
    *ret_fate = others ? REPORT_NOT_HELD : REPORT_EARLY;
    return STATUS_OK;
}

static status improve(struct rpc *rpc, const Hayat__Backoffice__V1__OutboxResult *result,
                      uint64_t sequence, struct owner owner, enum report_fate *ret_fate)
{
    bool arrived = result->outcome == OUTCOME(ARRIVED);
    Hayat__Store__V1__StoredDelivery *delivery;
    *ret_fate = REPORT_GONE;
    status s = delivery_store_get(rpc->txn, owner, sequence, &delivery);
    if (s.why == REASON_NOT_FOUND) { /* erased meanwhile */
        return delivery_report_store_delete(rpc->txn, sequence);
    }
    TRY(s);
    if (!arrived && delivery->report_ms != 0) {
        return STATUS_OK; /* said already */
    }
    *ret_fate = REPORT_TAKEN;
    delivery->outcome = arrived ? STORED(DELIVERED) : STORED(FAILED);
    delivery->report_ms = rpc->now_ms;
    delivery->report_evidence = result->evidence;
    rpc_audit_subject(rpc, owner);
    if (arrived) {
        TRY(delivery_report_store_delete(rpc->txn, sequence));
    }
    return delivery_store_put(rpc->txn, owner, sequence, delivery);
}

status outbox_report(struct rpc *rpc, const Hayat__Backoffice__V1__OutboxResult *result,
                     uint64_t sequence, enum report_fate *ret_fate)
{
    struct awaited_report awaited;
    status s = delivery_report_store_get(rpc->txn, sequence, &awaited);
    if (s.why == REASON_NOT_FOUND || s.why == REASON_STORE_CORRUPT) { /* the scheduler drops it */
        return look_in_outbox(rpc, sequence, ret_fate);
    }
    TRY(s);
    if (memcmp(awaited.agent.bytes, rpc->principal->agent.bytes, ID_BYTES) != 0 ||
        !outbox_may_take(rpc->principal, OUTBOX_SMS)) { /* SEC-A5 */
        *ret_fate = REPORT_NOT_HELD;
        return STATUS_OK;
    }
    return improve(rpc, result, sequence, awaited.owner, ret_fate);
}
