/*
 * obligation_store: what each pension obliges its owner to prove in each year.
 *
 * Key      owner (blinded, 16 bytes) ‖ year (u32, big-endian) ‖ pension seq (u32, as pension_store's).
 * Rules    state is what the year's certificates and the suspension make of it (service/life_certificate_state.h): db check compares.
 * Units    instants are milliseconds since 1970 UTC; days are civil.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_OBLIGATION_STORE_H
#define HAYAT_STORAGE_OBLIGATION_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/campaign.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

typedef Hayat__Store__V1__StoredObligation obligation_row;

status obligation_store_get(struct txn *txn, struct owner owner, int32_t year, uint32_t pension_seq,
                            obligation_row **ret_obligation);
/* The key comes from the record. */
status obligation_store_put(struct txn *txn, struct owner owner, const obligation_row *obligation);

struct obligation_list {
    size_t count;
    obligation_row *rows[LIMIT_OBLIGATIONS];
};

/* Newest year first. */
status obligation_store_list(struct txn *txn, struct owner owner, struct obligation_list *ret_list);

#endif
