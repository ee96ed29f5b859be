/*
 * cell_key: which data key opens or seals a cell, and what its seal says; for storage/ only.
 * Threads  re-entrant.
 */
#ifndef HAYAT_STORAGE_CELL_KEY_H
#define HAYAT_STORAGE_CELL_KEY_H

#include "storage/seal.h"
#include "storage/table.h"

/* The epoch of chunks: a document's own key never rotates. */
enum { DOCUMENT_KEY_EPOCH = 1 };

/* NULL for an epoch that was never loaded: a forged epoch must not find a key of zeroes. */
const struct seal_key *seal_key_of_epoch(const struct seal_keys *keys, enum key_domain domain,
                                         uint32_t epoch);

/* What CELL's seal is bound to; looks at CELL's key, so CELL must outlive it. */
struct seal_place cell_place(const struct cell *cell);
/* Writes plain.len + SEAL_OVERHEAD bytes to OUT. */
void cell_seal(const struct seal_keys *keys, const struct cell *cell, struct random_source *random,
               bytes plain, uint8_t *out);
/* Writes sealed.len - SEAL_OVERHEAD bytes to OUT (SEALED must be at least SEAL_OVERHEAD), or
   STORE_CORRUPT. */
status cell_open(const struct seal_keys *keys, const struct cell *cell, bytes sealed, uint8_t *out);

#endif
