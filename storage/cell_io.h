/*
 * cell_io: one cell to and from LMDB, sealed on the way; for storage/{meta,table,writer}.c only.
 *
 * Memory   what is read is opened into the arena given; nothing points into the map.
 * Errors   NOT_FOUND · STORE_CORRUPT · ARENA_FULL · STORE_FAILED for reads; LMDB's own codes for
 *          writes, because the writer must tell a full disk from a broken one.
 */
#ifndef HAYAT_STORAGE_CELL_IO_H
#define HAYAT_STORAGE_CELL_IO_H

#include "storage/txn.h"

status cell_read(struct txn *txn, const struct cell *cell, bytes *ret_plain);
/* Opens SEALED, a view into the map, into ARENA. */
status cell_open_into(struct txn *txn, const struct cell *cell, bytes sealed, bytes *ret_plain);
/* Seals PLAIN straight into the page that will be written.  FLAGS: 0, or MDB_APPEND for a key past
   the last. */
int cell_write(struct txn *txn, const struct cell *cell, bytes plain, unsigned flags);
/* As cell_write, for what is sealed already. */
int cell_write_sealed(struct txn *txn, const struct cell *cell, bytes sealed, unsigned flags);
/* Success when there is nothing to delete. */
int cell_erase(struct txn *txn, const struct cell *cell);

#endif
