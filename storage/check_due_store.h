/*
 * check_due_store: the documents that wait for the checker, and those whose cleaned copy was asked for, as stored.
 *
 * Key      check_due and clean_due: steady time in ms (u64, big-endian) ‖ document id.  A row is a reminder: its document may be gone.
 * Memory   outputs live in the caller's structs.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  STORE_CORRUPT · ARENA_FULL · OVERLOADED (write-set full) · STORE_FAILED.
 */
#ifndef HAYAT_STORAGE_CHECK_DUE_STORE_H
#define HAYAT_STORAGE_CHECK_DUE_STORE_H

#include "base/id.h"
#include "base/limits_checker.h"
#include "storage/table.h"

enum check_queue { CHECK_QUEUE_CHECK = TABLE_check_due, CHECK_QUEUE_CLEAN = TABLE_clean_due };

struct check_due {
    enum check_queue queue;
    int64_t time_ms; /* steady (storage/db.h) */
    struct id document;
    struct owner owner;
    uint32_t tries, scans;
};

status check_due_store_put(struct txn *txn, const struct check_due *due);
status check_due_store_delete(struct txn *txn, const struct check_due *due);

struct check_due_list {
    size_t count;
    struct check_due rows[LIMIT_CHECK_DUE];
};
/* Those whose time has come, the oldest first. */
status check_due_store_list(struct txn *txn, enum check_queue queue,
                            struct check_due_list *ret_list);

#endif
