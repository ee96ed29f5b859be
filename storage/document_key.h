/*
 * document_key: the own key of a document, stored wrapped in its row (SEC-D3).
 *
 * It is wrapped under two keys together: the current one of the document domain, and the key of the document's leaf
 * (storage/erasure_keys.h).  Rotating the former rewraps keys, not data; destroying the latter makes the chunks unreadable for
 * good, wherever a copy of them, or of the wrapped key, still is.  The wrapped form is a cell bound to the owner and the
 * document id, so it does not open for another document.
 *
 * Memory  the caller wipes a struct seal_key when done with it.
 * Threads re-entrant.
 * Errors  STORE_CORRUPT: does not open, whatever the cause · DOCUMENT_ERASED: its leaf's key was destroyed.
 */
#ifndef HAYAT_STORAGE_DOCUMENT_KEY_H
#define HAYAT_STORAGE_DOCUMENT_KEY_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/status.h"
#include "storage/seal.h"

/* Plain bytes of every chunk but the last. */
#define CHUNK_PLAIN_BYTES (LIMIT_CHUNK_CELL_BYTES - SEAL_OVERHEAD)

/* What a document's key is bound to. */
struct document_name {
    struct owner owner;
    struct id id;
    uint32_t leaf; /* 0: none, in stores from before there were leaves */
};

/* Chunks of a document of that declared size: the chunk_count in every chunk's seal. */
static inline uint32_t document_chunk_count(uint64_t size_bytes)
{
    return (uint32_t)((size_bytes + CHUNK_PLAIN_BYTES - 1) / CHUNK_PLAIN_BYTES);
}

void document_key_create(struct random_source *random, struct seal_key *ret_key);
/* Writes WRAPPED_KEY_BYTES to OUT, under the current key of the document domain. */
status document_key_wrap(const struct seal_keys *keys, const struct document_name *name,
                         struct random_source *random, const struct seal_key *key, uint8_t *out);
status document_key_unwrap(const struct seal_keys *keys, const struct document_name *name,
                           bytes wrapped, struct seal_key *ret_key);

#endif
