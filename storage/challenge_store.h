/*
 * challenge_store: nonces waiting for a device's signature, as stored.
 *
 * Key      challenge id (16 bytes).  The row is deleted by its first use, or by expiry.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_CHALLENGE_STORE_H
#define HAYAT_STORAGE_CHALLENGE_STORE_H

#include "base/id.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

status challenge_store_get(struct txn *txn, struct id id,
                           Hayat__Store__V1__StoredChallenge **ret_challenge);
status challenge_store_put(struct txn *txn, struct id id,
                           const Hayat__Store__V1__StoredChallenge *challenge);
/* How many wait for their signature or their end. */
status challenge_store_count(struct txn *txn, uint64_t *ret_count);
status challenge_store_delete(struct txn *txn, struct id id);

#endif
