#include "service/task.h"

#include "auth/staff_number.h"
#include "base/limits.h"
#include "service/message.h"
#include "storage/caller_store.h"

typedef Hayat__Store__V1__StoredVote Vote;

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

static void free_claim(task_row *task)
{
    task->claimer_id.len = 0;
    task->claim_end_steady_ms = 0;
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
    free_claim(task);
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

static status staff_number_of(struct txn *txn, struct id agent, const char **ret_number)
{
    Hayat__Store__V1__StoredCaller *caller;
    TRY(caller_store_get(txn, agent, &caller));
    *ret_number = caller->staff_number;
    return STATUS_OK;
}

status task_has_voted(struct txn *txn, const task_row *task, struct id agent, bool *ret_voted)
{
    const char *number = "";
    *ret_voted = false;
    if (task->n_votes > 0) {
        TRY(staff_number_of(txn, agent, &number));
    }
    for (size_t i = 0; i < task->n_votes; i++) {
        const Vote *vote = task->votes[i];
        *ret_voted |= is_id(vote->agent_id, agent) || staff_number_same(vote->staff_number, number);
    }
    return STATUS_OK;
}

static status check_not_voted(struct txn *txn, const task_row *task, struct id agent)
{
    bool voted;
    TRY(task_has_voted(txn, task, agent, &voted));
    return voted ? FAIL(TASK_VOTED) : STATUS_OK;
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

status task_claim(struct txn *txn, task_row *task, struct id agent)
{
    TRY(check_not_voted(txn, task, agent));
    if (is_anothers(txn, task, agent)) {
        return FAIL(TASK_CLAIMED);
    }
    task->claimer_id = message_bytes(txn_arena(txn), bytes_of(agent.bytes, ID_BYTES));
    task->claim_end_steady_ms = txn_steady_ms(txn) + LIMIT_TASK_LEASE_MS;
    TRY(arena_check(txn_arena(txn)));
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
    free_claim(task);
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
    TRY(check_not_voted(txn, task, vote->agent));
    TRY(add_vote(txn, task, vote));
    free_claim(task);
    if (count_said(task, vote->said) >= persons_for(task, vote->said)) {
        close_as(txn, task, vote->said);
    }
    return put(txn, task);
}
