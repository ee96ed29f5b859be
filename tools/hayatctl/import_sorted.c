/*
 * The sort's key is
 *   owner 16 · class 1 · what 8 · part 1 · line 4 · 0 0
 * where class is the kind, or that of all parts of claims or of prior authorisations; what is the seq, or the beginning of the
 * claim's id, so that claims come in the order of their keys in the store; part tells headers from lines from payments.
 * Rows that are no CSV, or whose member no key can name, have an owner of all ones: they come last, and are refused.
 *
 * The payload is  file 1 · line 8 · the row as it stands.
 */
#include "tools/hayatctl/import_sorted.h"

#include <assert.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/defer.h"
#include "service/feed_csv.h"
#include "storage/import_store.h"
#include "storage/resident.h"
#include "storage/table.h"
#include "tools/hayatctl/csv_rows.h"
#include "tools/hayatctl/external_sort.h"
#include "tools/hayatctl/import_batch.h"
#include "tools/hayatctl/photo_files.h"
#include "tools/hayatctl/progress.h"
#include "tools/hayatctl/quarantine.h"

enum {
    BATCH_ROWS = 24000, /* two writes each at the most: under LIMIT_WRITE_SET_BULK */
    BATCH_BYTES = 8 * 1024 * 1024,
    PAYLOAD_HEAD = 9,
    STATE_ARENA_BYTES = 256 * 1024,
    PHOTO_CACHE_BYTES = 32 * 1024 * 1024,
    FORGET_BATCHES = 16, /* commits between two db_forget_pages: each looks at about a megabyte */
    CLASS_CLAIM = 100,
    CLASS_AUTHORIZATION = 101,
};

_Static_assert(CLASS_CLAIM > (int)FEED_KIND_COUNT, "parts come after all else");

struct sorted_import {
    const struct sorted_options *options;
    const struct import_options *import;
    struct sorted_file *files;
    size_t file_count;
    struct external_sort *sort;
    struct progress progress;
    uint8_t digest[IMPORT_DIGEST_BYTES];
    struct quarantine quarantines[SORTED_FILES_MAX];
    struct photo_files *photos; /* of the cards' file; NULL: there is none */
    bool resumes;
    struct owner last_owner; /* everything up to it is committed */
    uint64_t rows;           /* read, of all files */
    uint64_t taken;          /* out of the sort again */
    uint64_t batches;
    struct import_batch batches_of[2];
};

static status failed(struct sorted_file *file, status s, const char *what, const char *path)
{
    (void)snprintf(file->totals.failure, sizeof(file->totals.failure), "%s%s", what, path);
    return s;
}

/* --- into the sort --- */

struct keying {
    const struct seal_keys *keys;
    enum feed_kind kind;
    /* rows of one member, and of one claim, mostly come together */
    char registration[64];
    size_t registration_len;
    struct owner owner;
    char number[64];
    size_t number_len;
    struct id id;
};

static uint32_t small_number(bytes text)
{
    uint32_t value = 0;
    for (size_t i = 0; i < text.len && i < 9; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return 0;
        }
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    return value;
}

static bool is_authorization(enum feed_kind kind)
{
    return kind == FEED_PRIOR_AUTHORIZATIONS || kind == FEED_PRIOR_AUTHORIZATION_LINES;
}

/* True when TEXT was the last one too; else remembers it. */
static bool is_last(char last[64], size_t *last_len, bytes text)
{
    if (*last_len == text.len && text.len > 0 && memcmp(last, text.ptr, text.len) == 0) {
        return true;
    }
    *last_len = text.len;
    if (text.len > 0) {
        memcpy(last, text.ptr, text.len);
    }
    return false;
}

static void key_part(struct keying *keying, const struct csv_row *row, bool same_owner,
                     uint8_t *what)
{
    bytes number = row->fields[1];
    if (!is_last(keying->number, &keying->number_len, number) || !same_owner) {
        keying->id = is_authorization(keying->kind)
                         ? prior_authorization_id_of(keying->keys, keying->owner, number)
                         : claim_id_of(keying->keys, keying->owner, number);
    }
    memcpy(what, keying->id.bytes, 8);
    what[8] = (uint8_t)keying->kind;
    bool has_line = keying->kind == FEED_CLAIM_LINES ||
                    keying->kind == FEED_PRIOR_AUTHORIZATION_LINES;
    put_be32(what + 9, has_line && row->field_count > 2 ? small_number(row->fields[2]) : 0);
}

static void make_key(struct keying *keying, const struct csv_row *row, uint8_t key[SORT_KEY_BYTES])
{
    memset(key, 0, SORT_KEY_BYTES);
    bool part = feed_kind_is_part(keying->kind);
    bool named = row->state == CSV_ROW_GOOD && row->field_count >= 2 && row->fields[0].len > 0 &&
                 row->fields[0].len <= 64 && row->fields[1].len <= 64;
    if (!named) {
        memset(key, 0xFF, OWNER_BYTES);
        return;
    }
    bool same = is_last(keying->registration, &keying->registration_len, row->fields[0]);
    if (!same) {
        keying->owner = owner_of_registration(keying->keys, row->fields[0]);
    }
    memcpy(key, keying->owner.bytes, OWNER_BYTES);
    if (part) {
        key[OWNER_BYTES] = is_authorization(keying->kind) ? CLASS_AUTHORIZATION : CLASS_CLAIM;
        key_part(keying, row, same, key + OWNER_BYTES + 1);
        return;
    }
    key[OWNER_BYTES] = (uint8_t)keying->kind;
    if (keying->kind != FEED_MEMBERS) {
        put_be64(key + OWNER_BYTES + 1, small_number(row->fields[1]));
    }
}

static status sort_row(struct sorted_import *import, struct keying *keying, uint8_t file,
                       const struct csv_row *row)
{
    uint8_t key[SORT_KEY_BYTES], payload[PAYLOAD_HEAD + CSV_ROW_BYTES_MAX];
    make_key(keying, row, key);
    payload[0] = file;
    put_be64(payload + 1, row->line | (uint64_t)row->state << 60);
    memcpy(payload + PAYLOAD_HEAD, row->raw.ptr, row->raw.len);
    return external_sort_add(import->sort, key, bytes_of(payload, PAYLOAD_HEAD + row->raw.len));
}

static void close_rows(struct csv_rows **rows)
{
    csv_rows_close(*rows);
}

static status sort_file(struct sorted_import *import, size_t at,
                        crypto_generichash_state *all_files)
{
    struct sorted_file *file = &import->files[at];
    DEFER(close_rows) struct csv_rows *rows = NULL;
    status s = csv_rows_open(file->path, &rows);
    if (!ok(s)) {
        return failed(file, s, "", file->path);
    }
    csv_rows_digest(rows);
    TRY(import_check_header(rows, file->kind, &file->totals));
    struct keying keying = {
        .keys = import->options->keys,
        .kind = file->kind,
    };
    for (;;) {
        struct csv_row row;
        TRY(csv_rows_next(rows, &row));
        if (row.state == CSV_ROWS_END) {
            break;
        }
        import->rows++;
        TRY(sort_row(import, &keying, (uint8_t)at, &row));
        if (import->rows % 4096 == 0) {
            progress_tick(&import->progress, import->rows, csv_rows_permille(rows));
        }
    }
    uint8_t digest[IMPORT_DIGEST_BYTES];
    csv_rows_digest_final(rows, digest);
    uint8_t kind = (uint8_t)file->kind;
    (void)crypto_generichash_update(all_files, &kind, 1);
    (void)crypto_generichash_update(all_files, digest, sizeof digest);
    return STATUS_OK;
}

static status sort_files(struct sorted_import *import)
{
    crypto_generichash_state all_files;
    (void)crypto_generichash_init(&all_files, NULL, 0, IMPORT_DIGEST_BYTES);
    for (size_t i = 0; i < import->file_count; i++) {
        progress_init(&import->progress, import->import->clock,
                      feed_layout(import->files[i].kind)->name, import->import->quiet);
        uint64_t before = import->rows;
        TRY(sort_file(import, i, &all_files));
        progress_finish(&import->progress, import->rows - before, ", read");
    }
    (void)crypto_generichash_final(&all_files, import->digest, IMPORT_DIGEST_BYTES);
    return external_sort_finish(import->sort);
}

/* --- the state --- */

static void take_state(struct sorted_import *import,
                       const Hayat__Store__V1__StoredSortedImport *state)
{
    import->resumes = true;
    memcpy(import->last_owner.bytes, state->last_owner.data, OWNER_BYTES);
    for (size_t i = 0; i < import->file_count; i++) {
        const Hayat__Store__V1__StoredSortedFile *stored = state->files[i];
        struct sorted_file *file = &import->files[i];
        file->totals.accepted = stored->accepted;
        file->totals.unchanged = stored->unchanged;
        file->totals.refused = stored->refused;
        file->totals.rows = stored->accepted + stored->unchanged + stored->refused;
        file->totals.resumed_line = file->totals.rows > 0 ? file->totals.rows : 1;
        file->billed_centimes = stored->billed_centimes;
        file->reimbursed_centimes = stored->reimbursed_centimes;
        import->quarantines[i].length = stored->quarantine_bytes;
    }
}

static status read_state(struct sorted_import *import)
{
    struct arena arena;
    struct txn *txn;
    Hayat__Store__V1__StoredSortedImport *state = NULL;
    arena_init(&arena, STATE_ARENA_BYTES);
    status s = txn_begin_read(import->import->db, &arena, &txn);
    if (ok(s)) {
        s = sorted_import_store_get(txn, bytes_of(import->digest, sizeof(import->digest)), &state);
        txn_end_read(txn);
    }
    if (ok(s) && !state->done && state->n_files == import->file_count &&
        state->last_owner.len == OWNER_BYTES) {
        take_state(import, state);
    }
    arena_fini(&arena);
    return s.why == REASON_NOT_FOUND ? STATUS_OK : s;
}

static status open_quarantines(struct sorted_import *import)
{
    for (size_t i = 0; i < import->file_count; i++) {
        struct quarantine *quarantine = &import->quarantines[i];
        status s = quarantine_open(quarantine, import->files[i].path, quarantine->length);
        if (!ok(s)) {
            return failed(&import->files[i], s, "", quarantine->path);
        }
    }
    return STATUS_OK;
}

static status put_state(struct sorted_import *import, struct txn *txn,
                        const struct import_batch *batch)
{
    Hayat__Store__V1__StoredSortedFile files[SORTED_FILES_MAX], *list[SORTED_FILES_MAX];
    for (size_t i = 0; i < import->file_count; i++) {
        const struct sorted_file *file = &import->files[i];
        hayat__store__v1__stored_sorted_file__init(&files[i]);
        files[i].accepted = file->totals.accepted;
        files[i].unchanged = file->totals.unchanged;
        files[i].refused = file->totals.refused;
        files[i].billed_centimes = file->billed_centimes;
        files[i].reimbursed_centimes = file->reimbursed_centimes;
        files[i].quarantine_bytes = import->quarantines[i].length;
        list[i] = &files[i];
    }
    Hayat__Store__V1__StoredSortedImport state = HAYAT__STORE__V1__STORED_SORTED_IMPORT__INIT;
    struct owner last = batch->group_count > 0 ? batch->groups[batch->group_count - 1].owner
                                               : import->last_owner;
    state.last_owner = (ProtobufCBinaryData){OWNER_BYTES, last.bytes};
    state.done = batch->last;
    state.n_files = import->file_count;
    state.files = list;
    return sorted_import_store_put(txn, bytes_of(import->digest, sizeof(import->digest)), &state);
}

/* --- a batch's commit: on the writer's thread --- */

static status count_item(struct sorted_import *import, const struct batch_item *item)
{
    struct import_totals *totals = &import->files[item->file].totals;
    totals->rows++;
    switch (item->item.outcome) {
    case FEED_ACCEPTED:
        totals->accepted++;
        return STATUS_OK;
    case FEED_UNCHANGED:
        totals->unchanged++;
        return STATUS_OK;
    case FEED_REFUSED:
        totals->refused++;
        return quarantine_add(&import->quarantines[item->file], item->line, item->item.error,
                              item->raw);
    }
    return FAIL(INTERNAL);
}

static void add_money(struct sorted_import *import, const struct import_batch *batch)
{
    for (size_t i = 0; i < import->file_count; i++) {
        if (import->files[i].kind == FEED_CLAIMS) {
            import->files[i].billed_centimes += batch->billed_centimes;
            import->files[i].reimbursed_centimes += batch->reimbursed_centimes;
            return;
        }
    }
}

/* Invariant 2.  A commit that fails ends the import, so the totals may run ahead of it. */
static status commit_batch(void *ctx, struct txn *txn, const struct import_batch *batch)
{
    struct sorted_import *import = ctx;
    for (size_t i = 0; i < batch->count; i++) {
        TRY(count_item(import, (const struct batch_item *)(const void *)batch->items[i]));
    }
    add_money(import, batch);
    for (size_t i = 0; i < import->file_count; i++) {
        TRY(quarantine_sync(&import->quarantines[i]));
    }
    return put_state(import, txn, batch);
}

/* --- out of the sort --- */

static enum feed_fault fault_of(uint64_t state)
{
    return state == CSV_ROW_TOO_LONG ? FEED_FAULT_TOO_LONG
           : state == CSV_ROW_BROKEN ? FEED_FAULT_NOT_CSV
                                     : FEED_FAULT_NONE;
}

static status take_photo(struct sorted_import *import, struct feed_item *item)
{
    bool good;
    size_t read_bytes;
    if (item->row.photo_file.len == 0) {
        return STATUS_OK;
    }
    TRY(photo_files_get(import->photos, item->row.photo_file, &item->photo, &good, &read_bytes));
    if (!good) {
        item->error = (struct feed_error){FEED_FAULT_PHOTO, "photo_file"};
    }
    return STATUS_OK;
}

static status parse_item(struct sorted_import *import, struct arena *arena,
                         struct batch_item *batch_item)
{
    struct feed_item *item = &batch_item->item;
    enum feed_kind kind = import->files[batch_item->file].kind;
    const struct feed_parser parser = {import->import->rules, kind, arena};
    bytes fields[CSV_FIELDS_MAX];
    size_t count = 0;
    item->row.kind = kind;
    if (item->error.fault != FEED_FAULT_NONE) {
        return STATUS_OK;
    }
    if (!feed_csv_split(arena, batch_item->raw, fields, CSV_FIELDS_MAX, &count)) {
        item->error = (struct feed_error){FEED_FAULT_COLUMN_COUNT, ""};
        return arena_check(arena);
    }
    TRY(feed_row_parse(&parser, fields, count, &item->row, &item->error));
    if (feed_kind_is_part(kind) && count > 2) {
        item->row.number = fields[1]; /* of a refused row too: its unit is refused with it */
        item->line_number = small_number(fields[2]);
    }
    return kind == FEED_CARDS && item->error.fault == FEED_FAULT_NONE ? take_photo(import, item)
                                                                      : STATUS_OK;
}

static status take_record(struct sorted_import *import, struct import_batch *batch,
                          const struct sorted_record *record)
{
    struct owner owner;
    memcpy(owner.bytes, record->key, OWNER_BYTES);
    struct batch_item *item = import_batch_add(batch, owner);
    if (item == NULL) {
        return FAIL(ARENA_FULL);
    }
    uint64_t where = get_be64(record->payload.ptr + 1);
    item->file = record->payload.ptr[0];
    item->line = where & ((1ULL << 60) - 1);
    item->item.error = (struct feed_error){fault_of(where >> 60), ""};
    item->raw = arena_copy(&batch->arena, bytes_skip(record->payload, PAYLOAD_HEAD));
    batch->payload_bytes += item->raw.len;
    TRY(parse_item(import, &batch->arena, item));
    batch->payload_bytes += item->item.photo.data.len;
    return arena_check(&batch->arena);
}

static bool same_owner(const struct import_batch *batch, const uint8_t *key)
{
    return batch->group_count > 0 &&
           memcmp(batch->groups[batch->group_count - 1].owner.bytes, key, OWNER_BYTES) == 0;
}

/* Whole members until the batch is full; RECORD is the next one, KEY NULL at the end. */
static status fill_batch(struct sorted_import *import, struct import_batch *batch,
                         struct sorted_record *record)
{
    uint32_t most = import->import->batch_rows > 0 ? import->import->batch_rows
                                                   : (uint32_t)BATCH_ROWS;
    import_batch_begin(batch);
    while (record->key != NULL && ((batch->count < most && batch->payload_bytes < BATCH_BYTES) ||
                                   same_owner(batch, record->key))) {
        TRY(take_record(import, batch, record));
        import->taken++;
        TRY(external_sort_next(import->sort, record));
    }
    batch->last = record->key == NULL;
    return STATUS_OK;
}

/* Past what a killed import committed. */
static status skip_committed(struct sorted_import *import, struct sorted_record *record)
{
    TRY(external_sort_next(import->sort, record));
    while (import->resumes && record->key != NULL &&
           memcmp(record->key, import->last_owner.bytes, OWNER_BYTES) <= 0) {
        import->taken++;
        TRY(external_sort_next(import->sort, record));
    }
    return STATUS_OK;
}

static uint64_t rows_done(const struct sorted_import *import)
{
    uint64_t rows = 0;
    for (size_t i = 0; i < import->file_count; i++) {
        rows += import->files[i].totals.rows;
    }
    return rows;
}

/* Photos are shared by the batches under way: they are forgotten when none is. */
static status trim_photos(struct sorted_import *import)
{
    if (import->photos == NULL || import->photos->arena.used < PHOTO_CACHE_BYTES) {
        return STATUS_OK;
    }
    for (size_t i = 0; i < 2; i++) {
        TRY(import_batch_wait(&import->batches_of[i]));
    }
    photo_files_trim(import->photos);
    return STATUS_OK;
}

static status load(struct sorted_import *import)
{
    struct sorted_record record;
    TRY(skip_committed(import, &record));
    for (bool more = true; more; import->batches++) {
        struct import_batch *batch = &import->batches_of[import->batches % 2];
        struct import_batch *before = &import->batches_of[(import->batches + 1) % 2];
        TRY(trim_photos(import));
        TRY(fill_batch(import, batch, &record));
        TRY(import_batch_wait(before));
        TRY(import_batch_submit(batch, import->import->writer));
        more = !batch->last;
        if (import->batches % FORGET_BATCHES == 0) {
            db_forget_pages(import->import->db);
        }
        progress_tick(&import->progress, import->taken,
                      (uint32_t)(import->taken * 1000 / (import->rows > 0 ? import->rows : 1)));
        if (import->batches + 1 == import->import->batches_max) {
            break;
        }
    }
    TRY(import_batch_wait(&import->batches_of[0]));
    return import_batch_wait(&import->batches_of[1]);
}

/* --- the import --- */

static status load_sorted(struct sorted_import *import)
{
    const uint64_t before = db_used_bytes(import->import->db);
    progress_init(&import->progress, import->import->clock, "all", import->import->quiet);
    for (size_t i = 0; i < 2; i++) {
        import_batch_init(&import->batches_of[i], commit_batch, import);
        import->batches_of[i].issuer = import->import->issuer;
    }
    status s = load(import);
    for (size_t i = 0; i < 2; i++) {
        (void)import_batch_wait(&import->batches_of[i]); /* after a failure one may be under way */
        import_batch_fini(&import->batches_of[i]);
    }
    if (db_used_bytes(import->import->db) / 2 >= before) {
        db_forget_cache(
            import->import
                ->db); /* mostly new, and in memory page by page: hayatd reads it anew, in large ones */
    }
    progress_finish(&import->progress, rows_done(import), ", stored");
    return s;
}

static status run_import(struct sorted_import *import)
{
    TRY(sort_files(import));
    TRY(read_state(import));
    TRY(open_quarantines(import));
    status s = load_sorted(import);
    for (size_t i = 0; i < import->file_count; i++) {
        quarantine_close(&import->quarantines[i]);
        import->files[i].totals.done = ok(s) && import->import->batches_max == 0;
    }
    return s;
}

static const char *photos_beside(const struct sorted_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (files[i].kind == FEED_CARDS) {
            return files[i].path;
        }
    }
    return NULL;
}

status import_sorted(const struct sorted_options *options, struct sorted_file *files, size_t count)
{
    assert(count <= SORTED_FILES_MAX);
    DEFER(defer_free) struct sorted_import *import = calloc(1, sizeof *import);
    DEFER(defer_free) struct photo_files *photos = calloc(1, sizeof *photos);
    if (import == NULL || photos == NULL) {
        return FAIL(ARENA_FULL);
    }
    import->options = options;
    import->import = options->import;
    import->files = files;
    import->file_count = count;
    const char *cards = photos_beside(files, count);
    if (cards != NULL) {
        TRY(photo_files_init(photos, cards));
        import->photos = photos;
    }
    size_t memory = options->memory_bytes > 0 ? options->memory_bytes : (size_t)SORT_MEMORY_DEFAULT;
    status s = external_sort_open(options->directory, memory, &import->sort);
    if (ok(s)) {
        s = run_import(import);
    }
    external_sort_close(import->sort);
    if (cards != NULL) {
        photo_files_fini(photos);
    }
    return s;
}
