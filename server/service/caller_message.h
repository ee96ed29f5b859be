/* caller_message: a registered caller as others see it, and found by its public id.  Memory lives in the arena. */
#ifndef HAYAT_SERVICE_CALLER_MESSAGE_H
#define HAYAT_SERVICE_CALLER_MESSAGE_H

#include "base/arena.h"
#include "base/id.h"
#include "hayat/backoffice/v1/caller.pb-c.h"
#include "hayat/store/v1/agents.pb-c.h"
#include "storage/table.h"

status caller_message(struct arena *arena, const Hayat__Store__V1__StoredCaller *caller,
                      Hayat__Backoffice__V1__Caller **ret_message);
/* "agt_…", "sys_…" or "prv_…": the prefix must be the caller's.  INVALID_FIELD · NOT_FOUND. */
status caller_find(struct txn *txn, const char *caller_id, struct id *ret_id);

#endif
