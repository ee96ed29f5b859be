/*
 * import_sorted: takes several CSV files of the fund's feed together, member by member, at national size.
 *
 * Keys in the store are keyed hashes: rows in the order of the files would be written all over it.  So every row is sorted
 * by its member's key first (tools/hayatctl/external_sort.h), then each member's rows of all files are taken in the order
 * in which they refer to each other, and appended (ADR 10).
 *
 * Invariants
 *   1 Of every file: rows = accepted + unchanged + refused; a refused row is in the file's quarantine, whole, with its line
 *     and reason.
 *   2 A member's rows, the counters and the place to go on from are one commit: a killed import of the same files sorts
 *     again, and goes on after the last member that was committed.
 *   3 Files that were taken to their end are taken again from the beginning: their rows are then unchanged.
 *   4 Memory is bounded by the sort and two batches, whatever the size of the files.
 *
 * Files    as tools/hayatctl/import.h: quarantine and photos beside each file.
 * Threads  the caller reads and parses the next batch while the writer's thread applies the last one.
 * Errors   IMPORT_REFUSED (header) · FILE_UNREADABLE · FILE_UNWRITABLE · the store's; the file's totals.failure says where.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_IMPORT_SORTED_H
#define HAYAT_TOOLS_HAYATCTL_IMPORT_SORTED_H

#include "tools/hayatctl/import.h"

struct sorted_file {
    enum feed_kind kind; /* not one that is common */
    const char *path;
    struct import_totals totals;
    int64_t billed_centimes,
        reimbursed_centimes; /* claims and claim_lines: of what was taken, or had been */
};

/* How many files one import may have. */
enum { SORTED_FILES_MAX = 32 };

struct sorted_options {
    const struct import_options *import;
    const struct seal_keys *keys;
    const char *directory; /* for the temporary file */
    size_t memory_bytes;   /* of the sort; 0: SORT_MEMORY_DEFAULT */
};

status import_sorted(const struct sorted_options *options, struct sorted_file *files, size_t count);

#endif
