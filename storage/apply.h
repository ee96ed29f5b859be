/*
 * apply: a write-set into LMDB's write transaction; called by writer_apply alone.
 *
 * A small set is applied in the order it was written.  A large one (import) is sorted by table and
 * key first: no two entries have the same key, so the order is free, and neighbours share pages.
 * Returns  0 or LMDB's error; after an error the transaction must be aborted.
 */
#ifndef HAYAT_STORAGE_APPLY_H
#define HAYAT_STORAGE_APPLY_H

#include "storage/txn.h"

int apply_write_set(struct txn *txn, const struct write_set *set);

#endif
