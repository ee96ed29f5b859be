/*
 * home_store: what the first screen shows of a member, as service/home_view.h makes it; derived, never told by a feed.
 *
 * Key      owner (blinded, 16 bytes).
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Errors   NOT_FOUND (none was made) · STORE_CORRUPT (seal or encoding) · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_HOME_STORE_H
#define HAYAT_STORAGE_HOME_STORE_H

#include "base/status.h"
#include "hayat/store/v1/home.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

typedef Hayat__Store__V1__StoredHomeView home_row;

status home_store_get(struct txn *txn, struct owner owner, home_row **ret_row);
status home_store_put(struct txn *txn, struct owner owner, const home_row *row);

#endif
