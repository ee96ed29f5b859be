/*
 * document_clean: the copy of a document that agents may see: without the place and the device a photo tells of, re-encoded
 * or stripped by hayat-check in its confined process (SEC-E6), never the bytes that a member sent.
 *
 *   nothing ──document_clean_ask──▶ WAITING ──jobs/checker_job, within a second──▶ READY ──an hour──▶ nothing
 *                                                                            └──▶ IMPOSSIBLE (its format cannot be read)
 *
 * A document that was refused for what it holds (document_check_blocks: a virus, a script) is IMPOSSIBLE from that moment, whatever
 * copy there was: the verdict may come after the filing, and after the first piece of a copy was read.
 *
 * A stream that shows evidence asks in its first step, in a write transaction, looks with document_clean_find until it is
 * no longer WAITING, and reads piece by piece, each in a transaction of its own (SEC-D7):
 *
 *     TRY(document_clean_ask(txn, owner, document_id));
 *     TRY(document_clean_find(txn, owner, document_id, &clean));        NOT_FOUND: the document is gone
 *     if (clean.state == DOCUMENT_CLEAN_WAITING) return STREAM_WAIT
 *     TRY(document_clean_read(txn, owner, &clean, offset, &piece));     until offset is clean.size_bytes
 *
 * The copy is a document of its own, sealed with its own key, in state CLEANED, which no member can read or list.
 *
 * Memory   outputs live in the transaction's arena: a piece is at most CHUNK_PLAIN_BYTES.
 * Reasons  NOT_FOUND (the document, or the copy since it expired: ask again) · READ_OUT_OF_RANGE · what stores say.
 */
#ifndef HAYAT_SERVICE_DOCUMENT_CLEAN_H
#define HAYAT_SERVICE_DOCUMENT_CLEAN_H

#include "base/limits_checker.h"
#include "service/rpc.h"
#include "storage/document_store.h"

enum document_clean_state {
    DOCUMENT_CLEAN_NONE, /* never asked for, or expired */
    DOCUMENT_CLEAN_WAITING,
    DOCUMENT_CLEAN_READY,
    DOCUMENT_CLEAN_IMPOSSIBLE,
};

struct document_clean {
    enum document_clean_state state;
    /* Of a READY one: */
    struct id copy;
    const char
        *media_type; /* HEIC becomes "image/jpeg", the others stay what they are; a constant */
    uint64_t size_bytes;
    int64_t expire_ms;
};

/* False when nobody can look at it: the check refused it for what it holds, or no copy can be made. */
bool document_clean_possible(const Hayat__Store__V1__StoredDocument *document);
/* In a write transaction.  Nothing when it is WAITING or READY for half of its life yet. */
status document_clean_ask(struct txn *txn, struct owner owner, struct id id);
status document_clean_find(struct txn *txn, struct owner owner, struct id id,
                           struct document_clean *ret_clean);
/* What the copy holds from OFFSET to the end of its chunk. */
status document_clean_read(struct txn *txn, struct owner owner, const struct document_clean *clean,
                           uint64_t offset, bytes *ret_piece);

/* "image/jpeg" for "image/heic"; a constant. */
const char *document_clean_type(const char *media_type);

#endif
