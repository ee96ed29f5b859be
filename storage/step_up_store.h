/*
 * step_up_store: acts that wait for their signature, as stored.
 *
 * Key      step-up id (16 bytes).  The row is deleted by its first use, or by expiry.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_STEP_UP_STORE_H
#define HAYAT_STORAGE_STEP_UP_STORE_H

#include "base/id.h"
#include "hayat/store/v1/session.pb-c.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredStepUp step_up_row;

status step_up_store_get(struct txn *txn, struct id id, step_up_row **ret_row);
status step_up_store_put(struct txn *txn, struct id id, const step_up_row *row);
status step_up_store_delete(struct txn *txn, struct id id);

#endif
