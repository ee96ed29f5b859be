#include "storage/check.h"

#include <string.h>

#include "base/codec.h"
#include "base/wipe.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/cell_io.h"
#include "storage/check_summaries.h"
#include "storage/cursor.h"
#include "storage/document_key.h"
#include "storage/record.h"
#include "storage/txn.h"

enum { CHUNK_KEY_BYTES = OWNER_BYTES + ID_BYTES + 4 };

_Static_assert((int)CHECK_TABLES == (int)TABLE_SLOTS, "both bound table ids");

struct check {
    struct db *db;
    struct db_check_report *report;
    struct arena arena;
    struct txn *txn; /* of the running step */

    /* The document of the chunks being looked at: they lie side by side. */
    struct key document;
    status document_result;
    struct seal_key document_key;
    uint32_t chunk_count;

    struct key together; /* the owner whose rows of this table were looked at together */
};

static struct owner owner_in(bytes key)
{
    struct owner owner;
    memcpy(owner.bytes, key.ptr, OWNER_BYTES);
    return owner;
}

static void note_bad(struct check *check, const struct cursor *at, status result)
{
    struct db_check_report *report = check->report;
    report->bad_total++;
    if (report->bad_listed < LIMIT_CHECK_BAD) {
        report->bad[report->bad_listed++] = (struct check_bad){
            .table = at->table,
            .why = result.why,
            .key = key_bytes(key_empty(), bytes_head(at->key, LIMIT_KEY_BYTES)),
        };
    }
}

/* Whoever keeps a copy must know which keys it needs. */
static void note_epoch(struct check *check, enum key_domain domain, bytes sealed)
{
    uint32_t epoch = 0;
    if (ok(seal_cell_epoch(sealed, &epoch)) && epoch < SEAL_EPOCHS_MAX) {
        check->report->epochs[domain] |= 1U << epoch;
    }
}

static status read_document_key(struct check *check)
{
    bytes key = key_view(&check->document);
    struct cell cell = cell_of_owner(TABLE_document, owner_in(key), check->document);
    ProtobufCMessage *record = NULL;
    TRY(table_get_record(check->txn, &cell, &record));
    const Hayat__Store__V1__StoredDocument *document =
        (const Hayat__Store__V1__StoredDocument *)(const void *)record;
    struct document_name name = {.owner = cell.owner, .leaf = document->leaf};
    memcpy(name.id.bytes, key.ptr + OWNER_BYTES, ID_BYTES);
    check->chunk_count = document_chunk_count(document->size_bytes);
    bytes wrapped = bytes_of(document->wrapped_key.data, document->wrapped_key.len);
    return document_key_unwrap(check->db->keys, &name, wrapped, &check->document_key);
}

static status find_document(struct check *check, bytes chunk_key)
{
    bytes document = bytes_head(chunk_key, OWNER_BYTES + ID_BYTES);
    if (!bytes_equal(key_view(&check->document), document)) {
        check->document = key_bytes(key_empty(), document);
        check->document_result = read_document_key(check);
    }
    return check->document_result;
}

static status check_chunk(struct check *check, const struct cursor *at)
{
    if (at->key.len != CHUNK_KEY_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    status found = find_document(check, at->key);
    if (found.why == REASON_DOCUMENT_ERASED) {
        check->report->erased++; /* waits to be dropped */
        return STATUS_OK;
    }
    TRY(found);
    struct cell cell = cell_of_owner(TABLE_document_chunk, owner_in(at->key),
                                     key_bytes(key_empty(), at->key));
    cell.chunk_index = get_be32(at->key.ptr + OWNER_BYTES + ID_BYTES);
    cell.chunk_count = check->chunk_count;
    cell.document_key = &check->document_key;
    bytes plain;
    return cell_open_into(check->txn, &cell, at->cell, &plain);
}

static status check_record(struct check *check, const struct cursor *at)
{
    struct cell cell = {.table = at->table, .key = key_bytes(key_empty(), at->key)};
    if (table_info(at->table)->of_member) {
        if (at->key.len < OWNER_BYTES) {
            return FAIL(STORE_CORRUPT); /* SEC-A4: a member's row begins with its owner */
        }
        cell.owner = owner_in(at->key);
    }
    bytes plain;
    TRY(cell_open_into(check->txn, &cell, at->cell, &plain));
    note_epoch(check, table_info(at->table)->domain, at->cell);
    ProtobufCMessage *record = NULL;
    TRY(record_unpack(&check->arena, at->table, plain, &record));
    if (at->table == TABLE_document) {
        const Hayat__Store__V1__StoredDocument *document =
            (const Hayat__Store__V1__StoredDocument *)(const void *)record;
        note_epoch(check, DOMAIN_DOCUMENT,
                   bytes_of(document->wrapped_key.data, document->wrapped_key.len));
    }
    return STATUS_OK;
}

static status check_cell(struct check *check, const struct cursor *at)
{
    if (at->key.len > LIMIT_KEY_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    return table_info(at->table)->record == NULL ? check_chunk(check, at) : check_record(check, at);
}

/* Of a member's claims, and the like, together: at the first row of the member. */
static status check_together(struct check *check, const struct cursor *at)
{
    bytes owner = bytes_head(at->key, OWNER_BYTES);
    if (!check_has_summaries(at->table) || bytes_equal(owner, key_view(&check->together))) {
        return STATUS_OK;
    }
    check->together = key_bytes(key_empty(), owner);
    arena_reset(&check->arena, LIMIT_CHECK_ARENA_BYTES);
    return check_summaries(check->txn, at->table, owner_in(at->key));
}

static void look_at(struct check *check, const struct cursor *at)
{
    struct db_check_report *report = check->report;
    report->cells[at->table]++;
    report->cells_total++;
    report->bytes_total += at->cell.len;
    arena_reset(&check->arena, LIMIT_CHECK_ARENA_BYTES);
    status result = check_cell(check, at);
    if (ok(result)) {
        result = check_together(check, at);
    }
    if (!ok(result)) {
        note_bad(check, at, result);
    }
}

/* Cells after AFTER, as many as one step may take; AFTER becomes the last one seen. */
static status run_step(struct check *check, struct cursor *at, bytes *after, uint8_t *after_buffer)
{
    int64_t end_us = clock_mono_us(check->db->clock) + (int64_t)LIMIT_CHECK_STEP_MS * 1000;
    TRY(cursor_seek(at, *after));
    if (at->found && after->len > 0 && bytes_equal(at->key, *after)) {
        TRY(cursor_next(at));
    }
    for (uint32_t n = 0; at->found && n < LIMIT_CHECK_STEP_CELLS; n++) {
        look_at(check, at);
        memcpy(after_buffer, at->key.ptr, at->key.len);
        *after = bytes_of(after_buffer, at->key.len);
        TRY(cursor_next(at));
        if (clock_mono_us(check->db->clock) >= end_us) {
            break;
        }
    }
    return STATUS_OK;
}

static status step_table(struct check *check, enum table_id table, bytes *after,
                         uint8_t *after_buffer, bool *ret_more)
{
    TRY(txn_begin_read(check->db, &check->arena, &check->txn));
    check->document = key_empty(); /* its row may have changed since the last step */
    struct cursor at;
    status result = cursor_open(check->txn, table, &at);
    if (ok(result)) {
        result = run_step(check, &at, after, after_buffer);
        *ret_more = at.found;
        cursor_close(&at);
    }
    txn_end_read(check->txn);
    /* Nothing that was opened outlives the step: whoever is told of it may sleep. */
    wipe(&check->document_key, sizeof check->document_key);
    arena_reset(&check->arena, LIMIT_CHECK_ARENA_BYTES);
    return result;
}

static status check_table(struct check *check, enum table_id table, db_check_progress *progress,
                          void *ctx)
{
    uint8_t after_buffer[LIMIT_LMDB_KEY_BYTES];
    bytes after = {NULL, 0};
    bool more = true;
    check->together = key_empty();
    while (more) {
        TRY(step_table(check, table, &after, after_buffer, &more));
        if (progress != NULL && !progress(ctx, check->report)) {
            return FAIL(CANCELLED);
        }
    }
    return STATUS_OK;
}

static status check_tables(struct check *check, db_check_progress *progress, void *ctx)
{
    for (size_t i = 0; i < table_info_count; i++) {
        const enum table_id table = table_infos[i].id;
        status s = check_table(check, table, progress, ctx);
        if (s.why == REASON_STORE_CORRUPT) {
            /* LMDB lost its way: the table's rest cannot be seen. */
            note_bad(check, &(struct cursor){.table = table, .key = bytes_str("")}, s);
            continue;
        }
        TRY(s);
    }
    return check->report->bad_total == 0 ? STATUS_OK : FAIL(STORE_CORRUPT);
}

status db_check(struct db *db, db_check_progress *progress, void *ctx,
                struct db_check_report *ret_report)
{
    *ret_report = (struct db_check_report){0};
    struct check check = {.db = db, .report = ret_report};
    arena_init(&check.arena, LIMIT_CHECK_ARENA_BYTES);
    status result = check_tables(&check, progress, ctx);
    arena_fini(&check.arena);
    return result;
}
