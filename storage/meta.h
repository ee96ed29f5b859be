/*
 * meta: the store's one row about itself: schema version, the high-water mark of the wall clock and
 * the steady time (SEC-G4). For storage/ only.
 * Errors  STORE_VERSION (another schema) · STORE_CORRUPT (does not open: damaged, or not these
 *         keys).
 */
#ifndef HAYAT_STORAGE_META_H
#define HAYAT_STORAGE_META_H

#include "storage/txn.h"

enum { SCHEMA_VERSION = 1 };

/* What the store knew of the time at its last mark. */
struct meta_time {
    int64_t wall_high_water_ms;
    int64_t steady_ms; /* at boot_us of the machine's start BOOT */
    int64_t boot_us;
    uint64_t boot;
};

/* Reads the row inside MDB; a new store that is writable gets one. */
status meta_load(struct db *db, MDB_txn *mdb, struct meta_time *ret_time);
/* Puts the row with that mark into TXN's write-set. */
status meta_put_time(struct txn *txn, const struct meta_time *mark);

#endif
