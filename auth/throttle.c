#include "auth/throttle.h"

#include <assert.h>

#include "base/codec.h"
#include "storage/db.h"
#include "storage/throttle_store.h"

enum { COUNTS = LIMIT_THROTTLE_SLICES + 1 };

/* The slices that count now: [0] is the oldest, [COUNTS - 1] the one we are in. */
struct window {
    int64_t first_slice;
    uint32_t counts[COUNTS];
};

static struct id id_of(struct txn *txn, enum throttle_purpose purpose, bytes key)
{
    uint8_t input[4 + LIMIT_THROTTLE_KEY_BYTES];
    struct id id = {{0}};
    assert(key.len <= LIMIT_THROTTLE_KEY_BYTES);
    put_be32(input, (uint32_t)purpose);
    if (key.len > 0) {
        memcpy(input + 4, key.ptr, key.len);
    }
    seal_blind(txn_keys(txn), "throttle", bytes_of(input, 4 + key.len), id.bytes, ID_BYTES);
    return id;
}

static uint64_t sum(const uint32_t *counts, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++) {
        all += counts[i];
    }
    return all;
}

/* What ROW still says of the window; a row of another window's length counts whole, as if it were now. */
static struct window window_of(const Hayat__Store__V1__StoredThrottle *row, int64_t window_ms,
                               int64_t steady_ms)
{
    int64_t slice = steady_ms / throttle_slice_ms(window_ms);
    struct window window = {.first_slice = slice - (COUNTS - 1)};
    if (row == NULL) {
        return window;
    }
    if (row->window_ms != window_ms) {
        window.counts[COUNTS - 1] = (uint32_t)sum(row->counts, row->n_counts);
        return window;
    }
    for (size_t i = 0; i < row->n_counts; i++) {
        int64_t at = row->first_slice + (int64_t)i - window.first_slice;
        if (at >= 0) {
            window.counts[at < COUNTS ? at : COUNTS - 1] += row->counts[i];
        }
    }
    return window;
}

/* When enough of the oldest slices no longer count. */
static int64_t retry_after_ms(const struct window *window, const struct throttle_rule *rule,
                              int64_t steady_ms)
{
    uint64_t left = sum(window->counts, COUNTS);
    int64_t slice_ms = throttle_slice_ms(rule->window_ms);
    size_t gone = 0;
    while (gone < COUNTS - 1 && left - window->counts[gone] >= rule->limit) {
        left -= window->counts[gone++];
    }
    int64_t begin_ms = (window->first_slice + (int64_t)gone) * slice_ms;
    return begin_ms + throttle_slice_life_ms(rule->window_ms) - steady_ms;
}

static status put(struct txn *txn, struct id id, struct window *window, int64_t window_ms,
                  bool is_new)
{
    Hayat__Store__V1__StoredThrottle row = HAYAT__STORE__V1__STORED_THROTTLE__INIT;
    row.window_ms = window_ms;
    row.first_slice = window->first_slice;
    row.n_counts = COUNTS;
    row.counts = window->counts;
    return throttle_store_put(txn, id, &row, is_new);
}

static status find(struct txn *txn, struct id id, Hayat__Store__V1__StoredThrottle **ret_row)
{
    uint64_t rows;
    *ret_row = NULL;
    status s = throttle_store_get(txn, id, ret_row);
    if (s.why != REASON_NOT_FOUND) {
        return s;
    }
    TRY(throttle_store_count(txn, &rows));
    return rows < LIMIT_THROTTLES ? STATUS_OK : FAIL(OVERLOADED);
}

status throttle_take(struct txn *txn, const struct throttle_rule *rule, bytes key,
                     int64_t *ret_retry_after_ms)
{
    assert(rule->limit > 0 && rule->window_ms > 0);
    struct id id = id_of(txn, rule->purpose, key);
    Hayat__Store__V1__StoredThrottle *row;
    TRY(find(txn, id, &row));
    int64_t steady_ms = txn_steady_ms(txn);
    struct window window = window_of(row, rule->window_ms, steady_ms);
    bool spent = sum(window.counts, COUNTS) >= rule->limit;
    window.counts[COUNTS - 1] += spent ? 0 : 1;
    TRY(put(txn, id, &window, rule->window_ms, row == NULL));
    if (spent) {
        *ret_retry_after_ms = retry_after_ms(&window, rule, steady_ms);
        return FAIL(RATE_LIMITED);
    }
    return STATUS_OK;
}

status throttle_peek(struct txn *txn, const struct throttle_rule *rule, bytes key,
                     int64_t *ret_retry_after_ms)
{
    Hayat__Store__V1__StoredThrottle *row;
    TRY(find(txn, id_of(txn, rule->purpose, key), &row));
    int64_t steady_ms = txn_steady_ms(txn);
    struct window window = window_of(row, rule->window_ms, steady_ms);
    if (sum(window.counts, COUNTS) >= rule->limit) {
        *ret_retry_after_ms = retry_after_ms(&window, rule, steady_ms);
        return FAIL(RATE_LIMITED);
    }
    return STATUS_OK;
}

status throttle_clear(struct txn *txn, enum throttle_purpose purpose, bytes key)
{
    struct id id = id_of(txn, purpose, key);
    Hayat__Store__V1__StoredThrottle *row;
    status s = throttle_store_get(txn, id, &row);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    row->n_counts = 0; /* the row stays, for it has its reminder already */
    return throttle_store_put(txn, id, row, false);
}
