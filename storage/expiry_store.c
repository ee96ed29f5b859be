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
    int64_t now_ms;
    size_t max, count;
    struct due_row *rows;
    bool corrupt;
};

static bool gather(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct due *due = ctx;
    const Hayat__Store__V1__StoredExpiry *row = (const Hayat__Store__V1__StoredExpiry *)record;
    int64_t time_ms = (int64_t)get_be64(key.bytes);
    if (time_ms > due->now_ms) {
        return false;
    }
    if (row->owner.len != OWNER_BYTES || (row->id.len != 16 && row->id.len != 32)) {
        due->corrupt = true;
        return false;
    }
    struct due_row *out = &due->rows[due->count++];
    *out = (struct due_row){.key = key, .expiry = {.time_ms = time_ms, .kind = row->kind}};
    memcpy(out->expiry.owner.bytes, row->owner.data, OWNER_BYTES);
    out->expiry.id = bytes_of(row->id.data, row->id.len);
    return due->count < due->max;
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
    struct scan scan = {.table = TABLE_expiry};
    TRY(table_scan(txn, &scan, gather, due));
    return due->corrupt ? FAIL(STORE_CORRUPT) : STATUS_OK;
}

status expiry_run(struct txn *txn, int64_t now_ms, size_t max_rows, const struct expiry_ends *ends,
                  bool *ret_more)
{
    assert(max_rows > 0 && max_rows <= LIMIT_EXPIRY_ROWS && ends->upload != NULL);
    struct due due = {.now_ms = now_ms, .max = max_rows};
    TRY(gather_due(txn, &due));
    for (size_t i = 0; i < due.count; i++) {
        TRY(end_one(txn, &due.rows[i].expiry, ends));
        struct cell cell = cell_of_expiry(due.rows[i].key);
        TRY(table_delete(txn, &cell));
    }
    *ret_more = due.count == due.max;
    return STATUS_OK;
}
