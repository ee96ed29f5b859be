/*
 * audit: the audit entries of a call, for the pipeline and for MANUAL handlers (SEC-F1).
 *
 * Reasons  ARENA_FULL · OVERLOADED · STORE_CORRUPT: then the act must fail too.
 */
#ifndef HAYAT_SERVICE_AUDIT_H
#define HAYAT_SERVICE_AUDIT_H

#include "service/rpc.h"
#include "storage/audit_store.h"

/* What the caller did, with no subject but the caller itself: to be refined and given to audit_append. */
struct audit_event rpc_audit_event(const struct rpc *rpc, const char *event);

/* Appends what rpc->audit says, in TXN, the acting write transaction: an entry for each subject, one when there is none.
   EVENT is "hayat.v1.SessionService/EndSession". */
status rpc_audit_append(const struct rpc *rpc, struct txn *txn, const char *event, status outcome);

#endif
