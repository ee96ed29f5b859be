/*
 * identity_check_store: who showed which document to which agent, as stored.
 *
 * Key      owner (blinded, 16 bytes) ‖ check id (16 random bytes).
 * Units    milliseconds since 1970 UTC.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  what table_put says.
 */
#ifndef HAYAT_STORAGE_IDENTITY_CHECK_STORE_H
#define HAYAT_STORAGE_IDENTITY_CHECK_STORE_H

#include "base/id.h"
#include "hayat/store/v1/agents.pb-c.h"
#include "storage/table.h"

status identity_check_store_put(struct txn *txn, struct owner owner,
                                const Hayat__Store__V1__StoredIdentityCheck *check);
typedef void identity_check_see(void *ctx, const Hayat__Store__V1__StoredIdentityCheck *check);
/* All of OWNER's. */
status identity_check_store_each(struct txn *txn, struct owner owner, identity_check_see *see,
                                 void *ctx);
/* The last of an order that means nothing; NOT_FOUND when there is none. */
status identity_check_store_any(struct txn *txn, struct owner owner,
                                const Hayat__Store__V1__StoredIdentityCheck **ret_check);

#endif
