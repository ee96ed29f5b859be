#include "storage/claim_store.h"

#include "storage/number_id.h"

struct id claim_id_of(const struct seal_keys *keys, struct owner owner, bytes file_number)
{
    return id_of_number(keys, "claim", owner, file_number);
}

static struct cell cell_of_claim(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_claim, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

status claim_store_get(struct txn *txn, struct owner owner, struct id id,
                       Hayat__Store__V1__StoredClaim **ret_claim)
{
    struct cell cell = cell_of_claim(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_claim = (Hayat__Store__V1__StoredClaim *)(void *)record;
    return STATUS_OK;
}

static int64_t order_of(const Hayat__Store__V1__StoredClaim *claim)
{
    if (claim->receipt_days != 0) {
        return claim->receipt_days;
    }
    return claim->deposit_days != 0 ? claim->deposit_days : claim->first_care_days;
}

struct summary claim_store_summary(struct id id, const Hayat__Store__V1__StoredClaim *claim)
{
    return (struct summary){
        .order = order_of(claim),
        .id = id,
        .update_ms = claim->update_ms,
        .first_care_days = (int32_t)claim->first_care_days,
        .last_care_days = (int32_t)claim->last_care_days,
        .payment_days = (int32_t)claim->payment_days,
        .state = (uint8_t)claim->state,
        .beneficiary_seq = (uint8_t)claim->beneficiary_seq,
    };
}

static status put_one(struct txn *txn, struct owner owner, const struct claim_put *put,
                      struct summary_put *summary)
{
    Hayat__Store__V1__StoredClaim *old;
    status found = claim_store_get(txn, owner, put->id, &old);
    *summary = (struct summary_put){.summary = claim_store_summary(put->id, put->claim)};
    summary->summary.view = put->view;
    if (ok(found)) {
        summary->exists = true;
        summary->old_order = order_of(old);
    } else if (found.why != REASON_NOT_FOUND) {
        return found;
    }
    struct cell cell = cell_of_claim(owner, put->id);
    return table_put_record(txn, &cell, &put->claim->base);
}

status claim_store_put(struct txn *txn, struct owner owner, const struct claim_put *puts,
                       size_t count)
{
    if (count == 0) {
        return STATUS_OK;
    }
    struct summary_head head;
    TRY(claim_store_head(txn, owner, &head));
    struct summary_put *summaries = arena_array(txn_arena(txn), count, sizeof *summaries);
    if (summaries == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < count; i++) {
        puts[i].claim->change = head.last_change + 1 + i;
        TRY(put_one(txn, owner, &puts[i], &summaries[i]));
    }
    struct summary_list list = {TABLE_claim_page, owner};
    return summary_pages_put(txn, list, summaries, count, head.last_change + 1);
}

status claim_store_drop(struct txn *txn, struct owner owner, struct id id)
{
    Hayat__Store__V1__StoredClaim *claim;
    status found = claim_store_get(txn, owner, id, &claim);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    struct cell cell = cell_of_claim(owner, id);
    TRY(table_delete(txn, &cell));
    return summary_pages_drop(txn, (struct summary_list){TABLE_claim_page, owner}, id,
                              order_of(claim));
}
