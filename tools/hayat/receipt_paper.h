/*
 * receipt_paper: a receipt on paper, drawn by the program hayat-paper that stands beside this one: a function of the receipt alone, so that
 * it works offline and after the fund's store is gone.
 *
 * Reasons  RECEIPT_INVALID · HELPER_FAILED (hayat-paper is not there, or its fonts are not) · FILE_UNWRITABLE.
 */
#ifndef HAYAT_CLI_RECEIPT_PAPER_H
#define HAYAT_CLI_RECEIPT_PAPER_H

#include "hayat.h"
#include "hayat/v1/life_certificate.pb-c.h"

/* Into the file PATH. */
status receipt_print(struct hayat *hayat, const Hayat__V1__SignedReceipt *receipt,
                     const char *path);

#endif
