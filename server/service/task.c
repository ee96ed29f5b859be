#include "service/task.h"

#include "auth/staff_number.h"
#include "base/limits.h"
#include "base/log.h"
#include "service/message.h"
#include "storage/agent_claims_store.h"
#include "storage/caller_store.h"
#include "storage/identity_check_store.h"

typedef Hayat__Store__V1__StoredVote Vote;
typedef Hayat__Store__V1__StoredParty Party;

static bool is_id(ProtobufCBinaryData stored, struct id id)
{
    return bytes_equal(bytes_of_binary(stored), bytes_of(id.bytes, ID_BYTES));
}

/* Every step is a new version. */
static status put(struct txn *txn, task_row *task)
{
    task->version++;
    return task_store_put(txn, task);
}

static void close_as(struct txn *txn, task_row *task, task_state state)
{
    task->state = state;
    task->close_ms = txn_now_ms(txn);
}

static status free_claim(struct txn *txn, task_row *task)
{
    struct id agent, id;
    bool claimed = id_of_binary(task->claimer_id, &agent) && id_of_binary(task->task_id, &id);
    task->claimer_id.len = 0;
    task->claim_end_steady_ms = 0;
    return claimed ? agent_claims_drop(txn, agent, id) : STATUS_OK;
}

/* --- who took part --- */

void task_parties_add(struct task_parties *parties, struct id agent)
{
    for (size_t i = 0; i < parties->count; i++) {
        if (memcmp(parties->agents[i].bytes, agent.bytes, ID_BYTES) == 0) {
            return;
        }
    }
    parties->more = parties->count == LIMIT_TASK_PARTIES;
    if (!parties->more) {
        parties->agents[parties->count++] = agent;
    }
}

static void see_check(void *ctx, const Hayat__Store__V1__StoredIdentityCheck *check)
{
    struct id agent;
    if (id_of_binary(check->caller_id, &agent)) {
        task_parties_add(ctx, agent);
    }
}

status task_parties_add_counter(struct txn *txn, struct owner owner, struct task_parties *parties)
{
    return identity_check_store_each(txn, owner, see_check, parties);
}

/* "" of an agent who is not registered any more. */
static status staff_number_of(struct txn *txn, struct id agent, const char **ret_number)
{
    Hayat__Store__V1__StoredCaller *caller;
    status s = caller_store_get(txn, agent, &caller);
    *ret_number = ok(s) ? caller->staff_number : "";
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static status keep_party(struct txn *txn, struct id agent, Party **ret_party)
{
    struct arena *arena = txn_arena(txn);
    const char *number;
    TRY(staff_number_of(txn, agent, &number));
    Party *party = message_new(arena, &hayat__store__v1__stored_party__descriptor);
    TRY(arena_check(arena));
    party->agent_id = message_bytes(arena, bytes_of(agent.bytes, ID_BYTES));
    party->staff_number = message_text(arena, number);
    *ret_party = party;
    return arena_check(arena);
}

static status keep_parties(struct txn *txn, task_row *task, const struct task_parties *parties)
{
    task->more_parties = parties->more;
    task->parties = arena_array(txn_arena(txn), parties->count, sizeof(Party *));
    TRY(arena_check(txn_arena(txn)));
    for (size_t i = 0; i < parties->count; i++) {
        TRY(keep_party(txn, parties->agents[i], &task->parties[i]));
        task->n_parties = i + 1;
    }
    return STATUS_OK;
}

/* --- opening and withdrawing --- */

status task_open(struct txn *txn, const struct task_spec *spec)
{
    struct arena *arena = txn_arena(txn);
    struct id id = id_new(txn_random(txn));
    task_row *task = message_new(arena, &hayat__store__v1__stored_task__descriptor);
    if (task == NULL) {
        return FAIL(ARENA_FULL);
    }
    task->task_id = message_bytes(arena, bytes_of(id.bytes, ID_BYTES));
    task->owner = message_bytes(arena, bytes_of(spec->owner.bytes, OWNER_BYTES));
    task->kind = spec->kind;
    task->object_id = message_bytes(arena, bytes_of(spec->object.bytes, ID_BYTES));
    task->state = TASK_STATE(OPEN);
    task->open_ms = txn_now_ms(txn);
    task->due_ms = task->open_ms + spec->due_in_ms;
    task->persons_needed = spec->persons_needed;
    task->refusers_needed = spec->refusers_needed;
    TRY(arena_check(arena));
    TRY(keep_parties(txn, task, &spec->parties));
    return put(txn, task);
}

status task_withdraw(struct txn *txn, task_kind kind, struct id object)
{
    task_row *task;
    status s = task_store_about(txn, kind, object, &task);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    TRY(free_claim(txn, task));
    close_as(txn, task, TASK_STATE(WITHDRAWN));
    return put(txn, task);
}

/* --- who has it, who voted --- */

bool task_is_claimed(struct txn *txn, const task_row *task)
{
    return task->claimer_id.len == ID_BYTES && txn_steady_ms(txn) < task->claim_end_steady_ms;
}

bool task_is_claimed_by(struct txn *txn, const task_row *task, struct id agent)
{
    return task_is_claimed(txn, task) && is_id(task->claimer_id, agent);
}

/* A person, as an agent of the register and by their staff number there; "" is nobody's. */
struct person {
    struct id agent;
    const char *number;
};

static bool is_person(const struct person *person, ProtobufCBinaryData agent, const char *number)
{
    return is_id(agent, person->agent) || staff_number_same(number, person->number);
}

static enum reason bar_of(const task_row *task, const struct person *person)
{
    for (size_t i = 0; i < task->n_votes; i++) {
        if (is_person(person, task->votes[i]->agent_id, task->votes[i]->staff_number)) {
            return REASON_TASK_VOTED;
        }
    }
    for (size_t i = 0; i < task->n_parties; i++) {
        if (is_person(person, task->parties[i]->agent_id, task->parties[i]->staff_number)) {
            return REASON_TASK_INVOLVED;
        }
    }
    return REASON_OK;
}

/* Whether a person is among those who gave the owner a code: all of them, where the task could not name all. */
struct counter_search {
    struct txn *txn;
    const struct person *person;
    status outcome;
    bool found;
};

static void see_whether_theirs(void *ctx, const Hayat__Store__V1__StoredIdentityCheck *check)
{
    struct counter_search *search = ctx;
    struct arena_mark mark = arena_mark(txn_arena(search->txn));
    const char *number = "";
    struct id agent;
    if (search->found || !ok(search->outcome) || !id_of_binary(check->caller_id, &agent)) {
        return;
    }
    search->outcome = staff_number_of(search->txn, agent, &number);
    search->found = is_person(search->person, check->caller_id, number);
    arena_rewind(txn_arena(search->txn), mark);
}

static status bar_at_counter(struct txn *txn, const task_row *task, const struct person *person,
                             enum reason *bar)
{
    struct counter_search search = {.txn = txn, .person = person};
    struct owner owner;
    if (!task->more_parties || *bar != REASON_OK) {
        return STATUS_OK;
    }
    if (task->owner.len != OWNER_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(owner.bytes, task->owner.data, OWNER_BYTES);
    status s = identity_check_store_each(txn, owner, see_whether_theirs, &search);
    s = ok(s) ? search.outcome : s;
    if (s.why == REASON_STORE_CORRUPT) { /* nobody can say that they were not among them */
        log_event(LOG_ERROR, "task_parties_damaged");
        *bar = REASON_TASK_INVOLVED;
        return STATUS_OK;
    }
    TRY(s);
    *bar = search.found ? REASON_TASK_INVOLVED : REASON_OK;
    return STATUS_OK;
}

status task_bar(struct txn *txn, const task_row *task, struct id agent, enum reason *ret_bar)
{
    struct person person = {.agent = agent, .number = ""};
    if (task->n_votes + task->n_parties > 0) {
        TRY(staff_number_of(txn, agent, &person.number));
    }
    *ret_bar = bar_of(task, &person);
    return bar_at_counter(txn, task, &person, ret_bar);
}

static status check_may_decide(struct txn *txn, const task_row *task, struct id agent)
{
    enum reason bar;
    TRY(task_bar(txn, task, agent, &bar));
    return (status){bar};
}

/* --- claiming --- */

status task_find(struct txn *txn, struct id id, task_row **ret_task)
{
    TRY(task_store_get(txn, id, ret_task));
    return (*ret_task)->state == TASK_STATE(OPEN) ? STATUS_OK : FAIL(TASK_CLOSED);
}

static bool is_anothers(struct txn *txn, const task_row *task, struct id agent)
{
    return task_is_claimed(txn, task) && !is_id(task->claimer_id, agent);
}

/* When AGENT's hold of TASK begins, or began if nobody else had it since; TASK_HELD while it has to rest. */
static status hold_of(struct txn *txn, const task_row *task, struct id agent, int64_t *ret_begin_ms)
{
    int64_t now_ms = txn_steady_ms(txn);
    int64_t held_ms = now_ms - task->hold_begin_steady_ms;
    bool same = is_id(task->holder_id, agent) && held_ms < LIMIT_TASK_HOLD_MS + LIMIT_TASK_REST_MS;
    *ret_begin_ms = same ? task->hold_begin_steady_ms : now_ms;
    return same && held_ms >= LIMIT_TASK_HOLD_MS ? FAIL(TASK_HELD) : STATUS_OK;
}

status task_is_free_for(struct txn *txn, const task_row *task, struct id agent, bool *ret_free)
{
    enum reason bar;
    int64_t begin_ms;
    TRY(task_bar(txn, task, agent, &bar));
    *ret_free = bar == REASON_OK && !is_anothers(txn, task, agent) &&
                ok(hold_of(txn, task, agent, &begin_ms));
    return STATUS_OK;
}

static status note_claim(struct txn *txn, const task_row *task, struct id agent)
{
    struct id id;
    bool full;
    if (!id_of_binary(task->task_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(agent_claims_take(txn, agent, id, task->claim_end_steady_ms, &full));
    return full ? FAIL(TASK_CLAIM_LIMIT) : STATUS_OK;
}

status task_claim(struct txn *txn, task_row *task, struct id agent)
{
    int64_t begin_ms, end_ms = txn_steady_ms(txn) + LIMIT_TASK_LEASE_MS;
    TRY(check_may_decide(txn, task, agent));
    if (is_anothers(txn, task, agent)) {
        return FAIL(TASK_CLAIMED);
    }
    TRY(hold_of(txn, task, agent, &begin_ms));
    task->claimer_id = message_bytes(txn_arena(txn), bytes_of(agent.bytes, ID_BYTES));
    task->holder_id = task->claimer_id;
    task->hold_begin_steady_ms = begin_ms;
    task->claim_end_steady_ms = end_ms < begin_ms + LIMIT_TASK_HOLD_MS
                                    ? end_ms
                                    : begin_ms + LIMIT_TASK_HOLD_MS;
    TRY(arena_check(txn_arena(txn)));
    TRY(note_claim(txn, task, agent));
    return put(txn, task);
}

status task_release(struct txn *txn, task_row *task, struct id agent)
{
    if (is_anothers(txn, task, agent)) {
        return FAIL(TASK_CLAIMED);
    }
    if (task->claimer_id.len == 0) {
        return STATUS_OK;
    }
    TRY(free_claim(txn, task));
    return put(txn, task);
}

/* --- voting --- */

static status add_vote(struct txn *txn, task_row *task, const struct task_vote *said)
{
    struct arena *arena = txn_arena(txn);
    const char *number;
    TRY(staff_number_of(txn, said->agent, &number));
    Vote *vote = message_new(arena, &hayat__store__v1__stored_vote__descriptor);
    Vote **votes = arena_array(arena, task->n_votes + 1, sizeof(Vote *));
    if (vote == NULL || votes == NULL) {
        return FAIL(ARENA_FULL);
    }
    vote->agent_id = message_bytes(arena, bytes_of(said->agent.bytes, ID_BYTES));
    vote->staff_number = message_text(arena, number);
    vote->approved = said->said == TASK_STATE(APPROVED);
    vote->said = said->said;
    vote->findings = said->findings;
    vote->n_findings = said->n_findings;
    vote->missing_items = said->missing_items;
    vote->n_missing_items = said->n_missing_items;
    vote->reason = message_text(arena, said->reason);
    vote->time_ms = txn_now_ms(txn);
    if (task->n_votes > 0) {
        memcpy(votes, task->votes, task->n_votes * sizeof(Vote *));
    }
    votes[task->n_votes++] = vote;
    task->votes = votes;
    return arena_check(arena);
}

static size_t persons_for(const task_row *task, task_state said)
{
    if (said == TASK_STATE(APPROVED)) {
        return task->persons_needed;
    }
    return said == TASK_STATE(REFUSED) && task->refusers_needed > 1 ? task->refusers_needed : 1;
}

static size_t count_said(const task_row *task, task_state said)
{
    size_t count = 0;
    for (size_t i = 0; i < task->n_votes; i++) {
        count += task->votes[i]->said == said ? 1 : 0;
    }
    return count;
}

status task_vote(struct txn *txn, task_row *task, const struct task_vote *vote)
{
    if (!task_is_claimed_by(txn, task, vote->agent)) {
        return FAIL(TASK_NOT_CLAIMED);
    }
    TRY(check_may_decide(txn, task, vote->agent));
    TRY(add_vote(txn, task, vote));
    TRY(free_claim(txn, task));
    if (count_said(task, vote->said) >= persons_for(task, vote->said)) {
        close_as(txn, task, vote->said);
    }
    return put(txn, task);
}
