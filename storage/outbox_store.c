#include "storage/outbox_store.h"

#include <assert.h>

#include "base/codec.h"

enum { QUEUE_BYTES = 4, DUE_BYTES = 8, SEQUENCE_ROW = 1 };

/* --- cells --- */

static struct cell row_cell(uint64_t sequence)
{
    return cell_of(TABLE_outbox, key_u64(key_empty(), sequence));
}

static struct key queue_prefix(enum outbox_queue queue)
{
    return key_u32(key_empty(), queue);
}

static struct key line_prefix(enum outbox_queue queue, struct owner owner)
{
    return key_bytes(queue_prefix(queue), bytes_of(owner.bytes, OWNER_BYTES));
}

static struct cell line_cell(enum outbox_queue queue, struct owner owner, uint64_t sequence)
{
    return cell_of(TABLE_outbox_line, key_u64(line_prefix(queue, owner), sequence));
}

static struct cell ready_cell(enum outbox_queue queue, int64_t due_ms, uint64_t sequence)
{
    return cell_of(TABLE_outbox_ready,
                   key_u64(key_u64(queue_prefix(queue), (uint64_t)due_ms), sequence));
}

static status owner_of_bytes(ProtobufCBinaryData data, struct owner *ret_owner)
{
    if (data.len != OWNER_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(ret_owner->bytes, data.data, OWNER_BYTES);
    return STATUS_OK;
}

static status get_line(struct txn *txn, const struct cell *cell,
                       Hayat__Store__V1__StoredOutboxLine **ret_line)
{
    ProtobufCMessage *record = NULL;
    status s = table_get_record(txn, cell, &record);
    *ret_line = (Hayat__Store__V1__StoredOutboxLine *)record;
    return s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s; /* every row has one */
}

/* --- the first of a line --- */

struct first {
    bool found;
    uint64_t sequence;
};

static bool take_first(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct first *first = ctx;
    (void)record;
    *first = (struct first){true, get_be64(key.bytes + QUEUE_BYTES + OWNER_BYTES)};
    return false;
}

static status first_of_line(struct txn *txn, enum outbox_queue queue, struct owner owner,
                            struct first *ret_first)
{
    struct scan scan = {
        .table = TABLE_outbox_line, .prefix = line_prefix(queue, owner), .keys_only = true};
    *ret_first = (struct first){.found = false};
    return table_scan(txn, &scan, take_first, ret_first);
}

/* A row as its line and, when it is the first, the ready table know it. */
struct place {
    enum outbox_queue queue;
    struct owner owner;
    uint64_t sequence;
};

static status put_ready(struct txn *txn, const struct place *place, int64_t due_ms,
                        const struct outbox_watch *watch)
{
    struct place at = *place;
    struct outbox_watch holder;
    Hayat__Store__V1__StoredOutboxReady ready;
    hayat__store__v1__stored_outbox_ready__init(&ready);
    ready.owner = (ProtobufCBinaryData){OWNER_BYTES, at.owner.bytes};
    if (watch != NULL) {
        holder = *watch;
        ready.watch_id = (ProtobufCBinaryData){ID_BYTES, holder.id.bytes};
        ready.caller_id = (ProtobufCBinaryData){ID_BYTES, holder.caller.bytes};
        ready.position = holder.position;
    }
    struct cell cell = ready_cell(at.queue, due_ms, at.sequence);
    return table_put_record(txn, &cell, &ready.base);
}

/* Moves the row, first of its line, to DUE_MS. */
static status move(struct txn *txn, const struct place *place,
                   Hayat__Store__V1__StoredOutboxLine *line, int64_t due_ms,
                   const struct outbox_watch *watch)
{
    struct cell cell = line_cell(place->queue, place->owner, place->sequence);
    if (line->due_ms > 0) {
        struct cell old = ready_cell(place->queue, line->due_ms, place->sequence);
        TRY(table_delete(txn, &old));
    }
    line->due_ms = due_ms;
    TRY(table_put_record(txn, &cell, &line->base));
    return put_ready(txn, place, due_ms, watch);
}

/* --- append --- */

/* Grows even when every row before was delivered and deleted: a late acknowledgement never meets a newer row. */
static status next_sequence(struct txn *txn, uint64_t *ret_sequence)
{
    struct cell cell = cell_of(TABLE_outbox_sequence, key_u32(key_empty(), SEQUENCE_ROW));
    ProtobufCMessage *found;
    Hayat__Store__V1__StoredOutboxSequence sequence;
    hayat__store__v1__stored_outbox_sequence__init(&sequence);
    status s = table_get_record(txn, &cell, &found);
    if (ok(s)) {
        sequence.last = ((const Hayat__Store__V1__StoredOutboxSequence *)found)->last;
    } else if (s.why != REASON_NOT_FOUND) {
        return s;
    }
    uint64_t by_clock = (uint64_t)txn_now_ms(txn) << 20; /* rows from before the table went by it */
    sequence.last = sequence.last + 1 > by_clock ? sequence.last + 1 : by_clock;
    *ret_sequence = sequence.last;
    return table_put_record(txn, &cell, &sequence.base);
}

static ProtobufCBinaryData copy_of(struct arena *arena, bytes b)
{
    bytes copy = arena_copy(arena, b);
    return (ProtobufCBinaryData){copy.len, (uint8_t *)(uintptr_t)copy.ptr};
}

static status put_row(struct txn *txn, uint64_t sequence, const struct outbox_row *row)
{
    struct arena *arena = txn_arena(txn);
    Hayat__Store__V1__StoredOutbox record;
    hayat__store__v1__stored_outbox__init(&record);
    record.kind = arena_str(arena, bytes_str(row->kind));
    record.owner = copy_of(arena, bytes_of(row->owner.bytes, OWNER_BYTES));
    record.payload = copy_of(arena, row->payload);
    record.create_ms = txn_now_ms(txn);
    record.queue = row->queue;
    TRY(arena_check(arena));
    struct cell cell = row_cell(sequence);
    return table_put_record(txn, &cell, &record.base);
}

status outbox_store_append(struct txn *txn, const struct outbox_row *row)
{
    uint64_t sequence;
    return outbox_store_append_numbered(txn, row, &sequence);
}

/* Behind what its owner has there already. */
static status put_in_line(struct txn *txn, const struct place *place)
{
    struct first before;
    TRY(first_of_line(txn, place->queue, place->owner, &before));
    Hayat__Store__V1__StoredOutboxLine line;
    hayat__store__v1__stored_outbox_line__init(&line);
    if (!before.found) {
        return move(txn, place, &line, txn_now_ms(txn), NULL);
    }
    struct cell cell = line_cell(place->queue, place->owner, place->sequence);
    return table_put_record(txn, &cell, &line.base);
}

status outbox_store_append_numbered(struct txn *txn, const struct outbox_row *row,
                                    uint64_t *ret_sequence)
{
    assert(row->payload.len <= LIMIT_OUTBOX_EVENT_BYTES);
    uint64_t count;
    struct place place = {.queue = row->queue, .owner = row->owner};
    TRY(outbox_store_count(txn, &count));
    if (count >= LIMIT_OUTBOX_ROWS) {
        return FAIL(OUTBOX_FULL);
    }
    TRY(next_sequence(txn, &place.sequence));
    *ret_sequence = place.sequence;
    TRY(put_row(txn, place.sequence, row));
    return put_in_line(txn, &place);
}

/* --- looking --- */

status outbox_store_count(struct txn *txn, uint64_t *ret_count)
{
    return table_count(txn, TABLE_outbox, ret_count);
}

struct counted {
    size_t max, count;
};

static bool count_one(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct counted *counted = ctx;
    (void)key;
    (void)record;
    return ++counted->count < counted->max;
}

status outbox_store_count_line(struct txn *txn, enum outbox_queue queue, struct owner owner,
                               size_t max, size_t *ret_count)
{
    struct scan scan = {
        .table = TABLE_outbox_line, .prefix = line_prefix(queue, owner), .keys_only = true};
    struct counted counted = {.max = max};
    TRY(table_scan(txn, &scan, count_one, &counted));
    *ret_count = counted.count;
    return STATUS_OK;
}

static bool take_time(void *ctx, struct key key, const ProtobufCMessage *record)
{
    int64_t *create_ms = ctx;
    (void)key;
    *create_ms = ((const Hayat__Store__V1__StoredOutbox *)record)->create_ms;
    return false;
}

status outbox_store_oldest(struct txn *txn, int64_t *ret_create_ms)
{
    struct scan scan = {.table = TABLE_outbox};
    *ret_create_ms = 0;
    return table_scan(txn, &scan, take_time, ret_create_ms);
}

status outbox_store_get(struct txn *txn, uint64_t sequence,
                        Hayat__Store__V1__StoredOutbox **ret_row)
{
    struct cell cell = row_cell(sequence);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (Hayat__Store__V1__StoredOutbox *)record;
    return STATUS_OK;
}

/* The row with its place; *ret_row is NULL when there is none. */
static status find(struct txn *txn, uint64_t sequence, struct place *ret_place,
                   const Hayat__Store__V1__StoredOutbox **ret_row)
{
    Hayat__Store__V1__StoredOutbox *row = NULL;
    status s = outbox_store_get(txn, sequence, &row);
    *ret_row = NULL;
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    *ret_place = (struct place){.queue = row->queue, .sequence = sequence};
    TRY(owner_of_bytes(row->owner, &ret_place->owner));
    *ret_row = row;
    return STATUS_OK;
}

static int64_t due_of_key(const struct key *key)
{
    return (int64_t)get_be64(key->bytes + QUEUE_BYTES);
}

struct due {
    int64_t now_ms;
    bool found;
};

static bool see_due(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct due *due = ctx;
    (void)record;
    due->found = due_of_key(&key) <= due->now_ms;
    return false;
}

status outbox_store_due(struct txn *txn, enum outbox_queue queue, int64_t now_ms, bool *ret_due)
{
    struct scan scan = {
        .table = TABLE_outbox_ready, .prefix = queue_prefix(queue), .keys_only = true};
    struct due due = {.now_ms = now_ms};
    TRY(table_scan(txn, &scan, see_due, &due));
    *ret_due = due.found;
    return STATUS_OK;
}

/* --- taking --- */

/* Rows of the ready table, gathered first: nothing is written under a scan. */
struct gathered {
    enum outbox_queue queue;
    int64_t until_ms;
    const struct outbox_watch *only; /* what this watch's caller has lost; NULL: everything */
    size_t max, seen, count;
    struct place *places;
    struct key last;
    bool corrupt;
};

static bool is_id(ProtobufCBinaryData data, const struct id *id)
{
    return bytes_equal(bytes_of(data.data, data.len), bytes_of(id->bytes, ID_BYTES));
}

static bool is_lost(const struct outbox_watch *watch,
                    const Hayat__Store__V1__StoredOutboxReady *ready)
{
    bool kept = is_id(ready->watch_id, &watch->id) && ready->position <= watch->position;
    return is_id(ready->caller_id, &watch->caller) && !kept;
}

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct gathered *g = ctx;
    const Hayat__Store__V1__StoredOutboxReady *ready =
        (const Hayat__Store__V1__StoredOutboxReady *)record;
    struct place place = {.queue = g->queue,
                          .sequence = get_be64(key.bytes + QUEUE_BYTES + DUE_BYTES)};
    if (due_of_key(&key) > g->until_ms) {
        return false;
    }
    g->corrupt = !ok(owner_of_bytes(ready->owner, &place.owner));
    g->last = key;
    g->seen++;
    if (!g->corrupt && (g->only == NULL || is_lost(g->only, ready))) {
        g->places[g->count++] = place;
    }
    return !g->corrupt && g->seen < g->max;
}

static status gather_ready(struct txn *txn, struct gathered *g, struct key after)
{
    struct scan scan = {
        .table = TABLE_outbox_ready, .prefix = queue_prefix(g->queue), .after = after};
    g->places = arena_array(txn_arena(txn), g->max, sizeof *g->places);
    if (g->places == NULL) {
        return FAIL(ARENA_FULL);
    }
    TRY(table_scan(txn, &scan, gather, g));
    return g->corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

static status take_one(struct txn *txn, const struct place *place, const struct outbox_watch *watch,
                       struct outbox_taken *ret_taken)
{
    struct cell cell = line_cell(place->queue, place->owner, place->sequence);
    Hayat__Store__V1__StoredOutbox *row;
    Hayat__Store__V1__StoredOutboxLine *line;
    status s = outbox_store_get(txn, place->sequence, &row);
    TRY(s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s);
    TRY(get_line(txn, &cell, &line));
    line->attempt_count++;
    int64_t lease_end_ms = watch->now_ms + watch->lease_ms;
    TRY(move(txn, place, line, lease_end_ms, watch));
    *ret_taken = (struct outbox_taken){place->sequence, line->attempt_count, lease_end_ms, row};
    return STATUS_OK;
}

status outbox_store_take(struct txn *txn, enum outbox_queue queue, const struct outbox_watch *watch,
                         struct outbox_taken_list *list)
{
    assert(watch->lease_ms > 0 && watch->lease_ms <= LIMIT_OUTBOX_LEASE_MS);
    struct gathered g = {.queue = queue, .until_ms = watch->now_ms};
    assert(list->max <= LIMIT_OUTBOX_BATCH);
    if (list->count >= list->max) {
        return STATUS_OK;
    }
    g.max = list->max - list->count;
    TRY(gather_ready(txn, &g, key_empty()));
    for (size_t i = 0; i < g.count; i++) {
        TRY(take_one(txn, &g.places[i], watch, &list->rows[list->count]));
        list->count++;
    }
    return STATUS_OK;
}

status outbox_store_is_held(struct txn *txn, uint64_t sequence, int64_t lease_end_ms,
                            bool *ret_held)
{
    struct place place;
    const Hayat__Store__V1__StoredOutbox *row;
    Hayat__Store__V1__StoredOutboxLine *line;
    *ret_held = false;
    TRY(find(txn, sequence, &place, &row));
    if (row == NULL) {
        return STATUS_OK;
    }
    struct cell cell = line_cell(place.queue, place.owner, sequence);
    TRY(get_line(txn, &cell, &line));
    *ret_held = line->due_ms == lease_end_ms;
    return STATUS_OK;
}

/* --- giving back --- */

status outbox_store_release(struct txn *txn, enum outbox_queue queue,
                            const struct outbox_watch *watch, struct outbox_release *release)
{
    struct gathered g = {.queue = queue,
                         .until_ms = watch->now_ms + LIMIT_OUTBOX_LEASE_MS,
                         .only = watch,
                         .max = LIMIT_OUTBOX_SCAN};
    if (release->after.len == 0) { /* what is due already needs no release */
        release->after = key_u64(queue_prefix(queue), (uint64_t)watch->now_ms + 1);
    }
    TRY(gather_ready(txn, &g, release->after));
    for (size_t i = 0; i < g.count; i++) {
        const struct place *place = &g.places[i];
        struct cell cell = line_cell(queue, place->owner, place->sequence);
        Hayat__Store__V1__StoredOutboxLine *line;
        TRY(get_line(txn, &cell, &line));
        TRY(move(txn, place, line, watch->now_ms, NULL));
    }
    release->after = g.last;
    release->done = g.seen < g.max;
    return STATUS_OK;
}

status outbox_store_holder(struct txn *txn, uint64_t sequence, struct id *ret_caller)
{
    struct place place;
    const Hayat__Store__V1__StoredOutbox *row;
    Hayat__Store__V1__StoredOutboxLine *line;
    ProtobufCMessage *record;
    *ret_caller = (struct id){{0}};
    TRY(find(txn, sequence, &place, &row));
    if (row == NULL) {
        return STATUS_OK;
    }
    struct cell in_line = line_cell(place.queue, place.owner, sequence);
    TRY(get_line(txn, &in_line, &line));
    if (line->due_ms == 0) {
        return STATUS_OK; /* never handed out */
    }
    struct cell cell = ready_cell(place.queue, line->due_ms, sequence);
    status s = table_get_record(txn, &cell, &record);
    TRY(s.why == REASON_NOT_FOUND ? FAIL(STORE_CORRUPT) : s);
    const Hayat__Store__V1__StoredOutboxReady *ready =
        (const Hayat__Store__V1__StoredOutboxReady *)record;
    if (ready->caller_id.len == ID_BYTES) {
        memcpy(ret_caller->bytes, ready->caller_id.data, ID_BYTES);
    }
    return STATUS_OK;
}

status outbox_store_postpone(struct txn *txn, uint64_t sequence, int64_t due_ms,
                             const Hayat__Store__V1__StoredOutbox **ret_row)
{
    struct place place;
    Hayat__Store__V1__StoredOutboxLine *line;
    TRY(find(txn, sequence, &place, ret_row));
    if (*ret_row == NULL) {
        return STATUS_OK;
    }
    struct cell cell = line_cell(place.queue, place.owner, sequence);
    TRY(get_line(txn, &cell, &line));
    if (line->due_ms == 0) {
        return STATUS_OK; /* never handed out: it waits for an earlier one anyway */
    }
    return move(txn, &place, line, due_ms, NULL);
}

/* The row that was first of its line is gone. */
static status wake_next(struct txn *txn, const struct place *gone)
{
    struct first first;
    Hayat__Store__V1__StoredOutboxLine *line;
    TRY(first_of_line(txn, gone->queue, gone->owner, &first));
    if (!first.found) {
        return STATUS_OK;
    }
    struct place next = {gone->queue, gone->owner, first.sequence};
    struct cell cell = line_cell(next.queue, next.owner, next.sequence);
    TRY(get_line(txn, &cell, &line));
    return move(txn, &next, line, txn_now_ms(txn), NULL);
}

status outbox_store_settle(struct txn *txn, uint64_t sequence,
                           const Hayat__Store__V1__StoredOutbox **ret_row, uint32_t *ret_attempts)
{
    struct place place;
    Hayat__Store__V1__StoredOutboxLine *line;
    TRY(find(txn, sequence, &place, ret_row));
    if (*ret_row == NULL) {
        return STATUS_OK;
    }
    struct cell row = row_cell(sequence);
    struct cell in_line = line_cell(place.queue, place.owner, sequence);
    TRY(get_line(txn, &in_line, &line));
    *ret_attempts = line->attempt_count;
    TRY(table_delete(txn, &row));
    TRY(table_delete(txn, &in_line));
    if (line->due_ms == 0) {
        return STATUS_OK; /* it was not the first: whoever is still waits for its own end */
    }
    struct cell ready = ready_cell(place.queue, line->due_ms, sequence);
    TRY(table_delete(txn, &ready));
    return wake_next(txn, &place);
}

/* --- rows from before there were queues --- */

struct old_rows {
    size_t count;
    bool corrupt;
    struct old_row {
        uint64_t sequence;
        struct owner owner;
        Hayat__Store__V1__StoredOutbox *row;
    } rows[LIMIT_OUTBOX_BATCH];
};

static bool gather_old(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct old_rows *old = ctx;
    Hayat__Store__V1__StoredOutbox *row = (Hayat__Store__V1__StoredOutbox *)(uintptr_t)record;
    if (row->queue != 0) {
        return false; /* and so are all later ones */
    }
    struct old_row *at = &old->rows[old->count];
    *at = (struct old_row){.sequence = get_be64(key.bytes), .row = row};
    old->corrupt = !ok(owner_of_bytes(row->owner, &at->owner));
    old->count += !old->corrupt;
    return !old->corrupt && old->count < LIMIT_OUTBOX_BATCH;
}

status outbox_store_adopt(struct txn *txn, bool *ret_more)
{
    struct scan scan = {.table = TABLE_outbox};
    struct old_rows old = {.count = 0};
    TRY(table_scan(txn, &scan, gather_old, &old));
    for (size_t i = 0; i < old.count; i++) {
        struct place place = {OUTBOX_CORE, old.rows[i].owner, old.rows[i].sequence};
        struct cell cell = row_cell(place.sequence);
        old.rows[i].row->queue = OUTBOX_CORE;
        TRY(table_put_record(txn, &cell, &old.rows[i].row->base));
        TRY(put_in_line(txn, &place));
    }
    *ret_more = old.count == LIMIT_OUTBOX_BATCH;
    return old.corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}
