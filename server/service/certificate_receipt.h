/*
 * certificate_receipt: the fund's receipt for a filed certificate, kept in the certificate's record (SEC-F4).
 *
 * Memory  everything lives in rpc->arena.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_RECEIPT_H
#define HAYAT_SERVICE_CERTIFICATE_RECEIPT_H

#include "service/certificate_documents.h"
#include "service/life_certificate_rules.h"
#include "storage/pension_store.h"

struct receipt_about {
    Hayat__Store__V1__StoredLifeCertificate *certificate; /* filed; the receipt goes into it */
    const Hayat__Store__V1__StoredPension *pension;
    const struct campaign *campaign;
    const struct certificate_documents *documents;
};

status certificate_receipt_issue(struct rpc *rpc, const struct receipt_about *about,
                                 Hayat__V1__SignedReceipt **ret_receipt);

#endif
