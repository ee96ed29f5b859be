/*
 * session_family_store: each sign-in of a member and the tokens that belong to it, as stored.
 *
 * Key      owner (16 bytes) ‖ family id (16 bytes).
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_SESSION_FAMILY_STORE_H
#define HAYAT_STORAGE_SESSION_FAMILY_STORE_H

#include <stddef.h>

#include "base/id.h"
#include "base/limits.h"
#include "hayat/store/v1/session.pb-c.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredSessionFamily session_family_row;

struct session_families {
    size_t count;
    struct id ids[LIMIT_SESSIONS_PER_MEMBER];
    session_family_row *rows[LIMIT_SESSIONS_PER_MEMBER];
};

status session_family_store_get(struct txn *txn, struct owner owner, struct id id,
                                session_family_row **ret_row);
status session_family_store_put(struct txn *txn, struct owner owner, struct id id,
                                const session_family_row *row);
status session_family_store_delete(struct txn *txn, struct owner owner, struct id id);
/* All of the member's, ended ones by time included. */
status session_family_store_list(struct txn *txn, struct owner owner,
                                 struct session_families *ret_list);

#endif
