/*
 * claim_message: stored claims and prior authorisations as the API shows them whole: with texts in the caller's language.
 *
 * Memory  messages live in the call's arena and share the records' strings, which live there too.
 * Reasons STORE_CORRUPT (a claim without its beneficiary) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CLAIM_MESSAGE_H
#define HAYAT_SERVICE_CLAIM_MESSAGE_H

#include "hayat/store/v1/claims.pb-c.h"
#include "hayat/v1/claim.pb-c.h"
#include "hayat/v1/prior_authorization.pb-c.h"
#include "service/rpc.h"

status claim_message(struct rpc *rpc, struct id id, const Hayat__Store__V1__StoredClaim *claim,
                     Hayat__V1__Claim **ret_message);
status prior_authorization_message(struct rpc *rpc, struct id id,
                                   const Hayat__Store__V1__StoredPriorAuthorization *record,
                                   Hayat__V1__PriorAuthorization **ret_message);

#endif
