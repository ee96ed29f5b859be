/*
 * task: something that waits for a person of the fund, from opening to its end.
 *
 *   OPEN ──claim, release, lapse── OPEN ──a vote, others needed──> OPEN (nobody's)
 *    │                              ├──persons_needed have said yes──> APPROVED
 *    │                              ├──refusers_needed have said no──> REFUSED
 *    │                              └──one has said not yet──> MORE_NEEDED
 *    └──there is nothing to decide any more──> WITHDRAWN
 *
 * A claim is one agent's until it is given back, voted on, or lapses (LIMIT_TASK_LEASE_MS, steady time: no clock prolongs it).  Claimed again and
 * again it is theirs for LIMIT_TASK_HOLD_MS; then others may have it first, for LIMIT_TASK_REST_MS.  Nobody has more than LIMIT_TASK_CLAIMS.
 * Nobody votes twice, nor on what they took part in: neither the agent nor, under another certificate or register entry, the same staff
 * number.  RULE TASK-1
 * What a kind of task means is in its own file (task_kind.h); this one knows no kind.
 *
 * Threads  in the acting transaction; writes in the writer's.
 * Reasons  NOT_FOUND · TASK_CLOSED · TASK_CLAIMED · TASK_NOT_CLAIMED · TASK_VOTED · TASK_INVOLVED · TASK_HELD · TASK_CLAIM_LIMIT ·
 *          STORE_CORRUPT · ARENA_FULL · OVERLOADED.
 */
#ifndef HAYAT_SERVICE_TASK_H
#define HAYAT_SERVICE_TASK_H

#include "storage/task_store.h"

/* --- for what has something to be decided --- */

/* Agents who took part in what is to be decided, each once. */
struct task_parties {
    size_t count;
    bool more; /* than fit */
    struct id agents[LIMIT_TASK_PARTIES];
};
/* Add first whom no record of the counter names: of more than LIMIT_TASK_PARTIES the others are looked up there. */
void task_parties_add(struct task_parties *parties, struct id agent);
/* Those who gave OWNER a code at a counter: what a device, or whoever came in by one, did for the member may be theirs. */
status task_parties_add_counter(struct txn *txn, struct owner owner, struct task_parties *parties);

struct task_spec {
    task_kind kind;
    struct owner owner;
    struct id object; /* has no open task yet */
    int64_t due_in_ms;
    uint32_t persons_needed;
    uint32_t refusers_needed; /* 0 is 1 */
    struct task_parties parties;
};

status task_open(struct txn *txn, const struct task_spec *spec);
/* There is nothing to decide any more; OK when it was decided, or never opened. */
status task_withdraw(struct txn *txn, task_kind kind, struct id object);

/* --- for ReviewService --- */

bool task_is_claimed(struct txn *txn, const task_row *task);
bool task_is_claimed_by(struct txn *txn, const task_row *task, struct id agent);
/* RULE TASK-1: what keeps AGENT from deciding: TASK_VOTED or TASK_INVOLVED; OK when nothing does. */
status task_bar(struct txn *txn, const task_row *task, struct id agent, enum reason *ret_bar);

/* AGENT has TASK, or could claim it now if they have not too many. */
status task_is_free_for(struct txn *txn, const task_row *task, struct id agent, bool *ret_free);

/* An open one. */
status task_find(struct txn *txn, struct id id, task_row **ret_task);
status task_claim(struct txn *txn, task_row *task, struct id agent);
status task_release(struct txn *txn, task_row *task, struct id agent);

struct task_vote {
    struct id agent; /* has claimed it */
    task_state said; /* APPROVED, REFUSED or MORE_NEEDED */
    const char *reason;
    size_t n_findings;
    Hayat__Store__V1__StoredFinding **findings;
    size_t n_missing_items;
    uint32_t *missing_items; /* numbers of hayat.v1.DocumentItem */
};

/* TASK's state says what came of it. */
status task_vote(struct txn *txn, task_row *task, const struct task_vote *vote);

#endif
