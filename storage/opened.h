/*
 * opened: sessions' cells that were opened a moment ago, so that a phone's next call does not open the same cell again.
 *
 * The row itself is read anew by every transaction (SEC-A5).  What is saved is the cipher's work: a row whose sealed bytes are
 * those that were opened before, under the same key of the same table, holds what it held then, for nonce and tag are among
 * the bytes.  A row that is gone, replaced, moved or sealed anew is never found here.
 *
 * Memory   one struct opened_cells for each db; wiped when it closes.  No personal data: sessions name blinded owners.
 * Threads  any: a place that another thread looks at counts as empty.
 */
#ifndef HAYAT_STORAGE_OPENED_H
#define HAYAT_STORAGE_OPENED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "storage/seal.h"

enum { OPENED_KEY_BYTES = 32, OPENED_PLAIN_BYTES = 96 };

struct opened_cell {
    _Atomic bool busy;
    uint8_t plain_len; /* 0: empty */
    uint8_t key[OPENED_KEY_BYTES];
    uint8_t sealed[OPENED_PLAIN_BYTES + SEAL_OVERHEAD];
    uint8_t plain[OPENED_PLAIN_BYTES];
};

struct opened_cells {
    struct opened_cell cells[LIMIT_OPENED_SESSIONS];
};

/* Before the row is looked for: the look takes as long as memory takes to give what opened_find will read. */
void opened_expect(struct opened_cells *opened, bytes key);
/* Writes what SEALED, the row of KEY, holds to OUT, which has room for SEALED.len - SEAL_OVERHEAD bytes; false when it is not known. */
bool opened_find(struct opened_cells *opened, bytes key, bytes sealed, uint8_t *out);
/* Remembers that SEALED, the row of KEY, opened to PLAIN.  What is longer than sessions are is not kept. */
void opened_keep(struct opened_cells *opened, bytes key, bytes sealed, bytes plain);

#endif
