#include "storage/walk.h"

#include <assert.h>
#include <string.h>

#include "storage/cell_io.h"
#include "storage/cursor.h"
#include "storage/record.h"

static status open_row(struct txn *txn, const struct cursor *at, struct walk_row *row)
{
    if (at->key.len > LIMIT_KEY_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    struct cell cell = {.table = at->table, .key = key_bytes(key_empty(), at->key)};
    if (table_info(at->table)->of_member) {
        if (at->key.len < OWNER_BYTES) {
            return FAIL(STORE_CORRUPT);
        }
        memcpy(cell.owner.bytes, at->key.ptr, OWNER_BYTES);
    }
    bytes plain;
    ProtobufCMessage *record = NULL;
    TRY(cell_open_into(txn, &cell, at->cell, &plain));
    TRY(record_unpack(txn->arena, at->table, plain, &record));
    *row = (struct walk_row){at->table, cell.owner, cell.key, record};
    return STATUS_OK;
}

static status visit_one(struct txn *txn, struct walk *walk, const struct cursor *at,
                        walk_visit *visit, void *ctx, bool *ret_more)
{
    struct walk_row row;
    status s = open_row(txn, at, &row);
    walk->looked_at++;
    if (s.why == REASON_STORE_CORRUPT) {
        walk->bad++;
        return STATUS_OK;
    }
    TRY(s);
    *ret_more = visit(ctx, &row);
    return STATUS_OK;
}

static status step(struct txn *txn, struct walk *walk, uint32_t most, struct cursor *at,
                   walk_visit *visit, void *ctx)
{
    bytes from = key_view(&walk->after);
    bool more = true;
    TRY(cursor_seek(at, from));
    if (at->found && from.len > 0 && bytes_equal(at->key, from)) {
        TRY(cursor_next(at));
    }
    for (uint32_t n = 0; at->found && n < most && more; n++) {
        TRY(visit_one(txn, walk, at, visit, ctx, &more));
        walk->after = key_bytes(key_empty(), bytes_head(at->key, LIMIT_KEY_BYTES));
        TRY(cursor_next(at));
    }
    walk->end = !at->found;
    return STATUS_OK;
}

status table_walk(struct txn *txn, struct walk *walk, uint32_t most, walk_visit *visit, void *ctx)
{
    struct cursor at;
    assert(table_info(walk->table)->record != NULL && txn->writes == NULL);
    TRY(cursor_open(txn, walk->table, &at));
    status s = step(txn, walk, most, &at, visit, ctx);
    cursor_close(&at);
    return s;
}
