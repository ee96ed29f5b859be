/*
 * erasure: documents are destroyed by destroying their keys, in batches (SEC-D3, docs/adr/0017-erasure.md).
 *
 *   FILED ──erasure_take──> ERASED, in the batch ──keys destroyed──> ──chunks dropped, ≤ 64 a step──> gone, the batch too
 *           one commit                             the file beside     (SEC-D6)
 *                                                  the keyring
 *
 *   1 A document that is ERASED is nobody's any more: no reader, no reviewer, no filing finds it.
 *   2 Whatever dies in between, the batch is there to go on from: keys that are destroyed already are nothing, and chunks are
 *     dropped only after their keys.
 *   3 There is one batch at a time.
 *   4 A document that is ERASED and in no batch is no dead end: whoever judges documents takes it again.
 *
 * Threads  steps on the writer's thread; erasure_destroy on the job's, without a transaction.
 * Reasons  STORE_CORRUPT · ARENA_FULL · OVERLOADED · what auth/erasure_file.h says.
 */
#ifndef HAYAT_SERVICE_ERASURE_H
#define HAYAT_SERVICE_ERASURE_H

#include "base/id.h"
#include "base/limits.h"
#include "storage/erasure_store.h"
#include "storage/seal.h"

/* Adds a document to the batch, in the acting write transaction, while no batch is being destroyed; OVERLOADED when it is full
   (LIMIT_ERASURE_BATCH).  What is not there, or in the batch already, is nothing; what is ERASED and in none, since the batch was lost,
   is taken anew. */
status erasure_take(struct txn *txn, struct owner owner, struct id document);
/* Whether a document is in the batch. */
status erasure_has(struct txn *txn, struct owner owner, struct id document, bool *ret_has);

/* Leaves whose keys are to be destroyed, ascending. */
struct erasure_leaves {
    size_t count;
    uint32_t leaves[LIMIT_ERASURE_LEAVES];
};
/* ... of the batch; count 0: there is none. */
status erasure_batch_leaves(struct txn *txn, struct erasure_leaves *ret_leaves);
/* ... of documents that were dropped for other reasons (erasure_store_dead); forgotten once they are destroyed.  Beyond
   LIMIT_ERASURE_NODES_DEAD only those that leave no node between: the others wait, for the room that is left is for documents
   whose time is over. */
status erasure_dead_leaves(struct txn *txn, struct erasure_leaves *ret_leaves);
status erasure_forget_dead(struct txn *txn, const struct erasure_leaves *leaves);
/* Destroys their keys; again is nothing. */
status erasure_destroy(const char *keyring_path, const struct seal_keys *keys,
                       const struct erasure_leaves *leaves);
/* Drops up to LIMIT_CHUNKS_PER_STEP chunks of the batch's documents; only after erasure_destroy.  *ret_done when the batch is
   gone. */
status erasure_drop_step(struct txn *txn, bool *ret_done);
/* The batch does not open: it is forgotten.  It only names documents, and each of those says itself that it is ERASED, with its leaf:
   they are taken anew (erasure_take).  A batch that opens stays. */
status erasure_forget_batch(struct txn *txn);
/* The document that erasure_drop_step found damaged is in the batch no more: its key is destroyed, what is left of it stays. */
status erasure_pass_over(struct txn *txn);

#endif
