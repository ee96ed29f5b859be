/*
 * agent_claims_store: which tasks each agent has claimed, to bound how many they have at one time.  The task itself says who has it
 * (service/task.h): a row here that nobody took back lapses with the claim.
 *
 * Key      caller id (16 bytes); one row an agent: what lapsed goes with their next claim.
 * Memory   every output lives in the transaction's arena.
 * Threads  runs in the writer's transaction.
 * Reasons  STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_AGENT_CLAIMS_STORE_H
#define HAYAT_STORAGE_AGENT_CLAIMS_STORE_H

#include <stdbool.h>

#include "base/id.h"
#include "base/limits.h"
#include "base/status.h"
#include "storage/db.h"

/* Notes that CALLER has TASK until END_STEADY_MS, when they have fewer than LIMIT_TASK_CLAIMS others; else says so, and writes nothing. */
status agent_claims_take(struct txn *txn, struct id caller, struct id task, int64_t end_steady_ms,
                         bool *ret_full);
/* They have it no more; OK when they never had. */
status agent_claims_drop(struct txn *txn, struct id caller, struct id task);

#endif
