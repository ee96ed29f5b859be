#include "service/upload_window.h"

#include <assert.h>
#include <openssl/evp.h>

#include "service/app.h"
#include "service/upload_rules.h"

/* What one message of LIMIT_APPEND_BYTES can touch: the chunk being filled, whole ones, and the one after. */
_Static_assert((CHUNK_PLAIN_BYTES - 1 + LIMIT_APPEND_BYTES) / CHUNK_PLAIN_BYTES + 1 <=
                   LIMIT_UPLOAD_OWN_CHUNKS,
               "a stream's own blocks take any message");
_Static_assert(LIMIT_UPLOAD_OWN_CHUNKS <= LIMIT_UPLOAD_WINDOW_CHUNKS, "own blocks are part of it");

/* --- blocks --- */

static bool is_own(const struct upload_window *window, const uint8_t *block)
{
    return block >= window->own[0] && block < window->own[0] + sizeof window->own;
}

static void put_back(struct upload_window *window, uint8_t *block)
{
    if (is_own(window, block) || window->spare_count < LIMIT_UPLOAD_OWN_CHUNKS) {
        window->spares[window->spare_count++] = block;
    } else {
        block_pool_give(window->pool, block);
    }
}

static void let_go(struct upload_window *window, uint8_t *block)
{
    if (block != NULL && !is_own(window, block)) {
        block_pool_give(window->pool, block);
    }
}

bool upload_window_has_room(struct upload_window *window)
{
    while (window->spare_count < LIMIT_UPLOAD_OWN_CHUNKS &&
           window->ready + window->spare_count < LIMIT_UPLOAD_WINDOW_CHUNKS) {
        uint8_t *block = block_pool_take(window->pool);
        if (block == NULL) {
            return false;
        }
        window->spares[window->spare_count++] = block;
    }
    return window->spare_count >= LIMIT_UPLOAD_OWN_CHUNKS;
}

/* --- open and close --- */

/* The partial chunk at the committed size, which is sealed again as it grows. */
static status read_tail(struct rpc *rpc, struct upload_window *window)
{
    bytes tail;
    size_t within = window->end % CHUNK_PLAIN_BYTES;
    if (within == 0) {
        return STATUS_OK;
    }
    TRY(document_chunks_get(rpc->txn, &window->chunks, (uint32_t)(window->end / CHUNK_PLAIN_BYTES),
                            &tail));
    if (tail.len != within) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(window->plain, tail.ptr, within);
    window->filled = within;
    return STATUS_OK;
}

static status begin_digest(struct upload_window *window)
{
    window->digest = EVP_MD_CTX_new();
    return window->digest != NULL && EVP_DigestInit_ex(window->digest, EVP_sha256(), NULL) == 1
               ? STATUS_OK
               : FAIL(OVERLOADED);
}

status upload_window_open(struct rpc *rpc, struct upload_window *window,
                          const Hayat__Store__V1__StoredDocument *upload)
{
    window->pool = rpc->app->upload_blocks;
    window->random = rpc->app->random;
    window->size = upload->size_bytes;
    window->end = upload->committed_bytes;
    if (strlen(upload->media_type) >= sizeof window->media_type) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(window->media_type, upload->media_type, strlen(upload->media_type) + 1);
    for (size_t i = 0; i < LIMIT_UPLOAD_OWN_CHUNKS; i++) {
        window->spares[window->spare_count++] = window->own[i];
    }
    TRY(document_chunks_open(rpc->txn, rpc->principal->owner, upload, &window->chunks));
    TRY(read_tail(rpc, window));
    return window->end == 0 ? begin_digest(window) : STATUS_OK;
}

void upload_window_close(struct upload_window *window)
{
    for (uint32_t i = 0; i < window->ready; i++) {
        let_go(window, window->sealed[i].cell);
    }
    for (uint32_t i = 0; i < window->spare_count; i++) {
        let_go(window, window->spares[i]);
    }
    window->ready = window->taken = window->spare_count = 0;
    document_chunks_close(&window->chunks);
    EVP_MD_CTX_free(window->digest);
    window->digest = NULL;
}

/* --- bytes --- */

/* Seals CHUNK, whose last byte is the one before the offset END. */
static status seal_chunk(struct upload_window *window, bytes chunk, uint64_t end)
{
    uint32_t index = (uint32_t)((end - 1) / CHUNK_PLAIN_BYTES);
    if (index == 0 && !media_type_fits(window->media_type, chunk, chunk.len == window->size)) {
        window->misfit = true;
        return FAIL(MEDIA_TYPE_REFUSED);
    }
    assert(window->spare_count > 0 && window->ready < LIMIT_UPLOAD_WINDOW_CHUNKS);
    uint8_t *cell = window->spares[--window->spare_count];
    document_chunks_seal(&window->chunks, window->random, index, chunk, cell);
    window->sealed[window->ready++] = (struct sealed_chunk){cell, chunk.len + SEAL_OVERHEAD, index,
                                                            end};
    return STATUS_OK;
}

/* As much of DATA as the chunk being filled takes; a whole chunk is sealed from where it is. */
static status fill(struct upload_window *window, bytes *data)
{
    bytes piece = bytes_head(*data, CHUNK_PLAIN_BYTES - window->filled);
    window->end += piece.len;
    *data = bytes_skip(*data, piece.len);
    if (piece.len == CHUNK_PLAIN_BYTES) {
        return seal_chunk(window, piece, window->end);
    }
    memcpy(window->plain + window->filled, piece.ptr, piece.len);
    window->filled += piece.len;
    if (window->filled < CHUNK_PLAIN_BYTES) {
        return STATUS_OK;
    }
    window->filled = 0;
    return seal_chunk(window, bytes_of(window->plain, CHUNK_PLAIN_BYTES), window->end);
}

status upload_window_add(struct upload_window *window, bytes data)
{
    if (data.len > window->size - window->end) {
        return FAIL(UPLOAD_TOO_LONG);
    }
    if (window->digest != NULL && EVP_DigestUpdate(window->digest, data.ptr, data.len) != 1) {
        return FAIL(INTERNAL);
    }
    while (data.len > 0) {
        TRY(fill(window, &data));
    }
    return STATUS_OK;
}

/* --- commits --- */

static void drop_taken(struct upload_window *window)
{
    for (uint32_t i = 0; i < window->taken; i++) {
        put_back(window, window->sealed[i].cell);
    }
    window->ready -= window->taken;
    memmove(window->sealed, window->sealed + window->taken, window->ready * sizeof *window->sealed);
    window->taken = 0;
}

bool upload_window_take(struct upload_window *window, bool all)
{
    drop_taken(window);
    if (all && window->filled > 0) {
        (void)seal_chunk(window, bytes_of(window->plain, window->filled), window->end);
        window->filled = 0;
    }
    bool part = !all && window->ready > LIMIT_UPLOAD_COMMIT_CHUNKS;
    window->taken = part ? LIMIT_UPLOAD_COMMIT_CHUNKS : window->ready;
    return window->taken > 0; /* what does not fit its type is not kept */
}

status upload_window_put(struct rpc *rpc, const struct upload_window *window,
                         Hayat__Store__V1__StoredDocument *upload)
{
    if (window->taken == 0 || window->sealed[window->taken - 1].end <= upload->committed_bytes) {
        return STATUS_OK;
    }
    if (db_free_disk_bytes(rpc->app->db) < LIMIT_FREE_DISK_UPLOAD_BYTES) { /* SEC-D5 */
        return FAIL(STORE_FULL);
    }
    for (uint32_t i = 0; i < window->taken; i++) {
        const struct sealed_chunk *chunk = &window->sealed[i];
        TRY(document_chunks_put_sealed(rpc->txn, &window->chunks, chunk->index,
                                       bytes_of(chunk->cell, chunk->len)));
    }
    upload->committed_bytes = window->sealed[window->taken - 1].end;
    return STATUS_OK;
}

bool upload_window_hash(struct upload_window *window, uint8_t ret_hash[SHA256_BYTES])
{
    EVP_MD_CTX *digest = window->digest;
    if (digest == NULL || window->end != window->size) {
        return false;
    }
    bool hashed = EVP_DigestFinal_ex(digest, ret_hash, NULL) == 1;
    EVP_MD_CTX_free(digest);
    window->digest = NULL;
    return hashed;
}
