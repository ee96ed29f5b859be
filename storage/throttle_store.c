#include "storage/throttle_store.h"

#include "storage/db.h"
#include "storage/expiry_store.h"

static struct cell cell_of_throttle(struct id id)
{
    return cell_of(TABLE_throttle, key_bytes(key_empty(), bytes_of(id.bytes, ID_BYTES)));
}

status throttle_store_get(struct txn *txn, struct id id,
                          Hayat__Store__V1__StoredThrottle **ret_throttle)
{
    struct cell cell = cell_of_throttle(id);
    ProtobufCMessage *record;
    TRY(table_get_record(txn, &cell, &record));
    *ret_throttle = (Hayat__Store__V1__StoredThrottle *)record;
    return STATUS_OK;
}

status throttle_store_count(struct txn *txn, uint64_t *ret_count)
{
    return table_count(txn, TABLE_throttle, ret_count);
}

status throttle_store_delete(struct txn *txn, struct id id)
{
    struct cell cell = cell_of_throttle(id);
    return table_delete(txn, &cell);
}

int64_t throttle_slice_ms(int64_t window_ms)
{
    int64_t slice_ms = window_ms / LIMIT_THROTTLE_SLICES;
    return slice_ms > 0 ? slice_ms : 1;
}

int64_t throttle_slice_life_ms(int64_t window_ms)
{
    return (LIMIT_THROTTLE_SLICES + 1) * throttle_slice_ms(window_ms);
}

static status remind(struct txn *txn, struct id id, int64_t after_ms)
{
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = txn_now_ms(txn) + after_ms,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_THROTTLE,
                              .id = bytes_of(id.bytes, ID_BYTES)});
}

status throttle_store_put(struct txn *txn, struct id id,
                          const Hayat__Store__V1__StoredThrottle *throttle, bool is_new)
{
    struct cell cell = cell_of_throttle(id);
    TRY(table_put_record(txn, &cell, &throttle->base));
    return is_new ? remind(txn, id, throttle_slice_life_ms(throttle->window_ms)) : STATUS_OK;
}

/* How long something in the row still counts; 0 or less: nothing does. */
static int64_t left_ms(const Hayat__Store__V1__StoredThrottle *throttle, int64_t steady_ms)
{
    size_t last = throttle->n_counts;
    while (last > 0 && throttle->counts[last - 1] == 0) {
        last--;
    }
    if (last == 0) {
        return 0;
    }
    int64_t begin_ms = (throttle->first_slice + (int64_t)last - 1) *
                       throttle_slice_ms(throttle->window_ms);
    return begin_ms + throttle_slice_life_ms(throttle->window_ms) - steady_ms;
}

status throttle_store_expire(struct txn *txn, struct id id)
{
    Hayat__Store__V1__StoredThrottle *throttle;
    status s = throttle_store_get(txn, id, &throttle);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    int64_t more_ms = left_ms(throttle, txn_steady_ms(txn));
    return more_ms > 0 ? remind(txn, id, more_ms) : throttle_store_delete(txn, id);
}
