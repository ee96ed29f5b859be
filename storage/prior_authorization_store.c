#include "storage/prior_authorization_store.h"

#include "storage/number_id.h"

struct id prior_authorization_id_of(const struct seal_keys *keys, struct owner owner,
                                    bytes authorization_number)
{
    return id_of_number(keys, "prior authorization", owner, authorization_number);
}

static struct cell cell_of_record(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_prior_authorization, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

status prior_authorization_store_get(struct txn *txn, struct owner owner, struct id id,
                                     Hayat__Store__V1__StoredPriorAuthorization **ret_record)
{
    struct cell cell = cell_of_record(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_record = (Hayat__Store__V1__StoredPriorAuthorization *)(void *)record;
    return STATUS_OK;
}

struct summary prior_authorization_store_summary(
    struct id id, const Hayat__Store__V1__StoredPriorAuthorization *record)
{
    return (struct summary){
        .order = record->request_ms,
        .id = id,
        .update_ms = record->update_ms,
        .first_care_days = (int32_t)record->planned_care_days,
        .last_care_days = (int32_t)record->planned_care_days,
        .payment_days = (int32_t)record->valid_until_days,
        .state = (uint8_t)record->state,
        .beneficiary_seq = (uint8_t)record->beneficiary_seq,
    };
}

static status put_one(struct txn *txn, struct owner owner,
                      const struct prior_authorization_put *put, struct summary_put *summary)
{
    Hayat__Store__V1__StoredPriorAuthorization *old;
    status found = prior_authorization_store_get(txn, owner, put->id, &old);
    *summary = (struct summary_put){
        .summary = prior_authorization_store_summary(put->id, put->record)};
    summary->summary.view = put->view;
    if (ok(found)) {
        summary->exists = true;
        summary->old_order = old->request_ms;
    } else if (found.why != REASON_NOT_FOUND) {
        return found;
    }
    struct cell cell = cell_of_record(owner, put->id);
    return table_put_record(txn, &cell, &put->record->base);
}

status prior_authorization_store_put(struct txn *txn, struct owner owner,
                                     const struct prior_authorization_put *puts, size_t count)
{
    if (count == 0) {
        return STATUS_OK;
    }
    struct summary_head head;
    TRY(prior_authorization_store_head(txn, owner, &head));
    struct summary_put *summaries = arena_array(txn_arena(txn), count, sizeof *summaries);
    if (summaries == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < count; i++) {
        puts[i].record->change = head.last_change + 1 + i;
        TRY(put_one(txn, owner, &puts[i], &summaries[i]));
    }
    struct summary_list list = {TABLE_prior_authorization_page, owner};
    return summary_pages_put(txn, list, summaries, count, head.last_change + 1);
}

status prior_authorization_store_drop(struct txn *txn, struct owner owner, struct id id)
{
    Hayat__Store__V1__StoredPriorAuthorization *record;
    status found = prior_authorization_store_get(txn, owner, id, &record);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    struct cell cell = cell_of_record(owner, id);
    TRY(table_delete(txn, &cell));
    return summary_pages_drop(txn, (struct summary_list){TABLE_prior_authorization_page, owner}, id,
                              record->request_ms);
}
