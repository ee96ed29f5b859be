/*
 * canary: members whom no agent has a reason to read, added, removed and shown (SEC-A7); reading one is agency.h's.
 *
 * Threads  in the writer's transaction but for canary_message.
 * Reasons  NOT_FOUND (no such member, no such canary) · INVALID_FIELD (LIMIT_CANARIES are there already) · what stores say.
 */
#ifndef HAYAT_SERVICE_CANARY_H
#define HAYAT_SERVICE_CANARY_H

#include "base/arena.h"
#include "hayat/backoffice/v1/canary.pb-c.h"
#include "storage/canary_store.h"

/* Adding one that is there changes nothing. */
status canary_add(struct txn *txn, const char *registration_number);
status canary_remove(struct txn *txn, const char *registration_number);
status canary_message(struct arena *arena, const Hayat__Store__V1__StoredCanary *canary,
                      Hayat__Backoffice__V1__Canary **ret_message);
/* What the store holds of it. */
status canary_get(struct txn *txn, const char *registration_number,
                  Hayat__Store__V1__StoredCanary **ret_canary);

#endif
