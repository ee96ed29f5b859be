/*
 * statement_pdf: a history of reimbursements for a complementary insurer, on A4 pages in French and Arabic.
 *
 * Who, which period, how many claims, the totals; every claim with its lines; the digest by which all forms of the
 * statement are known, and how its signature is checked.
 * Reasons  see paper/paper.h.
 */
#ifndef HAYAT_SERVER_RENDERER_STATEMENT_PDF_H
#define HAYAT_SERVER_RENDERER_STATEMENT_PDF_H

#include "hayat/paper/v1/statement.pb-c.h"
#include "paper/paper.h"

status statement_pdf(struct paper *paper, const Hayat__Paper__V1__Statement *statement,
                     const struct paper_output *output);

#endif
