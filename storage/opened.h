/*
 * opened: sessions that were read a moment ago, so that a phone's next call neither looks for the same row again nor opens it.
 *
 * A session is kept with the snapshot it was read in (struct change_mark).  While the change feed knows of no write at its place
 * since, a transaction would read the very same row: SEC-A5's second reading then has its answer without the store.  Whatever
 * is written, ended or sealed anew is noted before its commit can be seen, and is read from the store.
 *
 * Memory   one struct opened_cells for each db; wiped when it closes.  No health data: sessions name blinded owners.
 * Threads  any: a place that another thread looks at counts as empty.
 */
#ifndef HAYAT_STORAGE_OPENED_H
#define HAYAT_STORAGE_OPENED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "storage/change_feed.h"

enum { OPENED_KEY_BYTES = 32, OPENED_PLAIN_BYTES = 96 };

/* Whole lines of the cache, three of them. */
struct opened_cell {
    _Alignas(64) struct change_mark read; /* when; zeroes: empty */
    _Atomic bool busy;
    uint8_t plain_len;
    uint8_t key[OPENED_KEY_BYTES];
    uint8_t plain[OPENED_PLAIN_BYTES];
};

struct opened_cells {
    struct opened_cell cells[LIMIT_OPENED_SESSIONS];
};

/* Where the change feed notes the row of KEY: a session belongs to nobody in the store. */
struct owner opened_place(bytes key);
/* KEY will be looked for in a moment: what that reads of memory may come meanwhile. */
void opened_expect(const struct opened_cells *opened, const struct change_feed *changes, bytes key);
/* Writes what the row of KEY holds in TXN to OUT, which has room for OPENED_PLAIN_BYTES; false when it must be read. */
bool opened_find(struct opened_cells *opened, const struct txn *txn, bytes key, uint8_t *out,
                 size_t *ret_len);
/* Remembers that the row of KEY held PLAIN in TXN.  What is longer than sessions are is not kept. */
void opened_keep(struct opened_cells *opened, const struct txn *txn, bytes key, bytes plain);

#endif
