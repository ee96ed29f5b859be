/*
 * cursor: walking a table's sealed cells in key order; for storage/{scan,walk,check,reseal}.c only.
 *
 * Memory   the views look into the map: good until the cursor moves, never past the transaction.
 * Threads  belongs to its transaction's thread.
 */
#ifndef HAYAT_STORAGE_CURSOR_H
#define HAYAT_STORAGE_CURSOR_H

#include "storage/txn.h"

struct cursor {
    struct txn *txn;
    MDB_cursor *mdb;
    enum table_id table;
    bool kept;       /* goes back to the transaction's own */
    bool found;      /* on a row */
    bytes key, cell; /* that row */
};

status cursor_open(struct txn *txn, enum table_id table, struct cursor *ret);
void cursor_close(struct cursor *cursor);
/* The first row at or after KEY; from the start for an empty key. */
status cursor_seek(struct cursor *cursor, bytes key);
/* The last row before KEY; from the end for an empty key. */
status cursor_seek_before(struct cursor *cursor, bytes key);
status cursor_next(struct cursor *cursor);
status cursor_previous(struct cursor *cursor);

#endif
