#include "base/limits.h"
#include "service/member_erasure.h"
#include "service/retention_pass.h"

const struct table_info *retention_next_table(uint32_t table)
{
    bool passed = table == 0;
    for (size_t i = 0; i < table_info_count; i++) {
        if (passed && retention_is_judged(&table_infos[i])) {
            return &table_infos[i];
        }
        passed = passed || (uint32_t)table_infos[i].id == table;
    }
    return NULL;
}

struct survey {
    struct txn *txn;
    struct retention_terms terms;
    retention_seen *seen;
    void *ctx;
    uint64_t damaged;
    bool stopped;
    status result;
};

/* But for the member's own row. */
static status count_with(struct txn *txn, struct owner owner, uint64_t *ret_count)
{
    TRY(member_erasure_count(txn, owner, ret_count));
    *ret_count -= *ret_count > 0 ? 1 : 0;
    return STATUS_OK;
}

static bool judge_one(void *ctx, const struct walk_row *row)
{
    struct survey *survey = ctx;
    struct retention_judgement judgement;
    survey->result = retention_judge(survey->txn, &survey->terms, row, &judgement);
    if (ok(survey->result) && row->table == TABLE_member && judgement.verdict == RETENTION_GOES) {
        survey->result = count_with(survey->txn, row->owner, &judgement.with);
    }
    if (survey->result.why == REASON_STORE_CORRUPT) {
        survey->result = STATUS_OK;
        survey->damaged++;
        return true;
    }
    survey->stopped = ok(survey->result) && !survey->seen(survey->ctx, row, &judgement);
    return ok(survey->result) && !survey->stopped;
}

static status look(struct survey *survey, struct db *db, struct arena *arena, struct walk *walk)
{
    arena_reset(arena, LIMIT_RETENTION_ARENA_BYTES);
    TRY(txn_begin_read(db, arena, &survey->txn));
    status s = retention_terms_load(survey->txn, &survey->terms);
    if (ok(s)) {
        s = table_walk(survey->txn, walk, LIMIT_RETENTION_LOOKS, judge_one, survey);
    }
    txn_end_read(survey->txn);
    return ok(s) ? survey->result : s;
}

status retention_survey(struct db *db, retention_seen *seen, void *ctx, uint64_t *ret_damaged)
{
    struct survey survey = {.seen = seen, .ctx = ctx};
    struct arena arena;
    status s = STATUS_OK;
    arena_init(&arena, LIMIT_RETENTION_ARENA_BYTES);
    for (const struct table_info *table = retention_next_table(0);
         table != NULL && ok(s) && !survey.stopped; table = retention_next_table(table->id)) {
        struct walk walk = {.table = table->id};
        while (ok(s) && !walk.end && !survey.stopped) {
            s = look(&survey, db, &arena, &walk);
        }
        survey.damaged += walk.bad;
    }
    arena_fini(&arena);
    *ret_damaged = survey.damaged;
    return s;
}
