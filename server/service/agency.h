/*
 * agency: how an agent gets to a member's data, one member at a time (SEC-A7).
 *
 *   exact number → budget of distinct members → the member → canary?      all in the transaction that answers
 *
 * The audit entry names the member, the agent and the purpose; the pipeline commits it with the answer, or there is no answer.
 * What was asked in vain (nobody, over budget) is committed and audited, too: keep_writes is set.
 *
 * Memory   everything lives in rpc->arena.
 * Reasons  INVALID_FIELD · AGENT_BUDGET (QuotaFailure, RetryInfo) · NOT_FOUND · what stores say.
 */
#ifndef HAYAT_SERVICE_AGENCY_H
#define HAYAT_SERVICE_AGENCY_H

#include "hayat/backoffice/v1/agency.pb-c.h"
#include "service/rpc.h"
#include "storage/member_store.h"

struct agency_member {
    struct owner owner;
    const Hayat__Store__V1__StoredMember *member;
    const Hayat__Store__V1__StoredBeneficiary *holder;
};

/* Why, into the audit entry; agency_open does it, too. */
status agency_purpose(struct rpc *rpc, const Hayat__Backoffice__V1__Access *access);
/* KEY and ACCESS are the request's. */
status agency_open(struct rpc *rpc, const Hayat__Backoffice__V1__MemberKey *key,
                   const Hayat__Backoffice__V1__Access *access, struct agency_member *ret_member);
/* The same for whom a task names: budget, member, canary; the caller says why. */
status agency_open_owner(struct rpc *rpc, struct owner owner, struct agency_member *ret_member);

#endif
