/*
 * import: takes one CSV file of the fund's feed into the store.
 *
 * Invariants
 *   1 rows = accepted + unchanged + refused; a refused row is in the quarantine file, whole, with
 *     its line and reason.
 *   2 A batch's rows, the counters and the place to go on from are one commit (import_state, by
 *     source and file digest): a killed import goes on where it was, and counts and quarantines
 *     nothing twice.
 *   3 A file that was taken to its end is taken again from its beginning: its rows are then
 *     unchanged.
 *   4 Memory is bounded by one batch: IMPORT_BATCH_ROWS rows or IMPORT_BATCH_BYTES of rows and
 *     photos.
 *
 * Files    FILE.quarantine.csv, beside FILE, mode 0600 (it holds personal data); none when no row
 *          is refused. Its columns are line, reason, column, row; row is the original text.
 *          Photos are found beside FILE; a path may not leave that directory.
 * Errors   IMPORT_REFUSED (header) · FILE_UNREADABLE · FILE_UNWRITABLE · the store's;
 *          totals.failure says where.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_IMPORT_H
#define HAYAT_TOOLS_HAYATCTL_IMPORT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "service/feed_rows.h"
#include "service/receipt.h"
#include "storage/db.h"
#include "storage/writer.h"

enum {
    IMPORT_BATCH_ROWS =
        32000, /* a row makes two writes at most, but for views: under LIMIT_WRITE_SET_BULK */
    /* a commit that made so many cards' views takes no more rows: rows and views are under LIMIT_WRITE_SET_BULK even when
       each member has LIMIT_BENEFICIARIES cards */
    IMPORT_BATCH_VIEWS = 16000,
    IMPORT_BATCH_BYTES = 8 * 1024 * 1024,
};

struct import_options {
    struct db *db;
    struct writer *writer;
    const struct feed_rules *rules;
    const struct receipt_issuer *issuer; /* signs what the registry confirms */
    const struct clock *clock;           /* of the progress line */
    uint32_t batch_rows;                 /* 0: IMPORT_BATCH_ROWS */
    uint32_t batch_views;                /* 0: IMPORT_BATCH_VIEWS */
    uint64_t batches_max; /* stop after so many, as if killed; 0: no end.  For tests */
    bool quiet;
};

struct import_totals {
    uint64_t rows, accepted, unchanged, refused;
    uint64_t resumed_line; /* where a killed import went on; 0: from the beginning */
    bool done;
    char failure[PATH_MAX + 64]; /* when the import failed: what, with the path or the line */
};

/* KIND is no part of a claim or prior authorisation: those are taken by tools/hayatctl/import_sorted.h. */
status import_file(const struct import_options *options, enum feed_kind kind, const char *path,
                   struct import_totals *ret_totals);

/* Takes the first row, which must name the kind's columns: IMPORT_REFUSED, with the failure told, when it does not. */
struct csv_rows;
status import_check_header(struct csv_rows *rows, enum feed_kind kind,
                           struct import_totals *totals);

#endif
