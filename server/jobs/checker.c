#include "jobs/checker.h"

#include <assert.h>

#include "base/limits_checker.h"
#include "base/log.h"
#include "helper/helper.h"
#include "jobs/clamd.h"
#include "jobs/document_feed.h"
#include "service/document_check.h"
#include "service/document_verdict.h"
#include "storage/check_due_store.h"
#include "storage/writer.h"

#define STATE(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define CHECK_REASON(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name
#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name

enum { ARENA_BYTES = 2 * 1024 * 1024, TYPE_BYTES = 64 };

/* --- one document --- */

enum outcome {
    OUTCOME_VERDICT,
    OUTCOME_GONE,  /* nothing to say it about */
    OUTCOME_LATER, /* the row was moved */
    OUTCOME_DOWN,
};

struct round {
    const struct checker_options *options;
    struct check_due due;
    struct arena arena;
    struct document_feed feed;
    char type[TYPE_BYTES];
    document_check_row verdict;
    bool silent; /* the scanner, not the program */
};

static status look_up(struct txn *txn, struct round *round, enum outcome *ret_outcome)
{
    Hayat__Store__V1__StoredDocument *document;
    status found = document_store_get(txn, round->due.owner, round->due.document, &document);
    const bool waits = ok(found) && document_check_state(document) == STATE(PENDING) &&
                       (document->state == DOCUMENT(COMPLETE) ||
                        document->state == DOCUMENT(FILED));
    if (found.why == REASON_NOT_FOUND || (ok(found) && !waits)) {
        *ret_outcome = OUTCOME_GONE;
        return STATUS_OK;
    }
    TRY(found);
    const bytes type = bytes_head(bytes_str(document->media_type), TYPE_BYTES - 1);
    memcpy(round->type, type.ptr, type.len);
    round->type[type.len] = '\0';
    *ret_outcome = OUTCOME_VERDICT;
    return STATUS_OK;
}

static status load(struct round *round, enum outcome *ret_outcome)
{
    struct txn *txn;
    TRY(txn_begin_read(round->options->app->db, &round->arena, &txn));
    status s = look_up(txn, round, ret_outcome);
    txn_end_read(txn);
    return s;
}

/* --- the program --- */

struct listening {
    void *source;
    status (*next)(void *source, bytes *ret_piece);
    uint8_t answer[LIMIT_VERDICT_BYTES];
    size_t len;
};

static status give(void *ctx, bytes *ret_piece)
{
    struct listening *listening = ctx;
    return listening->next(listening->source, ret_piece);
}

static status take(void *ctx, bytes piece)
{
    struct listening *listening = ctx;
    assert(piece.len <= sizeof listening->answer - listening->len); /* output_max */
    memcpy(listening->answer + listening->len, piece.ptr, piece.len);
    listening->len += piece.len;
    return STATUS_OK;
}

static status inspect(const struct checker_options *options, const char *type,
                      struct listening *listening, bool *ret_started)
{
    const char *const args[] = {"inspect", type, NULL};
    const struct helper helper = {.program = options->program,
                                  .args = args,
                                  .deadline_ms = LIMIT_CHECK_DEADLINE_MS,
                                  .output_max = LIMIT_VERDICT_BYTES};
    struct helper_flow flow = {.next = give, .take = take, .ctx = listening};
    status s = helper_stream(&helper, &flow);
    *ret_started = flow.started;
    return s;
}

/* One grey pixel. */
static const uint8_t picture[] = {
    0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
    0x00, 0x3A, 0x7E, 0x9B, 0x55, 0x00, 0x00, 0x00, 0x0A, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9C, 0x63, 0x68, 0x00, 0x00, 0x00, 0x82, 0x00, 0x81, 0x77, 0xCD, 0x72, 0xB6, 0x00,
    0x00, 0x00, 0x00, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82};

static status give_picture(void *source, bytes *ret_piece)
{
    bool *given = source;
    *ret_piece = *given ? bytes_of(NULL, 0) : bytes_of(picture, sizeof picture);
    *given = true;
    return STATUS_OK;
}

bool checker_is_fit(const struct checker_options *options)
{
    bool given = false, started;
    struct listening listening = {.source = &given, .next = give_picture};
    document_check_row verdict;
    struct arena arena;
    arena_init(&arena, LIMIT_VERDICT_ARENA_BYTES);
    status s = inspect(options, "image/png", &listening, &started);
    if (ok(s)) {
        s = document_verdict_read(bytes_of(listening.answer, listening.len), &arena, &verdict);
    }
    const bool fit = ok(s) && verdict.state == STATE(PASSED);
    arena_fini(&arena);
    return fit;
}

/* --- what comes of it --- */

static void judge(struct round *round, Hayat__Store__V1__CheckState state,
                  Hayat__Store__V1__CheckReason reason)
{
    hayat__store__v1__stored_document_check__init(&round->verdict);
    round->verdict.state = state;
    round->verdict.reason = reason;
}

/* No verdict, this time. */
static enum outcome missed(struct round *round)
{
    if (round->silent && ++round->due.scans < LIMIT_SCAN_TRIES) {
        return OUTCOME_LATER;
    }
    if (!round->silent && ++round->due.tries < LIMIT_CHECK_TRIES) {
        return OUTCOME_LATER;
    }
    if (round->silent) {
        judge(round, STATE(NOT_CHECKED), CHECK_REASON(NOT_SCANNED));
    } else {
        judge(round, STATE(REFUSED), CHECK_REASON(NOT_CHECKABLE));
    }
    return OUTCOME_VERDICT;
}

static enum outcome scan(struct round *round)
{
    enum clamd_verdict said = CLAMD_SILENT;
    const struct clamd_question question = {.socket = round->options->clamd,
                                            .timeout_ms = LIMIT_SCAN_TIMEOUT_MS,
                                            .next = document_feed_next,
                                            .ctx = &round->feed};
    document_feed_rewind(&round->feed);
    status s = clamd_scan(&question, &said);
    round->silent = true;
    switch (ok(s) ? said : CLAMD_SILENT) {
    case CLAMD_CLEAN:
        break;
    case CLAMD_INFECTED:
        judge(round, STATE(REFUSED), CHECK_REASON(INFECTED));
        break;
    case CLAMD_TOO_LARGE:
        judge(round, STATE(NOT_CHECKED), CHECK_REASON(NOT_SCANNED));
        break;
    case CLAMD_SILENT:
        log_event(LOG_WARN, "scanner_silent");
        return missed(round);
    }
    return OUTCOME_VERDICT;
}

static enum outcome look(struct round *round)
{
    bool started = false;
    struct listening listening = {.source = &round->feed, .next = document_feed_next};
    status s = inspect(round->options, round->type, &listening, &started);
    if (!started) {
        return OUTCOME_DOWN;
    }
    if (ok(s)) {
        s = document_verdict_read(bytes_of(listening.answer, listening.len), &round->arena,
                                  &round->verdict);
    }
    if (!ok(s)) {
        log_event(LOG_WARN, "check_failed", LOG_WORD("reason", reason_name(s.why)));
        return checker_is_fit(round->options) ? missed(round) : OUTCOME_DOWN;
    }
    const bool asks = round->options->clamd != NULL && round->verdict.state == STATE(PASSED);
    return asks ? scan(round) : OUTCOME_VERDICT;
}

/* --- in the writer's transaction --- */

static status file_verdict(void *ctx, struct txn *txn)
{
    struct round *round = ctx;
    TRY(check_due_store_delete(txn, &round->due));
    return document_check_done(txn, round->due.owner, round->due.document, &round->verdict);
}

static status forget(void *ctx, struct txn *txn)
{
    const struct round *round = ctx;
    return check_due_store_delete(txn, &round->due);
}

/* A scanner that is away comes back after minutes, so each wait is twice the one before. */
static status put_off(void *ctx, struct txn *txn)
{
    const struct round *round = ctx;
    struct check_due due = round->due;
    TRY(check_due_store_delete(txn, &due));
    due.again = true;
    due.time_ms = txn_steady_ms(txn) + (round->silent
                                            ? LIMIT_SCAN_RETRY_MS * (INT64_C(1) << due.scans) / 2
                                            : LIMIT_CHECK_RETRY_MS);
    return check_due_store_put(txn, &due);
}

static status settle(struct round *round, enum outcome outcome)
{
    struct writer *writer = round->options->app->writer;
    switch (outcome) {
    case OUTCOME_VERDICT:
        return writer_run(writer, &round->arena, file_verdict, round);
    case OUTCOME_GONE:
        return writer_run(writer, &round->arena, forget, round);
    case OUTCOME_LATER:
        return writer_run(writer, &round->arena, put_off, round);
    case OUTCOME_DOWN:
        break;
    }
    return STATUS_OK;
}

status checker_put_off(const struct checker_options *options, const struct check_due *due)
{
    struct round round = {.options = options, .due = *due};
    arena_init(&round.arena, ARENA_BYTES);
    status s = writer_run(options->app->writer, &round.arena, put_off, &round);
    arena_fini(&round.arena);
    return s;
}

/* --- all that is due --- */

static status check_one(const struct checker_options *options, const struct check_due *due,
                        enum outcome *ret_outcome)
{
    struct round round = {.options = options, .due = *due};
    arena_init(&round.arena, ARENA_BYTES);
    document_feed_init(&round.feed, options->app, due->owner, due->document);
    status s = load(&round, ret_outcome);
    if (ok(s) && *ret_outcome == OUTCOME_VERDICT) {
        *ret_outcome = look(&round);
    }
    if (ok(s)) {
        s = settle(&round, *ret_outcome);
    }
    document_feed_fini(&round.feed);
    arena_fini(&round.arena);
    return s;
}

static status read_due(const struct app *app, struct check_due_list *ret_list)
{
    struct txn *txn;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    status s = txn_begin_read(app->db, &arena, &txn);
    if (ok(s)) {
        s = check_due_store_list(txn, CHECK_QUEUE_CHECK, ret_list);
        txn_end_read(txn);
    }
    arena_fini(&arena);
    return s;
}

enum checker_round checker_check(const struct checker_options *options)
{
    struct check_due_list list = {.count = 0};
    status s = read_due(options->app, &list);
    for (size_t i = 0; ok(s) && i < list.count; i++) {
        enum outcome outcome = OUTCOME_GONE;
        const status done = check_one(options, &list.rows[i], &outcome);
        if (!ok(done)) {
            log_event(LOG_WARN, "checker_failed", LOG_WORD("reason", reason_name(done.why)));
            s = checker_put_off(options, &list.rows[i]);
        } else if (outcome == OUTCOME_DOWN) {
            return CHECKER_DOWN;
        }
    }
    if (!ok(s)) {
        return CHECKER_FAILED;
    }
    return list.count > 0 ? CHECKER_MORE : CHECKER_IDLE;
}
