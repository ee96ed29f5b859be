/*
 * feed_store: how far the core systems' feeds were taken, and what became of the last batches.
 *
 * Key      keyed hash of the system's id and its source's name, 16 bytes; of a batch, the same ‖ sequence (u64, big-endian).
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Errors   NOT_FOUND (no row) · STORE_CORRUPT (seal or encoding) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_FEED_STORE_H
#define HAYAT_STORAGE_FEED_STORE_H

#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "storage/db.h"

enum { FEED_SOURCE_MAX = 48, FEED_BATCHES_KEPT = 64 };

struct feed_source {
    struct id system;
    const char *name; /* at most FEED_SOURCE_MAX bytes (assert) */
};

status feed_store_get(struct txn *txn, const struct feed_source *source,
                      Hayat__Store__V1__StoredFeedSource **ret_state);
status feed_store_put(struct txn *txn, const struct feed_source *source,
                      const Hayat__Store__V1__StoredFeedSource *state);

status feed_store_get_batch(struct txn *txn, const struct feed_source *source, uint64_t sequence,
                            Hayat__Store__V1__StoredFeedBatch **ret_batch);
/* Forgets the batch FEED_BATCHES_KEPT before it. */
status feed_store_put_batch(struct txn *txn, const struct feed_source *source, uint64_t sequence,
                            const Hayat__Store__V1__StoredFeedBatch *batch);

#endif
