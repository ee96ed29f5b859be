#include "storage/expiry_store.h"

#include <assert.h>

#include "base/codec.h"
#include "storage/challenge_store.h"
#include "storage/db.h"
#include "storage/enrolment_store.h"
#include "storage/refresh_store.h"
#include "storage/request_store.h"
#include "storage/session_family_store.h"
#include "storage/session_store.h"
#include "storage/step_up_store.h"
#include "storage/throttle_store.h"
#include "storage/txn.h"

static struct cell cell_of_expiry(struct key key)
{
    return cell_of(TABLE_expiry, key);
}

status expiry_store_add(struct txn *txn, const struct expiry *expiry)
{
    assert(expiry->time_ms >= 0 && (expiry->id.len == 16 || expiry->id.len == 32));
    struct key key = key_u64(key_empty(), (uint64_t)expiry->time_ms);
    key = key_bytes(key_u32(key, (uint32_t)expiry->kind), expiry->id);
    struct owner owner = expiry->owner;
    uint8_t id[32];
    memcpy(id, expiry->id.ptr, expiry->id.len);
    Hayat__Store__V1__StoredExpiry row = HAYAT__STORE__V1__STORED_EXPIRY__INIT;
    row.kind = expiry->kind;
    row.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    row.id = (ProtobufCBinaryData){expiry->id.len, id};
    struct cell cell = cell_of_expiry(key);
    return table_put_record(txn, &cell, &row.base);
}

/* The rows due, gathered first: nothing is written under a scan. */
struct due_row {
    struct key key;
    struct expiry expiry;
};

struct due {
    struct txn *txn;
    int64_t now_ms;
    size_t max, count;
    struct due_row *rows;
    uint32_t unread;
    status result;
};

static status open_row(struct due *due, struct key key, struct due_row *ret_row)
{
    struct cell cell = cell_of_expiry(key);
    ProtobufCMessage *record;
    TRY(table_get_record(due->txn, &cell, &record));
    const Hayat__Store__V1__StoredExpiry *row = (const Hayat__Store__V1__StoredExpiry *)record;
    if (row->owner.len != OWNER_BYTES || (row->id.len != 16 && row->id.len != 32)) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_row = (struct due_row){
        .key = key, .expiry = {.time_ms = (int64_t)get_be64(key.bytes), .kind = row->kind}};
    memcpy(ret_row->expiry.owner.bytes, row->owner.data, OWNER_BYTES);
    ret_row->expiry.id = bytes_of(row->id.data, row->id.len);
    return STATUS_OK;
}

/* One that does not open is passed over: whoever mends it can read it. */
static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct due *due = ctx;
    struct arena_mark mark = arena_mark(txn_arena(due->txn));
    (void)record;
    if (key.len >= sizeof(uint64_t) && (int64_t)get_be64(key.bytes) > due->now_ms) {
        return false;
    }
    status s = key.len < sizeof(uint64_t) ? FAIL(STORE_CORRUPT)
                                          : open_row(due, key, &due->rows[due->count]);
    if (s.why == REASON_STORE_CORRUPT) {
        arena_rewind(txn_arena(due->txn), mark);
        due->unread++;
        return due->unread < LIMIT_EXPIRY_UNREAD;
    }
    due->result = s;
    due->count += ok(s) ? 1 : 0;
    return ok(s) && due->count < due->max;
}

static struct id id_of(bytes id)
{
    struct id out = {{0}};
    memcpy(out.bytes, id.ptr, id.len < ID_BYTES ? id.len : ID_BYTES);
    return out;
}

static status end_one(struct txn *txn, const struct expiry *expiry, const struct expiry_ends *ends)
{
    switch (expiry->kind) {
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_CHALLENGE:
        return challenge_store_delete(txn, id_of(expiry->id));
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_SESSION:
        return expiry->id.len == SESSION_KEY_BYTES ? session_store_delete(txn, expiry->id.ptr)
                                                   : FAIL(STORE_CORRUPT);
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_REQUEST:
        return request_store_delete(txn, expiry->owner, id_of(expiry->id));
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_THROTTLE:
        return throttle_store_expire(txn, id_of(expiry->id));
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_SESSION_FAMILY:
        return session_family_store_delete(txn, expiry->owner, id_of(expiry->id));
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_REFRESH:
        return expiry->id.len == SESSION_KEY_BYTES ? refresh_store_delete(txn, expiry->id.ptr)
                                                   : FAIL(STORE_CORRUPT);
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_STEP_UP:
        return step_up_store_delete(txn, id_of(expiry->id));
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_ENROLMENT:
        return enrolment_store_expire(txn, id_of(expiry->id));
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_AGENCY_CODE:
        return agency_code_store_expire(txn, expiry->owner);
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_UPLOAD:
        return ends->upload(txn, expiry->owner, expiry->id);
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_DELIVERY:
        return STATUS_OK; /* of a store from before the retention job had them */
    case HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_UNSPECIFIED:
    case _HAYAT__STORE__V1__EXPIRY_KIND_IS_INT_SIZE:
        break;
    }
    return FAIL(STORE_CORRUPT);
}

static status gather_due(struct txn *txn, struct due *due)
{
    due->rows = arena_array(txn_arena(txn), due->max, sizeof *due->rows);
    if (due->rows == NULL) {
        return FAIL(ARENA_FULL);
    }
    struct scan scan = {.table = TABLE_expiry, .keys_only = true};
    TRY(table_scan(txn, &scan, gather, due));
    TRY(due->result);
    return due->unread == LIMIT_EXPIRY_UNREAD && due->count == 0 ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

/* *RET_AT: how many came to their end; also when one did not. */
static status end_first(struct txn *txn, const struct due *due, size_t count,
                        const struct expiry_ends *ends, size_t *ret_at)
{
    for (*ret_at = 0; *ret_at < count; ++*ret_at) {
        const struct due_row *row = &due->rows[*ret_at];
        TRY(end_one(txn, &row->expiry, ends));
        struct cell cell = cell_of_expiry(row->key);
        TRY(table_delete(txn, &cell));
    }
    return STATUS_OK;
}

/* Nothing of it is lost: the same end is tried again, and told again. */
static status put_off(struct txn *txn, const struct due_row *row, int64_t now_ms)
{
    struct expiry later = row->expiry;
    struct cell cell = cell_of_expiry(row->key);
    later.time_ms = now_ms + LIMIT_EXPIRY_RETRY_MS;
    TRY(expiry_store_add(txn, &later));
    return table_delete(txn, &cell);
}

status expiry_run(struct txn *txn, int64_t now_ms, size_t max_rows, const struct expiry_ends *ends,
                  struct expiry_ran *ret_ran)
{
    assert(max_rows > 0 && max_rows <= LIMIT_EXPIRY_ROWS && ends->upload != NULL);
    assert(txn->writes->count == 0); /* what is taken back below is this function's alone */
    struct due due = {.txn = txn, .now_ms = now_ms, .max = max_rows};
    size_t at, again;
    TRY(gather_due(txn, &due));
    struct arena_mark mark = arena_mark(txn_arena(txn));
    status s = end_first(txn, &due, due.count, ends, &at);
    const bool spoilt = s.why == REASON_STORE_CORRUPT;
    TRY(spoilt ? STATUS_OK : s);
    if (spoilt) { /* those before it, without what it wrote; those after it in the next run */
        table_drop_writes(txn);
        arena_rewind(txn_arena(txn), mark);
        TRY(end_first(txn, &due, at, ends, &again));
        TRY(put_off(txn, &due.rows[at], now_ms));
    }
    *ret_ran = (struct expiry_ran){
        .more = spoilt || due.count == due.max, .unread = due.unread, .put_off = spoilt ? 1 : 0};
    return STATUS_OK;
}
