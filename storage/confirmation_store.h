/*
 * confirmation_store: what the civil registry said of a member's being alive.
 *
 * Key      owner (blinded, 16 bytes) ‖ keyed hash of the registry's own reference (16 bytes).
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_CONFIRMATION_STORE_H
#define HAYAT_STORAGE_CONFIRMATION_STORE_H

#include "base/status.h"
#include "hayat/store/v1/campaign.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

status confirmation_store_get(struct txn *txn, struct owner owner, const char *reference,
                              Hayat__Store__V1__StoredLifeConfirmation **ret_confirmation);
status confirmation_store_put(struct txn *txn, struct owner owner,
                              const Hayat__Store__V1__StoredLifeConfirmation *confirmation);

#endif
