#include "storage/write_set.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "storage/seal.h"

enum { FIRST_ROOM = 16, GROUP_BYTES = OWNER_BYTES };

/* Keys are hashes or small numbers; this only has to spread them. */
static uint32_t hash_of(enum table_id table, bytes key)
{
    uint64_t hash = (uint64_t)table * 0x9E3779B97F4A7C15 + key.len;
    size_t at = 0;
    while (at < key.len) {
        size_t n = key.len - at < 8 ? key.len - at : 8;
        uint64_t word = 0;
        memcpy(&word, key.ptr + at, n);
        hash = (hash ^ word) * 0xD6E8FEB86659FD93;
        hash ^= hash >> 32;
        at += n;
    }
    return (uint32_t)hash;
}

static bytes group_of(const struct key *key)
{
    return bytes_head(key_view(key), GROUP_BYTES);
}

int key_compare(bytes a, bytes b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter == 0 ? 0 : memcmp(a.ptr, b.ptr, shorter);
    if (order != 0) {
        return order < 0 ? -1 : 1;
    }
    return (a.len > b.len) - (a.len < b.len);
}

void write_set_init(struct write_set *set, struct arena *arena, uint32_t limit)
{
    *set = (struct write_set){.arena = arena, .limit = limit};
}

static bool is_cell(const struct write_op *op, enum table_id table, bytes key)
{
    return op->cell.table == table && bytes_equal(key_view(&op->cell.key), key);
}

static bool is_group(const struct write_op *op, enum table_id table, bytes group)
{
    return op->cell.table == table && bytes_equal(group_of(&op->cell.key), group);
}

/* The slot of the cell, or the empty slot where it would go. */
static struct write_op **cell_slot(const struct write_set *set, enum table_id table, bytes key)
{
    uint32_t at = hash_of(table, key) & set->by_cell.mask;
    while (set->by_cell.slots[at] != NULL && !is_cell(set->by_cell.slots[at], table, key)) {
        at = (at + 1) & set->by_cell.mask;
    }
    return &set->by_cell.slots[at];
}

/* The slot of the group's newest entry, or the empty slot where it would go. */
static struct write_op **group_slot(const struct write_set *set, enum table_id table, bytes group)
{
    uint32_t at = hash_of(table, group) & set->by_group.mask;
    while (set->by_group.slots[at] != NULL && !is_group(set->by_group.slots[at], table, group)) {
        at = (at + 1) & set->by_group.mask;
    }
    return &set->by_group.slots[at];
}

static void link_op(struct write_set *set, struct write_op *op)
{
    *cell_slot(set, op->cell.table, key_view(&op->cell.key)) = op;
    struct write_op **group = group_slot(set, op->cell.table, group_of(&op->cell.key));
    op->chain = *group;
    *group = op;
}

/* Doubles the room; both indexes stay at most half full. */
static status grow(struct write_set *set)
{
    uint32_t room = set->room == 0 ? FIRST_ROOM : set->room * 2;
    struct write_op **ops = arena_array(set->arena, room, sizeof *ops);
    struct write_op **cells = arena_array(set->arena, (size_t)room * 2, sizeof *cells);
    struct write_op **groups = arena_array(set->arena, (size_t)room * 2, sizeof *groups);
    if (ops == NULL || cells == NULL || groups == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (set->count > 0) {
        memcpy(ops, set->ops, set->count * sizeof(*ops));
    }
    set->ops = ops;
    set->room = room;
    set->by_cell = (struct write_index){cells, room * 2 - 1};
    set->by_group = (struct write_index){groups, room * 2 - 1};
    for (uint32_t i = 0; i < set->count; i++) {
        link_op(set, set->ops[i]);
    }
    return STATUS_OK;
}

/* The handler's own copy of the key may be gone when the value is sealed. */
static status keep_document_key(struct write_set *set, struct cell *cell)
{
    if (cell->document_key == NULL) {
        return STATUS_OK;
    }
    struct seal_key *copy = arena_alloc(set->arena, sizeof *copy);
    if (copy == NULL) {
        return FAIL(ARENA_FULL);
    }
    *copy = *cell->document_key;
    cell->document_key = copy;
    return STATUS_OK;
}

/* The entry of the cell, a new one when there is none; its old value is forgotten. */
static status entry_for(struct write_set *set, const struct cell *cell, struct write_op **ret_op)
{
    struct write_op *op = NULL;
    if (set->room > 0) {
        op = *cell_slot(set, cell->table, key_view(&cell->key));
    }
    struct cell kept = *cell;
    TRY(keep_document_key(set, &kept));
    if (op != NULL) {
        set->bytes -= op->plain.len;
        op->cell = kept;
        *ret_op = op;
        return STATUS_OK;
    }
    if (set->count >= set->limit) {
        return FAIL(OVERLOADED);
    }
    if (set->count == set->room) {
        TRY(grow(set));
    }
    op = arena_alloc(set->arena, sizeof *op);
    if (op == NULL) {
        return FAIL(ARENA_FULL);
    }
    op->cell = kept;
    set->ops[set->count++] = op;
    set->bytes += cell->key.len + (size_t)SEAL_OVERHEAD;
    link_op(set, op);
    *ret_op = op;
    return STATUS_OK;
}

status write_set_put_owned(struct write_set *set, const struct cell *cell, bytes plain)
{
    struct write_op *op;
    TRY(entry_for(set, cell, &op));
    op->deletes = op->sealed = false;
    op->plain = plain;
    set->bytes += plain.len;
    return STATUS_OK;
}

status write_set_put_sealed(struct write_set *set, const struct cell *cell, bytes sealed)
{
    struct write_op *op;
    TRY(entry_for(set, cell, &op));
    op->deletes = false;
    op->sealed = true;
    op->plain = sealed;
    set->bytes += sealed.len;
    return STATUS_OK;
}

status write_set_put(struct write_set *set, const struct cell *cell, bytes plain)
{
    bytes copy = arena_copy(set->arena, plain);
    if (copy.ptr == NULL) {
        return FAIL(ARENA_FULL);
    }
    return write_set_put_owned(set, cell, copy);
}

status write_set_delete(struct write_set *set, const struct cell *cell)
{
    struct write_op *op;
    TRY(entry_for(set, cell, &op));
    op->deletes = true;
    op->sealed = false;
    op->plain = (bytes){NULL, 0};
    return STATUS_OK;
}

const struct write_op *write_set_find(const struct write_set *set, enum table_id table,
                                      const struct key *key)
{
    return set->room == 0 ? NULL : *cell_slot(set, table, key_view(key));
}

static bool in_range(const struct write_op *op, enum table_id table, const struct key *prefix)
{
    return op->cell.table == table && op->cell.key.len >= prefix->len &&
           memcmp(op->cell.key.bytes, prefix->bytes, prefix->len) == 0;
}

static int by_key(const void *left, const void *right)
{
    const struct write_op *a = *(struct write_op *const *)left,
                          *b = *(struct write_op *const *)right;
    return key_compare(key_view(&a->cell.key), key_view(&b->cell.key));
}

/* Writes the entries in range to OUT unless it is NULL; returns how many there are. */
static size_t collect(const struct write_set *set, enum table_id table, const struct key *prefix,
                      struct write_op **out)
{
    size_t count = 0;
    if (prefix->len >= GROUP_BYTES) {
        struct write_op *op = *group_slot(set, table, group_of(prefix));
        for (; op != NULL; op = op->chain) {
            if (in_range(op, table, prefix)) {
                if (out != NULL) {
                    out[count] = op;
                }
                count++;
            }
        }
        return count;
    }
    for (uint32_t i = 0; i < set->count; i++) {
        if (in_range(set->ops[i], table, prefix)) {
            if (out != NULL) {
                out[count] = set->ops[i];
            }
            count++;
        }
    }
    return count;
}

status write_set_range(const struct write_set *set, enum table_id table, const struct key *prefix,
                       struct write_op ***ret_ops, size_t *ret_count)
{
    size_t count = set->count == 0 ? 0 : collect(set, table, prefix, NULL);
    struct write_op **ops = NULL;
    if (count > 0) {
        ops = arena_array(set->arena, count, sizeof *ops);
        if (ops == NULL) {
            return FAIL(ARENA_FULL);
        }
        (void)collect(set, table, prefix, ops);
        qsort(ops, count, sizeof(*ops), by_key);
    }
    *ret_ops = ops;
    *ret_count = count;
    return STATUS_OK;
}
