/*
 * document_feed: a stored document, piece by piece, for what reads files outside this process: opened one chunk at a time, each in a
 * transaction of its own (SEC-D7), never held as a whole.
 *
 * Memory   a piece is good until the next call.
 * Threads  one.
 */
#ifndef HAYAT_JOBS_DOCUMENT_FEED_H
#define HAYAT_JOBS_DOCUMENT_FEED_H

#include "service/app.h"
#include "storage/document_store.h"

struct document_feed {
    const struct app *app;
    struct owner owner;
    struct id document;
    uint32_t next;
    struct arena arena;
};

void document_feed_init(struct document_feed *feed, const struct app *app, struct owner owner,
                        struct id document);
void document_feed_fini(struct document_feed *feed);
/* For struct helper_flow and clamd_scan: CTX is the feed; an empty piece is the end. */
status document_feed_next(void *ctx, bytes *ret_piece);
/* From the beginning again. */
void document_feed_rewind(struct document_feed *feed);

#endif
