/*
 * bank_store: the account a member is paid on, those before it, and the changes.
 *
 * Keys     bank_account: owner: one row, so one active account (SEC-C4) · bank_account_past: owner ‖ end in ms (u64) ·
 *          bank_change: owner ‖ change id · bank_refusal: keyed hash of the code · bank_due: steady time in ms (u64) ‖ change id ·
 *          bank_export: sequence (u64, from 1, without a gap).
 * Rules    bank_store_switch moves the active account to the past, makes the new one active and files the export, in one transaction;
 *          the active row is never deleted, so that after the first there is always one.
 * Memory   outputs live in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND · STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_BANK_STORE_H
#define HAYAT_STORAGE_BANK_STORE_H

#include <stdbool.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/bank.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

typedef Hayat__Store__V1__StoredBankAccount bank_account_row;
typedef Hayat__Store__V1__StoredBankChange bank_change_row;
typedef Hayat__Store__V1__StoredBankExport bank_export_row;

/* --- accounts --- */

status bank_store_account(struct txn *txn, struct owner owner, bank_account_row **ret_account);
/* The first account, or another one. */
status bank_store_switch(struct txn *txn, struct owner owner, const bank_account_row *account);
/* Says more of the account that is active: its number stays. */
status bank_store_amend(struct txn *txn, struct owner owner, const bank_account_row *account);

/* --- changes --- */

status bank_store_change(struct txn *txn, struct owner owner, struct id id,
                         bank_change_row **ret_change);
/* Files CHANGE and moves its reminder from OLD_DUE_MS to change->due_ms; 0 is none. */
status bank_store_put_change(struct txn *txn, struct owner owner, const bank_change_row *change,
                             int64_t old_due_ms);

status bank_store_delete_change(struct txn *txn, struct owner owner, const bank_change_row *change);

struct bank_change_list {
    size_t count;
    bank_change_row *rows[LIMIT_BANK_CHANGES];
};

/* Newest first; the newest LIMIT_BANK_CHANGES of them. */
status bank_store_changes(struct txn *txn, struct owner owner, struct bank_change_list *ret_list);

/* --- refusals --- */

enum { BANK_REFUSAL_HASH_BYTES = 32 };

status bank_store_put_refusal(struct txn *txn, const uint8_t hash[BANK_REFUSAL_HASH_BYTES],
                              struct owner owner, struct id change);
status bank_store_refusal(struct txn *txn, const uint8_t hash[BANK_REFUSAL_HASH_BYTES],
                          struct owner *ret_owner, struct id *ret_change);
status bank_store_delete_refusal(struct txn *txn, const uint8_t hash[BANK_REFUSAL_HASH_BYTES]);

/* --- what is due --- */

struct bank_due {
    int64_t time_ms;
    struct owner owner;
    struct id change;
};

struct bank_due_list {
    size_t count;
    struct bank_due rows[LIMIT_BANK_DUE];
};

/* What is due by now, oldest first; at most LIMIT_BANK_DUE. */
status bank_store_due(struct txn *txn, struct bank_due_list *ret_list);

/* --- the core system's list --- */

/* Called with each effective change after AFTER, in order; return false to stop. */
typedef bool bank_export_visit(void *ctx, uint64_t sequence, const bank_export_row *row);
status bank_store_exports(struct txn *txn, uint64_t after, bank_export_visit *visit, void *ctx);

#endif
