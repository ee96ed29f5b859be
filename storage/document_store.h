/*
 * document_store: files of a member, from their declaration (an upload) to the filed document, and their bytes.
 *
 * Key      document: owner (blinded, 16 bytes) ‖ document id; chunk: owner ‖ document id ‖ index (u32, big-endian);
 *          usage: owner ‖ day (u32, big-endian).
 * Chunks   every chunk but the last holds CHUNK_PLAIN_BYTES bytes (SEC-D6).  The one at the committed size may be
 *          partial; it is rewritten whole as it grows.  A chunk is sealed with its document's own key, which the
 *          record holds wrapped (SEC-D3); the seal names its index and the number of chunks of the declared size.
 * Units    sizes and offsets in bytes; days since 1970 UTC; instants milliseconds since 1970 UTC.
 * Memory   every output lives in the transaction's arena; nothing points into the map.
 * Threads  a transaction belongs to one thread; otherwise re-entrant.
 * Reasons  NOT_FOUND (no row: another member's id is one) · STORE_CORRUPT (seal, encoding, length) · ARENA_FULL.
 */
#ifndef HAYAT_STORAGE_DOCUMENT_STORE_H
#define HAYAT_STORAGE_DOCUMENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/status.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/db.h"
#include "storage/document_key.h"
#include "storage/seal.h"

/* Gives the document a leaf, by its state (storage/erasure_store.h), makes its key and wraps it; the record must be put afterwards. */
status document_store_new_key(struct txn *txn, struct owner owner,
                              Hayat__Store__V1__StoredDocument *document);

status document_store_get(struct txn *txn, struct owner owner, struct id id,
                          Hayat__Store__V1__StoredDocument **ret_document);
status document_store_put(struct txn *txn, struct owner owner,
                          const Hayat__Store__V1__StoredDocument *document);

/* Called with each of the owner's documents; RECORD is good during the call only. */
typedef void document_visit(void *ctx, const Hayat__Store__V1__StoredDocument *record);
/* At most LIMIT_DOCUMENTS_PER_MEMBER of them. */
status document_store_each(struct txn *txn, struct owner owner, document_visit *visit, void *ctx);

/* A document whose key was unwrapped: the way to its chunks. */
struct document_chunks {
    struct owner owner;
    struct id id;
    uint32_t chunk_count; /* of the declared size */
    struct seal_key key;  /* wipe with document_chunks_close */
};

status document_chunks_open(struct txn *txn, struct owner owner,
                            const Hayat__Store__V1__StoredDocument *document,
                            struct document_chunks *ret_chunks);
void document_chunks_close(struct document_chunks *chunks);
/* DATA is 1 to CHUNK_PLAIN_BYTES bytes. */
status document_chunks_put(struct txn *txn, const struct document_chunks *chunks, uint32_t index,
                           bytes data);
status document_chunks_get(struct txn *txn, const struct document_chunks *chunks, uint32_t index,
                           bytes *ret_data);

/* Seals a chunk without a transaction, on any thread: writes DATA.len + SEAL_OVERHEAD bytes to OUT. */
void document_chunks_seal(const struct document_chunks *chunks, struct random_source *random,
                          uint32_t index, bytes data, uint8_t *out);
/* Puts what document_chunks_seal made, which must stay until the job is done. */
status document_chunks_put_sealed(struct txn *txn, const struct document_chunks *chunks,
                                  uint32_t index, bytes sealed);

/* Drops at most MAX_CHUNKS chunks; when none is left the record goes too, its leaf is one of the
   dead (storage/erasure_store.h), and *ret_done is set. */
status document_store_drop_step(struct txn *txn, struct owner owner, struct id id,
                                uint32_t max_chunks, bool *ret_done);
/* Asks for the rest to be dropped from TIME_MS on, a step at a time: adds the expiry row. */
status document_store_expire_at(struct txn *txn, struct owner owner, struct id id, int64_t time_ms);
/* An expiry_end (storage/expiry_store.h): drops a step of an upload that was cancelled or is late, or of a document the fund
   made whose time is over, and asks for the next.  A complete or filed document stays. */
status document_store_expire(struct txn *txn, struct owner owner, bytes id);

status document_store_get_usage(struct txn *txn, struct owner owner, uint32_t day,
                                Hayat__Store__V1__StoredUploadUsage **ret_usage);
status document_store_put_usage(struct txn *txn, struct owner owner, uint32_t day,
                                const Hayat__Store__V1__StoredUploadUsage *usage);
/* Usage is kept two days: drops up to LIMIT_USAGE_ROWS_PER_STEP rows of days before DAY. */
status document_store_drop_usage(struct txn *txn, struct owner owner, uint32_t day);

#endif
