/*
 * paper_receipt: the two receipts of docs/receipts.md, made anew: invented, of a fixed key and fixed times.
 *
 * Memory   in the arena.
 */
#ifndef HAYAT_TESTS_PAPER_RECEIPT_H
#define HAYAT_TESTS_PAPER_RECEIPT_H

#include "hayat/v1/life_certificate.pb-c.h"
#include "service/receipt.h"

/* The key whose seed is 32 bytes of 7. */
void paper_receipt_signer(struct receipt_signer *signer);
/* With that many documents (2 in the vector). */
Hayat__V1__ReceiptPayload *paper_receipt_filing(struct arena *arena, size_t documents);
/* A refusal with the findings that docs/receipts.md shows. */
Hayat__V1__ReceiptPayload *paper_receipt_decision(struct arena *arena);
/* The civil registry's word, of somebody who filed nothing. */
Hayat__V1__ReceiptPayload *paper_receipt_registry(struct arena *arena);
Hayat__V1__SignedReceipt *paper_receipt_signed(const struct receipt_signer *signer,
                                               struct arena *arena,
                                               const Hayat__V1__ReceiptPayload *payload);

#endif
