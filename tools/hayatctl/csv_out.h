/*
 * csv_out: RFC 4180 rows with LF ends, to a stdio stream.  Errors are the stream's: look at ferror
 * at the end.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_CSV_OUT_H
#define HAYAT_TOOLS_HAYATCTL_CSV_OUT_H

#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/clock.h"

/* Every field but the row's first is written after csv_comma. */
void csv_comma(FILE *out);
void csv_end(FILE *out);
/* Quoted only when it must be. */
void csv_bytes(FILE *out, bytes field);
void csv_text(FILE *out, const char *field);
void csv_int(FILE *out, int64_t field);
/* YYYY-MM-DD; empty for year 0. */
void csv_date(FILE *out, struct date date);

#endif
