/*
 * An entry is, big-endian:
 *   order i64 · id 16 · change u64 · update ms i64 · first care, last care, payment days i32 each ·
 *   length of the wire bytes u32 · state u8 · beneficiary u8 · 2 zero bytes
 * All pages of the member are read for a put: almost every member has one or two.
 */
#include "storage/summary_pages.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "hayat/store/v1/claims.pb-c.h"
#include "storage/db.h"
#include "storage/record.h"

enum {
    ENTRY_BYTES = 8 + ID_BYTES + 8 + 8 + 4 + 4 + 4 + 4 + 4,
    TAG = 0x0A, /* field 1, length-delimited */
    PREFIX_MAX = 1 + 5,
    PAGE_STEP = 1024, /* between numbers: a page can be divided ten times */
    PAGES_MAX = LIMIT_SUMMARIES_PER_MEMBER / (SUMMARY_PAGE_MAX / 2) + 2,
};

/* --- one page --- */

/* > 0 when A is newer. */
static int compare_places(int64_t order_a, const struct id *a, int64_t order_b, const struct id *b)
{
    if (order_a != order_b) {
        return order_a > order_b ? 1 : -1;
    }
    return memcmp(a->bytes, b->bytes, ID_BYTES);
}

static int compare_summaries(const struct summary *a, const struct summary *b)
{
    return compare_places(a->order, &a->id, b->order, &b->id);
}

static void decode_entry(const uint8_t *in, struct summary *out, uint32_t *ret_wire_len)
{
    out->order = (int64_t)get_be64(in);
    memcpy(out->id.bytes, in + 8, ID_BYTES);
    in += 8 + ID_BYTES;
    out->change = get_be64(in);
    out->update_ms = (int64_t)get_be64(in + 8);
    out->first_care_days = (int32_t)get_be32(in + 16);
    out->last_care_days = (int32_t)get_be32(in + 20);
    out->payment_days = (int32_t)get_be32(in + 24);
    *ret_wire_len = get_be32(in + 28);
    out->state = in[32];
    out->beneficiary_seq = in[33];
}

static void encode_entry(const struct summary *summary, uint8_t *out)
{
    put_be64(out, (uint64_t)summary->order);
    memcpy(out + 8, summary->id.bytes, ID_BYTES);
    out += 8 + ID_BYTES;
    put_be64(out, summary->change);
    put_be64(out + 8, (uint64_t)summary->update_ms);
    put_be32(out + 16, (uint32_t)summary->first_care_days);
    put_be32(out + 20, (uint32_t)summary->last_care_days);
    put_be32(out + 24, (uint32_t)summary->payment_days);
    put_be32(out + 28, (uint32_t)summary->wire.len);
    out[32] = summary->state;
    out[33] = summary->beneficiary_seq;
    out[34] = out[35] = 0;
}

/* WIRE is TAG, a varint and so many bytes. */
static bool take_view(bytes wire, bytes *ret_view)
{
    size_t at = 1, length = 0;
    if (wire.len < 2 || wire.ptr[0] != TAG) {
        return false;
    }
    for (unsigned shift = 0; at < wire.len && at < PREFIX_MAX; shift += 7) {
        uint8_t byte = wire.ptr[at++];
        length |= (size_t)(byte & 0x7F) << shift;
        if (byte < 0x80) {
            *ret_view = bytes_of(wire.ptr + at, length);
            return at + length == wire.len;
        }
    }
    return false;
}

static size_t encode_prefix(size_t length, uint8_t out[PREFIX_MAX])
{
    size_t at = 0;
    out[at++] = TAG;
    for (; length >= 0x80; length >>= 7) {
        out[at++] = (uint8_t)(length | 0x80);
    }
    out[at++] = (uint8_t)length;
    return at;
}

/* A page being read, newest first. */
struct reader {
    const uint8_t *entry; /* the next one */
    uint32_t left;
    bytes views;                 /* of those left */
    const struct summary *newer; /* the one before, or NULL */
};

static status begin_page(const ProtobufCMessage *message, struct reader *ret_reader,
                         struct summary_head *ret_head)
{
    assert(message->descriptor == &hayat__store__v1__stored_summary_page__descriptor);
    const Hayat__Store__V1__StoredSummaryPage *record =
        (const Hayat__Store__V1__StoredSummaryPage *)(const void *)message;
    size_t count = record->entries.len / ENTRY_BYTES;
    if (record->entries.len % ENTRY_BYTES != 0 || count == 0 || count > SUMMARY_PAGE_MAX) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_head = (struct summary_head){record->last_change, record->count};
    *ret_reader = (struct reader){.entry = record->entries.data,
                                  .left = (uint32_t)count,
                                  .views = bytes_of(record->views.data, record->views.len)};
    return STATUS_OK;
}

/* SUMMARY must stay until the next one was read. */
static status next_summary(struct reader *reader, struct summary *summary)
{
    uint32_t length;
    decode_entry(reader->entry, summary, &length);
    summary->wire = bytes_head(reader->views, length);
    reader->views = bytes_skip(reader->views, length);
    reader->entry += ENTRY_BYTES;
    reader->left--;
    bool follows = reader->newer == NULL || compare_summaries(reader->newer, summary) > 0;
    bool ends_well = reader->left > 0 || reader->views.len == 0;
    reader->newer = summary;
    return summary->wire.len == length && take_view(summary->wire, &summary->view) && follows &&
                   ends_well
               ? STATUS_OK
               : FAIL(STORE_CORRUPT);
}

static status decode_page(const ProtobufCMessage *record, struct summary_page *page)
{
    struct reader reader;
    TRY(begin_page(record, &reader, &page->head));
    page->count = reader.left;
    for (uint32_t i = 0; i < page->count; i++) {
        TRY(next_summary(&reader, &page->summaries[i]));
    }
    return STATUS_OK;
}

status summary_page_decode(struct arena *arena, const ProtobufCMessage *record,
                           struct summary_page *ret_page)
{
    (void)arena;
    return decode_page(record, ret_page);
}

static struct cell cell_of_page(struct summary_list list, uint32_t number)
{
    return cell_of_owner(list.table, list.owner, key_u32(key_owner(list.owner), number));
}

static struct scan newest_first(struct summary_list list)
{
    assert(list.table == TABLE_claim_page || list.table == TABLE_prior_authorization_page);
    return (struct scan){
        .table = list.table, .owner = list.owner, .prefix = key_owner(list.owner), .reverse = true};
}

/* --- reading --- */

struct walk {
    const struct summary_place *after;
    summary_visit *visit;
    void *ctx;
    status result;
};

static bool is_after(const struct summary *summary, const struct summary_place *after)
{
    return after == NULL ||
           compare_places(summary->order, &summary->id, after->order, &after->id) < 0;
}

/* No further than the visitor wants: of the page's last summaries a list shows none. */
static bool walk_page(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    struct walk *walk = ctx;
    struct reader reader;
    struct summary_head unused;
    struct summary two[2]; /* the reader compares neighbours */
    walk->result = begin_page(record, &reader, &unused);
    while (ok(walk->result) && reader.left > 0) {
        struct summary *summary = &two[reader.left % 2];
        walk->result = next_summary(&reader, summary);
        if (ok(walk->result) && is_after(summary, walk->after) &&
            !walk->visit(walk->ctx, summary)) {
            return false;
        }
    }
    return ok(walk->result);
}

status summary_pages_walk(struct txn *txn, struct summary_list list,
                          const struct summary_place *after, summary_visit *visit, void *ctx)
{
    struct walk walk = {.after = after, .visit = visit, .ctx = ctx, .result = STATUS_OK};
    struct scan scan = newest_first(list);
    TRY(table_scan(txn, &scan, walk_page, &walk));
    return walk.result;
}

static bool read_head(void *ctx, struct key key, const ProtobufCMessage *record)
{
    (void)key;
    const Hayat__Store__V1__StoredSummaryPage *page =
        (const Hayat__Store__V1__StoredSummaryPage *)(const void *)record;
    *(struct summary_head *)ctx = (struct summary_head){page->last_change, page->count};
    return false;
}

status summary_pages_head(struct txn *txn, struct summary_list list, struct summary_head *ret_head)
{
    struct scan scan = newest_first(list);
    *ret_head = (struct summary_head){0};
    return table_scan(txn, &scan, read_head, ret_head);
}

/* --- writing --- */

struct leaf {
    uint32_t number;
    uint32_t count;
    bool dirty;
    struct summary *summaries; /* room for one more than a page holds, while a page is divided */
};

/* All pages of one member, newest first. */
struct pages {
    struct txn *txn;
    struct summary_list list;
    struct summary_head head;
    struct leaf leaves[PAGES_MAX];
    size_t count;
    status result;
};

static status new_leaf(struct pages *pages, size_t at, uint32_t number)
{
    struct summary *summaries = arena_array(txn_arena(pages->txn), SUMMARY_PAGE_MAX + 1,
                                            sizeof *summaries);
    if (summaries == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (pages->count == PAGES_MAX) {
        return FAIL(OVERLOADED);
    }
    memmove(&pages->leaves[at + 1], &pages->leaves[at],
            (pages->count - at) * sizeof(pages->leaves[0]));
    pages->leaves[at] = (struct leaf){.number = number, .dirty = true, .summaries = summaries};
    pages->count++;
    return STATUS_OK;
}

static bool load_page(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct pages *pages = ctx;
    struct summary_page *page = arena_alloc(txn_arena(pages->txn), sizeof *page);
    pages->result = page == NULL ? FAIL(ARENA_FULL) : decode_page(record, page);
    if (ok(pages->result)) {
        pages->result = new_leaf(pages, pages->count, get_be32(key.bytes + OWNER_BYTES));
    }
    if (!ok(pages->result)) {
        return false;
    }
    struct leaf *leaf = &pages->leaves[pages->count - 1];
    leaf->dirty = false;
    leaf->count = page->count;
    memcpy(leaf->summaries, page->summaries, page->count * sizeof(page->summaries[0]));
    if (pages->count == 1) {
        pages->head = page->head;
    }
    return true;
}

static status load(struct pages *pages)
{
    struct scan scan = newest_first(pages->list);
    TRY(table_scan(pages->txn, &scan, load_page, pages));
    return pages->result;
}

/* The leaf where SUMMARY is or belongs: the first whose oldest is not newer. */
static size_t leaf_for(const struct pages *pages, const struct summary *summary)
{
    size_t at = 0;
    while (at + 1 < pages->count) {
        const struct leaf *leaf = &pages->leaves[at];
        if (compare_summaries(&leaf->summaries[leaf->count - 1], summary) <= 0) {
            break;
        }
        at++;
    }
    return at;
}

/* The place in the leaf: of SUMMARY itself, or of the first older one. */
static uint32_t place_in(const struct leaf *leaf, const struct summary *summary)
{
    uint32_t at = 0;
    while (at < leaf->count && compare_summaries(&leaf->summaries[at], summary) > 0) {
        at++;
    }
    return at;
}

static status erase_page(struct pages *pages, uint32_t number)
{
    struct cell cell = cell_of_page(pages->list, number);
    return table_delete(pages->txn, &cell);
}

static status take_out(struct pages *pages, const struct summary *old)
{
    if (pages->count == 0) {
        return FAIL(STORE_CORRUPT); /* invariant 3 */
    }
    size_t leaf_at = leaf_for(pages, old);
    struct leaf *leaf = &pages->leaves[leaf_at];
    uint32_t at = place_in(leaf, old);
    if (at == leaf->count || compare_summaries(&leaf->summaries[at], old) != 0) {
        return FAIL(STORE_CORRUPT);
    }
    memmove(&leaf->summaries[at], &leaf->summaries[at + 1],
            (leaf->count - at - 1) * sizeof(leaf->summaries[0]));
    leaf->count--;
    leaf->dirty = true;
    if (leaf->count > 0) {
        return STATUS_OK;
    }
    TRY(erase_page(pages, leaf->number));
    pages->count--;
    memmove(leaf, leaf + 1, (pages->count - leaf_at) * sizeof(*leaf));
    return STATUS_OK;
}

/* No number is left between two pages: all get new ones. */
static status renumber(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        TRY(erase_page(pages, pages->leaves[i].number));
    }
    for (size_t i = 0; i < pages->count; i++) {
        pages->leaves[i].number = (uint32_t)(pages->count - i) * PAGE_STEP;
        pages->leaves[i].dirty = true;
    }
    return STATUS_OK;
}

/* A number for a page newer than the leaf AT and older than the one before it; 0 when there is none. */
static uint32_t number_before(const struct pages *pages, size_t at)
{
    uint32_t number = pages->leaves[at].number;
    if (at == 0) {
        return number > UINT32_MAX - PAGE_STEP ? 0 : number + PAGE_STEP;
    }
    uint32_t gap = pages->leaves[at - 1].number - number;
    return gap < 2 ? 0 : number + gap / 2;
}

/* The newest KEEP_NEWER summaries of an overfull leaf move to a new page before it. */
static status divide(struct pages *pages, size_t at, uint32_t keep_newer)
{
    if (number_before(pages, at) == 0) {
        TRY(renumber(pages));
    }
    TRY(new_leaf(pages, at, number_before(pages, at)));
    struct leaf *newer = &pages->leaves[at], *older = &pages->leaves[at + 1];
    newer->count = keep_newer;
    memcpy(newer->summaries, older->summaries, keep_newer * sizeof(older->summaries[0]));
    older->count -= keep_newer;
    older->dirty = true;
    memmove(older->summaries, older->summaries + keep_newer,
            older->count * sizeof(older->summaries[0]));
    return STATUS_OK;
}

static status put_in(struct pages *pages, const struct summary *summary)
{
    if (pages->count == 0) {
        TRY(new_leaf(pages, 0, PAGE_STEP));
    }
    size_t leaf_at = leaf_for(pages, summary);
    struct leaf *leaf = &pages->leaves[leaf_at];
    uint32_t at = place_in(leaf, summary);
    memmove(&leaf->summaries[at + 1], &leaf->summaries[at],
            (leaf->count - at) * sizeof(leaf->summaries[0]));
    leaf->summaries[at] = *summary;
    leaf->count++;
    leaf->dirty = true;
    if (leaf->count <= SUMMARY_PAGE_MAX) {
        return STATUS_OK;
    }
    /* Claims come in order of time: a full newest page stays full, the newcomer begins the next. */
    bool is_newest = leaf_at == 0 && at == 0;
    return divide(pages, leaf_at, is_newest ? 1 : SUMMARY_PAGE_MAX / 2);
}

static status make_wire(struct arena *arena, struct summary *summary)
{
    assert(summary->view.len <= LIMIT_SUMMARY_VIEW_BYTES);
    uint8_t *out = arena_alloc(arena, PREFIX_MAX + summary->view.len);
    if (out == NULL) {
        return FAIL(ARENA_FULL);
    }
    size_t prefix = encode_prefix(summary->view.len, out);
    if (summary->view.len > 0) {
        memcpy(out + prefix, summary->view.ptr, summary->view.len);
    }
    summary->wire = bytes_of(out, prefix + summary->view.len);
    return STATUS_OK;
}

static status write_leaf(struct pages *pages, const struct leaf *leaf, bool newest)
{
    size_t views = 0;
    for (uint32_t i = 0; i < leaf->count; i++) {
        views += leaf->summaries[i].wire.len;
    }
    size_t entries = (size_t)leaf->count * ENTRY_BYTES;
    uint8_t *out = arena_alloc(txn_arena(pages->txn), entries + views);
    if (out == NULL) {
        return FAIL(ARENA_FULL);
    }
    size_t at = entries;
    for (uint32_t i = 0; i < leaf->count; i++) {
        const struct summary *summary = &leaf->summaries[i];
        encode_entry(summary, out + (size_t)i * ENTRY_BYTES);
        memcpy(out + at, summary->wire.ptr, summary->wire.len);
        at += summary->wire.len;
    }
    Hayat__Store__V1__StoredSummaryPage page = HAYAT__STORE__V1__STORED_SUMMARY_PAGE__INIT;
    page.entries = (ProtobufCBinaryData){entries, out};
    page.views = (ProtobufCBinaryData){views, out + entries};
    if (newest) {
        page.last_change = pages->head.last_change;
        page.count = pages->head.count;
    }
    struct cell cell = cell_of_page(pages->list, leaf->number);
    return table_put_record(pages->txn, &cell, &page.base);
}

static status write_pages(struct pages *pages)
{
    for (size_t i = 0; i < pages->count; i++) {
        /* The second newest may have been the newest: then it is dirty, for its neighbour is new. */
        if (i == 0 || pages->leaves[i].dirty) {
            TRY(write_leaf(pages, &pages->leaves[i], i == 0));
        }
    }
    return STATUS_OK;
}

static status put_one(struct pages *pages, const struct summary_put *put, uint64_t change)
{
    struct summary summary = put->summary;
    summary.change = change;
    TRY(make_wire(txn_arena(pages->txn), &summary));
    if (put->exists) {
        struct summary old = {.order = put->old_order, .id = summary.id};
        TRY(take_out(pages, &old));
    } else {
        if (pages->head.count >= LIMIT_SUMMARIES_PER_MEMBER) {
            return FAIL(OVERLOADED);
        }
        pages->head.count++;
    }
    pages->head.last_change = change;
    return put_in(pages, &summary);
}

static status load_new(struct txn *txn, struct summary_list list, struct pages **ret_pages)
{
    struct pages *pages = arena_alloc(txn_arena(txn), sizeof *pages);
    if (pages == NULL) {
        return FAIL(ARENA_FULL);
    }
    memset(pages, 0, sizeof *pages);
    pages->txn = txn;
    pages->list = list;
    pages->result = STATUS_OK;
    TRY(load(pages));
    *ret_pages = pages;
    return STATUS_OK;
}

status summary_pages_put(struct txn *txn, struct summary_list list, const struct summary_put *puts,
                         size_t count, uint64_t first_change)
{
    struct pages *pages;
    if (count == 0) {
        return STATUS_OK;
    }
    TRY(load_new(txn, list, &pages));
    assert(first_change == pages->head.last_change + 1);
    for (size_t i = 0; i < count; i++) {
        TRY(put_one(pages, &puts[i], first_change + i));
    }
    return write_pages(pages);
}

status summary_pages_drop(struct txn *txn, struct summary_list list, struct id id, int64_t order)
{
    struct pages *pages;
    struct summary old = {.order = order, .id = id};
    TRY(load_new(txn, list, &pages));
    TRY(take_out(pages, &old));
    pages->head.count--;
    return write_pages(pages);
}
