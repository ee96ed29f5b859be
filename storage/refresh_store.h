/*
 * refresh_store: refresh tokens, used ones too, as stored.
 *
 * Key      keyed hash of the token (32 bytes); the owner is inside the record.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_REFRESH_STORE_H
#define HAYAT_STORAGE_REFRESH_STORE_H

#include "hayat/store/v1/session.pb-c.h"
#include "storage/session_store.h"

typedef Hayat__Store__V1__StoredRefresh refresh_row;

status refresh_store_get(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         refresh_row **ret_row);
status refresh_store_put(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         const refresh_row *row);
status refresh_store_delete(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES]);

#endif
