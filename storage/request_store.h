/*
 * request_store: the first answers to writes, for replays, as stored (SEC-G2).
 *
 * Key      owner (16 bytes) ‖ keyed hash of method and request_id (16 bytes).
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_REQUEST_STORE_H
#define HAYAT_STORAGE_REQUEST_STORE_H

#include "base/id.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

/* The hash is a struct id because it is stored where ids are: in expiry rows. */
struct id request_store_id(const struct seal_keys *keys, const char *method, bytes request_id);

status request_store_get(struct txn *txn, struct owner owner, struct id id,
                         Hayat__Store__V1__StoredRequest **ret_request);
status request_store_put(struct txn *txn, struct owner owner, struct id id,
                         const Hayat__Store__V1__StoredRequest *request);
status request_store_delete(struct txn *txn, struct owner owner, struct id id);

#endif
