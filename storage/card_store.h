/*
 * card_store: the cards of a member and of the dependants, and the photos on them.
 *
 * Key      owner (blinded, 16 bytes) ‖ seq (u32, big-endian): the seq of the beneficiary the card is for; holder 0.
 * Units    issue dates are days since 1970-01-01, civil; instants milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_CARD_STORE_H
#define HAYAT_STORAGE_CARD_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

struct card_row {
    uint32_t seq;
    const Hayat__Store__V1__StoredCard *record;
};

struct card_list {
    size_t count;
    struct card_row rows[LIMIT_BENEFICIARIES];
};

status card_store_get(struct txn *txn, struct owner owner, uint32_t seq,
                      Hayat__Store__V1__StoredCard **ret_card);
status card_store_put(struct txn *txn, struct owner owner, uint32_t seq,
                      const Hayat__Store__V1__StoredCard *card);
/* The holder's first, then the others by seq; the first LIMIT_BENEFICIARIES of them. */
status card_store_list(struct txn *txn, struct owner owner, struct card_list *ret_list);
/* The owner's card of that public id: another member's card is not found, like one that never was (SEC-A3). */
status card_store_find(struct txn *txn, struct owner owner, struct id card_id,
                       struct card_row *ret_row);

status card_store_get_photo(struct txn *txn, struct owner owner, uint32_t seq,
                            Hayat__Store__V1__StoredPhoto **ret_photo);
status card_store_put_photo(struct txn *txn, struct owner owner, uint32_t seq,
                            const Hayat__Store__V1__StoredPhoto *photo);

#endif
