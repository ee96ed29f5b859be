/*
 * outbox_store: effects to deliver at least once, committed with their cause.
 *
 * Key      sequence (u64, big-endian): the order of commits; never used twice.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_OUTBOX_STORE_H
#define HAYAT_STORAGE_OUTBOX_STORE_H

#include "base/bytes.h"
#include "base/status.h"
#include "storage/db.h"
#include "storage/seal.h"

/* KIND is a constant such as "life_certificate.submitted"; PAYLOAD what the deliverer needs, by kind. */
status outbox_store_append(struct txn *txn, struct owner owner, const char *kind, bytes payload);

#endif
