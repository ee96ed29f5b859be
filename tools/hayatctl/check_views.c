#include "tools/hayatctl/check_views.h"

#include "service/home_view.h"
#include "tools/hayatctl/check_rows.h"

/* A view that does not open was told by db_check; one that went meanwhile is none. */
static status check(struct txn *txn, struct owner owner, const struct key *key)
{
    home_row *row;
    if (key->len != OWNER_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    return ok(home_store_get(txn, owner, &row)) ? home_view_check(txn, owner) : STATUS_OK;
}

status check_views(struct db *db, db_check_progress *progress, void *ctx,
                   struct db_check_report *report)
{
    return check_rows(db, &(const struct row_check){TABLE_home_view, check}, progress, ctx, report);
}
