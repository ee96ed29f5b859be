#include "tools/hayatctl/full_check.h"

#include "tools/hayatctl/check_rows.h"
#include "tools/hayatctl/check_views.h"
#include "tools/hayatctl/progress.h"

status full_check(struct db *db, db_check_progress *progress, void *ctx,
                  struct db_check_report *ret_report)
{
    status s = db_check(db, progress, ctx, ret_report);
    if (ok(s) || ret_report->bad_total > 0) {
        s = check_views(db, progress, ctx, ret_report);
    }
    if (ok(s) || ret_report->bad_total > 0) {
        s = check_rows(db, &check_obligations, progress, ctx, ret_report);
    }
    return s;
}

struct told {
    struct progress progress;
    uint64_t file_bytes;
};

/* Free pages and LMDB's own are in the file, too: the share comes late, and the end early. */
static bool tell(void *ctx, const struct db_check_report *report)
{
    struct told *told = ctx;
    uint64_t share = report->bytes_total * 1000 / (told->file_bytes + 1);
    progress_tick(&told->progress, report->cells_total, (uint32_t)(share < 1000 ? share : 999));
    return true;
}

status full_check_told(struct db *db, uint64_t file_bytes, bool quiet,
                       struct db_check_report *ret_report)
{
    struct told told = {.file_bytes = file_bytes};
    progress_init(&told.progress, &clock_system, "opened", quiet);
    told.progress.unit = "records";
    status s = full_check(db, tell, &told, ret_report);
    progress_finish(&told.progress, ret_report->cells_total, "");
    return s;
}
