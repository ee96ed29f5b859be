/*
 * csv_rows: the rows of a CSV file (RFC 4180, LF or CRLF), one at a time, each with its line number
 * and its original bytes.  libcsv in strict mode reads the fields.
 *
 * A broken row (quotes, lone carriage return, more than CSV_ROW_BYTES_MAX bytes or
 * CSV_ROW_LINES_MAX lines) is told as such and reading goes on at the line after its first one, so
 * an open quote never swallows good rows.  Blank lines are no rows.  A byte order mark at the start
 * is skipped.
 *
 * Memory   one row; the views in a struct csv_row are good until the next call.
 * Errors   FILE_UNREADABLE (missing, not a regular file, read error).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_CSV_ROWS_H
#define HAYAT_TOOLS_HAYATCTL_CSV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { CSV_DIGEST_BYTES = 32 };
enum { CSV_ROW_BYTES_MAX = 16384, CSV_ROW_LINES_MAX = 8, CSV_FIELDS_MAX = 32 };

enum csv_state {
    CSV_ROW_GOOD,
    CSV_ROW_BROKEN,   /* quotes or line ends */
    CSV_ROW_TOO_LONG, /* raw is its beginning */
    CSV_ROWS_END,
};

struct csv_row {
    enum csv_state state;
    uint64_t line;      /* of its first line, from 1 */
    uint64_t next_line; /* where the next row begins */
    bytes raw;          /* without the line end */
    bytes fields[CSV_FIELDS_MAX];
    size_t field_count; /* past CSV_FIELDS_MAX they are counted, not kept */
};

struct csv_rows;

status csv_rows_open(const char *path, struct csv_rows **ret_rows);
void csv_rows_close(struct csv_rows *rows);
status csv_rows_next(struct csv_rows *rows, struct csv_row *ret_row);
/* Skips to LINE, which must begin a row and not be behind. */
status csv_rows_skip_to(struct csv_rows *rows, uint64_t line);
/* Of the next row. */
uint64_t csv_rows_line(const struct csv_rows *rows);
/* From now on the file's bytes are hashed as they are read: right after opening, BLAKE2b-256 of the whole at the end. */
void csv_rows_digest(struct csv_rows *rows);
void csv_rows_digest_final(struct csv_rows *rows, uint8_t digest[CSV_DIGEST_BYTES]);
/* How much of the file is read. */
uint32_t csv_rows_permille(const struct csv_rows *rows);

#endif
