/*
 * certificate_receipt: the fund's receipts for a certificate, of its filing and of the decision, kept in the certificate's record (SEC-F4).
 *
 * Memory  everything lives in the transaction's arena.
 * Threads in the acting transaction.
 * Reasons STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_CERTIFICATE_RECEIPT_H
#define HAYAT_SERVICE_CERTIFICATE_RECEIPT_H

#include "service/certificate_documents.h"
#include "service/life_certificate_rules.h"
#include "service/receipt.h"
#include "storage/pension_store.h"

struct app;

/* The fund, as it is configured. */
struct receipt_issuer receipt_issuer_of(const struct app *app);

struct receipt_about {
    Hayat__Store__V1__StoredLifeCertificate *certificate; /* filed; the receipt goes into it */
    const Hayat__Store__V1__StoredPension *pension;
    const struct campaign *campaign;
    const struct certificate_documents *documents;
};

status certificate_receipt_issue(struct txn *txn, const struct receipt_issuer *issuer,
                                 const struct receipt_about *about,
                                 Hayat__V1__SignedReceipt **ret_receipt);

struct receipt_decision {
    Hayat__V1__ReceiptOutcome outcome;
    uint8_t findings_sha256[RECEIPT_DIGEST_BYTES]; /* certificate_findings.h */
    int64_t confirm_days;                          /* of the registry ... */
    const char *registry_reference;                /* ... NULL: a person decided */
};

/* Of a decision for good; the receipt goes into the certificate, beside the one of its filing. */
status certificate_receipt_decide(struct txn *txn, const struct receipt_issuer *issuer,
                                  const struct receipt_about *about,
                                  const struct receipt_decision *decision);

#endif
