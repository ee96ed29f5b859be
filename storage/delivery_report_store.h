/*
 * delivery_report_store: the text messages on which the network may still report, and whose record of deliveries that is about.
 *
 * Key      sequence of the outbox row (u64, big-endian), so the oldest come first.
 * Units    steady milliseconds (storage/db.h).
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_DELIVERY_REPORT_STORE_H
#define HAYAT_STORAGE_DELIVERY_REPORT_STORE_H

#include "base/id.h"
#include "base/status.h"
#include "storage/db.h"
#include "storage/table.h"

struct awaited_report {
    struct owner owner;
    struct id agent; /* who acknowledged the message */
};

/* Drops up to LIMIT_REPORTS_DROPPED rows that are older than LIMIT_REPORT_LIFE_MS: with each put, or the table would grow faster than it is
   emptied, and in the scheduler's steps, or what is there would stay for ever once no report is awaited any more.  One that does not open
   is as old as any: it only points at a record of deliveries, which is then as if the network never reported.  It is dropped and counted in
   *DAMAGED, for whoever tells; with NULL it stays for them. */
status delivery_report_store_drop_old(struct txn *txn, uint64_t *damaged);
status delivery_report_store_put(struct txn *txn, uint64_t sequence,
                                 const struct awaited_report *report);
status delivery_report_store_get(struct txn *txn, uint64_t sequence,
                                 struct awaited_report *ret_report);
status delivery_report_store_delete(struct txn *txn, uint64_t sequence);

#endif
