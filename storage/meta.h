/*
 * meta: the store's one row about itself: schema version and the high-water mark of the wall clock
 * (SEC-G4). For storage/ only.
 * Errors  STORE_VERSION (another schema) · STORE_CORRUPT (does not open: damaged, or not these
 *         keys).
 */
#ifndef HAYAT_STORAGE_META_H
#define HAYAT_STORAGE_META_H

#include "storage/txn.h"

enum { SCHEMA_VERSION = 1 };

/* Reads the row inside MDB; a new store that is writable gets one. */
status meta_load(struct db *db, MDB_txn *mdb, int64_t *ret_high_water_ms);
/* Puts the row with that mark into TXN's write-set. */
status meta_put_high_water(struct txn *txn, int64_t wall_ms);

#endif
