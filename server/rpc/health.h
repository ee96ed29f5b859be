/*
 * health: grpc.health.v1 for "" (the whole server) and each service that is routed.  All serve or
 * none does, but for four: the audit's does not while heads of the chain cannot be exported, the bank accounts' while
 * the bank's breaker is open, the reviewers' while documents are not checked, and the privacy's while retention does not come to its end.
 *
 * Threads  the state is one atomic; the handlers are the pipeline's.
 */
#ifndef HAYAT_RPC_HEALTH_H
#define HAYAT_RPC_HEALTH_H

#include <stdbool.h>

void health_set_serving(bool serving);
void health_set_audit_late(bool late);
/* BankAccountService serves its methods still; a watcher sees that nobody verifies accounts. */
void health_set_bank_silent(bool silent);
/* PrivacyService likewise; a watcher sees that what has had its time does not go. */
void health_set_retention_late(bool late);
/* ReviewService serves its methods still; a watcher sees that documents wait for their check, and evidence for its copy. */
void health_set_checker_down(bool down);

#endif
