/*
 * A scan merges two ordered runs: the table's rows and the transaction's own entries in range.
 * Where both have a key, the entry speaks: a put replaces the row, a delete hides it.
 */
#include <assert.h>
#include <string.h>

#include "storage/cell_io.h"
#include "storage/cursor.h"
#include "storage/mutant.h"
#include "storage/record.h"
#include "storage/table.h"

struct merge {
    struct txn *txn;
    const struct scan *scan;
    struct cursor rows;
    bool stale;             /* the row under ROWS was given: step before the next look */
    struct write_op **ops;  /* ascending */
    size_t op_count, op_at; /* op_at counts from the scan's side */
};

static bool has_prefix(bytes key, const struct key *prefix)
{
    return key.len >= prefix->len && memcmp(key.ptr, prefix->bytes, prefix->len) == 0;
}

/* The first key after every key that begins with PREFIX; empty when there is none. */
static struct key prefix_end(struct key prefix)
{
    while (prefix.len > 0 && prefix.bytes[prefix.len - 1] == 0xFF) {
        prefix.len--;
    }
    if (prefix.len > 0) {
        prefix.bytes[prefix.len - 1]++;
    }
    return prefix;
}

static bool past_after(const struct scan *scan, bytes key)
{
    if (scan->after.len == 0) {
        return true;
    }
    int order = key_compare(key, key_view(&scan->after));
    return scan->reverse ? order < 0 : order > 0;
}

static status seek_forward(struct merge *merge)
{
    const struct scan *scan = merge->scan;
    bytes prefix = key_view(&scan->prefix), after = key_view(&scan->after);
    TRY(cursor_seek(&merge->rows, key_compare(after, prefix) > 0 ? after : prefix));
    if (merge->rows.found && scan->after.len > 0 && bytes_equal(merge->rows.key, after)) {
        return cursor_next(&merge->rows);
    }
    return STATUS_OK;
}

static status seek_reverse(struct merge *merge)
{
    const struct scan *scan = merge->scan;
    struct key end = prefix_end(scan->prefix);
    bool after_is_lower = end.len == 0 || key_compare(key_view(&scan->after), key_view(&end)) < 0;
    bool from_after = scan->after.len > 0 && after_is_lower;
    return cursor_seek_before(&merge->rows, from_after ? key_view(&scan->after) : key_view(&end));
}

/* Past the row that was given; not before somebody asks: many a visitor takes one row, and the next page of the map stays untouched. */
static status step_rows(struct merge *merge)
{
    if (!merge->stale) {
        return STATUS_OK;
    }
    merge->stale = false;
    return merge->scan->reverse ? cursor_previous(&merge->rows) : cursor_next(&merge->rows);
}

/* The next entry, or NULL past the last. */
static const struct write_op *current_op(struct merge *merge)
{
    while (merge->op_at < merge->op_count) {
        size_t at = merge->scan->reverse ? merge->op_count - 1 - merge->op_at : merge->op_at;
        const struct write_op *op = merge->ops[at];
        if (past_after(merge->scan, key_view(&op->cell.key))) {
            return op;
        }
        merge->op_at++;
    }
    return NULL;
}

static status give_row(const struct merge *merge, bytes plain, const ProtobufCMessage **ret_record)
{
    ProtobufCMessage *record = NULL;
    if (merge->scan->plain != NULL) {
        *merge->scan->plain = plain;
        return STATUS_OK;
    }
    TRY(record_unpack(merge->txn->arena, merge->scan->table, plain, &record));
    *ret_record = record;
    return STATUS_OK;
}

static status row_of_table(struct merge *merge, struct key key, const ProtobufCMessage **ret_record)
{
    const struct scan *scan = merge->scan;
    if (scan->keys_only) {
        return STATUS_OK;
    }
    struct cell cell = {.table = scan->table, .key = key, .owner = scan->owner};
    bytes plain;
    TRY(cell_open_into(merge->txn, &cell, merge->rows.cell, &plain));
    return give_row(merge, plain, ret_record);
}

static status row_of_op(struct merge *merge, const struct write_op *op,
                        const ProtobufCMessage **ret_record)
{
    if (merge->scan->keys_only) {
        return STATUS_OK;
    }
    return give_row(merge, op->plain, ret_record);
}

/* What comes first in the scan's direction: < 0 the row, > 0 the entry, 0 both are the same key. */
static int which_first(struct merge *merge, const struct write_op *op, bool has_row)
{
    if (op == NULL) {
        return -1;
    }
    if (!has_row) {
        return 1;
    }
    int order = key_compare(merge->rows.key, key_view(&op->cell.key));
    return merge->scan->reverse ? -order : order;
}

/* Takes one key off the front of both runs.  *ret_shown is false for a key that was deleted. */
static status take(struct merge *merge, struct key *ret_key, const ProtobufCMessage **ret_record,
                   bool *ret_shown)
{
    bool has_row = merge->rows.found && has_prefix(merge->rows.key, &merge->scan->prefix);
    const struct write_op *op = current_op(merge);
    int first = which_first(merge, op, has_row);
    *ret_record = NULL;
    if (first < 0) {
        *ret_key = key_bytes(key_empty(), merge->rows.key);
        *ret_shown = true;
        merge->stale = true;
        return row_of_table(merge, *ret_key, ret_record);
    }
    *ret_key = op->cell.key;
    *ret_shown = !op->deletes;
    merge->op_at++;
    merge->stale = first == 0;
    return op->deletes ? STATUS_OK : row_of_op(merge, op, ret_record);
}

static bool has_more(struct merge *merge)
{
    return (merge->rows.found && has_prefix(merge->rows.key, &merge->scan->prefix)) ||
           current_op(merge) != NULL;
}

static status walk(struct merge *merge, table_visit *visit, void *ctx)
{
    TRY(merge->scan->reverse ? seek_reverse(merge) : seek_forward(merge));
    while (has_more(merge)) {
        struct key key;
        const ProtobufCMessage *record;
        bool shown = false;
        TRY(take(merge, &key, &record, &shown));
        if (shown && !visit(ctx, key, record)) {
            break;
        }
        TRY(step_rows(merge));
    }
    return STATUS_OK;
}

status table_scan(struct txn *txn, const struct scan *scan, table_visit *visit, void *ctx)
{
    assert(scan->keys_only ||
           table_info(scan->table)->record != NULL); /* chunks need their document's key */
#ifdef HAYAT_MUTANT_OWNER
    struct scan mutated = *scan;
    if (table_info(scan->table)->of_member) {
        mutate_key(&mutated.prefix);
        mutate_key(&mutated.after);
    }
    scan = &mutated;
#endif
    struct merge merge = {.txn = txn, .scan = scan};
    if (txn->writes != NULL) {
        TRY(write_set_range(txn->writes, scan->table, &scan->prefix, &merge.ops, &merge.op_count));
    }
    TRY(cursor_open(txn, scan->table, &merge.rows));
    status result = walk(&merge, visit, ctx);
    cursor_close(&merge.rows);
    return result;
}
