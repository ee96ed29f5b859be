#include "tools/hayatctl/campaign_rows.h"

#include <string.h>

#include "base/codec.h"

enum { STEP_ROWS = 64, ARENA_CAP_BYTES = 8 * 1024 * 1024 };

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

static status show(const struct campaign_walk *walk, struct txn *txn, const struct key *key,
                   bool *wanted)
{
    struct campaign_row row = {.txn = txn, .key = *key};
    obligation_row *obligation;
    if (key->len != OWNER_BYTES + 2 * sizeof(uint32_t)) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(row.owner.bytes, key->bytes, OWNER_BYTES);
    if ((int32_t)get_be32(key->bytes + OWNER_BYTES) != walk->year) {
        return STATUS_OK;
    }
    status found = obligation_store_get(txn, row.owner, walk->year,
                                        get_be32(key->bytes + OWNER_BYTES + 4), &obligation);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    row.obligation = obligation;
    return walk->seen(walk->ctx, &row, wanted);
}

static status show_step(struct campaign_walk *walk, struct txn *txn, bool *ret_wanted)
{
    struct step step = {.count = 0};
    struct scan scan = {.table = TABLE_obligation, .after = walk->after, .keys_only = true};
    bool wanted = true;
    TRY(table_scan(txn, &scan, take_key, &step));
    for (size_t i = 0; i < step.count && wanted; i++) {
        struct arena_mark mark = arena_mark(txn_arena(txn));
        status s = show(walk, txn, &step.keys[i], &wanted);
        walk->damaged += s.why == REASON_STORE_CORRUPT ? 1 : 0;
        TRY(s.why == REASON_STORE_CORRUPT ? STATUS_OK : s);
        arena_rewind(txn_arena(txn), mark);
        walk->after = step.keys[i];
    }
    *ret_wanted = wanted && step.count == STEP_ROWS;
    return STATUS_OK;
}

status campaign_rows_each(struct db *db, struct campaign_walk *walk)
{
    bool wanted = true;
    while (wanted) {
        struct arena arena;
        struct txn *txn;
        arena_init(&arena, ARENA_CAP_BYTES);
        status s = txn_begin_read(db, &arena, &txn);
        if (ok(s)) {
            s = show_step(walk, txn, &wanted);
            txn_end_read(txn);
        }
        arena_fini(&arena);
        TRY(s);
    }
    return STATUS_OK;
}
