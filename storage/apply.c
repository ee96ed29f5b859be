#include "storage/apply.h"

#include <stdbool.h>
#include <stdlib.h>

#include "storage/cell_io.h"
#include "storage/opened.h"

enum { SORT_FROM = 512 + 1 }; /* sets of calls are never sorted */

_Static_assert(SORT_FROM > LIMIT_WRITE_SET, "a call's order is kept");

/* Before the commit can be seen; who reads what was, and keeps it, finds out (storage/change_feed.h). */
static void note_change(struct txn *txn, const struct cell *cell)
{
    const struct table_info *info = table_info(cell->table);
    bool noted = (info->of_member && info->domain == DOMAIN_HEALTH) ||
                 cell->table == TABLE_document ||      /* its bytes arrive, its check is done */
                 cell->table == TABLE_reference_set || /* nobody's: the owner of zeroes' */
                 cell->table == TABLE_campaign;
    uint64_t commit = mdb_txn_id(txn->mdb);
    if (noted) {
        change_feed_note(txn->db->changes, cell->owner, commit);
    } else if (cell->table == TABLE_session) {
        change_feed_note(txn->db->changes, opened_place(key_view(&cell->key)), commit);
    }
}

static int apply_op(struct txn *txn, const struct write_op *op, unsigned flags)
{
    note_change(txn, &op->cell);
    if (op->sealed) {
        return cell_write_sealed(txn, &op->cell, op->plain, flags);
    }
    return op->deletes ? cell_erase(txn, &op->cell) : cell_write(txn, &op->cell, op->plain, flags);
}

static int by_table_and_key(const void *left, const void *right)
{
    const struct write_op *a = *(struct write_op *const *)left,
                          *b = *(struct write_op *const *)right;
    if (a->cell.table != b->cell.table) {
        return a->cell.table < b->cell.table ? -1 : 1;
    }
    return key_compare(key_view(&a->cell.key), key_view(&b->cell.key));
}

/* A feed that is sorted already, as it should be, is not sorted again. */
static void sort_ops(const struct write_set *set)
{
    for (uint32_t i = 1; i < set->count; i++) {
        if (by_table_and_key(&set->ops[i - 1], &set->ops[i]) > 0) {
            qsort(set->ops, set->count, sizeof(*set->ops), by_table_and_key);
            return;
        }
    }
}

/* Whether every row of the table sorts before the entry. */
static bool past_last(struct txn *txn, const struct write_op *op)
{
    MDB_cursor *cursor = NULL;
    if (mdb_cursor_open(txn->mdb, txn->db->tables[op->cell.table], &cursor) != 0) {
        return false;
    }
    MDB_val key = {0, NULL}, value = {0, NULL};
    int rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
    bool past = rc == MDB_NOTFOUND || (rc == 0 && key_compare(bytes_of(key.mv_data, key.mv_size),
                                                              key_view(&op->cell.key)) < 0);
    mdb_cursor_close(cursor);
    return past;
}

static int apply_sorted(struct txn *txn, const struct write_set *set)
{
    sort_ops(set);
    bool appends = false;
    for (uint32_t i = 0; i < set->count; i++) {
        const struct write_op *op = set->ops[i];
        if (i == 0 || op->cell.table != set->ops[i - 1]->cell.table) {
            appends = past_last(txn, op); /* then so are all later ones of the table */
        }
        int rc = apply_op(txn, op, appends ? MDB_APPEND : 0U);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}

int apply_write_set(struct txn *txn, const struct write_set *set)
{
    if (set->count >= SORT_FROM) {
        return apply_sorted(txn, set);
    }
    for (uint32_t i = 0; i < set->count; i++) {
        int rc = apply_op(txn, set->ops[i], 0);
        if (rc != 0) {
            return rc;
        }
    }
    return 0;
}
