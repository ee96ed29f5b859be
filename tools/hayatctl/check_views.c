#include "tools/hayatctl/check_views.h"

#include <string.h>

#include "service/home_view.h"

enum { STEP_VIEWS = 64 }; /* of one read transaction (SEC-D7) */

struct step {
    uint32_t count;
    struct key keys[STEP_VIEWS];
};

static bool take_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)record;
    struct step *step = ctx;
    step->keys[step->count++] = key;
    return step->count < STEP_VIEWS;
}

static void note(struct db_check_report *report, const struct key *key, status result)
{
    report->bad_total++;
    if (report->bad_listed < LIMIT_CHECK_BAD) {
        report->bad[report->bad_listed++] = (struct check_bad){TABLE_home_view, result.why, *key};
    }
}

/* A view that does not open was told by db_check; one that went meanwhile is none. */
static void check_one(struct txn *txn, const struct key *key, struct db_check_report *report)
{
    struct owner owner;
    home_row *row;
    if (key->len != OWNER_BYTES) {
        note(report, key, FAIL(STORE_CORRUPT));
        return;
    }
    memcpy(owner.bytes, key->bytes, OWNER_BYTES);
    if (!ok(home_store_get(txn, owner, &row))) {
        return;
    }
    status result = home_view_check(txn, owner);
    if (!ok(result)) {
        note(report, key, result);
    }
}

/* The views after *PLACE, which moves on; *RET_DONE after the last. */
static status run_step(struct txn *txn, struct key *place, struct db_check_report *report,
                       bool *ret_done)
{
    struct arena *arena = txn_arena(txn);
    struct step step = {.count = 0};
    struct scan scan = {.table = TABLE_home_view, .after = *place, .keys_only = true};
    TRY(table_scan(txn, &scan, take_key, &step));
    for (uint32_t i = 0; i < step.count; i++) {
        struct arena_mark mark = arena_mark(arena);
        check_one(txn, &step.keys[i], report);
        arena_rewind(arena, mark);
    }
    *ret_done = step.count < STEP_VIEWS;
    if (step.count > 0) {
        *place = step.keys[step.count - 1];
    }
    return STATUS_OK;
}

status check_views(struct db *db, db_check_progress *progress, void *ctx,
                   struct db_check_report *report)
{
    struct key place = key_empty();
    struct arena arena;
    status s = STATUS_OK;
    for (bool done = false; !done && ok(s);) {
        struct txn *txn;
        arena_init(&arena, LIMIT_CHECK_ARENA_BYTES);
        s = txn_begin_read(db, &arena, &txn);
        if (ok(s)) {
            s = run_step(txn, &place, report, &done);
            txn_end_read(txn);
        }
        arena_fini(&arena);
        if (ok(s) && progress != NULL && !progress(ctx, report)) {
            s = FAIL(CANCELLED);
        }
    }
    return ok(s) && report->bad_total > 0 ? FAIL(STORE_CORRUPT) : s;
}
