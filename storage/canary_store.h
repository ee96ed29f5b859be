/*
 * canary_store: members whom nobody has a reason to read; who does raises an alarm (SEC-A7).
 *
 * Key      the owner, but the rows are nobody's: a member's export does not tell.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no canary) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_CANARY_STORE_H
#define HAYAT_STORAGE_CANARY_STORE_H

#include "hayat/store/v1/agents.pb-c.h"
#include "storage/table.h"

status canary_store_get(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredCanary **ret_canary);
status canary_store_put(struct txn *txn, struct owner owner,
                        const Hayat__Store__V1__StoredCanary *canary);
status canary_store_delete(struct txn *txn, struct owner owner);
/* In an order that means nothing; RECORD is a StoredCanary. */
status canary_store_list(struct txn *txn, table_visit *visit, void *ctx);

#endif
