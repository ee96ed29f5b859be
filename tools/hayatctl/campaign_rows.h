/*
 * campaign_rows: the obligations of one year, of everybody, in short read transactions; beside a running server.
 *
 * A row that does not open, or about which the visitor says STORE_CORRUPT, is counted and passed over: db check tells which.
 *
 * Reasons  what stores and the visitor say.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_CAMPAIGN_ROWS_H
#define HAYAT_TOOLS_HAYATCTL_CAMPAIGN_ROWS_H

#include "storage/obligation_store.h"
#include "storage/table.h"

struct campaign_row {
    struct txn *txn;
    struct key key;
    struct owner owner;
    const obligation_row *obligation;
};

/* Its memory is good during the call.  *RET_MORE set to false ends the walk after this row. */
typedef status campaign_row_seen(void *ctx, const struct campaign_row *row, bool *ret_more);

struct campaign_walk {
    int32_t year;
    struct key after; /* those after it; empty: all of them */
    campaign_row_seen *seen;
    void *ctx;
    uint64_t damaged; /* rows passed over so far */
};
status campaign_rows_each(struct db *db, struct campaign_walk *walk);

#endif
