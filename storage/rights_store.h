/*
 * rights_store: when a member and the people covered are insured, and what exempts them: one cell each for the family.
 *
 * Key      owner (blinded, 16 bytes).
 * Order    periods and exemptions by beneficiary, then by number.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Errors   STORE_CORRUPT (seal or encoding) · ARENA_FULL · OVERLOADED (more than LIMIT_RIGHTS_PERIODS).
 */
#ifndef HAYAT_STORAGE_RIGHTS_STORE_H
#define HAYAT_STORAGE_RIGHTS_STORE_H

#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

/* Empty ones when nothing is on file. */
status rights_store_get(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredRights **ret_rights);
status exemption_store_get(struct txn *txn, struct owner owner,
                           Hayat__Store__V1__StoredExemptions **ret_exemptions);

/* Puts one period or exemption in its place, replacing the one with the same beneficiary and number. */
status rights_store_put(struct txn *txn, struct owner owner,
                        Hayat__Store__V1__StoredRightsPeriod *period);
status exemption_store_put(struct txn *txn, struct owner owner,
                           Hayat__Store__V1__StoredExemption *exemption);

#endif
