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

struct visiting {
    struct txn *txn;
    struct walk *walk;
    struct cursor at;
    walk_visit *visit;
    void *ctx;
    bool stopped;
};

static status visit_one(struct visiting *v)
{
    struct walk_row row;
    status s = open_row(v->txn, &v->at, &row);
    v->walk->looked_at++;
    if (s.why == REASON_STORE_CORRUPT) {
        v->walk->bad++;
        return STATUS_OK;
    }
    TRY(s);
    v->stopped = !v->visit(v->ctx, &row);
    return STATUS_OK;
}

static status step(struct visiting *v, uint32_t most)
{
    struct walk *walk = v->walk;
    struct cursor *at = &v->at;
    bytes from = key_view(&walk->after);
    TRY(cursor_seek(at, from));
    if (at->found && from.len > 0 && bytes_equal(at->key, from)) {
        TRY(cursor_next(at));
    }
    for (uint32_t n = 0; at->found && n < most && !v->stopped; n++) {
        TRY(visit_one(v));
        walk->after = key_bytes(key_empty(), bytes_head(at->key, LIMIT_KEY_BYTES));
        TRY(cursor_next(at));
    }
    walk->end = !at->found;
    return STATUS_OK;
}

status table_walk(struct txn *txn, struct walk *walk, uint32_t most, walk_visit *visit, void *ctx)
{
    struct visiting v = {.txn = txn, .walk = walk, .visit = visit, .ctx = ctx};
    assert(table_info(walk->table)->record != NULL && txn->writes == NULL);
    TRY(cursor_open(txn, walk->table, &v.at));
    status s = step(&v, most);
    cursor_close(&v.at);
    return s;
}
