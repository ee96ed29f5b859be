/*
 * check: opens and decodes every cell of every table, as `hayatctl db check` does (SEC-D8).
 *
 * LMDB notices no corruption; a cell that opens is whole, in its place and its owner's (SEC-D1).
 * Chunks are opened with their document's key.  Summaries are compared with their records, all of a member at once.  What a
 * check cannot see is any other row that is missing altogether.
 *
 * Work     in steps of one read transaction, at most LIMIT_CHECK_STEP_MS and
 *          LIMIT_CHECK_STEP_CELLS each (SEC-D7); rows that come and go meanwhile are seen or not.
 * Memory   one arena of its own, emptied between cells.
 * Errors   STORE_CORRUPT (at least one bad cell: the report says which) · CANCELLED (progress said
 *          stop) · STORE_READERS_FULL · STORE_FAILED.
 */
#ifndef HAYAT_STORAGE_CHECK_H
#define HAYAT_STORAGE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/status.h"
#include "storage/db.h"
#include "storage/table.h"

enum { CHECK_TABLES = 128 }; /* table ids are below */

struct check_bad {
    enum table_id table;
    enum reason why; /* STORE_CORRUPT, or NOT_FOUND for a chunk or summary without its record */
    struct key
        key; /* its first LIMIT_KEY_BYTES; empty: a page of the table is broken, and what comes after it was not seen */
};

struct db_check_report {
    uint64_t cells[CHECK_TABLES]; /* by table id, bad ones included */
    uint64_t cells_total, bytes_total;
    uint64_t erased; /* chunks whose key was destroyed and that wait to be dropped: not bad */
    uint32_t epochs
        [DOMAIN_MAX]; /* a bit for each epoch that a record of the domain, or a document's wrapped key, is in */
    uint64_t bad_total;
    struct check_bad bad[LIMIT_CHECK_BAD]; /* the first ones */
    uint32_t bad_listed;
};

/* After every step; false stops.  May sleep, to keep a rate. */
typedef bool db_check_progress(void *ctx, const struct db_check_report *report);

/* The report is filled whatever the status.  PROGRESS may be NULL. */
status db_check(struct db *db, db_check_progress *progress, void *ctx,
                struct db_check_report *ret_report);

#endif
