/*
 * write_set: the puts and deletes of one call, in memory, before any of them reaches LMDB.
 *
 * Invariants
 *   1 One entry per (table, key): a later put or delete of the same cell takes the entry's place.
 *   2 Entries stay where they are until the call ends; look-up is by hash, so a job of n rows
 *     costs O(n).
 *   3 Entries whose key begins with the same 16 bytes (an owner's rows) are chained, so a scan of
 *     one owner's rows looks at that owner's entries alone.
 *
 * Memory   entries, copies of the values and the index live in the call's arena.
 * Threads  belongs to one transaction.
 * Errors   OVERLOADED (past the limit) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_WRITE_SET_H
#define HAYAT_STORAGE_WRITE_SET_H

#include "base/arena.h"
#include "storage/table.h"

struct write_op {
    struct cell cell;
    bool deletes;
    bool sealed;            /* a put of what was sealed before */
    bytes plain;            /* what a put stores: sealed, or not sealed yet */
    struct write_op *chain; /* the next older entry of the same group */
};

struct write_index {
    struct write_op **slots;
    uint32_t mask; /* slots less one; the slots are a power of two */
};

struct write_set {
    struct arena *arena;
    uint32_t limit;
    uint32_t count;
    uint32_t room;
    size_t bytes; /* of all values, sealed, and keys */
    struct write_op **ops;
    struct write_index by_cell, by_group;
};

void write_set_init(struct write_set *set, struct arena *arena, uint32_t limit);
/* Copies PLAIN and the cell's document key. */
status write_set_put(struct write_set *set, const struct cell *cell, bytes plain);
/* As write_set_put, for a value that lives in the set's arena already. */
status write_set_put_owned(struct write_set *set, const struct cell *cell, bytes plain);
/* As write_set_put_owned, for a cell that is sealed already. */
status write_set_put_sealed(struct write_set *set, const struct cell *cell, bytes sealed);
status write_set_delete(struct write_set *set, const struct cell *cell);
/* NULL when the set says nothing about the cell. */
const struct write_op *write_set_find(const struct write_set *set, enum table_id table,
                                      const struct key *key);
/*
 * The entries of TABLE whose key begins with PREFIX, in key order, as an array in the set's arena.
 * Later changes of these entries show through; later entries do not.
 */
status write_set_range(const struct write_set *set, enum table_id table, const struct key *prefix,
                       struct write_op ***ret_ops, size_t *ret_count);

/* -1, 0 or 1: the order of LMDB's keys. */
int key_compare(bytes a, bytes b);

#endif
