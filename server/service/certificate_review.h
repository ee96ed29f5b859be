/*
 * certificate_review: a filed life certificate as reviewers see it and decide on it.
 *
 *   certificate_review_open ──> a task ──> describe, evidence, check ──> certificate_decided (life_certificate_flow.h) and a receipt
 *
 * Memory   in the call's, or the transaction's, arena.
 * Threads  the writer's, in the acting transaction.
 * Reasons  FINDINGS_INCOMPLETE · INVALID_FIELD · what stores, agency_open_owner and the flow say.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_REVIEW_H
#define HAYAT_SERVICE_CERTIFICATE_REVIEW_H

#include "service/task_kind.h"
#include "storage/life_certificate_store.h"

/* CERTIFICATE came IN_REVIEW and has no open task. */
status certificate_review_open(struct txn *txn, struct owner owner,
                               const Hayat__Store__V1__StoredLifeCertificate *certificate);
/* There is nothing to decide any more (the civil registry said so); OK when there was no task. */
status certificate_review_withdraw(struct txn *txn,
                                   const Hayat__Store__V1__StoredLifeCertificate *certificate);

extern const struct task_kind_ops certificate_review_kind;

#endif
