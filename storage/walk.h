/*
 * walk: all rows of a table, whoever's they are, in key order and a few at a time; for what goes through the whole store.
 *
 * Memory   opened records live in the transaction's arena.
 * Threads  in a read transaction: what a write transaction has put and not committed is not seen.
 * Errors   STORE_FAILED · ARENA_FULL.  A row that does not open is counted and left out: db check tells which.
 */
#ifndef HAYAT_STORAGE_WALK_H
#define HAYAT_STORAGE_WALK_H

#include "storage/table.h"

struct walk_row {
    enum table_id table;
    struct owner owner; /* zero in tables of nobody */
    struct key key;
    const ProtobufCMessage *record;
};

/* False stops after this row. */
typedef bool walk_visit(void *ctx, const struct walk_row *row);

struct walk {
    enum table_id table; /* not document_chunk */
    struct key after;    /* the last key seen: where the next step goes on */
    bool end;            /* there is no more */
    uint64_t looked_at, bad;
};

/* At most MOST rows from walk->after on. */
status table_walk(struct txn *txn, struct walk *walk, uint32_t most, walk_visit *visit, void *ctx);

#endif
