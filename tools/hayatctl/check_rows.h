/*
 * check_rows: walks a table of members' rows and lets each be compared with what it was made of: the part of `hayatctl db check` that knows rules.
 *
 * Threads  the caller's; works beside a running server.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_CHECK_ROWS_H
#define HAYAT_TOOLS_HAYATCTL_CHECK_ROWS_H

#include "storage/check.h"

struct row_check {
    enum table_id table;
    /* OK when the row says what it should, or went meanwhile. */
    status (*check)(struct txn *txn, struct owner owner, const struct key *key);
};

/* Bad rows are added to REPORT.  STORE_CORRUPT when it has any; CANCELLED when PROGRESS, which may be NULL, says stop. */
status check_rows(struct db *db, const struct row_check *rows, db_check_progress *progress,
                  void *ctx, struct db_check_report *report);

/* Each stored obligation says what its certificates and its suspension make of it (service/life_certificate_state.h). */
extern const struct row_check check_obligations;

#endif
