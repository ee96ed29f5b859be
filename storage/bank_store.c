#include "storage/bank_store.h"

#include <assert.h>
#include <stdlib.h>

#include "base/codec.h"
#include "storage/member_store.h"
#include "storage/table.h"

/* --- accounts --- */

static struct cell account_cell(struct owner owner)
{
    return cell_of_owner(TABLE_bank_account, owner, key_owner(owner));
}

status bank_store_account(struct txn *txn, struct owner owner, bank_account_row **ret_account)
{
    struct cell cell = account_cell(owner);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_account = (bank_account_row *)record;
    return STATUS_OK;
}

static struct cell past_cell(struct owner owner, int64_t end_ms)
{
    return cell_of_owner(TABLE_bank_account_past, owner,
                         key_u64(key_owner(owner), (uint64_t)end_ms));
}

/* The feed tells days: accounts that ended at the same instant lie beside each other. */
static status put_past(struct txn *txn, struct owner owner, bank_account_row *old, int64_t end_ms)
{
    for (;; end_ms++) {
        struct cell cell = past_cell(owner, end_ms);
        ProtobufCMessage *record;
        status taken = table_get_record(txn, &cell, &record);
        if (taken.why == REASON_NOT_FOUND) {
            old->end_ms = end_ms;
            return table_put_record(txn, &cell, &old->base);
        }
        TRY(taken);
    }
}

static bool take_sequence(void *ctx, struct key key, const ProtobufCMessage *record)
{
    uint64_t *last = ctx;
    (void)record;
    *last = get_be64(key.bytes);
    return false;
}

static status append_export(struct txn *txn, struct owner owner, const bank_account_row *account)
{
    uint64_t last = 0;
    Hayat__Store__V1__StoredMember *member;
    struct scan scan = {.table = TABLE_bank_export, .reverse = true, .keys_only = true};
    TRY(member_store_get(txn, owner, &member));
    TRY(table_scan(txn, &scan, take_sequence, &last));
    bank_export_row row = HAYAT__STORE__V1__STORED_BANK_EXPORT__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    row.change_id = account->change_id;
    row.registration_number = member->registration_number;
    row.rib = account->rib;
    row.holder_name = account->holder_name;
    row.active_ms = account->active_ms;
    struct cell cell = cell_of(TABLE_bank_export, key_u64(key_empty(), last + 1));
    return table_put_record(txn, &cell, &row.base);
}

status bank_store_amend(struct txn *txn, struct owner owner, const bank_account_row *account)
{
    struct cell cell = account_cell(owner);
    return table_put_record(txn, &cell, &account->base);
}

status bank_store_switch(struct txn *txn, struct owner owner, const bank_account_row *account)
{
    bank_account_row *old;
    status found = bank_store_account(txn, owner, &old);
    if (ok(found)) {
        TRY(put_past(txn, owner, old, account->active_ms));
    } else if (found.why != REASON_NOT_FOUND) {
        return found;
    }
    if (account->change_id.len > 0) { /* what the core system told us it knows */
        TRY(append_export(txn, owner, account));
    }
    return bank_store_amend(txn, owner, account);
}

/* --- changes --- */

static struct cell change_cell(struct owner owner, struct id id)
{
    return cell_of_owner(TABLE_bank_change, owner,
                         key_bytes(key_owner(owner), bytes_of(id.bytes, ID_BYTES)));
}

status bank_store_change(struct txn *txn, struct owner owner, struct id id,
                         bank_change_row **ret_change)
{
    struct cell cell = change_cell(owner, id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_change = (bank_change_row *)record;
    return STATUS_OK;
}

static struct cell due_cell(int64_t time_ms, struct id id)
{
    return cell_of(TABLE_bank_due, key_bytes(key_u64(key_empty(), (uint64_t)time_ms),
                                             bytes_of(id.bytes, ID_BYTES)));
}

static status move_due(struct txn *txn, struct owner owner, struct id id, int64_t old_ms,
                       int64_t new_ms)
{
    if (old_ms == new_ms) {
        return STATUS_OK;
    }
    if (old_ms > 0) {
        struct cell old = due_cell(old_ms, id);
        TRY(table_delete(txn, &old));
    }
    if (new_ms == 0) {
        return STATUS_OK;
    }
    Hayat__Store__V1__StoredBankDue row = HAYAT__STORE__V1__STORED_BANK_DUE__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    struct cell cell = due_cell(new_ms, id);
    return table_put_record(txn, &cell, &row.base);
}

status bank_store_put_change(struct txn *txn, struct owner owner, const bank_change_row *change,
                             int64_t old_due_ms)
{
    struct id id;
    assert(change->change_id.len == ID_BYTES);
    memcpy(id.bytes, change->change_id.data, ID_BYTES);
    TRY(move_due(txn, owner, id, old_due_ms, change->due_ms));
    struct cell cell = change_cell(owner, id);
    return table_put_record(txn, &cell, &change->base);
}

status bank_store_delete_change(struct txn *txn, struct owner owner, const bank_change_row *change)
{
    struct id id;
    assert(change->change_id.len == ID_BYTES);
    memcpy(id.bytes, change->change_id.data, ID_BYTES);
    TRY(move_due(txn, owner, id, change->due_ms, 0));
    struct cell cell = change_cell(owner, id);
    return table_delete(txn, &cell);
}

/* Keeps the newest, in no order yet. */
static bool gather_change(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct bank_change_list *list = ctx;
    bank_change_row *row =
        (bank_change_row *)(uintptr_t)record; /* the arena's, and nobody else's */
    (void)key;
    if (list->count < LIMIT_BANK_CHANGES) {
        list->rows[list->count++] = row;
        return true;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < list->count; i++) {
        oldest = list->rows[i]->propose_ms < list->rows[oldest]->propose_ms ? i : oldest;
    }
    if (list->rows[oldest]->propose_ms < row->propose_ms) {
        list->rows[oldest] = row;
    }
    return true;
}

static int newest_first(const void *a, const void *b)
{
    const bank_change_row *x = *(bank_change_row *const *)a, *y = *(bank_change_row *const *)b;
    if (x->propose_ms != y->propose_ms) {
        return x->propose_ms < y->propose_ms ? 1 : -1;
    }
    return memcmp(x->change_id.data, y->change_id.data, ID_BYTES);
}

status bank_store_changes(struct txn *txn, struct owner owner, struct bank_change_list *ret_list)
{
    struct scan scan = {.table = TABLE_bank_change, .owner = owner, .prefix = key_owner(owner)};
    ret_list->count = 0;
    TRY(table_scan(txn, &scan, gather_change, ret_list));
    qsort(ret_list->rows, ret_list->count, sizeof ret_list->rows[0], newest_first);
    return STATUS_OK;
}

/* --- refusals --- */

static struct cell refusal_cell(const uint8_t hash[BANK_REFUSAL_HASH_BYTES])
{
    return cell_of(TABLE_bank_refusal,
                   key_bytes(key_empty(), bytes_of(hash, BANK_REFUSAL_HASH_BYTES)));
}

status bank_store_put_refusal(struct txn *txn, const uint8_t hash[BANK_REFUSAL_HASH_BYTES],
                              struct owner owner, struct id change)
{
    Hayat__Store__V1__StoredBankRefusal row = HAYAT__STORE__V1__STORED_BANK_REFUSAL__INIT;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    row.change_id = (ProtobufCBinaryData){ID_BYTES, change.bytes};
    struct cell cell = refusal_cell(hash);
    return table_put_record(txn, &cell, &row.base);
}

status bank_store_refusal(struct txn *txn, const uint8_t hash[BANK_REFUSAL_HASH_BYTES],
                          struct owner *ret_owner, struct id *ret_change)
{
    struct cell cell = refusal_cell(hash);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    const Hayat__Store__V1__StoredBankRefusal *row =
        (const Hayat__Store__V1__StoredBankRefusal *)record;
    if (row->owner.len != OWNER_BYTES || row->change_id.len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(ret_owner->bytes, row->owner.data, OWNER_BYTES);
    memcpy(ret_change->bytes, row->change_id.data, ID_BYTES);
    return STATUS_OK;
}

status bank_store_delete_refusal(struct txn *txn, const uint8_t hash[BANK_REFUSAL_HASH_BYTES])
{
    struct cell cell = refusal_cell(hash);
    return table_delete(txn, &cell);
}

/* --- what is due --- */

struct due_scan {
    int64_t now_ms;
    struct bank_due_list *list;
    bool corrupt;
};

static bool gather_due(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct due_scan *scan = ctx;
    const Hayat__Store__V1__StoredBankDue *row = (const Hayat__Store__V1__StoredBankDue *)record;
    struct bank_due due = {.time_ms = (int64_t)get_be64(key.bytes)};
    if (due.time_ms > scan->now_ms || scan->list->count == LIMIT_BANK_DUE) {
        return false;
    }
    if (row->owner.len != OWNER_BYTES || key.len != sizeof(uint64_t) + ID_BYTES) {
        scan->corrupt = true;
        return false;
    }
    memcpy(due.owner.bytes, row->owner.data, OWNER_BYTES);
    memcpy(due.change.bytes, key.bytes + sizeof(uint64_t), ID_BYTES);
    scan->list->rows[scan->list->count++] = due;
    return true;
}

status bank_store_due(struct txn *txn, struct bank_due_list *ret_list)
{
    struct due_scan due = {.now_ms = txn_steady_ms(txn), .list = ret_list};
    struct scan scan = {.table = TABLE_bank_due};
    ret_list->count = 0;
    TRY(table_scan(txn, &scan, gather_due, &due));
    return due.corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

/* --- the core system's list --- */

struct export_scan {
    bank_export_visit *visit;
    void *ctx;
};

static bool visit_export(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct export_scan *scan = ctx;
    return scan->visit(scan->ctx, get_be64(key.bytes), (const bank_export_row *)record);
}

status bank_store_exports(struct txn *txn, uint64_t after, bank_export_visit *visit, void *ctx)
{
    struct export_scan visiting = {visit, ctx};
    struct scan scan = {.table = TABLE_bank_export, .after = key_u64(key_empty(), after)};
    return table_scan(txn, &scan, visit_export, &visiting);
}
