/*
 * agent_reads_store: whom each agent has read within the last day: what a budget of distinct members is counted by (SEC-A7).
 *
 * Key      caller id (16 bytes); one row an agent.
 * Window   sliding, in steady time (SEC-G4): a member counts for an hour, and for a day, after the last time.  Reading the same
 *          member again is free while it still counts.
 * Memory   every output lives in the transaction's arena.
 * Threads  runs in the writer's transaction.
 * Reasons  STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_AGENT_READS_STORE_H
#define HAYAT_STORAGE_AGENT_READS_STORE_H

#include "base/id.h"
#include "hayat/store/v1/agents.pb-c.h"
#include "storage/table.h"

struct agent_budget {
    uint32_t per_hour, per_day; /* at most LIMIT_AGENT_MEMBERS_PER_DAY a day: the row's size */
};

/* Which budget has no room, and when it has again. */
struct agent_budget_answer {
    enum agent_budget_over { BUDGET_LEFT, BUDGET_HOUR, BUDGET_DAY } over;
    int64_t retry_after_ms;
};

/* Counts MEMBER, who may be nobody's owner; writes nothing when there is no room. */
status agent_reads_take(struct txn *txn, struct id caller, struct owner member,
                        const struct agent_budget *budget, struct agent_budget_answer *ret_answer);

#endif
