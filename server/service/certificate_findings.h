/*
 * certificate_findings: all that a person found wrong or missing, read from a decision, checked for being all of it, and digested.
 *
 * RULE LC-17: who does not accept a certificate says at once what is wrong with each document that is not accepted and names each item that
 * the route needs and that is not there: nobody is refused three times, each time for another thing.  domain 5
 *
 * RULE LC-16: nobody accepts what nobody could look at: a yes needs every document of the route to be one that can be shown.
 *
 * Memory   in the call's arena.
 * Reasons  INVALID_FIELD · FINDINGS_INCOMPLETE (PreconditionFailure: DOCUMENT_UNANSWERED with each document's id, ITEM_UNANSWERED with each
 *          item, NOTHING_SAID; with a yes DOCUMENT_UNREADABLE with each document's id) · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_FINDINGS_H
#define HAYAT_SERVICE_CERTIFICATE_FINDINGS_H

#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/certificate_documents.h"
#include "service/task.h"

struct findings_about {
    const Hayat__Store__V1__StoredLifeCertificate *certificate;
    const struct certificate_documents *documents;
};

/* Into VOTE, whose said is set. */
status findings_read(struct rpc *rpc, const struct findings_about *about,
                     const Hayat__Backoffice__V1__DecideTaskRequest *request,
                     struct task_vote *vote);

/* SHA-256, 32 bytes, of the findings of VOTE as text (docs/receipts.md). */
status findings_digest(struct arena *arena, const Hayat__Store__V1__StoredVote *vote,
                       uint8_t *ret_digest);

#endif
