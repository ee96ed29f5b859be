/*
 * upload: the steps an upload takes inside a write transaction, shared by AppendChunk and ByteStream.Write.
 *
 *   OPEN ──finish, digest right──▶ COMPLETE ──certificate submitted──▶ FILED
 *    │ └──finish, digest wrong──▶ OPEN at 0, its bytes counted again; CANCELLED when the day has no room for them
 *    └──cancelled or late──▶ CANCELLED ──chunks dropped──▶ gone
 *
 * Invariants
 *   1 committed_bytes grows only with the bytes, in one transaction: what was told as committed is on disk.
 *   2 Every writer takes the next writer_generation; who holds an older one is fenced (UPLOAD_TAKEN_OVER).  So does the
 *     return to the start: generation and committed size together name the bytes on disk.
 *   3 COMPLETE means: the SHA-256 of the chunks on disk is the declared one: hashed from the very buffers that were sealed, when one
 *     stream brought all of them, and read back from disk otherwise.
 *   4 A wrong offset changes nothing.
 *
 * Memory  records live in rpc->arena; the functions change them, upload_save stores them.
 * Reasons NOT_FOUND (another member's, unknown, cancelled: alike, SEC-A3) · UPLOAD_EXPIRED · UPLOAD_OFFSET_MISMATCH
 *         (details: committed_size) · UPLOAD_TOO_LONG · UPLOAD_INCOMPLETE · UPLOAD_DIGEST_MISMATCH · MEDIA_TYPE_REFUSED
 *         · STORE_FULL.
 */
#ifndef HAYAT_SERVICE_UPLOAD_H
#define HAYAT_SERVICE_UPLOAD_H

#include "hayat/v1/upload.pb-c.h"
#include "service/rpc.h"
#include "storage/document_store.h"

/* For reading: an open upload that is late is UPLOAD_EXPIRED. */
status upload_find(struct rpc *rpc, struct id id, Hayat__Store__V1__StoredDocument **ret_upload);
/* The same by "upl_…". */
status upload_find_text(struct rpc *rpc, const char *text,
                        Hayat__Store__V1__StoredDocument **ret_upload);
bool upload_is_open(const Hayat__Store__V1__StoredDocument *upload);

/* Says where to go on: FAIL(UPLOAD_OFFSET_MISMATCH) with committed_size. */
status upload_refuse_offset(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload);
/* Writes DATA at the committed size; it must fit the declared size. */
status upload_append(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload, bytes data);
status upload_save(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload);
/* Gives the upload up: drops its first chunks now and leaves the rest to the expiry job (SEC-D6). */
status upload_drop(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload);
/* Checks the digest, completes the upload and adds it to its draft, and saves both.  Of a complete upload: nothing, OK.
   When bytes are missing or the digest is wrong, what must stay is saved and rpc->keep_writes is set.
   HASH is the SHA-256 of all its bytes as they were sealed, when one stream brought them all; NULL: they are read back.
   That is an aside: the first time, this fails with what the handler must return (rpc_go_aside) and the handler
   runs again when the bytes were read back. */
enum { SHA256_BYTES = 32 };
status upload_finish(struct rpc *rpc, Hayat__Store__V1__StoredDocument *upload,
                     const uint8_t *hash);

status upload_message(struct rpc *rpc, const Hayat__Store__V1__StoredDocument *upload,
                      Hayat__V1__Upload **ret_message);

#endif
