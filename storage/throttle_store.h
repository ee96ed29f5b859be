/*
 * throttle_store: counters of what was done within a window, as stored (SEC-B4).
 *
 * Key      keyed hash of purpose and whom, 16 bytes.
 * Units    steady time (storage/db.h): a window neither ends nor grows when the wall clock jumps.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_THROTTLE_STORE_H
#define HAYAT_STORAGE_THROTTLE_STORE_H

#include "base/id.h"
#include "hayat/store/v1/enrolment.pb-c.h"
#include "storage/table.h"

status throttle_store_get(struct txn *txn, struct id id,
                          Hayat__Store__V1__StoredThrottle **ret_throttle);
/* A new row also gets the reminder that will end it; IS_NEW as throttle_store_get told. */
status throttle_store_put(struct txn *txn, struct id id,
                          const Hayat__Store__V1__StoredThrottle *throttle, bool is_new);
status throttle_store_count(struct txn *txn, uint64_t *ret_count);
status throttle_store_delete(struct txn *txn, struct id id);

/* Of the window's slices, how long one is; and how long after its beginning it counts. */
int64_t throttle_slice_ms(int64_t window_ms);
int64_t throttle_slice_life_ms(int64_t window_ms);

/* For expiry_run: ends the row when nothing in it counts any more, else reminds again. */
status throttle_store_expire(struct txn *txn, struct id id);

#endif
