#include "tools/hayatctl/campaign_rows.h"

#include <string.h>

#include "base/codec.h"

enum { STEP_ROWS = 64, ARENA_CAP_BYTES = 8 * 1024 * 1024 };

struct walking {
    int32_t year;
    struct key place;
    campaign_row_seen *seen;
    void *ctx;
    bool wanted; /* more rows */
};

struct step {
    size_t count;
    struct key keys[STEP_ROWS];
};

static bool take_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct step *step = ctx;
    (void)record;
    step->keys[step->count++] = key;
    return step->count < STEP_ROWS;
}

static status show(struct walking *walking, struct txn *txn, const struct key *key)
{
    struct campaign_row row = {.txn = txn, .key = *key};
    obligation_row *obligation;
    if (key->len != OWNER_BYTES + 2 * sizeof(uint32_t)) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(row.owner.bytes, key->bytes, OWNER_BYTES);
    if ((int32_t)get_be32(key->bytes + OWNER_BYTES) != walking->year) {
        return STATUS_OK;
    }
    status found = obligation_store_get(txn, row.owner, walking->year,
                                        get_be32(key->bytes + OWNER_BYTES + 4), &obligation);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    row.obligation = obligation;
    return walking->seen(walking->ctx, &row, &walking->wanted);
}

static status show_step(struct walking *walking, struct txn *txn)
{
    struct step step = {.count = 0};
    struct scan scan = {.table = TABLE_obligation, .after = walking->place, .keys_only = true};
    TRY(table_scan(txn, &scan, take_key, &step));
    for (size_t i = 0; i < step.count && walking->wanted; i++) {
        struct arena_mark mark = arena_mark(txn_arena(txn));
        TRY(show(walking, txn, &step.keys[i]));
        arena_rewind(txn_arena(txn), mark);
        walking->place = step.keys[i];
    }
    walking->wanted = walking->wanted && step.count == STEP_ROWS;
    return STATUS_OK;
}

status campaign_rows_each(struct db *db, int32_t year, struct key after, campaign_row_seen *seen,
                          void *ctx)
{
    struct walking walking = {year, after, seen, ctx, true};
    while (walking.wanted) {
        struct arena arena;
        struct txn *txn;
        arena_init(&arena, ARENA_CAP_BYTES);
        status s = txn_begin_read(db, &arena, &txn);
        if (ok(s)) {
            s = show_step(&walking, txn);
            txn_end_read(txn);
        }
        arena_fini(&arena);
        TRY(s);
    }
    return STATUS_OK;
}
