/*
 * replay: the first answer to a write, kept with it and given again (SEC-G2).
 *
 * Both run in the writer's transaction of the write itself, so that the answer is there exactly when the write is.  A
 * request is the same when its bytes are.  Methods without IDEMPOTENCY_REQUEST_ID pass through untouched.
 * Reasons  REQUEST_ID_REUSED and what storage/table.h says.
 */
#ifndef HAYAT_RPC_REPLAY_H
#define HAYAT_RPC_REPLAY_H

#include "rpc/pipeline.h"

/* True in *ret_found: call->reply is the first answer, and nothing else is to be done. */
status replay_find(struct call *call, bool *ret_found);
/* Keeps call->reply as the first answer, for LIMIT_REQUEST_ID_LIFE_MS. */
status replay_remember(struct call *call);

#endif
