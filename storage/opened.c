#include "storage/opened.h"

#include <string.h>

/* Keys are keyed hashes: any of their bytes spread. */
static struct opened_cell *cell_of_key(struct opened_cells *opened, bytes key)
{
    uint32_t word;
    memcpy(&word, key.ptr, sizeof word);
    return &opened->cells[word % LIMIT_OPENED_SESSIONS];
}

static bool enter(struct opened_cell *cell)
{
    return !atomic_exchange_explicit(&cell->busy, true, memory_order_acquire);
}

static void leave(struct opened_cell *cell)
{
    atomic_store_explicit(&cell->busy, false, memory_order_release);
}

struct owner opened_place(bytes key)
{
    struct owner place = {{0}};
    memcpy(place.bytes, key.ptr, key.len < sizeof place.bytes ? key.len : sizeof place.bytes);
    return place;
}

bool opened_find(struct opened_cells *opened, const struct txn *txn, bytes key, uint8_t *out,
                 size_t *ret_len)
{
    if (key.len != OPENED_KEY_BYTES) {
        return false;
    }
    struct opened_cell *cell = cell_of_key(opened, key);
    if (!enter(cell)) {
        return false;
    }
    bool same = memcmp(cell->key, key.ptr, OPENED_KEY_BYTES) == 0 &&
                change_mark_holds(&cell->read, txn, opened_place(key));
    if (same) {
        memcpy(out, cell->plain, cell->plain_len);
        *ret_len = cell->plain_len;
    }
    leave(cell);
    return same;
}

void opened_keep(struct opened_cells *opened, const struct txn *txn, bytes key, bytes plain)
{
    if (key.len != OPENED_KEY_BYTES || plain.len > OPENED_PLAIN_BYTES) {
        return;
    }
    struct opened_cell *cell = cell_of_key(opened, key);
    if (!enter(cell)) {
        return;
    }
    cell->read = change_mark_of(txn);
    cell->plain_len = (uint8_t)plain.len;
    memcpy(cell->key, key.ptr, OPENED_KEY_BYTES);
    memcpy(cell->plain, plain.ptr, plain.len);
    leave(cell);
}
