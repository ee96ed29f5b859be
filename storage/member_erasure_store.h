/*
 * member_erasure_store: the members of whom everything is going, a step at a time, as stored.
 *
 * Key      owner (blinded, 16 bytes).  A row is there from the commit that began it until the one that took the last of it: a
 *          process that dies in between finds it, and goes on.
 * Memory   outputs are values.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (none) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_MEMBER_ERASURE_STORE_H
#define HAYAT_STORAGE_MEMBER_ERASURE_STORE_H

#include <stdbool.h>

#include "base/status.h"
#include "hayat/store/v1/retention.pb-c.h"
#include "storage/db.h"
#include "storage/seal.h"

typedef Hayat__Store__V1__StoredMemberErasure member_erasure_row;

status member_erasure_store_get(struct txn *txn, struct owner owner, member_erasure_row **ret_row);
status member_erasure_store_has(struct txn *txn, struct owner owner, bool *ret_has);
status member_erasure_store_put(struct txn *txn, struct owner owner, const member_erasure_row *row);
status member_erasure_store_delete(struct txn *txn, struct owner owner);
/* One of them for whom SKIPS says false. */
typedef bool member_erasure_skips(void *ctx, struct owner owner);
status member_erasure_store_first(struct txn *txn, member_erasure_skips *skips, void *ctx,
                                  struct owner *ret_owner);

#endif
