/*
 * statement_csv: a statement as a table (RFC 4180: comma, CRLF, quotes where needed; UTF-8), and its content digest.
 *
 * Rows     the column names; one "statement" row (period, insured person, registration number); one "line" row for each
 *          line of each claim; one "total" row; one "sha256" row whose reference is the SHA-256, in hex, of all bytes
 *          before it: the content digest that the other forms print too.  All rows have all columns.
 * Columns  docs/clients.md.  Amounts, rates and coefficients have a decimal point; dates are YYYY-MM-DD.
 * Safety   a text that a spreadsheet would take for a formula gets an apostrophe in front.
 * Reasons  ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_STATEMENT_CSV_H
#define HAYAT_SERVICE_STATEMENT_CSV_H

#include "base/arena.h"
#include "hayat/paper/v1/statement.pb-c.h"
#include "service/statement_verify.h"

status statement_csv(const Hayat__Paper__V1__Statement *statement, struct arena *arena,
                     bytes *ret_file, uint8_t ret_content_sha256[STATEMENT_SHA256_BYTES]);

#endif
