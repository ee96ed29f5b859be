#include "storage/db.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/table_memory.h"
#include "base/wipe.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/env.h"
#include "storage/fsguard.h"
#include "storage/meta.h"
#include "storage/opened.h"
#include "storage/txn.h"

_Static_assert(LIMIT_READ_TXNS < LIMIT_READERS, "other processes need reader slots too");

status status_of_mdb(int rc)
{
    switch (rc) {
    case MDB_SUCCESS:
        return STATUS_OK;
    case MDB_NOTFOUND:
        return FAIL(NOT_FOUND);
    case MDB_READERS_FULL:
        return FAIL(STORE_READERS_FULL);
    case MDB_CORRUPTED:
    case MDB_PAGE_NOTFOUND:
    case MDB_INVALID:
        return FAIL(STORE_CORRUPT);
    case MDB_VERSION_MISMATCH:
        return FAIL(STORE_VERSION);
    case MDB_MAP_FULL:
    case ENOSPC:
    case EDQUOT:
        return FAIL(STORE_FULL);
    case ENOENT:
        return FAIL(NOT_FOUND);
    default:
        return FAIL(STORE_FAILED);
    }
}

/* --- time --- */

static int64_t wall_at_ms(struct db *db, int64_t mono_us)
{
    int64_t offset_us = clock_wall_ms(db->clock) * 1000 - mono_us;
    int64_t highest = atomic_load_explicit(&db->wall_offset_us, memory_order_relaxed);
    while (offset_us > highest) {
        if (atomic_compare_exchange_weak(&db->wall_offset_us, &highest, offset_us)) {
            highest = offset_us;
        }
    }
    return (mono_us + highest) / 1000;
}

int64_t db_now_ms(struct db *db)
{
    return wall_at_ms(db, clock_mono_us(db->clock));
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* What passed since that mark, as far as it can be trusted (SEC-G4). */
static int64_t passed_us(const struct db *db, const struct meta_time *mark, int64_t mono_us)
{
    if (db->boot != 0 && db->boot == mark->boot && mono_us >= mark->boot_us) {
        return mono_us - mark->boot_us;
    }
    int64_t wall_ms = clock_wall_ms(db->clock) - mark->wall_high_water_ms;
    return clamp(wall_ms, 0, LIMIT_REBOOT_STEP_MS) * 1000;
}

static void set_time(struct db *db, const struct meta_time *mark)
{
    int64_t mono_us = clock_mono_us(db->clock);
    db->boot = clock_boot(db->clock);
    db->wall_offset_us = mark->wall_high_water_ms * 1000 - mono_us;
    db->saved_high_water_ms = mark->wall_high_water_ms;
    db->steady_offset_us = mark->steady_ms * 1000 + passed_us(db, mark, mono_us) - mono_us;
}

/* --- reader slots --- */

static uint64_t head_of(uint64_t old, uint32_t slot)
{
    return ((old >> 32) + 1) << 32 | slot;
}

static void push_slot(struct db *db, struct txn *txn)
{
    uint64_t old = atomic_load(&db->free_slots);
    do {
        atomic_store(&txn->next, (uint32_t)old);
    } while (!atomic_compare_exchange_weak(&db->free_slots, &old, head_of(old, txn->slot + 1)));
}

static struct txn *pop_slot(struct db *db)
{
    uint64_t old = atomic_load(&db->free_slots);
    while ((uint32_t)old != 0) {
        struct txn *txn = &db->slots[(uint32_t)old - 1];
        if (atomic_compare_exchange_weak(&db->free_slots, &old,
                                         head_of(old, atomic_load(&txn->next)))) {
            return txn;
        }
    }
    return NULL;
}

static void init_slots(struct db *db)
{
    for (uint32_t i = LIMIT_READ_TXNS; i-- > 0;) {
        db->slots[i].db = db;
        db->slots[i].slot = i;
        push_slot(db, &db->slots[i]);
    }
}

static void fini_slots(struct db *db)
{
    for (uint32_t i = 0; i < LIMIT_READ_TXNS; i++) {
        struct txn *txn = &db->slots[i];
        assert(txn->start_us == 0); /* every read ended before its db */
        for (size_t table = 0; table < TABLE_SLOTS; table++) {
            if (txn->cursors[table] != NULL) {
                mdb_cursor_close(txn->cursors[table]);
            }
        }
        if (txn->mdb != NULL) {
            mdb_txn_abort(txn->mdb);
        }
    }
}

/* --- open and close --- */

static uint64_t free_disk_of_env(const struct db *db)
{
    mdb_filehandle_t fd = -1;
    struct statvfs fs;
    if (mdb_env_get_fd(db->env, &fd) != 0 || fstatvfs(fd, &fs) != 0) {
        return 0; /* unknown is full */
    }
    return (uint64_t)fs.f_bavail * fs.f_frsize;
}

uint64_t db_free_disk_bytes(const struct db *db)
{
    return db->free_disk_bytes(db);
}

static status open_tables(struct db *db, MDB_txn *txn)
{
    unsigned flags = db->read_only ? 0U : MDB_CREATE;
    for (size_t i = 0; i < table_info_count; i++) {
        int rc = mdb_dbi_open(txn, table_infos[i].name, flags, &db->tables[table_infos[i].id]);
        if (rc != 0) {
            return rc == MDB_NOTFOUND ? FAIL(STORE_VERSION) : status_of_mdb(rc);
        }
    }
    return status_of_mdb(mdb_dbi_open(txn, NULL, 0, &db->main_table));
}

/* Opens the tables and the meta row in one transaction; a new store gets both, durable, before
   anybody sees it. */
static status load(struct db *db)
{
    MDB_txn *mdb = NULL;
    int rc = db->read_only ? 0 : env_reserve(db, 0, table_info_count);
    if (rc == 0) {
        rc = mdb_txn_begin(db->env, NULL, db->read_only ? MDB_RDONLY : 0U, &mdb);
    }
    TRY(status_of_mdb(rc));
    struct meta_time mark = {.wall_high_water_ms = 0};
    status result = open_tables(db, mdb);
    if (ok(result)) {
        result = meta_load(db, mdb, &mark);
    }
    if (!ok(result)) {
        mdb_txn_abort(mdb);
        return result;
    }
    set_time(db, &mark);
    return status_of_mdb(mdb_txn_commit(mdb));
}

static status prepare_directory(const struct db_options *options, struct db *db)
{
    const char *directory = options->directory;
    TRY(options->read_only ? STATUS_OK : env_make_directory(directory));
    TRY(fsguard_check(directory, options->allow_test_file_systems));
    if (options->read_only) {
        return env_exists(directory) ? STATUS_OK : FAIL(NOT_FOUND);
    }
    TRY(env_lock(directory, &db->lock_fd));
    return env_exists(directory) ? STATUS_OK : env_create(directory);
}

static status open_in_place(struct db *db, const struct db_options *options)
{
    TRY(prepare_directory(options, db));
    TRY(env_open(options->directory, options->read_only, &db->env));
    return load(db);
}

static void free_parts(struct db *db)
{
    if (db->opened != NULL) {
        wipe(db->opened, sizeof *db->opened);
    }
    table_memory_free(db->opened, sizeof *db->opened);
    table_memory_free(db->changes, sizeof *db->changes);
    free(db);
}

status db_open(const struct db_options *options, struct db **ret_db)
{
    assert(table_info_count < TABLE_SLOTS);
    if (sodium_init() < 0) { /* also picks the fast ciphers of this processor */
        return FAIL(STORE_FAILED);
    }
    struct db *db = calloc(1, sizeof *db);
    if (db == NULL) {
        return FAIL(STORE_FAILED);
    }
    db->changes = table_memory_new(sizeof *db->changes);
    db->opened = table_memory_new(sizeof *db->opened);
    if (db->changes == NULL || db->opened == NULL) {
        free_parts(db);
        return FAIL(STORE_FAILED);
    }
    static _Atomic uint64_t opened;
    db->serial = atomic_fetch_add(&opened, 1) + 1;
    db->keys = options->keys;
    db->clock = options->clock;
    db->random = options->random;
    db->read_only = options->read_only;
    db->free_disk_bytes = free_disk_of_env;
    db->lock_fd = -1;
    init_slots(db);
    status result = open_in_place(db, options);
    if (!ok(result)) {
        db_close(db);
        return result;
    }
    *ret_db = db;
    return STATUS_OK;
}

void db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }
    fini_slots(db);
    if (db->env != NULL) {
        mdb_env_close(db->env);
    }
    if (db->lock_fd >= 0) {
        (void)close(db->lock_fd); /* lets the process lock go */
    }
    free_parts(db);
}

/* --- read transactions --- */

static bool sees_latest(const struct db *db, const struct txn *txn)
{
    MDB_envinfo info;
    (void)mdb_env_info(db->env, &info); /* looks at the newest meta page: cannot fail */
    return mdb_txn_id(txn->mdb) == info.me_last_txnid;
}

/* Takes a slot that left the stack over; true when its LMDB transaction is open still. */
static bool take_over(struct txn *txn)
{
    for (;;) {
        int state = SLOT_LINGERS;
        if (atomic_compare_exchange_strong(&txn->state, &state, SLOT_IN_USE)) {
            return true;
        }
        if (state == SLOT_RESET) { /* and nobody else changes it now */
            atomic_store(&txn->state, SLOT_IN_USE);
            return false;
        }
        (void)sched_yield(); /* the writer is at it, for some instructions */
    }
}

static status renew(struct db *db, struct txn *txn)
{
    if (take_over(txn)) {
        if (sees_latest(db, txn)) {
            return STATUS_OK;
        }
        mdb_txn_reset(txn->mdb);
    }
    int rc = txn->mdb != NULL ? mdb_txn_renew(txn->mdb)
                              : mdb_txn_begin(db->env, NULL, MDB_RDONLY, &txn->mdb);
    if (rc != 0) {
        atomic_store(&txn->state, SLOT_RESET);
    }
    return status_of_mdb(rc);
}

/* A page that LMDB could not follow fails whatever its transaction is asked after: it must not linger for somebody else's call. */
static bool has_failed(const struct db *db, const struct txn *txn)
{
    MDB_stat stat;
    return mdb_stat(txn->mdb, db->main_table, &stat) != 0;
}

static void linger_or_reset(struct db *db, struct txn *txn)
{
    bool lingers = !db->read_only && sees_latest(db, txn) && !has_failed(db, txn);
    if (!lingers) {
        mdb_txn_reset(txn->mdb);
    }
    atomic_store(&txn->state, lingers ? SLOT_LINGERS : SLOT_RESET);
}

void db_end_lingering(struct db *db)
{
    for (uint32_t i = 0; i < LIMIT_READ_TXNS; i++) {
        struct txn *txn = &db->slots[i];
        int state = SLOT_LINGERS;
        if (atomic_compare_exchange_strong(&txn->state, &state, SLOT_ENDING)) {
            mdb_txn_reset(txn->mdb);
            atomic_store(&txn->state, SLOT_RESET);
        }
    }
}

status txn_begin_read(struct db *db, struct arena *arena, struct txn **ret_txn)
{
    struct txn *txn = pop_slot(db);
    if (txn == NULL) {
        return FAIL(STORE_READERS_FULL);
    }
    status result = renew(db, txn);
    if (!ok(result)) {
        push_slot(db, txn);
        return result;
    }
    txn->arena = arena;
    txn->random = db->random;
    int64_t now_us = clock_mono_us(db->clock);
    txn->now_ms = wall_at_ms(db, now_us);
    atomic_store_explicit(&txn->start_us, now_us, memory_order_relaxed);
    *ret_txn = txn;
    return STATUS_OK;
}

void txn_end_read(struct txn *txn)
{
    struct db *db = txn->db;
    assert(txn->writes == NULL && txn->cursors_busy == 0);
    int64_t age_us = clock_mono_us(db->clock) - txn->start_us;
    if (age_us > (int64_t)LIMIT_READ_TXN_MS * 1000) {
        atomic_fetch_add_explicit(&db->overdue_reads, 1, memory_order_relaxed); /* SEC-D7 */
    }
    txn->arena = NULL;
    atomic_store_explicit(&txn->start_us, 0, memory_order_relaxed);
    linger_or_reset(db, txn);
    push_slot(db, txn);
}

struct db_readers db_readers(const struct db *db)
{
    struct db_readers readers = {
        .overdue = atomic_load_explicit(&db->overdue_reads, memory_order_relaxed)};
    int64_t now_us = clock_mono_us(db->clock);
    for (uint32_t i = 0; i < LIMIT_READ_TXNS; i++) {
        int64_t start_us = atomic_load_explicit(&db->slots[i].start_us, memory_order_relaxed);
        if (start_us != 0) {
            int64_t age_ms = (now_us - start_us) / 1000;
            readers.open++;
            readers.oldest_ms = age_ms > readers.oldest_ms ? age_ms : readers.oldest_ms;
        }
    }
    return readers;
}

uint32_t db_drop_dead_readers(struct db *db)
{
    int dead = 0;
    return mdb_reader_check(db->env, &dead) == 0 && dead > 0 ? (uint32_t)dead : 0;
}

/* --- accessors --- */

const struct seal_keys *txn_keys(const struct txn *txn)
{
    return txn->db->keys;
}

struct arena *txn_arena(const struct txn *txn)
{
    return txn->arena;
}

int64_t txn_now_ms(const struct txn *txn)
{
    return txn->now_ms;
}

int64_t txn_steady_ms(const struct txn *txn)
{
    return (clock_mono_us(txn->db->clock) + txn->db->steady_offset_us) / 1000;
}

struct random_source *txn_random(const struct txn *txn)
{
    return txn->random;
}

uint64_t txn_snapshot(const struct txn *txn)
{
    return mdb_txn_id(txn->mdb);
}

uint64_t txn_db_serial(const struct txn *txn)
{
    return txn->db->serial;
}

bool txn_hears_changes(const struct txn *txn)
{
    return txn->writes == NULL && !txn->db->read_only;
}
