/*
 * claim_view: a claim, or a prior authorisation, as lists show it: the serialized hayat.v1.ClaimSummary, or
 * PriorAuthorizationSummary, which is stored beside the record and spliced into replies as it stands.
 *
 * Rules    whoever stores a record builds its view from the same record, in the same transaction.  A view holds no text in
 *          a language and nothing that depends on the day it is read or on reference data: it is never older than its record.
 * Memory   the view lives in ARENA.
 * Threads  re-entrant.
 * Reasons  ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CLAIM_VIEW_H
#define HAYAT_SERVICE_CLAIM_VIEW_H

#include "base/arena.h"
#include "base/id.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/v1/claim.pb-c.h"
#include "hayat/v1/prior_authorization.pb-c.h"

/* BENEFICIARY is the public id of the claim's beneficiary. */
status claim_view_build(struct arena *arena, struct id claim_id, struct id beneficiary,
                        const Hayat__Store__V1__StoredClaim *claim, bytes *ret_view);
status prior_authorization_view_build(struct arena *arena, struct id id, struct id beneficiary,
                                      const Hayat__Store__V1__StoredPriorAuthorization *record,
                                      bytes *ret_view);

/* The same as messages, sharing the record's texts; NULL when the arena ran dry. */
Hayat__V1__ClaimSummary *claim_summary(struct arena *arena, struct id claim_id,
                                       struct id beneficiary,
                                       const Hayat__Store__V1__StoredClaim *claim);
Hayat__V1__PriorAuthorizationSummary *prior_authorization_summary(
    struct arena *arena, struct id id, struct id beneficiary,
    const Hayat__Store__V1__StoredPriorAuthorization *record);
Hayat__V1__AmountSplit *split_message(struct arena *arena,
                                      const Hayat__Store__V1__StoredSplit *split);

/* The earliest day told for an item the fund waits for; 0 when none is told. */
int64_t missing_items_respond_by(Hayat__Store__V1__StoredMissingItem *const *items, size_t count);

#endif
