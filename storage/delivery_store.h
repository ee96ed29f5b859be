/*
 * delivery_store: what became of the letters and text messages sent to a member: who settled them, when, how, with what proof.
 *
 * Key      owner (blinded, 16 bytes) ‖ sequence of the outbox row (u64, big-endian): in the order in which they were written.
 * Units    milliseconds since 1970 UTC.  The retention job ends a record (storage/tables.def).
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_DELIVERY_STORE_H
#define HAYAT_STORAGE_DELIVERY_STORE_H

#include "base/status.h"
#include "hayat/store/v1/delivery.pb-c.h"
#include "storage/db.h"
#include "storage/table.h"

status delivery_store_put(struct txn *txn, struct owner owner, uint64_t sequence,
                          const Hayat__Store__V1__StoredDelivery *delivery);

/* NOT_FOUND: its row waits still, or never was this owner's, or it is older than it is kept. */
status delivery_store_get(struct txn *txn, struct owner owner, uint64_t sequence,
                          Hayat__Store__V1__StoredDelivery **ret_delivery);

/* Newest first; return false to stop. */
typedef bool delivery_visit(void *ctx, uint64_t sequence,
                            const Hayat__Store__V1__StoredDelivery *delivery);
status delivery_store_each(struct txn *txn, struct owner owner, delivery_visit *visit, void *ctx);

#endif
