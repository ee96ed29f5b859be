/*
 * full_check: a full open of a store: every record with its key, then what records say of each other.  What `db check` does to
 * the store, and `db copy` and `db restore` to the copy (SEC-D8).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_FULL_CHECK_H
#define HAYAT_TOOLS_HAYATCTL_FULL_CHECK_H

#include "storage/check.h"

/* As db_check: STORE_CORRUPT when the report has anything bad. */
status full_check(struct db *db, db_check_progress *progress, void *ctx,
                  struct db_check_report *ret_report);
/* With its progress on standard error unless QUIET; FILE_BYTES is how long the store's file is. */
status full_check_told(struct db *db, uint64_t file_bytes, bool quiet,
                       struct db_check_report *ret_report);

#endif
