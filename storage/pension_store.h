/*
 * pension_store: the pensions of a member that oblige to file a life certificate.
 *
 * Key      owner (blinded, 16 bytes) ‖ seq (u32, big-endian), as the fund's feed numbers them.
 * Units    start dates are days since 1970-01-01, civil.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_PENSION_STORE_H
#define HAYAT_STORAGE_PENSION_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

status pension_store_get(struct txn *txn, struct owner owner, uint32_t seq,
                         Hayat__Store__V1__StoredPension **ret_pension);
status pension_store_put(struct txn *txn, struct owner owner, uint32_t seq,
                         const Hayat__Store__V1__StoredPension *pension);
struct pension_list {
    size_t count;
    struct {
        uint32_t seq;
        Hayat__Store__V1__StoredPension *record;
    } rows[LIMIT_PENSIONS];
};

/* By seq, at most LIMIT_PENSIONS of them. */
status pension_store_list(struct txn *txn, struct owner owner, struct pension_list *ret_list);
/* The pension with the lowest seq: the one certificates are filed for. */
status pension_store_first(struct txn *txn, struct owner owner,
                           Hayat__Store__V1__StoredPension **ret_pension);

#endif
