/*
 * The end of an upload.  When one stream brought all its bytes, they were hashed from the buffers that were sealed, and the seals bind
 * every chunk to its place and its bytes.  Otherwise its chunks are read back from the store and hashed:
 *
 *   finish ──▶ bytes committed ──▶ hashed on a worker, a few chunks at a time ──▶ finish again: same bytes? ──▶ complete
 *
 * Hashing 20 MiB on the writer would hold up everybody's writes for 60 to 100 ms.  What was hashed is named by the
 * generation and the committed size (upload.h): when either changed meanwhile, the hash is of other bytes.
 */
#include <openssl/evp.h>

#include "service/app.h"
#include "service/certificate_documents.h"
#include "service/document_check.h"
#include "service/life_certificate_state.h"
#include "service/message.h"
#include "service/upload.h"
#include "service/upload_quota.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

/* --- the aside --- */

/* One reading back. */
struct check {
    struct id upload;
    uint64_t generation, committed; /* the bytes it is about */
    uint32_t next;                  /* chunk */
    bool done;                      /* hash is of all of them */
    EVP_MD_CTX *digest;
    uint8_t hash[SHA256_BYTES];
};

static bool is_about(const struct check *check, const Hayat__Store__V1__StoredDocument *upload)
{
    return upload_is_open(upload) && upload->writer_generation == check->generation &&
           upload->committed_bytes == check->committed;
}

/* The bytes chunk INDEX of the upload must hold. */
static size_t chunk_len(const Hayat__Store__V1__StoredDocument *upload, uint32_t index)
{
    uint64_t start = (uint64_t)index * CHUNK_PLAIN_BYTES;
    uint64_t left = upload->size_bytes - start;
    return left < CHUNK_PLAIN_BYTES ? (size_t)left : CHUNK_PLAIN_BYTES;
}

static status hash_chunk(struct txn *txn, const struct document_chunks *chunks, uint32_t index,
                         size_t len, EVP_MD_CTX *digest)
{
    struct arena_mark mark = arena_mark(txn_arena(txn)); /* all pass through one chunk's memory */
    bytes data;
    TRY(document_chunks_get(txn, chunks, index, &data));
    bool good = data.len == len && EVP_DigestUpdate(digest, data.ptr, data.len) == 1;
    arena_rewind(txn_arena(txn), mark);
    return good ? STATUS_OK : FAIL(STORE_CORRUPT);
}

/* The next LIMIT_CHUNKS_PER_HASH chunks. */
static status hash_some(struct rpc *rpc, struct txn *txn, struct check *check, bool *ret_more)
{
    Hayat__Store__V1__StoredDocument *upload;
    struct document_chunks chunks;
    status result = document_store_get(txn, rpc->principal->owner, check->upload, &upload);
    if (result.why == REASON_NOT_FOUND || (ok(result) && !is_about(check, upload))) {
        return STATUS_OK; /* finished, gone or another's by now: the handler will see */
    }
    TRY(result);
    TRY(document_chunks_open(txn, rpc->principal->owner, upload, &chunks));
    uint32_t left = chunks.chunk_count - check->next;
    uint32_t end = check->next + (left < LIMIT_CHUNKS_PER_HASH ? left : LIMIT_CHUNKS_PER_HASH);
    for (; ok(result) && check->next < end; check->next++) {
        size_t len = chunk_len(upload, check->next);
        result = hash_chunk(txn, &chunks, check->next, len, check->digest);
    }
    document_chunks_close(&chunks);
    TRY(result);
    *ret_more = end < chunks.chunk_count;
    check->done = !*ret_more && EVP_DigestFinal_ex(check->digest, check->hash, NULL) == 1;
    return *ret_more || check->done ? STATUS_OK : FAIL(INTERNAL);
}

static status check_step(struct rpc *rpc, void *state, bool *ret_more)
{
    struct check *check = state;
    struct arena_mark mark = arena_mark(rpc->arena);
    struct txn *txn;
    if (check->digest == NULL) {
        check->digest = EVP_MD_CTX_new();
        if (check->digest == NULL || EVP_DigestInit_ex(check->digest, EVP_sha256(), NULL) != 1) {
            return FAIL(OVERLOADED);
        }
    }
    TRY(txn_begin_read(rpc->app->db, rpc->arena, &txn)); /* one for each step (SEC-D7) */
    status result = hash_some(rpc, txn, check, ret_more);
    txn_end_read(txn);
    arena_rewind(rpc->arena, mark);
    return result;
}

static void check_close(void *state)
{
    struct check *check = state;
    EVP_MD_CTX_free(check->digest);
    check->digest = NULL;
}

static status begin_check(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    struct check *check = arena_alloc(rpc->arena, sizeof *check);
    if (check == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (!id_of_binary(upload->document_id, &check->upload)) {
        return FAIL(STORE_CORRUPT);
    }
    check->generation = upload->writer_generation;
    check->committed = upload->committed_bytes;
    TRY(upload_save(rpc, upload));
    rpc->aside = (struct aside){.step = check_step, .close = check_close, .state = check};
    return rpc_go_aside(rpc);
}

/* --- what follows --- */

/* Refuses, yet what was saved stays: the bytes that arrived, or the return to the start. */
static status refuse_and_keep(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload,
                              status refusal)
{
    rpc_detail_int(rpc, "committed_size", (int64_t)upload->committed_bytes);
    rpc->keep_writes = true;
    return refusal;
}

static status refuse_incomplete(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    TRY(upload_save(rpc, upload));
    return refuse_and_keep(rpc, upload, FAIL(UPLOAD_INCOMPLETE));
}

/* The client starts over with the same upload, as long as its day has room for the bytes again. */
static status start_over(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload)
{
    upload->committed_bytes = 0;
    upload->writer_generation++;
    status room = upload_quota_restart(rpc, upload->size_bytes);
    if (room.why == REASON_UPLOAD_QUOTA) {
        TRY(upload_drop(rpc, upload));
        return refuse_and_keep(rpc, upload, room);
    }
    TRY(room);
    TRY(upload_save(rpc, upload));
    return refuse_and_keep(rpc, upload, FAIL(UPLOAD_DIGEST_MISMATCH));
}

static status add_to_draft(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    struct id id;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    if (!id_of_binary(upload->life_certificate_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(life_certificate_store_get(rpc->txn, rpc->principal->owner, id, &certificate));
    if (!certificate_is_open((certificate_state)certificate->state)) {
        return FAIL(CERTIFICATE_ALREADY_FILED);
    }
    certificate_drop_replaced(rpc, certificate, upload->item);
    TRY(certificate_make_way(rpc, certificate));
    TRY(certificate_add_document(rpc, certificate, upload->document_id));
    return life_certificate_store_put(rpc->txn, rpc->principal->owner, certificate);
}

/* What was read back, as long as it is still what is on disk. */
static status hash_read_back(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload,
                             const uint8_t **ret_hash)
{
    const struct check *check = rpc->aside.state;
    if (check == NULL) {
        status begun = begin_check(rpc, upload);
        return ok(begun) ? FAIL(INTERNAL) : begun; /* never OK: the handler runs again first */
    }
    if (!check->done || !is_about(check, upload)) {
        return FAIL(UPLOAD_TAKEN_OVER);
    }
    *ret_hash = check->hash;
    return STATUS_OK;
}

status upload_finish(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload, const uint8_t *hash)
{
    if (!upload_is_open(upload)) {
        return STATUS_OK; /* finished before: the same answer */
    }
    if (upload->committed_bytes < upload->size_bytes) {
        return refuse_incomplete(rpc, upload);
    }
    if (hash == NULL) {
        TRY(hash_read_back(rpc, upload, &hash));
    }
    if (!bytes_equal(bytes_of(hash, SHA256_BYTES), bytes_of_binary(upload->sha256))) {
        return start_over(rpc, upload);
    }
    upload->state = DOCUMENT(COMPLETE);
    TRY(document_check_ask(rpc->txn, rpc->principal->owner, upload));
    TRY(add_to_draft(rpc, upload));
    return upload_save(rpc, upload);
}
