#include "storage/reseal.h"

#include <string.h>

#include "base/limits.h"
#include "base/wipe.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/cell_io.h"
#include "storage/cursor.h"
#include "storage/document_key.h"
#include "storage/erasure_store.h"
#include "storage/record.h"

bool reseal_applies(enum key_domain domain)
{
    return (domain >= DOMAIN_IDENTITY && domain <= DOMAIN_SYSTEM) || domain == DOMAIN_BANK;
}

/* Chunks are sealed with their document's own key, which stays. */
static bool is_sealed_by(const struct table_info *table, enum key_domain domain)
{
    return table->domain == domain && table->record != NULL;
}

/* --- the row --- */

static struct cell row_cell(enum key_domain domain)
{
    return cell_of(TABLE_reseal, key_u32(key_empty(), (uint32_t)domain));
}

status reseal_get(struct txn *txn, enum key_domain domain, reseal_row **ret_row)
{
    struct cell cell = row_cell(domain);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_row = (reseal_row *)record;
    return STATUS_OK;
}

/* --- one record --- */

static struct cell cell_at(const struct cursor *at)
{
    struct cell cell = {.table = at->table, .key = key_bytes(key_empty(), at->key)};
    if (table_info(at->table)->of_member) {
        memcpy(cell.owner.bytes, at->key.ptr, OWNER_BYTES);
    }
    return cell;
}

static status wrapped_epoch(struct txn *txn, bytes plain, uint32_t *ret_epoch,
                            Hayat__Store__V1__StoredDocument **ret_document)
{
    ProtobufCMessage *record;
    TRY(record_unpack(txn->arena, TABLE_document, plain, &record));
    *ret_document = (Hayat__Store__V1__StoredDocument *)record;
    if ((*ret_document)->wrapped_key.len == 0) {
        *ret_epoch = 0; /* destroyed with its document */
        return STATUS_OK;
    }
    return seal_cell_epoch(
        bytes_of((*ret_document)->wrapped_key.data, (*ret_document)->wrapped_key.len), ret_epoch);
}

/* To a document from before there were leaves, so that it can be erased, too. */
static status give_leaf(struct txn *txn, Hayat__Store__V1__StoredDocument *document,
                        struct document_name *name)
{
    if (name->leaf == 0 && txn->db->keys->erasure != NULL) {
        TRY(erasure_store_take_leaf(txn, HALF_KEPT, &name->leaf));
        document->leaf = name->leaf;
    }
    return STATUS_OK;
}

/* The same key, wrapped by the current epoch, in place. */
static status wrap_anew(struct txn *txn, const struct cell *cell,
                        Hayat__Store__V1__StoredDocument *document)
{
    struct document_name name = {.owner = cell->owner, .leaf = document->leaf};
    struct seal_key key;
    memcpy(name.id.bytes, cell->key.bytes + OWNER_BYTES, ID_BYTES);
    bytes wrapped = bytes_of(document->wrapped_key.data, document->wrapped_key.len);
    status s = document_key_unwrap(txn->db->keys, &name, wrapped, &key);
    if (s.why == REASON_DOCUMENT_ERASED) {
        document->wrapped_key.len = 0; /* there is nothing to wrap: retention drops the rest */
        return STATUS_OK;
    }
    TRY(s);
    s = give_leaf(txn, document, &name);
    if (ok(s)) {
        s = document_key_wrap(txn->db->keys, &name, txn->random, &key, document->wrapped_key.data);
    }
    wipe(&key, sizeof key);
    return s;
}

/* --- a step --- */

struct step {
    struct txn *txn;
    enum key_domain domain;
    uint32_t epoch; /* the one to move to */
    uint32_t looks, moves;
    size_t moved_bytes;
};

static bool has_room(const struct step *step)
{
    return step->looks < LIMIT_RESEAL_LOOKS && step->moves < LIMIT_RESEAL_MOVES &&
           step->moved_bytes < LIMIT_RESEAL_BYTES;
}

static status move_document(struct step *step, const struct cell *cell, uint32_t epoch, bytes plain)
{
    Hayat__Store__V1__StoredDocument *document;
    uint32_t wrapped;
    TRY(wrapped_epoch(step->txn, plain, &wrapped, &document));
    if (epoch == step->epoch && (wrapped == step->epoch || wrapped == 0)) {
        return STATUS_OK;
    }
    if (wrapped != step->epoch && wrapped != 0) {
        TRY(wrap_anew(step->txn, cell, document));
    }
    step->moves++;
    step->moved_bytes += plain.len;
    return table_put_record(step->txn, cell, &document->base);
}

/* Puts the record again as it is: the writer seals it with the current epoch. */
static status look_at(struct step *step, const struct cursor *at)
{
    uint32_t epoch;
    bytes plain;
    struct cell cell = cell_at(at);
    step->looks++;
    TRY(seal_cell_epoch(at->cell, &epoch));
    if (at->table != TABLE_document && epoch == step->epoch) {
        return STATUS_OK;
    }
    TRY(cell_open_into(step->txn, &cell, at->cell, &plain));
    if (at->table == TABLE_document) {
        return move_document(step, &cell, epoch, plain);
    }
    step->moves++;
    step->moved_bytes += plain.len;
    return table_put(step->txn, &cell, plain);
}

/* From *AFTER on, as far as the step has room; *AFTER becomes the last key seen, *ret_end that there was no more. */
static status walk(struct step *step, struct cursor *at, struct key *after, bool *ret_end)
{
    bytes from = key_view(after);
    TRY(cursor_seek(at, from));
    if (at->found && from.len > 0 && bytes_equal(at->key, from)) {
        TRY(cursor_next(at));
    }
    while (at->found && has_room(step)) {
        TRY(look_at(step, at));
        *after = key_bytes(key_empty(), at->key);
        TRY(cursor_next(at));
    }
    *ret_end = !at->found;
    return STATUS_OK;
}

static status walk_table(struct step *step, enum table_id table, struct key *after, bool *ret_end)
{
    struct cursor at;
    TRY(cursor_open(step->txn, table, &at));
    status s = walk(step, &at, after, ret_end);
    cursor_close(&at);
    return s;
}

/* The tables of the domain in the list's order, which is not that of their numbers, from ROW's on. */
static status walk_tables(struct step *step, reseal_row *row, struct key *after, bool *ret_more)
{
    bool reached = row->table == 0;
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        bool resumes = (uint32_t)table->id == row->table;
        reached = reached || resumes;
        if (!reached || !is_sealed_by(table, step->domain)) {
            continue;
        }
        bool end = false;
        *after = resumes ? *after : key_empty();
        row->table = (uint32_t)table->id;
        TRY(walk_table(step, table->id, after, &end));
        if (!end) {
            *ret_more = true;
            return STATUS_OK;
        }
    }
    *ret_more = false;
    return STATUS_OK;
}

/* The row of the work to the current epoch: the one there is, or one that begins it. */
static status load_work(struct txn *txn, enum key_domain domain, uint32_t epoch, reseal_row *row,
                        struct key *after)
{
    reseal_row *stored;
    *after = key_empty();
    status s = reseal_get(txn, domain, &stored);
    if (ok(s) && stored->epoch == epoch) {
        *row = *stored;
        *after = key_bytes(key_empty(), bytes_of(stored->after.data, stored->after.len));
        return STATUS_OK;
    }
    TRY(ok(s) || s.why == REASON_NOT_FOUND ? STATUS_OK : s);
    hayat__store__v1__stored_reseal__init(row);
    row->epoch = epoch;
    row->start_ms = txn_now_ms(txn);
    return STATUS_OK;
}

static status run_work(struct step *step, reseal_row *row, struct key *after, bool *ret_more)
{
    TRY(walk_tables(step, row, after, ret_more));
    row->moved += step->moves;
    row->after = (ProtobufCBinaryData){after->len, after->bytes};
    if (!*ret_more) {
        row->end_ms = txn_now_ms(step->txn);
    }
    struct cell cell = row_cell(step->domain);
    return table_put_record(step->txn, &cell, &row->base);
}

status reseal_step(struct txn *txn, enum key_domain domain, bool *ret_more)
{
    struct step step = {.txn = txn, .domain = domain, .epoch = txn->db->keys->current[domain]};
    reseal_row row;
    struct key after;
    *ret_more = false;
    if (step.epoch <= 1) {
        return STATUS_OK; /* never rotated */
    }
    TRY(load_work(txn, domain, step.epoch, &row, &after));
    return row.end_ms != 0 ? STATUS_OK : run_work(&step, &row, &after, ret_more);
}

/* --- counting --- */

struct count {
    struct db *db;
    struct arena arena;
    uint32_t epoch;
    uint64_t found;
};

static status count_one(struct count *count, struct txn *txn, const struct cursor *at)
{
    uint32_t epoch, wrapped;
    bytes plain;
    Hayat__Store__V1__StoredDocument *document;
    TRY(seal_cell_epoch(at->cell, &epoch));
    count->found += epoch == count->epoch ? 1 : 0;
    if (at->table != TABLE_document) {
        return STATUS_OK;
    }
    struct cell cell = cell_at(at);
    TRY(cell_open_into(txn, &cell, at->cell, &plain));
    TRY(wrapped_epoch(txn, plain, &wrapped, &document));
    count->found += wrapped == count->epoch ? 1 : 0;
    return STATUS_OK;
}

static status count_some(struct count *count, struct cursor *at, struct key *after, bool *ret_more)
{
    TRY(cursor_seek(at, key_view(after)));
    if (at->found && after->len > 0 && bytes_equal(at->key, key_view(after))) {
        TRY(cursor_next(at));
    }
    for (uint32_t n = 0; at->found && n < LIMIT_CHECK_STEP_CELLS; n++) {
        TRY(count_one(count, at->txn, at));
        *after = key_bytes(key_empty(), at->key);
        TRY(cursor_next(at));
    }
    *ret_more = at->found;
    return STATUS_OK;
}

static status count_in_read(struct count *count, enum table_id table, struct key *after,
                            bool *ret_more)
{
    struct txn *txn;
    struct cursor at;
    arena_reset(&count->arena, LIMIT_CHECK_ARENA_BYTES);
    TRY(txn_begin_read(count->db, &count->arena, &txn));
    status s = cursor_open(txn, table, &at);
    if (ok(s)) {
        s = count_some(count, &at, after, ret_more);
        cursor_close(&at);
    }
    txn_end_read(txn);
    return s;
}

static status count_table(struct count *count, enum table_id table)
{
    struct key after = key_empty();
    bool more = true;
    while (more) {
        TRY(count_in_read(count, table, &after, &more));
    }
    return STATUS_OK;
}

static status count_tables(struct count *count, enum key_domain domain)
{
    for (size_t i = 0; i < table_info_count; i++) {
        if (is_sealed_by(&table_infos[i], domain)) {
            TRY(count_table(count, table_infos[i].id));
        }
    }
    return STATUS_OK;
}

status reseal_count(struct db *db, enum key_domain domain, uint32_t epoch, uint64_t *ret_count)
{
    struct count count = {.db = db, .epoch = epoch};
    arena_init(&count.arena, LIMIT_CHECK_ARENA_BYTES);
    status s = count_tables(&count, domain);
    arena_fini(&count.arena);
    *ret_count = count.found;
    return s;
}
