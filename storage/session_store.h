/*
 * session_store: the sessions of all members, as stored.
 *
 * Key      keyed hash of the access token (32 bytes); the owner is inside the record.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_SESSION_STORE_H
#define HAYAT_STORAGE_SESSION_STORE_H

#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/table.h"

enum { SESSION_KEY_BYTES = 32 };

/* KEY will be got in a moment. */
void session_store_expect(const struct db *db, const uint8_t key[SESSION_KEY_BYTES]);
status session_store_get(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         Hayat__Store__V1__StoredSession **ret_session);
status session_store_put(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES],
                         const Hayat__Store__V1__StoredSession *session);
status session_store_delete(struct txn *txn, const uint8_t key[SESSION_KEY_BYTES]);

#endif
