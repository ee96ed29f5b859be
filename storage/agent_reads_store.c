#include "storage/agent_reads_store.h"

#include <assert.h>

#include "storage/db.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS };

typedef Hayat__Store__V1__StoredAgentReads Reads;
typedef Hayat__Store__V1__StoredAgentRead Read;

static struct cell cell_of_reads(struct id caller)
{
    return cell_of(TABLE_agent_reads, key_bytes(key_empty(), bytes_of(caller.bytes, ID_BYTES)));
}

static status load(struct txn *txn, struct id caller, Reads **ret_reads)
{
    struct cell cell = cell_of_reads(caller);
    ProtobufCMessage *record = NULL;
    status s = table_get_record(txn, &cell, &record);
    if (s.why == REASON_NOT_FOUND) {
        Reads *empty = arena_alloc(txn_arena(txn), sizeof *empty);
        TRY(arena_check(txn_arena(txn)));
        hayat__store__v1__stored_agent_reads__init(empty);
        record = &empty->base;
        s = STATUS_OK;
    }
    *ret_reads = (Reads *)record;
    return s;
}

/* What counts for a day still, in the order it came. */
static void forget_old(Reads *reads, int64_t now_ms)
{
    size_t kept = 0;
    for (size_t i = 0; i < reads->n_reads; i++) {
        if (reads->reads[i]->read_ms > now_ms - DAY_MS) {
            reads->reads[kept++] = reads->reads[i];
        }
    }
    reads->n_reads = kept;
}

static Read *find(const Reads *reads, struct owner member)
{
    for (size_t i = 0; i < reads->n_reads; i++) {
        const ProtobufCBinaryData *who = &reads->reads[i]->member;
        if (bytes_equal(bytes_of(who->data, who->len), bytes_of(member.bytes, OWNER_BYTES))) {
            return reads->reads[i];
        }
    }
    return NULL;
}

/* How many count within WINDOW_MS, and when the first of them stops to. */
static uint32_t count_within(const Reads *reads, int64_t now_ms, int64_t window_ms,
                             int64_t *ret_wait_ms)
{
    uint32_t count = 0;
    int64_t first_ms = now_ms;
    for (size_t i = 0; i < reads->n_reads; i++) {
        int64_t read_ms = reads->reads[i]->read_ms;
        if (read_ms > now_ms - window_ms) {
            count++;
            first_ms = read_ms < first_ms ? read_ms : first_ms;
        }
    }
    *ret_wait_ms = first_ms + window_ms - now_ms;
    return count;
}

static bool is_within(const Read *read, int64_t now_ms, int64_t window_ms)
{
    return read != NULL && read->read_ms > now_ms - window_ms;
}

static enum agent_budget_over check(const Reads *reads, const Read *known, int64_t now_ms,
                                    const struct agent_budget *budget, int64_t *ret_wait_ms)
{
    if (!is_within(known, now_ms, DAY_MS) &&
        count_within(reads, now_ms, DAY_MS, ret_wait_ms) >= budget->per_day) {
        return BUDGET_DAY;
    }
    if (!is_within(known, now_ms, HOUR_MS) &&
        count_within(reads, now_ms, HOUR_MS, ret_wait_ms) >= budget->per_hour) {
        return BUDGET_HOUR;
    }
    return BUDGET_LEFT;
}

static status add(struct txn *txn, Reads *reads, struct owner member, int64_t now_ms)
{
    struct arena *arena = txn_arena(txn);
    Read **rows = arena_array(arena, reads->n_reads + 1, sizeof(Read *));
    Read *read = arena_alloc(arena, sizeof *read);
    uint8_t *who = arena_alloc(arena, OWNER_BYTES);
    TRY(arena_check(arena));
    for (size_t i = 0; i < reads->n_reads; i++) {
        rows[i] = reads->reads[i];
    }
    hayat__store__v1__stored_agent_read__init(read);
    memcpy(who, member.bytes, OWNER_BYTES);
    read->member = (ProtobufCBinaryData){OWNER_BYTES, who};
    read->read_ms = now_ms;
    rows[reads->n_reads++] = read;
    reads->reads = rows;
    return STATUS_OK;
}

status agent_reads_take(struct txn *txn, struct id caller, struct owner member,
                        const struct agent_budget *budget, struct agent_budget_answer *ret_answer)
{
    assert(budget->per_day <= LIMIT_AGENT_MEMBERS_PER_DAY);
    int64_t now_ms = txn_steady_ms(txn), wait_ms = 0;
    Reads *reads;
    TRY(load(txn, caller, &reads));
    forget_old(reads, now_ms);
    Read *known = find(reads, member);
    enum agent_budget_over over = check(reads, known, now_ms, budget, &wait_ms);
    if (over == BUDGET_LEFT) {
        if (known != NULL) {
            known->read_ms = now_ms;
        } else {
            TRY(add(txn, reads, member, now_ms));
        }
        struct cell cell = cell_of_reads(caller);
        TRY(table_put_record(txn, &cell, &reads->base));
    }
    *ret_answer = (struct agent_budget_answer){over, wait_ms};
    return STATUS_OK;
}
