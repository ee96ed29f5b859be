/*
 * rectification_store: what a member asked to be put right in what the fund has on file.
 *
 * Key      owner (blinded, 16 bytes) ‖ when, in ms (u64, big-endian) ‖ rectification id: in the order in which they were asked.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_RECTIFICATION_STORE_H
#define HAYAT_STORAGE_RECTIFICATION_STORE_H

#include "base/id.h"
#include "hayat/store/v1/retention.pb-c.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredRectification rectification_row;

status rectification_store_put(struct txn *txn, struct owner owner, const rectification_row *row);
/* Newest first, those before BEFORE (an empty key: all of them); the visited record is a rectification_row. */
status rectification_store_list(struct txn *txn, struct owner owner, struct key before,
                                table_visit *visit, void *ctx);
/* By its id.  NOT_FOUND. */
status rectification_store_find(struct txn *txn, struct owner owner, struct id id,
                                rectification_row **ret_row);

#endif
