/*
 * document_check: what the checker found in a document (SEC-E6), where it is kept and how a member is told.
 *
 *   upload complete ──document_check_ask──▶ PENDING ──document_check_done──▶ PASSED · REFUSED(reason, page) · NOT_CHECKED(reason)
 *
 * The files themselves are never looked at in this process: hayat-check does, spawned and confined, by jobs/checker_job.
 * A certificate is submitted with documents that are PENDING; one with a document whose reason blocks is not.  What a
 * machine refuses after that goes to a person with its reason: a machine's no alone is never final (SEC-F3).
 *
 * Memory   outputs live in the transaction's (or the call's) arena.
 * Reasons  what stores say.
 */
#ifndef HAYAT_SERVICE_DOCUMENT_CHECK_H
#define HAYAT_SERVICE_DOCUMENT_CHECK_H

#include "hayat/v1/life_certificate.pb-c.h"
#include "service/rpc.h"
#include "storage/document_store.h"

typedef Hayat__Store__V1__StoredDocumentCheck document_check_row;

/* Makes the document PENDING and puts it into the checker's queue; the record must be put afterwards. */
status document_check_ask(struct txn *txn, struct owner owner,
                          Hayat__Store__V1__StoredDocument *document);
/* Files a verdict: puts the document's record and the audit entry (SEC-F1), and tells the member of a refusal that came after filing.  A document that is gone, or has a verdict: nothing. */
status document_check_done(struct txn *txn, struct owner owner, struct id id,
                           const document_check_row *verdict);

/* The state; NOT_CHECKED for documents of before there was a checker. */
Hayat__Store__V1__CheckState document_check_state(const Hayat__Store__V1__StoredDocument *document);
/* True when the document keeps its draft from being submitted. */
bool document_check_blocks(const Hayat__Store__V1__StoredDocument *document);
/* "SCRIPTED"; a constant, "UNSPECIFIED" for none. */
const char *document_check_reason_name(Hayat__Store__V1__CheckReason reason);
/* What is wrong with a document that was checked, and what to do; "" for nothing. */
const char *document_check_text(const Hayat__Store__V1__StoredDocument *document,
                                enum language language);

/* How the documents of a certificate stand. */
struct document_verdicts {
    size_t pending, passed, refused, not_checked;
};
status document_check_verdicts(struct txn *txn, struct owner owner,
                               const Hayat__Store__V1__StoredLifeCertificate *certificate,
                               struct document_verdicts *ret_verdicts);

status document_check_message(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *document,
                              Hayat__V1__DocumentCheck **ret_message);

#endif
