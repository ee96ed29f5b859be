#include "storage/opened.h"

#include <string.h>

#include "base/prefetch.h"

enum { PLACES = 2 }; /* of a key: the second is for what another took the first from */

/* Keys are keyed hashes: any of their bytes spread. */
static size_t index_of_key(bytes key, size_t place)
{
    uint32_t word;
    memcpy(&word, key.ptr + place * sizeof word, sizeof word);
    return word % LIMIT_OPENED_SESSIONS;
}

static struct opened_cell *cell_of_key(struct opened_cells *opened, bytes key, size_t place)
{
    return &opened->cells[index_of_key(key, place)];
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

void opened_expect(const struct opened_cells *opened, const struct change_feed *changes, bytes key)
{
    prefetch(&opened->cells[index_of_key(key, 0)], sizeof opened->cells[0]);
    change_feed_expect(changes, opened_place(key));
}

/* False when another thread has the cell. */
static bool find_in(struct opened_cell *cell, const struct txn *txn, bytes key, uint8_t *out,
                    size_t *ret_len)
{
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

bool opened_find(struct opened_cells *opened, const struct txn *txn, bytes key, uint8_t *out,
                 size_t *ret_len)
{
    if (key.len != OPENED_KEY_BYTES) {
        return false;
    }
    bool found = false;
    for (size_t i = 0; i < PLACES && !found; i++) {
        found = find_in(cell_of_key(opened, key, i), txn, key, out, ret_len);
    }
    return found;
}

/* Never used, of the same session, or of one that was written or ended since: nobody finds it any more. */
static bool is_free(const struct opened_cell *cell, const struct txn *txn, bytes key)
{
    const bytes other = bytes_of(cell->key, OPENED_KEY_BYTES);
    return bytes_equal(other, key) || !change_mark_holds(&cell->read, txn, opened_place(other));
}

/* False when it is another's, unless FORCED, or another thread has it. */
static bool keep_in(struct opened_cell *cell, const struct txn *txn, bytes key, bytes plain,
                    bool forced)
{
    if (!enter(cell)) {
        return false;
    }
    bool mine = forced || is_free(cell, txn, key);
    if (mine) {
        cell->read = change_mark_of(txn);
        cell->plain_len = (uint8_t)plain.len;
        memcpy(cell->key, key.ptr, OPENED_KEY_BYTES);
        memcpy(cell->plain, plain.ptr, plain.len);
    }
    leave(cell);
    return mine;
}

void opened_keep(struct opened_cells *opened, const struct txn *txn, bytes key, bytes plain)
{
    if (key.len != OPENED_KEY_BYTES || plain.len > OPENED_PLAIN_BYTES) {
        return;
    }
    for (size_t i = 0; i < PLACES; i++) {
        if (keep_in(cell_of_key(opened, key, i), txn, key, plain, false)) {
            return;
        }
    }
    (void)keep_in(cell_of_key(opened, key, 0), txn, key, plain, true);
}
