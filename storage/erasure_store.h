/*
 * erasure_store: which leaf the next document gets, and the batch of documents that is being erased, as stored.
 *
 * Key      u32 1: the counter of what is kept; u32 4: the counter of what passes; u32 2: the batch; u32 3, u32 leaf: a dead leaf, whose
 *          document was dropped for another reason (a cancelled upload, a statement whose time is over) and whose key is still to be
 *          destroyed.  There is at most one batch: it is written in the transaction that takes its
 *          documents from their readers, before their keys are destroyed, and goes when the last of their chunks has gone.
 *          So a process that dies in between finds it, and goes on.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no batch) · STORE_FULL (no leaf is left) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_ERASURE_STORE_H
#define HAYAT_STORAGE_ERASURE_STORE_H

#include "base/status.h"
#include "hayat/store/v1/retention.pb-c.h"
#include "storage/db.h"

typedef Hayat__Store__V1__StoredErasure erasure_row;

/*
 * What members send is kept for years; what is made for them or for agents goes within days.  Among one another's leaves each
 * document that stays would end as a node of its own between erased ones, so each kind has half of the leaves, in which it goes in
 * about the order of time.  Stores from before the halves have passing ones in the first, too.
 */
enum erasure_half { HALF_KEPT, HALF_PASSING };
#define ERASURE_PASSING_FIRST UINT32_C(0x80000000)

/* A leaf that lives and was never given; after an old copy of the store was restored, one that was given and lives still. */
status erasure_store_take_leaf(struct txn *txn, enum erasure_half half, uint32_t *ret_leaf);

status erasure_store_batch(struct txn *txn, erasure_row **ret_batch);
/* A batch without items ends. */
status erasure_store_put_batch(struct txn *txn, const erasure_row *batch);

/* Nothing when LEAF is 0 or erased already. */
status erasure_store_add_dead(struct txn *txn, uint32_t leaf);
/* The first dead ones from FROM on, ascending, at most MOST. */
status erasure_store_dead(struct txn *txn, uint32_t from, uint32_t *ret_leaves, size_t most,
                          size_t *ret_count);
status erasure_store_forget_dead(struct txn *txn, const uint32_t *leaves, size_t count);

#endif
