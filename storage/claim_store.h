/*
 * claim_store: the claims of a member with their lines and payments, and the summaries lists are made of.
 *
 * Key      owner (blinded, 16 bytes) ‖ claim id (16 bytes).  The id is a keyed hash of the owner and the file's number at
 *          the fund: the same file has the same id in every import, and no index from number to id is needed.
 * Order    of summaries: the receipt day (of a claim without one: the deposit's, else the first care's), newest first,
 *          then the id.
 * Rules    a claim and its summary (storage/summary_pages.h) are written together.  A claim is never deleted while kept.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Errors   NOT_FOUND (no row) · STORE_CORRUPT (seal, encoding, or a claim without its summary) · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_CLAIM_STORE_H
#define HAYAT_STORAGE_CLAIM_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"
#include "storage/summary_pages.h"

#define CLAIM_ID_PREFIX "clm"

struct id claim_id_of(const struct seal_keys *keys, struct owner owner, bytes file_number);

status claim_store_get(struct txn *txn, struct owner owner, struct id id,
                       Hayat__Store__V1__StoredClaim **ret_claim);

struct claim_put {
    struct id id;
    Hayat__Store__V1__StoredClaim *claim; /* claim->change is set by the put */
    bytes view;                           /* the serialized summary for lists */
};

/* Puts COUNT claims of one member, different ids, as consecutive changes. */
status claim_store_put(struct txn *txn, struct owner owner, const struct claim_put *puts,
                       size_t count);

/* The claim and its summary; nothing when it is not there. */
status claim_store_drop(struct txn *txn, struct owner owner, struct id id);

/* What a summary says of a claim; view, wire and change are not set.  For checks. */
struct summary claim_store_summary(struct id id, const Hayat__Store__V1__StoredClaim *claim);

/* Newest first; AFTER may be NULL. */
static inline status claim_store_walk(struct txn *txn, struct owner owner,
                                      const struct summary_place *after, summary_visit *visit,
                                      void *ctx)
{
    return summary_pages_walk(txn, (struct summary_list){TABLE_claim_page, owner}, after, visit,
                              ctx);
}

static inline status claim_store_head(struct txn *txn, struct owner owner,
                                      struct summary_head *ret_head)
{
    return summary_pages_head(txn, (struct summary_list){TABLE_claim_page, owner}, ret_head);
}

#endif
