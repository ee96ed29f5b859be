/*
 * check_due_store: the documents that wait for the checker, and those whose cleaned copy was asked for, as stored.
 *
 * Key      check_due and clean_due: turn (u64, big-endian) ‖ document id.  A row is a reminder: its document may be gone.
 * Turns    A turn is a steady time in ms, so what waited before there were turns is in order, too.  An owner's first file that waits
 *          gets the turn after the one that is being taken now, the next the one after that: each turn has one of every owner who waits,
 *          so who sends a hundred delays the others by one (domain 5), and nobody comes into a turn that has begun, so each ends.  Rows that wait for another try have the highest bit set before the time they
 *          wait for, and are taken one for one with the others.
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
    int64_t time_ms; /* its turn, or when it is tried again; steady (storage/db.h) */
    bool again;      /* another try, not before time_ms */
    struct id document;
    struct owner owner;
    uint32_t tries, scans;
};

status check_due_store_put(struct txn *txn, const struct check_due *due);
status check_due_store_delete(struct txn *txn, const struct check_due *due);

/* The turn of an owner's file of whom WAITING others wait. */
status check_due_store_turn(struct txn *txn, enum check_queue queue, uint32_t waiting,
                            int64_t *ret_time_ms);

struct check_due_list {
    size_t count;
    struct check_due rows[LIMIT_CHECK_DUE];
};
/* Those whose turn it is, and those whose time to be tried again has come; at most half of them are of either kind while both wait. */
status check_due_store_list(struct txn *txn, enum check_queue queue,
                            struct check_due_list *ret_list);

#endif
