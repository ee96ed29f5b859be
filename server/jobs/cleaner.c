#include "jobs/cleaner.h"

#include <sodium.h>

#include "base/codec.h"
#include "base/limits_checker.h"
#include "base/log.h"
#include "helper/helper.h"
#include "jobs/document_feed.h"
#include "service/document_check.h"
#include "service/document_clean.h"
#include "service/message.h"
#include "storage/check_due_store.h"
#include "storage/writer.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define CLEAN(name) HAYAT__STORE__V1__CLEAN_STATE__CLEAN_STATE_##name

enum {
    ARENA_BYTES = 4 * 1024 * 1024,
    SIZE_BYTES = 8,
    CHUNKS_PER_COMMIT = 16,
    BUFFER_BYTES = CHUNKS_PER_COMMIT * CHUNK_PLAIN_BYTES,
    TYPE_BYTES = 64,
};

struct cleaning {
    const struct checker_options *options;
    struct check_due due;
    struct arena arena; /* of the transactions */
    struct document_feed feed;
    char type[TYPE_BYTES];
    uint8_t certificate[ID_BYTES];
    bool waits; /* the document is there, and its copy was asked for */

    struct id copy;
    uint8_t head[SIZE_BYTES];
    size_t head_len;
    uint64_t size, stored; /* bytes of the copy */
    uint8_t *buffer;
    size_t buffered;
    crypto_hash_sha256_state digest;
    uint8_t sha256[crypto_hash_sha256_BYTES];
};

/* --- the document --- */

static status look_up(struct txn *txn, struct cleaning *cleaning)
{
    Hayat__Store__V1__StoredDocument *document;
    status found = document_store_get(txn, cleaning->due.owner, cleaning->due.document, &document);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    cleaning->waits = document->clean != NULL && document->clean->state == CLEAN(WAITING) &&
                      (document->state == DOCUMENT(COMPLETE) ||
                       document->state == DOCUMENT(FILED)) &&
                      !document_check_blocks(document);
    const bytes type = bytes_head(bytes_str(document->media_type), TYPE_BYTES - 1);
    memcpy(cleaning->type, type.ptr, type.len);
    if (document->life_certificate_id.len == ID_BYTES) {
        memcpy(cleaning->certificate, document->life_certificate_id.data, ID_BYTES);
    }
    return STATUS_OK;
}

static status load(struct cleaning *cleaning)
{
    struct txn *txn;
    TRY(txn_begin_read(cleaning->options->app->db, &cleaning->arena, &txn));
    status s = look_up(txn, cleaning);
    txn_end_read(txn);
    return s;
}

/* --- the copy, in the writer's transactions --- */

static status put_copy(struct txn *txn, struct cleaning *cleaning)
{
    Hayat__Store__V1__StoredDocument copy = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    const int64_t end_ms = txn_now_ms(txn) + LIMIT_CLEAN_LIFE_MS;
    copy.document_id = (ProtobufCBinaryData){ID_BYTES, cleaning->copy.bytes};
    copy.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, cleaning->certificate};
    copy.media_type = (char *)(uintptr_t)document_clean_type(cleaning->type);
    copy.size_bytes = copy.committed_bytes = cleaning->size;
    copy.state = DOCUMENT(ISSUING);
    copy.create_ms = txn_now_ms(txn);
    copy.expire_ms = end_ms;
    TRY(document_store_new_key(txn, cleaning->due.owner, &copy));
    TRY(document_store_put(txn, cleaning->due.owner, &copy));
    return document_store_expire_at(txn, cleaning->due.owner, cleaning->copy, end_ms);
}

static status put_chunks(struct txn *txn, const struct cleaning *cleaning,
                         const struct document_chunks *chunks)
{
    bytes rest = bytes_of(cleaning->buffer, cleaning->buffered);
    uint32_t index = (uint32_t)(cleaning->stored / CHUNK_PLAIN_BYTES);
    for (; rest.len > 0; rest = bytes_skip(rest, CHUNK_PLAIN_BYTES), index++) {
        TRY(document_chunks_put(txn, chunks, index, bytes_head(rest, CHUNK_PLAIN_BYTES)));
    }
    return STATUS_OK;
}

/* Whole chunks, but for the last one of the file. */
static status store_buffer(void *ctx, struct txn *txn)
{
    struct cleaning *cleaning = ctx;
    Hayat__Store__V1__StoredDocument *copy;
    struct document_chunks chunks;
    if (cleaning->stored == 0) {
        TRY(put_copy(txn, cleaning));
    }
    TRY(document_store_get(txn, cleaning->due.owner, cleaning->copy, &copy));
    TRY(document_chunks_open(txn, cleaning->due.owner, copy, &chunks));
    status s = put_chunks(txn, cleaning, &chunks);
    document_chunks_close(&chunks);
    return s;
}

static status settle_copy(struct txn *txn, struct cleaning *cleaning)
{
    Hayat__Store__V1__StoredDocument *copy;
    TRY(document_store_get(txn, cleaning->due.owner, cleaning->copy, &copy));
    copy->state = DOCUMENT(CLEANED);
    copy->expire_ms = txn_now_ms(txn) + LIMIT_CLEAN_LIFE_MS;
    copy->sha256 = (ProtobufCBinaryData){sizeof cleaning->sha256, cleaning->sha256};
    TRY(document_store_put(txn, cleaning->due.owner, copy));
    return document_store_expire_at(txn, cleaning->due.owner, cleaning->copy, copy->expire_ms);
}

/* READY or IMPOSSIBLE.  A document that went meanwhile leaves its copy to expire. */
static status settle(struct txn *txn, struct cleaning *cleaning, Hayat__Store__V1__CleanState state)
{
    Hayat__Store__V1__StoredDocument *document;
    Hayat__Store__V1__StoredCleanCopy clean = HAYAT__STORE__V1__STORED_CLEAN_COPY__INIT;
    TRY(check_due_store_delete(txn, &cleaning->due));
    status found = document_store_get(txn, cleaning->due.owner, cleaning->due.document, &document);
    if (found.why == REASON_NOT_FOUND || !cleaning->waits) {
        return STATUS_OK;
    }
    TRY(found);
    clean.state = state;
    if (state == CLEAN(READY)) {
        TRY(settle_copy(txn, cleaning));
        clean.document_id = (ProtobufCBinaryData){ID_BYTES, cleaning->copy.bytes};
    }
    document->clean = &clean;
    return document_store_put(txn, cleaning->due.owner, document);
}

static status settle_ready(void *ctx, struct txn *txn)
{
    return settle(txn, ctx, CLEAN(READY));
}

static status settle_impossible(void *ctx, struct txn *txn)
{
    return settle(txn, ctx, CLEAN(IMPOSSIBLE));
}

/* --- what the program writes --- */

static status flush(struct cleaning *cleaning)
{
    struct arena_mark mark = arena_mark(&cleaning->arena);
    TRY(writer_run(cleaning->options->app->writer, &cleaning->arena, store_buffer, cleaning));
    arena_rewind(&cleaning->arena, mark);
    cleaning->stored += cleaning->buffered;
    cleaning->buffered = 0;
    return STATUS_OK;
}

/* The size comes first. */
static status take_head(struct cleaning *cleaning, bytes *piece)
{
    const bytes head = bytes_head(*piece, SIZE_BYTES - cleaning->head_len);
    memcpy(cleaning->head + cleaning->head_len, head.ptr, head.len);
    cleaning->head_len += head.len;
    *piece = bytes_skip(*piece, head.len);
    if (cleaning->head_len < SIZE_BYTES || cleaning->size > 0) {
        return STATUS_OK;
    }
    cleaning->size = get_be64(cleaning->head);
    return cleaning->size > 0 && cleaning->size <= LIMIT_CLEAN_BYTES ? STATUS_OK
                                                                     : FAIL(HELPER_FAILED);
}

static status take(void *ctx, bytes piece)
{
    struct cleaning *cleaning = ctx;
    if (cleaning->head_len < SIZE_BYTES) {
        TRY(take_head(cleaning, &piece));
    }
    if (piece.len > cleaning->size - cleaning->stored - cleaning->buffered) {
        return FAIL(HELPER_FAILED); /* more than it announced */
    }
    (void)crypto_hash_sha256_update(&cleaning->digest, piece.ptr, piece.len);
    while (piece.len > 0) {
        const bytes part = bytes_head(piece, BUFFER_BYTES - cleaning->buffered);
        memcpy(cleaning->buffer + cleaning->buffered, part.ptr, part.len);
        cleaning->buffered += part.len;
        piece = bytes_skip(piece, part.len);
        if (cleaning->buffered == BUFFER_BYTES) {
            TRY(flush(cleaning));
        }
    }
    return STATUS_OK;
}

static status give(void *ctx, bytes *ret_piece)
{
    struct cleaning *cleaning = ctx;
    return document_feed_next(&cleaning->feed, ret_piece);
}

static status run_program(struct cleaning *cleaning, bool *ret_started)
{
    const char *const args[] = {"clean", cleaning->type, NULL};
    const struct helper helper = {.program = cleaning->options->program,
                                  .args = args,
                                  .deadline_ms = LIMIT_CHECK_DEADLINE_MS,
                                  .output_max = LIMIT_CLEAN_BYTES + SIZE_BYTES};
    struct helper_flow flow = {.next = give, .take = take, .ctx = cleaning};
    status s = helper_stream(&helper, &flow);
    *ret_started = flow.started;
    TRY(s);
    if (cleaning->buffered > 0) {
        TRY(flush(cleaning));
    }
    return cleaning->size > 0 && cleaning->stored == cleaning->size ? STATUS_OK
                                                                    : FAIL(HELPER_FAILED);
}

/* --- one copy --- */

static status make_copy(struct cleaning *cleaning, bool *ret_down)
{
    struct writer *writer = cleaning->options->app->writer;
    bool started = true;
    cleaning->buffer = arena_alloc(&cleaning->arena, BUFFER_BYTES);
    TRY(arena_check(&cleaning->arena));
    (void)crypto_hash_sha256_init(&cleaning->digest);
    status s = run_program(cleaning, &started);
    if (s.why == REASON_HELPER_FAILED) {
        *ret_down = !started || !checker_is_fit(cleaning->options);
        return *ret_down ? STATUS_OK
                         : writer_run(writer, &cleaning->arena, settle_impossible, cleaning);
    }
    TRY(s);
    (void)crypto_hash_sha256_final(&cleaning->digest, cleaning->sha256);
    return writer_run(writer, &cleaning->arena, settle_ready, cleaning);
}

static status clean_one(const struct checker_options *options, const struct check_due *due,
                        bool *ret_down)
{
    struct cleaning cleaning = {
        .options = options, .due = *due, .copy = id_new(options->app->random)};
    arena_init(&cleaning.arena, ARENA_BYTES);
    document_feed_init(&cleaning.feed, options->app, due->owner, due->document);
    status s = load(&cleaning);
    if (ok(s)) {
        s = cleaning.waits
                ? make_copy(&cleaning, ret_down)
                : writer_run(options->app->writer, &cleaning.arena, settle_impossible, &cleaning);
    }
    document_feed_fini(&cleaning.feed);
    arena_fini(&cleaning.arena);
    return s;
}

static status read_due(const struct app *app, struct check_due_list *ret_list)
{
    struct txn *txn;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    status s = txn_begin_read(app->db, &arena, &txn);
    if (ok(s)) {
        s = check_due_store_list(txn, CHECK_QUEUE_CLEAN, ret_list);
        txn_end_read(txn);
    }
    arena_fini(&arena);
    return s;
}

enum checker_round cleaner_clean(const struct checker_options *options)
{
    struct check_due_list list = {.count = 0};
    bool down = false;
    status s = read_due(options->app, &list);
    for (size_t i = 0; ok(s) && !down && i < list.count; i++) {
        const status done = clean_one(options, &list.rows[i], &down);
        if (!ok(done)) {
            log_event(LOG_WARN, "cleaner_failed", LOG_WORD("reason", reason_name(done.why)));
            s = checker_put_off(options, &list.rows[i]);
        }
    }
    if (!ok(s) || down) {
        return ok(s) ? CHECKER_DOWN : CHECKER_FAILED;
    }
    return list.count > 0 ? CHECKER_MORE : CHECKER_IDLE;
}
