#include "jobs/document_feed.h"

enum { ARENA_BYTES = 1024 * 1024 };

void document_feed_init(struct document_feed *feed, const struct app *app, struct owner owner,
                        struct id document)
{
    feed->app = app;
    feed->owner = owner;
    feed->document = document;
    feed->next = 0;
    arena_init(&feed->arena, ARENA_BYTES);
}

void document_feed_fini(struct document_feed *feed)
{
    arena_fini(&feed->arena);
}

void document_feed_rewind(struct document_feed *feed)
{
    feed->next = 0;
}

static status read_chunk(struct txn *txn, struct document_feed *feed, bytes *ret_piece)
{
    Hayat__Store__V1__StoredDocument *document;
    struct document_chunks chunks;
    TRY(document_store_get(txn, feed->owner, feed->document, &document));
    if (feed->next == document_chunk_count(document->size_bytes)) {
        *ret_piece = bytes_of(NULL, 0);
        return STATUS_OK;
    }
    TRY(document_chunks_open(txn, feed->owner, document, &chunks));
    status s = document_chunks_get(txn, &chunks, feed->next, ret_piece);
    document_chunks_close(&chunks);
    feed->next++;
    return s;
}

status document_feed_next(void *ctx, bytes *ret_piece)
{
    struct document_feed *feed = ctx;
    struct txn *txn;
    arena_reset(&feed->arena, ARENA_BYTES);
    TRY(txn_begin_read(feed->app->db, &feed->arena, &txn));
    status s = read_chunk(txn, feed, ret_piece);
    txn_end_read(txn);
    return s;
}
