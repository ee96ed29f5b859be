#include "service/delivery_evidence.h"

#include "storage/delivery_store.h"

#define OUTCOME(name) HAYAT__STORE__V1__DELIVERY_OUTCOME__DELIVERY_OUTCOME_##name

static enum delivery_grade grade_of(const Hayat__Store__V1__StoredDelivery *delivery)
{
    if (delivery->outcome != OUTCOME(DELIVERED)) {
        return DELIVERY_ENDED;
    }
    bool proven = delivery->queue == OUTBOX_POST || delivery->report_ms != 0;
    return proven ? DELIVERY_PROVEN : DELIVERY_ACCEPTED;
}

/* A row that waits; one of somebody else is none. */
static status look_in_outbox(struct txn *txn, struct owner owner, uint64_t sequence,
                             struct delivery_evidence *evidence)
{
    Hayat__Store__V1__StoredOutbox *row;
    status s = outbox_store_get(txn, sequence, &row);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    bool same = bytes_equal(bytes_of(row->owner.data, row->owner.len),
                            bytes_of(owner.bytes, OWNER_BYTES));
    if (same) {
        evidence->grade = DELIVERY_WAITING;
        evidence->queue = (enum outbox_queue)row->queue;
        evidence->create_ms = row->create_ms;
    }
    return STATUS_OK;
}

status delivery_evidence(struct txn *txn, struct owner owner, uint64_t sequence,
                         struct delivery_evidence *ret_evidence)
{
    Hayat__Store__V1__StoredDelivery *delivery;
    *ret_evidence = (struct delivery_evidence){
        .grade = DELIVERY_UNKNOWN, .channel = "", .evidence = ""};
    status s = delivery_store_get(txn, owner, sequence, &delivery);
    if (s.why == REASON_NOT_FOUND) {
        return look_in_outbox(txn, owner, sequence, ret_evidence);
    }
    TRY(s);
    enum delivery_grade grade = grade_of(delivery);
    bool awaited = grade == DELIVERY_ACCEPTED && delivery->report_expected;
    bool reported = delivery->report_ms != 0;
    *ret_evidence = (struct delivery_evidence){
        .grade = grade,
        .counts = grade == DELIVERY_PROVEN ||
                  (grade == DELIVERY_ACCEPTED && delivery->queue == OUTBOX_SMS && !awaited),
        .awaited = awaited,
        .queue = (enum outbox_queue)delivery->queue,
        .create_ms = delivery->create_ms,
        .settle_ms = reported ? delivery->report_ms : delivery->settle_ms,
        .channel = delivery->channel,
        .evidence = reported ? delivery->report_evidence : delivery->evidence};
    return STATUS_OK;
}
