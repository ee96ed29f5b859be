/*
 * The end of an upload: its chunks are read back from the store and hashed, since what counts is what is on disk.
 */
#include <openssl/evp.h>

#include "base/defer.h"
#include "service/certificate_documents.h"
#include "service/message.h"
#include "service/upload.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define CERTIFICATE(name) HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_##name

enum { SHA256_BYTES = 32 };

static void free_digest(EVP_MD_CTX **digest)
{
    EVP_MD_CTX_free(*digest);
}

/* The bytes chunk INDEX of the upload must hold. */
static size_t chunk_len(const Hayat__Store__V1__StoredDocument *upload, uint32_t index)
{
    uint64_t start = (uint64_t)index * CHUNK_PLAIN_BYTES;
    uint64_t left = upload->size_bytes - start;
    return left < CHUNK_PLAIN_BYTES ? (size_t)left : CHUNK_PLAIN_BYTES;
}

static status hash_chunk(struct rpc *rpc, const struct document_chunks *chunks, uint32_t index,
                         size_t len, EVP_MD_CTX *digest)
{
    struct arena_mark mark = arena_mark(
        txn_arena(rpc->txn)); /* 20 MiB pass through one chunk's memory */
    bytes data;
    TRY(document_chunks_get(rpc->txn, chunks, index, &data));
    bool good = data.len == len && EVP_DigestUpdate(digest, data.ptr, data.len) == 1;
    arena_rewind(txn_arena(rpc->txn), mark);
    return good ? STATUS_OK : FAIL(STORE_CORRUPT);
}

static status hash_stored(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload,
                          uint8_t *ret_hash)
{
    struct document_chunks chunks;
    DEFER(free_digest) EVP_MD_CTX *digest = EVP_MD_CTX_new();
    if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1) {
        return FAIL(OVERLOADED);
    }
    TRY(document_chunks_open(rpc->txn, rpc->principal->owner, upload, &chunks));
    status result = STATUS_OK;
    for (uint32_t i = 0; ok(result) && i < chunks.chunk_count; i++) {
        result = hash_chunk(rpc, &chunks, i, chunk_len(upload, i), digest);
    }
    document_chunks_close(&chunks);
    TRY(result);
    return EVP_DigestFinal_ex(digest, ret_hash, NULL) == 1 ? STATUS_OK : FAIL(INTERNAL);
}

/* Refuses, yet what was saved stays: the bytes that arrived, or the return to the start. */
static status refuse_and_keep(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload,
                              status refusal)
{
    TRY(upload_save(rpc, upload));
    rpc_detail_int(rpc, "committed_size", (int64_t)upload->committed_bytes);
    rpc->keep_writes = true;
    return refusal;
}

static status add_to_draft(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload)
{
    struct id id;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    if (!id_of_binary(upload->life_certificate_id, &id)) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(life_certificate_store_get(rpc->txn, rpc->principal->owner, id, &certificate));
    if (certificate->state != CERTIFICATE(DRAFT)) {
        return FAIL(CERTIFICATE_ALREADY_FILED);
    }
    TRY(certificate_add_document(rpc, certificate, upload->document_id));
    return life_certificate_store_put(rpc->txn, rpc->principal->owner, certificate);
}

status upload_finish(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload)
{
    uint8_t hash[SHA256_BYTES];
    if (!upload_is_open(upload)) {
        return STATUS_OK; /* finished before: the same answer */
    }
    if (upload->committed_bytes < upload->size_bytes) {
        return refuse_and_keep(rpc, upload, FAIL(UPLOAD_INCOMPLETE));
    }
    TRY(hash_stored(rpc, upload, hash));
    if (!bytes_equal(bytes_of(hash, sizeof hash), bytes_of_binary(upload->sha256))) {
        upload->committed_bytes = 0; /* the client starts over with the same upload */
        return refuse_and_keep(rpc, upload, FAIL(UPLOAD_DIGEST_MISMATCH));
    }
    upload->state = DOCUMENT(COMPLETE);
    TRY(add_to_draft(rpc, upload));
    return upload_save(rpc, upload);
}
