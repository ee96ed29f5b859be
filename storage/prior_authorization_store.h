/*
 * prior_authorization_store: the prior authorisations of a member with their lines, and the summaries lists are made of.
 *
 * Key      owner (blinded, 16 bytes) ‖ id (16 bytes): a keyed hash of the owner and the number at the fund, as a claim's.
 * Order    of summaries: when it was asked for (request_ms), newest first, then the id.  first_care_days and
 *          last_care_days are the planned day, payment_days is the last day it may be used.
 * Rules    a prior authorisation and its summary (storage/summary_pages.h) are written together.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Errors   NOT_FOUND (no row) · STORE_CORRUPT (seal, encoding, or a record without its summary) · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_STORAGE_PRIOR_AUTHORIZATION_STORE_H
#define HAYAT_STORAGE_PRIOR_AUTHORIZATION_STORE_H

#include <stddef.h>

#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"
#include "storage/summary_pages.h"

#define PRIOR_AUTHORIZATION_ID_PREFIX "pa"

struct id prior_authorization_id_of(const struct seal_keys *keys, struct owner owner,
                                    bytes authorization_number);

status prior_authorization_store_get(struct txn *txn, struct owner owner, struct id id,
                                     Hayat__Store__V1__StoredPriorAuthorization **ret_record);

struct prior_authorization_put {
    struct id id;
    Hayat__Store__V1__StoredPriorAuthorization *record; /* record->change is set by the put */
    bytes view;                                         /* the serialized summary for lists */
};

/* Puts COUNT of one member, different ids, as consecutive changes. */
status prior_authorization_store_put(struct txn *txn, struct owner owner,
                                     const struct prior_authorization_put *puts, size_t count);

/* The record and its summary; nothing when it is not there. */
status prior_authorization_store_drop(struct txn *txn, struct owner owner, struct id id);

/* What a summary says of it; view, wire and change are not set.  For checks. */
struct summary prior_authorization_store_summary(
    struct id id, const Hayat__Store__V1__StoredPriorAuthorization *record);

/* Newest first; AFTER may be NULL. */
static inline status prior_authorization_store_walk(struct txn *txn, struct owner owner,
                                                    const struct summary_place *after,
                                                    summary_visit *visit, void *ctx)
{
    return summary_pages_walk(txn, (struct summary_list){TABLE_prior_authorization_page, owner},
                              after, visit, ctx);
}

static inline status prior_authorization_store_head(struct txn *txn, struct owner owner,
                                                    struct summary_head *ret_head)
{
    return summary_pages_head(txn, (struct summary_list){TABLE_prior_authorization_page, owner},
                              ret_head);
}

#endif
