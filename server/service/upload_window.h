/*
 * upload_window: the bytes of one upload stream on their way from its messages to the store, sealed as they come.
 *
 *   messages ──add──▶ the chunk being filled ──full: sealed──▶ ready ──take──▶ taken ──put (one commit)──▶ on disk
 *
 * Chunks are sealed where messages are read, so the writer only copies sealed bytes.  What waits is bounded: LIMIT_UPLOAD_OWN_CHUNKS
 * of each stream, and what it borrows from everybody's LIMIT_UPLOAD_SHARED_CHUNKS, up to LIMIT_UPLOAD_WINDOW_CHUNKS.
 *
 * Memory   part of the stream's state; close gives back what is borrowed and wipes the key.
 * Threads  the queue's, but put, which runs on the writer between take and the next take and touches only what was taken.
 * Reasons  UPLOAD_TOO_LONG · MEDIA_TYPE_REFUSED · STORE_CORRUPT · STORE_FULL.
 */
#ifndef HAYAT_SERVICE_UPLOAD_WINDOW_H
#define HAYAT_SERVICE_UPLOAD_WINDOW_H

#include <openssl/types.h>

#include "base/block_pool.h"
#include "service/upload.h"

struct sealed_chunk {
    uint8_t *cell;
    size_t len;
    uint32_t index;
    uint64_t end; /* the offset behind it */
};

struct upload_window {
    struct block_pool *pool;
    struct random_source *random;
    struct document_chunks chunks;
    EVP_MD_CTX *digest; /* of all bytes so far; NULL when the first ones came by another stream */
    char media_type[32];
    uint64_t size; /* declared */
    uint64_t end;  /* what was added, or was there */

    uint32_t ready, taken; /* sealed chunks, oldest first; the first TAKEN are the writer's */
    struct sealed_chunk sealed[LIMIT_UPLOAD_WINDOW_CHUNKS];
    uint32_t spare_count;
    uint8_t *spares[LIMIT_UPLOAD_WINDOW_CHUNKS]; /* blocks at hand */

    bool misfit;   /* the file does not begin as its type does */
    size_t filled; /* of the chunk that ends at END */
    uint8_t plain[CHUNK_PLAIN_BYTES];
    uint8_t own[LIMIT_UPLOAD_OWN_CHUNKS][LIMIT_CHUNK_CELL_BYTES];
};

/* For an open upload, in a read transaction: from its committed size on. */
status upload_window_open(struct rpc *rpc, struct upload_window *window,
                          const Hayat__Store__V1__StoredDocument *upload);
void upload_window_close(struct upload_window *window);

/* Whether another LIMIT_APPEND_BYTES can be added. */
bool upload_window_has_room(struct upload_window *window);
/* At most LIMIT_APPEND_BYTES. */
status upload_window_add(struct upload_window *window, bytes data);
/* What was taken before is on disk.  Takes what is sealed, with ALL the chunk being filled too, after which nothing may be added.
   False when that is nothing. */
bool upload_window_take(struct upload_window *window, bool all);
/* Puts what was taken at the committed size; the record must be saved.  Nothing when it was put before. */
status upload_window_put(struct rpc *rpc, const struct upload_window *window,
                         Hayat__Store__V1__StoredDocument *upload);
/* The SHA-256 of the whole upload, when this stream brought all of it: what was sealed is what was hashed. */
bool upload_window_hash(struct upload_window *window, uint8_t ret_hash[SHA256_BYTES]);

#endif
