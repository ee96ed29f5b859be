#include "storage/opened.h"

#include <assert.h>
#include <string.h>

#include "base/prefetch.h"

/* Keys are keyed hashes: any of their bytes spread. */
static struct opened_cell *place_of(struct opened_cells *opened, bytes key)
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

static bool fits(bytes key, bytes sealed)
{
    return key.len == OPENED_KEY_BYTES && sealed.len > SEAL_OVERHEAD &&
           sealed.len <= OPENED_PLAIN_BYTES + SEAL_OVERHEAD;
}

void opened_expect(struct opened_cells *opened, bytes key)
{
    if (key.len == OPENED_KEY_BYTES) {
        prefetch(place_of(opened, key), sizeof(struct opened_cell));
    }
}

bool opened_find(struct opened_cells *opened, bytes key, bytes sealed, uint8_t *out)
{
    if (!fits(key, sealed)) {
        return false;
    }
    struct opened_cell *cell = place_of(opened, key);
    if (!enter(cell)) {
        return false;
    }
    bool same = cell->plain_len + (size_t)SEAL_OVERHEAD == sealed.len &&
                memcmp(cell->key, key.ptr, OPENED_KEY_BYTES) == 0 &&
                memcmp(cell->sealed, sealed.ptr, sealed.len) == 0;
    if (same) {
        memcpy(out, cell->plain, cell->plain_len);
    }
    leave(cell);
    return same;
}

void opened_keep(struct opened_cells *opened, bytes key, bytes sealed, bytes plain)
{
    if (!fits(key, sealed)) {
        return;
    }
    assert(plain.len + SEAL_OVERHEAD == sealed.len);
    struct opened_cell *cell = place_of(opened, key);
    if (!enter(cell)) {
        return;
    }
    cell->plain_len = (uint8_t)plain.len;
    memcpy(cell->key, key.ptr, OPENED_KEY_BYTES);
    memcpy(cell->sealed, sealed.ptr, sealed.len);
    memcpy(cell->plain, plain.ptr, plain.len);
    leave(cell);
}
