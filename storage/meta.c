#include "storage/meta.h"

#include "hayat/store/v1/records.pb-c.h"
#include "storage/cell_io.h"

enum { META_ROW = 1, META_BYTES_MAX = 96 };

static struct cell meta_cell(void)
{
    return cell_of(TABLE_meta, key_u32(key_empty(), META_ROW));
}

static int save(struct txn *txn, const Hayat__Store__V1__StoredMeta *meta)
{
    uint8_t packed[META_BYTES_MAX]; /* six numbers: 57 bytes at most */
    size_t len = hayat__store__v1__stored_meta__pack(meta, packed);
    struct cell cell = meta_cell();
    return cell_write(txn, &cell, bytes_of(packed, len), 0);
}

static status read_row(struct txn *txn, Hayat__Store__V1__StoredMeta *ret)
{
    struct cell cell = meta_cell();
    bytes plain;
    TRY(cell_read(txn, &cell, &plain));
    Hayat__Store__V1__StoredMeta *meta = hayat__store__v1__stored_meta__unpack(
        &txn->arena->allocator, plain.len, plain.ptr);
    if (meta == NULL) {
        return FAIL(STORE_CORRUPT);
    }
    *ret = *meta;
    return STATUS_OK;
}

/* A store from before the steady time begins it at its last mark. */
static struct meta_time time_of(const Hayat__Store__V1__StoredMeta *meta)
{
    return (struct meta_time){.wall_high_water_ms = meta->wall_high_water_ms,
                              .steady_ms = meta->steady_ms == 0 ? meta->wall_high_water_ms
                                                                : meta->steady_ms,
                              .boot_us = meta->boot_us,
                              .boot = meta->boot};
}

static status load(struct txn *txn, struct meta_time *ret_time)
{
    Hayat__Store__V1__StoredMeta meta = HAYAT__STORE__V1__STORED_META__INIT;
    status result = read_row(txn, &meta);
    if (result.why == REASON_NOT_FOUND && !txn->db->read_only) {
        meta.schema_version = SCHEMA_VERSION;
        meta.create_ms = clock_wall_ms(txn->db->clock);
        meta.wall_high_water_ms = meta.steady_ms = meta.create_ms;
        meta.boot_us = clock_mono_us(txn->db->clock);
        meta.boot = clock_boot(txn->db->clock);
        result = status_of_mdb(save(txn, &meta));
    }
    TRY(result);
    if (meta.schema_version != SCHEMA_VERSION) {
        return FAIL(STORE_VERSION);
    }
    *ret_time = time_of(&meta);
    return STATUS_OK;
}

status meta_load(struct db *db, MDB_txn *mdb, struct meta_time *ret_time)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BLOCK_BYTES);
    struct txn txn = {.db = db, .mdb = mdb, .arena = &arena, .random = db->random};
    status result = load(&txn, ret_time);
    arena_fini(&arena);
    return result;
}

status meta_put_time(struct txn *txn, const struct meta_time *mark)
{
    struct cell cell = meta_cell();
    ProtobufCMessage *record = NULL;
    TRY(table_get_record(txn, &cell, &record));
    Hayat__Store__V1__StoredMeta *meta = (Hayat__Store__V1__StoredMeta *)record;
    meta->wall_high_water_ms = mark->wall_high_water_ms;
    meta->steady_ms = mark->steady_ms;
    meta->boot_us = mark->boot_us;
    meta->boot = mark->boot;
    return table_put_record(txn, &cell, record);
}
