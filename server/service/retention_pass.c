#include "service/retention_pass.h"

#include <string.h>

#include "base/limits.h"
#include "base/log.h"
#include "service/erasure.h"
#include "service/member_erasure.h"
#include "service/retention_drop.h"

enum { GONE_MAX = 64 }; /* tables that are judged: there are fewer */

/* --- the row --- */

static struct cell row_cell(void)
{
    return cell_of(TABLE_retention, key_u32(key_empty(), 1));
}

status retention_row_get(struct txn *txn, retention_row **ret_row)
{
    struct cell cell = row_cell();
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (retention_row *)record;
    return STATUS_OK;
}

/* The pass that runs; NULL between two.  A damaged row told of one that is lost: the next look begins another. */
static status get_running(struct txn *txn, retention_row **ret_row)
{
    status s = retention_row_get(txn, ret_row);
    if (s.why == REASON_NOT_FOUND || s.why == REASON_STORE_CORRUPT ||
        (ok(s) && (*ret_row)->end_ms != 0)) {
        *ret_row = NULL;
        return STATUS_OK;
    }
    return s;
}

/* The pass that runs, or a new one in EMPTY: also when the row is damaged, for it only holds a place and counts. */
static status load_row(struct txn *txn, retention_row *empty, retention_row **ret_row,
                       bool *ret_lost)
{
    status s = retention_row_get(txn, ret_row);
    *ret_lost = s.why == REASON_STORE_CORRUPT;
    TRY(ok(s) || s.why == REASON_NOT_FOUND || *ret_lost ? STATUS_OK : s);
    if (ok(s) && (*ret_row)->end_ms == 0) {
        return STATUS_OK;
    }
    hayat__store__v1__stored_retention__init(empty);
    empty->pass = ok(s) ? (*ret_row)->pass + 1 : 1;
    empty->last_end_ms = ok(s) ? (*ret_row)->end_ms : 0;
    empty->start_ms = txn_now_ms(txn);
    *ret_row = empty;
    return STATUS_OK;
}

static status count_gone(struct arena *arena, retention_row *row, uint32_t table, uint64_t count)
{
    for (size_t i = 0; i < row->n_gone; i++) {
        if (row->gone[i]->table == table) {
            row->gone[i]->count += count;
            return STATUS_OK;
        }
    }
    Hayat__Store__V1__StoredRetentionCount **gone = arena_array(arena, row->n_gone + 1,
                                                                sizeof *gone);
    Hayat__Store__V1__StoredRetentionCount *one = arena_alloc(arena, sizeof *one);
    if (gone == NULL || one == NULL || row->n_gone >= GONE_MAX) {
        return FAIL(ARENA_FULL);
    }
    hayat__store__v1__stored_retention_count__init(one);
    one->table = table;
    one->count = count;
    if (row->n_gone > 0) {
        memcpy(gone, row->gone, row->n_gone * sizeof *gone);
    }
    gone[row->n_gone++] = one;
    row->gone = gone;
    return STATUS_OK;
}

/* --- looking --- */

struct looking {
    const struct retention_work *work;
    struct arena arena;
    struct txn *txn;
    struct retention_terms terms;
    struct walk walk;
    size_t count;
    struct retention_place places[LIMIT_RETENTION_RECORDS];
    uint64_t damaged; /* that open, and what they rest on does not */
    bool end;         /* there is no table after it */
    status result;
};

static bool gather(void *ctx, const struct walk_row *row)
{
    struct looking *looking = ctx;
    struct retention_judgement judgement;
    looking->result = retention_judge(looking->txn, &looking->terms, row, &judgement);
    if (looking->result.why == REASON_STORE_CORRUPT) { /* it stays; the others are judged */
        looking->result = STATUS_OK;
        looking->damaged++;
        return true;
    }
    if (ok(looking->result) && judgement.verdict == RETENTION_GOES) {
        bool left = row->table == TABLE_member && !judgement.granted;
        looking->places[looking->count++] = (struct retention_place){row->table, row->owner,
                                                                     row->key, left};
    }
    return ok(looking->result) && looking->count < LIMIT_RETENTION_RECORDS;
}

/* From where the row says: its table, or the first; a table that is no longer judged is passed over. */
static status find_place(struct looking *looking)
{
    retention_row empty, *row;
    bool lost;
    TRY(load_row(looking->txn, &empty, &row, &lost));
    uint32_t table = row->table;
    looking->walk.after = key_bytes(key_empty(), bytes_of(row->after.data, row->after.len));
    if (table == 0 || !retention_is_judged(table_info((enum table_id)table))) {
        const struct table_info *next = retention_next_table(table);
        table = next == NULL ? 0 : (uint32_t)next->id;
        looking->walk.after = key_empty();
    }
    looking->end = table == 0;
    looking->walk.table = (enum table_id)table;
    return STATUS_OK;
}

static status look_in_read(struct looking *looking, bool first)
{
    TRY(first ? find_place(looking) : STATUS_OK);
    TRY(retention_terms_load(looking->txn, &looking->terms));
    if (looking->end) {
        return STATUS_OK;
    }
    TRY(table_walk(looking->txn, &looking->walk, LIMIT_RETENTION_LOOKS, gather, looking));
    return looking->result;
}

/* Several read transactions for one of the writer's: where the pass stands is worth no commit of its own. */
static status look(struct looking *looking)
{
    status s = STATUS_OK;
    for (uint32_t i = 0; i < LIMIT_RETENTION_ROUNDS && ok(s); i++) {
        arena_reset(&looking->arena, LIMIT_RETENTION_ARENA_BYTES);
        TRY(txn_begin_read(looking->work->db, &looking->arena, &looking->txn));
        s = look_in_read(looking, i == 0);
        txn_end_read(looking->txn);
        if (looking->end || looking->walk.end || looking->count == LIMIT_RETENTION_RECORDS) {
            break;
        }
    }
    return s;
}

/* --- taking what goes, and noting where the pass stands --- */

struct taking {
    const struct looking *looking;
    size_t from, count; /* places to take */
    bool moves_on;      /* the row moves to where the looking ended */
    bool ended;
    bool lost; /* the row was damaged */
};

static uint64_t count_damaged(const struct looking *looking)
{
    return looking->walk.bad + looking->damaged;
}

static void move_on(const struct looking *looking, retention_row *row, int64_t now_ms)
{
    const struct table_info *next = retention_next_table((uint32_t)looking->walk.table);
    row->looked_at += looking->walk.looked_at;
    row->damaged += count_damaged(looking);
    row->table = (uint32_t)looking->walk.table;
    row->after = (ProtobufCBinaryData){looking->walk.after.len,
                                       (uint8_t *)(uintptr_t)looking->walk.after.bytes};
    if (looking->walk.end || looking->end) {
        row->table = next == NULL ? 0 : (uint32_t)next->id;
        row->after.len = 0;
        row->end_ms = next == NULL || looking->end ? now_ms : 0;
    }
}

/* RULE RETENTION-BRAKE: a wrong file, or a wrong period, must not take the fund's members in one night. */
static status is_held(struct txn *txn, const retention_row *row, bool *ret_held)
{
    uint64_t members;
    TRY(table_count(txn, TABLE_member, &members));
    *ret_held = row->left_begun >= LIMIT_LEAVERS_PER_PASS &&
                row->left_begun >= members / LIMIT_LEAVERS_SHARE;
    return STATUS_OK;
}

static status take_one(struct txn *txn, const struct looking *looking, retention_row *row,
                       const struct retention_place *place)
{
    bool held = false, gone;
    TRY(place->left ? is_held(txn, row, &held) : STATUS_OK);
    if (held) {
        row->left_held++;
        return STATUS_OK;
    }
    TRY(retention_drop(txn, &looking->terms, place, looking->work->event, &gone));
    row->left_begun += gone && place->left ? 1 : 0;
    return gone ? count_gone(txn_arena(txn), row, (uint32_t)looking->walk.table, 1) : STATUS_OK;
}

static status take_in_write(void *ctx, struct txn *txn)
{
    struct taking *taking = ctx;
    const struct looking *looking = taking->looking;
    retention_row empty, *row;
    TRY(load_row(txn, &empty, &row, &taking->lost));
    for (size_t i = taking->from; i < taking->from + taking->count; i++) {
        TRY(take_one(txn, looking, row, &looking->places[i]));
    }
    if (taking->moves_on) {
        move_on(looking, row, txn_now_ms(txn));
    }
    taking->ended = row->end_ms != 0;
    struct cell cell = row_cell();
    return table_put_record(txn, &cell, &row->base);
}

static void tell_damaged(enum table_id table, uint64_t rows)
{
    if (rows > 0) {
        log_event(LOG_ERROR, "retention_damaged", LOG_WORD("table", table_info(table)->name),
                  LOG_NUMBER("rows", (int64_t)rows));
    }
}

static status take_some(struct taking *taking)
{
    struct arena arena;
    arena_init(&arena, LIMIT_RETENTION_ARENA_BYTES);
    status s = writer_run(taking->looking->work->writer, &arena, take_in_write, taking);
    arena_fini(&arena);
    tell_damaged(TABLE_retention, ok(s) && taking->lost ? 1 : 0);
    return s;
}

/* One by one: what does not go since something beside it is damaged stays, and the others go. */
static status take_each(struct looking *looking, struct taking *taking)
{
    *taking = (struct taking){.looking = looking, .count = 1};
    for (; taking->from < looking->count; taking->from++) {
        status s = take_some(taking);
        looking->damaged += s.why == REASON_STORE_CORRUPT ? 1 : 0;
        TRY(s.why == REASON_STORE_CORRUPT ? STATUS_OK : s);
    }
    taking->count = 0;
    taking->moves_on = true;
    return take_some(taking);
}

/* All together; one by one when that is too much for one transaction, or one of them spoils it for the others. */
static status take(struct looking *looking, bool *ret_ended)
{
    struct taking taking = {.looking = looking, .count = looking->count, .moves_on = true};
    status s = take_some(&taking);
    bool too_much = s.why == REASON_ARENA_FULL || s.why == REASON_OVERLOADED;
    if ((too_much && looking->count > 1) || (s.why == REASON_STORE_CORRUPT && looking->count > 0)) {
        s = take_each(looking, &taking);
    }
    TRY(s);
    tell_damaged(looking->walk.table, count_damaged(looking));
    *ret_ended = taking.ended;
    return STATUS_OK;
}

/* --- keys to destroy first --- */

struct destroying {
    struct erasure_leaves leaves;
    bool has_batch;  /* its documents are dropped after their keys */
    bool batch_lost; /* ... which does not open */
    bool has_dead;   /* the documents are gone, their keys are not */
};

/* Those of dropped documents are looked for between two passes only: each look that finds some writes the file anew. */
static status find_keys(struct txn *txn, bool dead_too, struct destroying *destroying)
{
    erasure_row *batch;
    retention_row *row;
    status s = erasure_store_batch(txn, &batch);
    destroying->has_batch = ok(s);
    destroying->batch_lost = s.why == REASON_STORE_CORRUPT;
    if (ok(s)) {
        return erasure_batch_leaves(txn, &destroying->leaves);
    }
    TRY(s.why == REASON_NOT_FOUND || destroying->batch_lost ? STATUS_OK : s);
    if (!dead_too || destroying->batch_lost) {
        return STATUS_OK;
    }
    TRY(get_running(txn, &row));
    if (row == NULL) {
        TRY(erasure_dead_leaves(txn, &destroying->leaves));
        destroying->has_dead = destroying->leaves.count > 0;
    }
    return STATUS_OK;
}

static status after_destroying(void *ctx, struct txn *txn)
{
    struct destroying *destroying = ctx;
    bool done;
    return destroying->has_batch ? erasure_drop_step(txn, &done)
                                 : erasure_forget_dead(txn, &destroying->leaves);
}

static status pass_over_document(void *ctx, struct txn *txn)
{
    retention_row *row;
    (void)ctx;
    TRY(erasure_pass_over(txn));
    TRY(get_running(txn, &row));
    if (row == NULL) {
        return STATUS_OK;
    }
    row->damaged++;
    struct cell cell = row_cell();
    return table_put_record(txn, &cell, &row->base);
}

static status forget_batch_in_write(void *ctx, struct txn *txn)
{
    (void)ctx;
    return erasure_forget_batch(txn);
}

/* Its key is destroyed, its record stays: one damaged document keeps no other from going. */
static status pass_over(const struct retention_work *work, struct arena *arena)
{
    arena_reset(arena, LIMIT_RETENTION_ARENA_BYTES);
    TRY(writer_run(work->writer, arena, pass_over_document, NULL));
    tell_damaged(TABLE_document, 1);
    return STATUS_OK;
}

/* Its documents are found again by the walk, each by itself. */
static status forget_batch(const struct retention_work *work, struct arena *arena)
{
    arena_reset(arena, LIMIT_RETENTION_ARENA_BYTES);
    TRY(writer_run(work->writer, arena, forget_batch_in_write, NULL));
    tell_damaged(TABLE_erasure, 1);
    return STATUS_OK;
}

/* *RET_DID: that was the step. */
static status step_keys(const struct retention_work *work, struct arena *arena, bool dead_too,
                        bool *ret_did)
{
    struct destroying destroying = {.has_batch = false};
    struct txn *txn;
    TRY(txn_begin_read(work->db, arena, &txn));
    status s = find_keys(txn, dead_too, &destroying);
    txn_end_read(txn);
    *ret_did = destroying.has_batch || destroying.batch_lost || destroying.has_dead;
    if (!ok(s) || !*ret_did) {
        return s;
    }
    if (destroying.batch_lost) {
        return forget_batch(work, arena);
    }
    TRY(erasure_destroy(work->keyring_path, work->keys, &destroying.leaves));
    arena_reset(arena, LIMIT_RETENTION_ARENA_BYTES);
    s = writer_run(work->writer, arena, after_destroying, &destroying);
    return destroying.has_batch && s.why == REASON_STORE_CORRUPT ? pass_over(work, arena) : s;
}

/* --- members who are going --- */

struct going {
    struct owner owner;
    const char *event;
};

static status count_all(struct txn *txn, const struct member_erasure_step *step)
{
    retention_row *row;
    TRY(get_running(txn, &row));
    if (row == NULL) {
        return STATUS_OK;
    }
    for (uint32_t table = 0; table < TABLE_SLOTS; table++) {
        bool counted = step->gone[table] == 0 || table == TABLE_member; /* that when it began */
        TRY(counted ? STATUS_OK : count_gone(txn_arena(txn), row, table, step->gone[table]));
    }
    struct cell cell = row_cell();
    return table_put_record(txn, &cell, &row->base);
}

static status take_of_member(void *ctx, struct txn *txn)
{
    const struct going *going = ctx;
    struct member_erasure_step step;
    TRY(member_erasure_step(txn, going->owner, going->event, &step));
    return count_all(txn, &step);
}

static bool is_stuck(void *ctx, struct owner owner)
{
    const struct retention_stuck *stuck = ctx;
    for (size_t i = 0; i < stuck->count; i++) {
        if (memcmp(stuck->owners[i].bytes, owner.bytes, OWNER_BYTES) == 0) {
            return true;
        }
    }
    return false;
}

/* Of this member alone, as far as one can say: the others go on without them. */
static bool step_over(struct retention_stuck *stuck, struct owner owner, enum reason why)
{
    bool theirs = why == REASON_STORE_CORRUPT || why == REASON_ARENA_FULL;
    if (!theirs || stuck->count == LIMIT_RETENTION_STUCK) {
        return false;
    }
    stuck->owners[stuck->count++] = owner;
    log_event(LOG_ERROR, "member_erasure_failed", LOG_WORD("reason", reason_name(why)));
    return true;
}

/* *RET_DID: that was the step. */
static status step_members(const struct retention_work *work, struct arena *arena, bool *ret_did)
{
    struct going going = {.event = work->event};
    struct txn *txn;
    arena_reset(arena, LIMIT_RETENTION_ARENA_BYTES);
    TRY(txn_begin_read(work->db, arena, &txn));
    status s = member_erasure_store_first(txn, is_stuck, work->stuck, &going.owner);
    txn_end_read(txn);
    *ret_did = ok(s);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    arena_reset(arena, LIMIT_RETENTION_ARENA_BYTES);
    s = writer_run(work->writer, arena, take_of_member, &going);
    return !ok(s) && step_over(work->stuck, going.owner, s.why) ? STATUS_OK : s;
}

/* --- a step --- */

static status step_looking(struct looking *looking, bool *ret_ended)
{
    bool did = false;
    *ret_ended = false;
    TRY(step_keys(looking->work, &looking->arena, true, &did));
    TRY(did ? STATUS_OK : step_members(looking->work, &looking->arena, &did));
    if (did) {
        return STATUS_OK;
    }
    TRY(look(looking));
    return take(looking, ret_ended);
}

status retention_pass_step(const struct retention_work *work, enum retention_step *ret_step)
{
    bool ended = false;
    struct looking looking = {.work = work};
    arena_init(&looking.arena, LIMIT_RETENTION_ARENA_BYTES);
    status s = step_looking(&looking, &ended);
    arena_fini(&looking.arena);
    if (ended) {
        work->stuck->count = 0; /* the next one tries them again */
    }
    *ret_step = ended ? RETENTION_PASS_ENDED : RETENTION_MORE;
    return s;
}

status retention_errand_step(const struct retention_work *work, bool *ret_did)
{
    struct arena arena;
    arena_init(&arena, LIMIT_RETENTION_ARENA_BYTES);
    status s = step_keys(work, &arena, false, ret_did);
    if (ok(s) && !*ret_did) {
        s = step_members(work, &arena, ret_did);
    }
    arena_fini(&arena);
    return s;
}
