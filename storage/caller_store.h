/*
 * caller_store: who calls by client certificate, and whose a public key is, as stored.
 *
 * Key      table caller: caller id (16 bytes); table caller_key: SHA-256 of the public key (32 bytes).  Both are written
 *          together; a key that was replaced loses its row, so that no two keys speak for one caller.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_CALLER_STORE_H
#define HAYAT_STORAGE_CALLER_STORE_H

#include "base/id.h"
#include "hayat/store/v1/agents.pb-c.h"
#include "storage/table.h"

enum { CALLER_KEY_BYTES = 32 };

status caller_store_get(struct txn *txn, struct id id, Hayat__Store__V1__StoredCaller **ret_caller);
/* The caller whose key hashes to KEY; its id in the record is the one looked up. */
status caller_store_by_key(struct txn *txn, const uint8_t key[CALLER_KEY_BYTES],
                           Hayat__Store__V1__StoredCaller **ret_caller);
/* Writes the caller and its key's row; drops the row of the key it had before. */
status caller_store_put(struct txn *txn, const Hayat__Store__V1__StoredCaller *caller);
/* The caller and its key's row. */
status caller_store_drop(struct txn *txn, const Hayat__Store__V1__StoredCaller *caller);
/* In an order that means nothing, those after AFTER (NULL: all of them); RECORD is a StoredCaller. */
status caller_store_list(struct txn *txn, const struct id *after, table_visit *visit, void *ctx);

#endif
