/*
 * certificate_documents: a certificate with its documents, as stored and as the API shows them.
 *
 * Memory  everything lives in rpc->arena.
 * Reasons NOT_FOUND (another member's id and an unknown one alike, SEC-A3) · what stores say.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_DOCUMENTS_H
#define HAYAT_SERVICE_CERTIFICATE_DOCUMENTS_H

#include "hayat/v1/life_certificate.pb-c.h"
#include "service/life_certificate_rules.h"
#include "service/life_certificate_state.h"
#include "service/rpc.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"

struct certificate_documents {
    size_t count;
    Hayat__Store__V1__StoredDocument *rows[LIMIT_DOCUMENTS_PER_CERTIFICATE];
};

/* "lc_…" of the caller. */
status certificate_find(struct rpc *rpc, const char *text,
                        Hayat__Store__V1__StoredLifeCertificate **ret_certificate);
/* The complete uploads of a draft, the documents of a filed certificate; in the transaction's arena. */
status certificate_documents_load_of(struct txn *txn, struct owner owner,
                                     const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                     struct certificate_documents *ret_documents);
/* Of the caller's. */
status certificate_documents_load(struct rpc *rpc,
                                  const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                  struct certificate_documents *ret_documents);
struct item_list certificate_missing(const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                     const struct certificate_documents *documents);
/* Adds or takes away a document's id and counts the change (etag); the record must be put afterwards. */
status certificate_add_document(struct rpc *rpc,
                                Hayat__Store__V1__StoredLifeCertificate *certificate,
                                ProtobufCBinaryData document_id);
/* When more was needed: forgets the filed documents of ITEM, but for items that repeat; the receipt of before names them still. */
void certificate_drop_replaced(struct rpc *rpc,
                               Hayat__Store__V1__StoredLifeCertificate *certificate, uint32_t item);
/* When LIMIT_DOCUMENTS_PER_CERTIFICATE are there: the oldest filed ones of what repeats make way, so that one more has room.  They become its
   earlier ones, which reviewers see still, and receipts name them. */
status certificate_make_way(struct rpc *rpc, Hayat__Store__V1__StoredLifeCertificate *certificate);
/* What made way, as far as it is there yet. */
struct certificate_earlier {
    size_t count;
    Hayat__Store__V1__StoredDocument *rows[LIMIT_DOCUMENTS_EARLIER_LISTED];
};
status certificate_earlier_load(struct txn *txn, struct owner owner,
                                const Hayat__Store__V1__StoredLifeCertificate *certificate,
                                struct certificate_earlier *ret_earlier);
void certificate_remove_document(Hayat__Store__V1__StoredLifeCertificate *certificate,
                                 ProtobufCBinaryData document_id);

status certificate_document_message(struct arena *arena,
                                    const Hayat__Store__V1__StoredDocument *document,
                                    Hayat__V1__CertificateDocument **ret_message);
/* COUNT of ROWS, with what the check found of each. */
status certificate_documents_message(struct rpc *rpc, Hayat__Store__V1__StoredDocument *const *rows,
                                     size_t count, Hayat__V1__CertificateDocument ***ret_messages);
status certificate_message(struct rpc *rpc,
                           const Hayat__Store__V1__StoredLifeCertificate *certificate,
                           const struct certificate_documents *documents,
                           Hayat__V1__LifeCertificate **ret_message);
/* "7": the version as text. */
char *certificate_etag(struct rpc *rpc, const Hayat__Store__V1__StoredLifeCertificate *certificate);
status missing_items_message(struct rpc *rpc, const struct item_list *missing, size_t *ret_count,
                             Hayat__V1__DocumentItem **ret_items);

#endif
