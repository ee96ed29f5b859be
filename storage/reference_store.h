/*
 * reference_store: versioned reference data: tariffs, rates, the delays of rejections and of the law, bank codes.
 *
 * Key      kind (u32, big-endian) ‖ first day it is valid (u32, days since 1970).  A version is valid until the next
 *          begins; versions are never changed once used, a correction is a new version.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Errors   NOT_FOUND (none is valid on that day, or none has that name) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_REFERENCE_STORE_H
#define HAYAT_STORAGE_REFERENCE_STORE_H

#include "base/status.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "storage/db.h"

/* The version of KIND valid on DAY. */
status reference_store_on(struct txn *txn, Hayat__Store__V1__ReferenceKind kind, int64_t day,
                          Hayat__Store__V1__StoredReferenceSet **ret_set);
/* The version of KIND with that name, "TNR-2006". */
status reference_store_version(struct txn *txn, Hayat__Store__V1__ReferenceKind kind,
                               const char *version, Hayat__Store__V1__StoredReferenceSet **ret_set);
/* The version that begins on FIRST_DAY. */
status reference_store_get(struct txn *txn, Hayat__Store__V1__ReferenceKind kind, int64_t first_day,
                           Hayat__Store__V1__StoredReferenceSet **ret_set);
/* The key comes from the set's kind and valid_from_days. */
status reference_store_put(struct txn *txn, const Hayat__Store__V1__StoredReferenceSet *set);

#endif
