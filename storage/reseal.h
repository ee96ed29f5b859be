/*
 * reseal: after a rotation, every record of the domain is sealed with the new epoch's key, so that the old one can be
 * destroyed (SEC-D3, docs/adr/0004-resealing.md).
 *
 * In steps through the writer, each small enough to wait for; other writes go on, and what they write is in the new epoch
 * anyway.  Documents keep their bytes: their own keys are wrapped anew.  Where the work stands is in table reseal, so it goes
 * on after a restart; a rotation meanwhile begins it again.
 *
 * Threads  steps on the writer's thread; counting anywhere.
 * Reasons  STORE_CORRUPT · ARENA_FULL · STORE_FAILED · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_RESEAL_H
#define HAYAT_STORAGE_RESEAL_H

#include "hayat/store/v1/audit.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

typedef Hayat__Store__V1__StoredReseal reseal_row;

/* The domains whose records are sealed: IDENTITY, HEALTH, SESSION, DOCUMENT, SYSTEM, BANK. */
bool reseal_applies(enum key_domain domain);

/* One step of one domain; *ret_more says whether there is more to do now.  The transaction's arena needs
   LIMIT_CHECK_ARENA_BYTES. */
status reseal_step(struct txn *txn, enum key_domain domain, bool *ret_more);

/* How far it is; NOT_FOUND when the domain was never rotated. */
status reseal_get(struct txn *txn, enum key_domain domain, reseal_row **ret_row);

/* How many records, and wrapped keys of documents, are in EPOCH: 0 before its key may be destroyed.  In short read
   transactions, beside a running server. */
status reseal_count(struct db *db, enum key_domain domain, uint32_t epoch, uint64_t *ret_count);

#endif
