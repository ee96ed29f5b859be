#include "service/summary_list.h"

#include <sodium.h>

#include "base/codec.h"
#include "service/message.h"
#include "service/page_token.h"
#include "service/splice.h"
#include "storage/member_store.h"

/* --- filters --- */

struct summary_filter summary_filter_all(void)
{
    return (struct summary_filter){.beneficiary_seq = ANYBODY,
                                   .care_from = INT64_MIN,
                                   .care_to = INT64_MAX,
                                   .paid_from = INT64_MIN,
                                   .paid_to = INT64_MAX,
                                   .updated_since_ms = INT64_MIN};
}

enum { STATE_BITS = 32, UNKNOWN_STATE_BIT = 31 };

void summary_filter_states(struct summary_filter *filter, const int32_t *states, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool known = states[i] > 0 && states[i] < UNKNOWN_STATE_BIT;
        filter->states |= 1U << (known ? states[i] : UNKNOWN_STATE_BIT);
    }
}

status summary_filter_beneficiary(struct rpc *rpc, struct summary_filter *filter, const char *text)
{
    struct beneficiary_list list;
    struct id id, other;
    if (text[0] == '\0') {
        return STATUS_OK;
    }
    if (!id_parse(bytes_str(text), "ben", &id)) {
        return FAIL(NOT_FOUND);
    }
    TRY(member_store_list_beneficiaries(rpc->txn, rpc->principal->owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        if (id_of_binary(list.rows[i].record->beneficiary_id, &other) &&
            memcmp(id.bytes, other.bytes, ID_BYTES) == 0) {
            filter->beneficiary_seq = (int32_t)list.rows[i].seq;
            return STATUS_OK;
        }
    }
    return FAIL(NOT_FOUND);
}

status summary_filter_day(struct rpc *rpc, const char *path, const Google__Type__Date *date,
                          int64_t *ret_day)
{
    if (date == NULL) {
        return STATUS_OK;
    }
    struct date day = {date->year, date->month, date->day};
    if (!date_valid(day)) {
        rpc_violation(rpc, path, "must be a date with year, month and day");
        return FAIL(INVALID_FIELD);
    }
    *ret_day = date_to_days(day);
    return STATUS_OK;
}

void summary_filter_since(struct summary_filter *filter, const Google__Protobuf__Timestamp *time)
{
    const int64_t most = INT64_MAX / 1000 - 1;
    if (time != NULL && time->seconds > -most && time->seconds < most) {
        filter->updated_since_ms = time->seconds * 1000 + time->nanos / 1000000;
    }
}

/* A summary without the day that is asked for does not match. */
static bool is_between(int64_t first, int64_t last, int64_t from, int64_t to)
{
    bool open = from == INT64_MIN && to == INT64_MAX;
    return open || (last != 0 && last >= from && first <= to);
}

bool summary_filter_matches(const struct summary_filter *filter, const struct summary *summary)
{
    bool state = filter->states == 0 ||
                 (summary->state < STATE_BITS && (filter->states >> summary->state & 1) != 0);
    bool somebody = filter->beneficiary_seq == ANYBODY ||
                    summary->beneficiary_seq == (uint8_t)filter->beneficiary_seq;
    int64_t last_care = summary->last_care_days != 0 ? summary->last_care_days
                                                     : summary->first_care_days;
    return state && somebody && summary->update_ms >= filter->updated_since_ms &&
           is_between(summary->first_care_days, last_care, filter->care_from, filter->care_to) &&
           is_between(summary->payment_days, summary->payment_days, filter->paid_from,
                      filter->paid_to);
}

/* --- tokens --- */

enum { FILTER_HASH = 8, PLACE_BYTES = FILTER_HASH + 8 + ID_BYTES, FILTER_NUMBERS = 7 };
_Static_assert((int)FILTER_HASH == (int)crypto_shorthash_BYTES, "a filter's hash is a short hash");

/* Tells a filter from another, under a token's seal: nobody gains by two that look alike. */
static void filter_hash(const struct summary_filter *filter, uint8_t ret_hash[FILTER_HASH])
{
    static const uint8_t key[crypto_shorthash_KEYBYTES];
    const int64_t numbers[FILTER_NUMBERS] = {
        filter->states,    filter->beneficiary_seq, filter->care_from,        filter->care_to,
        filter->paid_from, filter->paid_to,         filter->updated_since_ms,
    };
    uint8_t in[8 * FILTER_NUMBERS];
    for (size_t i = 0; i < FILTER_NUMBERS; i++) {
        put_be64(in + 8 * i, (uint64_t)numbers[i]);
    }
    (void)crypto_shorthash(ret_hash, in, sizeof in, key);
}

static status read_place(struct rpc *rpc, const struct summary_query *query,
                         struct summary_place *ret_place, bool *ret_found)
{
    struct page_cursor cursor;
    uint8_t hash[FILTER_HASH];
    TRY(page_token_read(rpc, query->method, query->page_token, &cursor));
    *ret_found = cursor.len > 0;
    if (cursor.len == 0) {
        return STATUS_OK;
    }
    filter_hash(&query->filter, hash);
    if (cursor.len != PLACE_BYTES || memcmp(hash, cursor.bytes, FILTER_HASH) != 0) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    ret_place->order = (int64_t)get_be64(cursor.bytes + FILTER_HASH);
    memcpy(ret_place->id.bytes, cursor.bytes + FILTER_HASH + 8, ID_BYTES);
    return STATUS_OK;
}

static status make_place(struct rpc *rpc, const struct summary_query *query,
                         const struct summary_place *place, char **ret_token)
{
    struct page_cursor cursor = {.len = PLACE_BYTES};
    filter_hash(&query->filter, cursor.bytes);
    put_be64(cursor.bytes + FILTER_HASH, (uint64_t)place->order);
    memcpy(cursor.bytes + FILTER_HASH + 8, place->id.bytes, ID_BYTES);
    return page_token_make(rpc, query->method, &cursor, ret_token);
}

/* --- a page --- */

struct page {
    const struct summary_filter *filter;
    size_t size, count, looked_at, run_count;
    bytes runs[LIMIT_PAGE_MAX]; /* wire bytes of neighbours */
    struct summary_place last;  /* looked at */
    bool more;
};

static void take(struct page *page, bytes wire)
{
    bytes *run = page->run_count == 0 ? NULL : &page->runs[page->run_count - 1];
    if (run != NULL && run->ptr + run->len == wire.ptr) {
        run->len += wire.len;
    } else {
        page->runs[page->run_count++] = wire;
    }
    page->count++;
}

static bool visit_page(void *ctx, const struct summary *summary)
{
    struct page *page = ctx;
    if (page->count == page->size || page->looked_at == LIMIT_SUMMARIES_LOOKED_AT) {
        page->more = true;
        return false;
    }
    page->looked_at++;
    page->last = (struct summary_place){summary->order, summary->id};
    if (summary_filter_matches(page->filter, summary)) {
        take(page, summary->wire);
    }
    return true;
}

static status splice_page(struct rpc *rpc, const struct page *page, ProtobufCMessage *response)
{
    TRY(splice_room(rpc->arena, response, page->run_count));
    for (size_t i = 0; i < page->run_count; i++) {
        splice_run(response, page->runs[i]);
    }
    return STATUS_OK;
}

status summary_list_reply(struct rpc *rpc, const struct summary_query *query,
                          ProtobufCMessage *response, char **ret_next_page_token)
{
    struct page page;
    struct summary_place after;
    bool found;
    page.filter = &query->filter;
    page.size = page_size_of(query->page_size);
    page.count = page.looked_at = page.run_count = 0;
    page.more = false;
    TRY(read_place(rpc, query, &after, &found));
    struct summary_list list = {query->table, rpc->principal->owner};
    TRY(summary_pages_walk(rpc->txn, list, found ? &after : NULL, visit_page, &page));
    TRY(splice_page(rpc, &page, response));
    return page.more ? make_place(rpc, query, &page.last, ret_next_page_token) : STATUS_OK;
}
