#include "storage/outbox_store.h"

#include "base/codec.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/table.h"

static bool take_sequence(void *ctx, struct key key, const ProtobufCMessage *record)
{
    uint64_t *last = ctx;
    (void)record;
    *last = get_be64(key.bytes);
    return false;
}

/* Grows even when every row before was delivered and deleted: a late acknowledgement never meets a newer row. */
static uint64_t next_sequence(uint64_t last, int64_t now_ms)
{
    uint64_t by_clock = (uint64_t)now_ms << 20;
    return last + 1 > by_clock ? last + 1 : by_clock;
}

static ProtobufCBinaryData copy_of(struct arena *arena, bytes b)
{
    uint8_t *copy = arena_alloc(arena, b.len);
    if (copy != NULL && b.len > 0) {
        memcpy(copy, b.ptr, b.len);
    }
    return (ProtobufCBinaryData){copy == NULL ? 0 : b.len, copy};
}

status outbox_store_append(struct txn *txn, struct owner owner, const char *kind, bytes payload)
{
    uint64_t last = 0;
    struct scan scan = {.table = TABLE_outbox, .reverse = true, .keys_only = true};
    TRY(table_scan(txn, &scan, take_sequence, &last));
    Hayat__Store__V1__StoredOutbox row;
    hayat__store__v1__stored_outbox__init(&row);
    row.kind = arena_str(txn_arena(txn), bytes_str(kind));
    row.owner = copy_of(txn_arena(txn), bytes_of(owner.bytes, OWNER_BYTES));
    row.payload = copy_of(txn_arena(txn), payload);
    row.create_ms = txn_now_ms(txn);
    TRY(arena_check(txn_arena(txn)));
    struct cell cell = cell_of(TABLE_outbox,
                               key_u64(key_empty(), next_sequence(last, row.create_ms)));
    return table_put_record(txn, &cell, &row.base);
}
