#include "storage/check_summaries.h"

#include "storage/claim_store.h"
#include "storage/prior_authorization_store.h"
#include "storage/summary_pages.h"

bool check_has_summaries(enum table_id table)
{
    return table == TABLE_claim || table == TABLE_claim_page ||
           table == TABLE_prior_authorization || table == TABLE_prior_authorization_page;
}

/* What the record says; its change too. */
static status summary_of_record(struct txn *txn, struct summary_list list, struct id id,
                                struct summary *ret)
{
    if (list.table == TABLE_claim_page) {
        Hayat__Store__V1__StoredClaim *claim;
        TRY(claim_store_get(txn, list.owner, id, &claim));
        *ret = claim_store_summary(id, claim);
        ret->change = claim->change;
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredPriorAuthorization *record;
    TRY(prior_authorization_store_get(txn, list.owner, id, &record));
    *ret = prior_authorization_store_summary(id, record);
    ret->change = record->change;
    return STATUS_OK;
}

static bool same(const struct summary *a, const struct summary *b)
{
    return a->order == b->order && a->change == b->change && a->update_ms == b->update_ms &&
           a->first_care_days == b->first_care_days && a->last_care_days == b->last_care_days &&
           a->payment_days == b->payment_days && a->state == b->state &&
           a->beneficiary_seq == b->beneficiary_seq;
}

struct look {
    struct txn *txn;
    struct summary_list list;
    struct summary last;
    uint64_t highest_change;
    uint32_t count;
    status result;
};

static bool look_at(void *ctx, const struct summary *summary)
{
    struct look *look = ctx;
    struct arena_mark mark = arena_mark(txn_arena(look->txn));
    struct summary told = {0};
    look->result = summary_of_record(look->txn, look->list, summary->id, &told);
    arena_rewind(txn_arena(look->txn), mark);
    bool older = look->count == 0 || summary->order < look->last.order ||
                 (summary->order == look->last.order &&
                  memcmp(summary->id.bytes, look->last.id.bytes, ID_BYTES) < 0);
    if (ok(look->result) && (!older || !same(summary, &told))) {
        look->result = FAIL(STORE_CORRUPT);
    }
    look->last = *summary;
    look->count++;
    look->highest_change = summary->change > look->highest_change ? summary->change
                                                                  : look->highest_change;
    return ok(look->result);
}

static status check_pages(struct txn *txn, struct summary_list list)
{
    struct look look = {.txn = txn, .list = list};
    struct summary_head head;
    TRY(summary_pages_walk(txn, list, NULL, look_at, &look));
    TRY(look.result);
    TRY(summary_pages_head(txn, list, &head));
    bool good = head.count == look.count && head.last_change == look.highest_change;
    return good ? STATUS_OK : FAIL(STORE_CORRUPT);
}

static bool count_row(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    (void)record;
    ++*(uint32_t *)ctx;
    return true;
}

/* As many records as summaries: the pages' side has looked at each summary's record. */
static status check_count(struct txn *txn, enum table_id table, struct summary_list list)
{
    struct scan scan = {
        .table = table, .owner = list.owner, .prefix = key_owner(list.owner), .keys_only = true};
    uint32_t records = 0;
    struct summary_head head;
    TRY(table_scan(txn, &scan, count_row, &records));
    TRY(summary_pages_head(txn, list, &head));
    return head.count == records ? STATUS_OK : FAIL(STORE_CORRUPT);
}

status check_summaries(struct txn *txn, enum table_id table, struct owner owner)
{
    bool claims = table == TABLE_claim || table == TABLE_claim_page;
    struct summary_list list = {claims ? TABLE_claim_page : TABLE_prior_authorization_page, owner};
    return table == list.table ? check_pages(txn, list) : check_count(txn, table, list);
}
