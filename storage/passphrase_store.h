/*
 * passphrase_store: the passphrase of a member and the key of their one-time codes, as stored.
 *
 * Key      owner (16 bytes); one per member.
 * Units    milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row) · STORE_CORRUPT · ARENA_FULL, and for writes what table_put says.
 */
#ifndef HAYAT_STORAGE_PASSPHRASE_STORE_H
#define HAYAT_STORAGE_PASSPHRASE_STORE_H

#include "hayat/store/v1/session.pb-c.h"
#include "storage/table.h"

typedef Hayat__Store__V1__StoredPassphrase passphrase_row;

status passphrase_store_get(struct txn *txn, struct owner owner, passphrase_row **ret_row);
status passphrase_store_put(struct txn *txn, struct owner owner, const passphrase_row *row);
status passphrase_store_delete(struct txn *txn, struct owner owner);

#endif
