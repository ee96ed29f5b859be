#include "tools/hayatctl/import.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/defer.h"
#include "service/feed_apply.h"
#include "storage/audit_store.h"
#include "storage/import_store.h"
#include "storage/table.h"
#include "tools/hayatctl/csv_rows.h"
#include "tools/hayatctl/photo_files.h"
#include "tools/hayatctl/progress.h"
#include "tools/hayatctl/quarantine.h"

enum {
    /* What a batch's rows, their texts, the cells they are compared with and the write-set take,
       ten times over. */
    BATCH_ARENA_BYTES = 256 * 1024 * 1024,
    STATE_ARENA_BYTES = 64 * 1024,
    DIGEST_BLOCK_BYTES = 64 * 1024,
};

struct batch_row {
    struct feed_row row;
    struct feed_photo photo;
    struct feed_error error;
    uint64_t line;
    bytes raw;
};

struct import {
    const struct import_options *options;
    enum feed_kind kind;
    struct csv_rows *rows;
    struct photo_files photos;
    struct quarantine quarantine;
    struct progress progress;
    uint8_t digest[IMPORT_DIGEST_BYTES];
    struct import_totals *totals;
    /* the batch under way */
    struct arena arena;
    struct batch_row *batch;
    size_t count;
    size_t applied;     /* of the batch, in commits */
    uint64_t next_line; /* after the batch */
    bool last;
    struct import_totals after; /* the totals once the batch is committed */
};

static status failed(struct import *import, status s, const char *what, const char *path)
{
    (void)snprintf(import->totals->failure, sizeof(import->totals->failure), "%s%s", what, path);
    return s;
}

/* --- the state --- */

static void close_file(FILE **file)
{
    defer_fclose(file);
}

static status digest_file(const char *path, uint8_t out[IMPORT_DIGEST_BYTES])
{
    DEFER(close_file) FILE *file = fopen(path, "re");
    if (file == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, IMPORT_DIGEST_BYTES);
    uint8_t block[DIGEST_BLOCK_BYTES];
    size_t got;
    while ((got = fread(block, 1, sizeof(block), file)) > 0) {
        (void)crypto_generichash_update(&state, block, got);
    }
    (void)crypto_generichash_final(&state, out, IMPORT_DIGEST_BYTES);
    return ferror(file) == 0 ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

/* What a killed import of this very file left; RET_STATE stays as it is when there is nothing to go
   on from. */
static status read_state(struct import *import, struct arena *arena,
                         Hayat__Store__V1__StoredImportState **ret_state)
{
    struct txn *txn;
    Hayat__Store__V1__StoredImportState *state;
    TRY(txn_begin_read(import->options->db, arena, &txn));
    status s = import_store_get(txn, feed_layout(import->kind)->name,
                                bytes_of(import->digest, sizeof(import->digest)), &state);
    txn_end_read(txn);
    if (s.why == REASON_NOT_FOUND || (ok(s) && state->done)) {
        return STATUS_OK;
    }
    TRY(s);
    *ret_state = state;
    return STATUS_OK;
}

static status resume(struct import *import, const char *path)
{
    struct arena arena;
    arena_init(&arena, STATE_ARENA_BYTES);
    Hayat__Store__V1__StoredImportState *state = NULL;
    status s = read_state(import, &arena, &state);
    uint64_t quarantine_bytes = 0;
    if (ok(s) && state != NULL) {
        struct import_totals *totals = import->totals;
        totals->accepted = state->accepted;
        totals->unchanged = state->unchanged;
        totals->refused = state->refused;
        totals->rows = state->accepted + state->unchanged + state->refused;
        totals->resumed_line = state->next_line;
        quarantine_bytes = state->quarantine_bytes;
        s = csv_rows_skip_to(import->rows, state->next_line);
    }
    arena_fini(&arena);
    TRY(s);
    s = quarantine_open(&import->quarantine, path, quarantine_bytes);
    return ok(s) ? s : failed(import, s, "", import->quarantine.path);
}

static status put_state(struct import *import, struct txn *txn)
{
    Hayat__Store__V1__StoredImportState state;
    hayat__store__v1__stored_import_state__init(&state);
    state.source = arena_str(txn_arena(txn), bytes_str(feed_layout(import->kind)->name));
    TRY(arena_check(txn_arena(txn)));
    state.file_digest = (ProtobufCBinaryData){sizeof(import->digest), import->digest};
    bool whole = import->applied == import->count;
    state.next_line = whole ? import->next_line : import->batch[import->applied].line;
    state.accepted = import->after.accepted;
    state.unchanged = import->after.unchanged;
    state.refused = import->after.refused;
    state.done = import->last && whole;
    state.quarantine_bytes = import->quarantine.length;
    return import_store_put(txn, &state);
}

/* --- one batch in the writer's transaction --- */

static status apply_row(struct import *import, struct feed_session *session, struct batch_row *row)
{
    enum feed_outcome outcome = FEED_REFUSED;
    if (row->error.fault == FEED_FAULT_NONE) {
        TRY(feed_row_apply(session, &row->row, &row->photo, &outcome));
        if (outcome == FEED_REFUSED) {
            row->error = session->error;
        }
    }
    switch (outcome) {
    case FEED_ACCEPTED:
        import->after.accepted++;
        return STATUS_OK;
    case FEED_UNCHANGED:
        import->after.unchanged++;
        return STATUS_OK;
    case FEED_REFUSED:
        import->after.refused++;
        return quarantine_add(&import->quarantine, row->line, row->error, row->raw);
    }
    return FAIL(INTERNAL);
}

/* As many of the batch's rows as one commit takes.  Invariant 2: rows, counters and place in one commit; the quarantine is on disk before it. */
static status run_batch(void *ctx, struct txn *txn)
{
    struct import *import = ctx;
    struct feed_session session = {.txn = txn, .issuer = import->options->issuer};
    import->after = *import->totals;
    uint32_t most = import->options->batch_views > 0 ? import->options->batch_views
                                                     : IMPORT_BATCH_VIEWS;
    for (; import->applied < import->count && session.views < most; import->applied++) {
        TRY(apply_row(import, &session, &import->batch[import->applied]));
        import->after.rows++;
    }
    TRY(feed_session_end(&session));
    TRY(quarantine_sync(&import->quarantine));
    TRY(audit_append(txn, &(struct audit_event){.event = "hayatctl import",
                                                .actor_kind = AUDIT_ACTOR_OPERATOR,
                                                .purpose = feed_layout(import->kind)->name}));
    return put_state(import, txn);
}

static status commit_rows(struct import *import)
{
    const struct import_options *options = import->options;
    struct arena_mark mark = arena_mark(&import->arena);
    status s = writer_run_bulk(options->writer, &import->arena, run_batch, import);
    arena_rewind(&import->arena, mark); /* what the commit needed; the batch stays */
    if (!ok(s)) {
        char where[64];
        (void)snprintf(where, sizeof(where), "%" PRIu64 " to %" PRIu64,
                       import->count > 0 ? import->batch[0].line : 0, import->next_line - 1);
        return failed(import, s, "the rows of lines ", where);
    }
    *import->totals = import->after;
    return STATUS_OK;
}

/* A batch is one commit but when its rows change many cards' views.  An empty one tells the end. */
static status commit_batch(struct import *import)
{
    import->applied = 0;
    do {
        TRY(commit_rows(import));
    } while (import->applied < import->count);
    import->totals->done = import->last;
    return STATUS_OK;
}

/* --- reading a batch --- */

static enum feed_fault fault_of(enum csv_state state)
{
    switch (state) {
    case CSV_ROW_GOOD:
    case CSV_ROWS_END:
        return FEED_FAULT_NONE;
    case CSV_ROW_BROKEN:
        return FEED_FAULT_NOT_CSV;
    case CSV_ROW_TOO_LONG:
        return FEED_FAULT_TOO_LONG;
    }
    return FEED_FAULT_NOT_CSV;
}

static status take_photo(struct import *import, struct batch_row *row)
{
    bool good;
    size_t read_bytes;
    if (row->row.photo_file.len == 0) {
        return STATUS_OK;
    }
    TRY(photo_files_get(&import->photos, row->row.photo_file, &row->photo, &good, &read_bytes));
    if (!good) {
        row->error = (struct feed_error){FEED_FAULT_PHOTO, "photo_file"};
    }
    return STATUS_OK;
}

static status take_row(struct import *import, const struct csv_row *csv, struct batch_row *row)
{
    *row = (struct batch_row){.line = csv->line, .raw = arena_copy(&import->arena, csv->raw)};
    row->error = (struct feed_error){fault_of(csv->state), ""};
    if (row->error.fault == FEED_FAULT_NONE) {
        const struct feed_parser parser = {import->options->rules, import->kind, &import->arena};
        TRY(feed_row_parse(&parser, csv->fields, csv->field_count, &row->row, &row->error));
    }
    if (row->error.fault == FEED_FAULT_NONE) {
        TRY(take_photo(import, row));
    }
    return arena_check(&import->arena);
}

static status read_batch(struct import *import)
{
    uint32_t most = import->options->batch_rows > 0 ? import->options->batch_rows
                                                    : IMPORT_BATCH_ROWS;
    size_t payload = 0;
    arena_reset(&import->arena, BATCH_ARENA_BYTES);
    photo_files_trim(&import->photos);
    import->batch = arena_array(&import->arena, most, sizeof(*import->batch));
    TRY(arena_check(&import->arena));
    for (import->count = 0; import->count < most && payload < IMPORT_BATCH_BYTES; import->count++) {
        struct csv_row csv;
        TRY(csv_rows_next(import->rows, &csv));
        if (csv.state == CSV_ROWS_END) {
            import->last = true;
            import->next_line = csv.line;
            return STATUS_OK;
        }
        struct batch_row *row = &import->batch[import->count];
        TRY(take_row(import, &csv, row));
        import->next_line = csv.next_line;
        payload += row->raw.len + row->photo.data.len;
    }
    return STATUS_OK;
}

static status import_rows(struct import *import)
{
    uint64_t batches = 0;
    while (!import->last) {
        status s = read_batch(import);
        if (!ok(s)) {
            char line[32];
            (void)snprintf(line, sizeof(line), "%" PRIu64, import->next_line);
            return failed(import, s, "reading on from line ", line);
        }
        TRY(commit_batch(import));
        progress_tick(&import->progress, import->totals->rows, csv_rows_permille(import->rows));
        if (++batches == import->options->batches_max) {
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

/* --- the file --- */

static bool is_header(const struct csv_row *row, const struct feed_layout *layout)
{
    if (row->state != CSV_ROW_GOOD || !feed_layout_fits(layout, row->field_count)) {
        return false;
    }
    for (size_t i = 0; i < row->field_count; i++) {
        if (!bytes_equal_str(row->fields[i], layout->columns[i])) {
            return false;
        }
    }
    return true;
}

status import_check_header(struct csv_rows *rows, enum feed_kind kind, struct import_totals *totals)
{
    const struct feed_layout *layout = feed_layout(kind);
    struct csv_row row;
    TRY(csv_rows_next(rows, &row));
    if (is_header(&row, layout)) {
        return STATUS_OK;
    }
    char *text = totals->failure;
    size_t room = sizeof(totals->failure);
    int len = snprintf(text, room, "line %" PRIu64 " must be the header ", row.line);
    for (size_t i = 0; i < layout->column_count && len > 0 && (size_t)len < room; i++) {
        len += snprintf(text + len, room - (size_t)len, "%s%s", i == 0 ? "" : ",",
                        layout->columns[i]);
    }
    return FAIL(IMPORT_REFUSED);
}

static status import_open_file(struct import *import, const char *path)
{
    TRY(import_check_header(import->rows, import->kind, import->totals));
    import->next_line = csv_rows_line(import->rows);
    TRY(resume(import, path));
    status s = import_rows(import);
    quarantine_close(&import->quarantine);
    return s;
}

status import_file(const struct import_options *options, enum feed_kind kind, const char *path,
                   struct import_totals *ret_totals)
{
    struct import import;
    memset(ret_totals, 0, sizeof(*ret_totals));
    memset(&import, 0, sizeof(import));
    import.options = options;
    import.kind = kind;
    import.totals = ret_totals;
    status s = digest_file(path, import.digest);
    if (ok(s)) {
        s = csv_rows_open(path, &import.rows);
    }
    if (!ok(s)) {
        return failed(&import, s, "", path);
    }
    s = photo_files_init(&import.photos, path);
    if (ok(s)) {
        arena_init(&import.arena, BATCH_ARENA_BYTES);
        progress_init(&import.progress, options->clock, feed_layout(kind)->name, options->quiet);
        s = import_open_file(&import, path);
        progress_finish(&import.progress, ret_totals->rows, "");
        arena_fini(&import.arena);
        photo_files_fini(&import.photos);
    }
    csv_rows_close(import.rows);
    return s;
}
