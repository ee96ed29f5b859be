/*
 * receipt_pdf: a receipt of a life certificate, of its filing or of the decision, on A4 in French and Arabic.
 *
 * What was filed, when, in time or not, what was decided; the digests of the documents; a QR code that holds the whole receipt with its
 * signature, so that the paper alone proves it.
 * Reasons  see paper/paper.h.
 */
#ifndef HAYAT_SERVER_RENDERER_RECEIPT_PDF_H
#define HAYAT_SERVER_RENDERER_RECEIPT_PDF_H

#include "hayat/paper/v1/receipt.pb-c.h"
#include "paper/paper.h"

status receipt_pdf(struct paper *paper, const Hayat__Paper__V1__Receipt *receipt,
                   const struct paper_output *output);

#endif
