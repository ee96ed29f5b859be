/*
 * txn: what a struct db and a struct txn are made of; for
 * storage/{env,db,cursor,table,scan,walk,writer,check}.c only.
 *
 * Reader slots form a stack without a lock: head is (tag << 32 | slot number + 1), the tag keeps a
 * slot that left and came back from being mistaken for one that stayed.  A slot keeps its LMDB
 * transaction for the next use: open while the commit it sees is the latest (it lingers), else reset.  One that lingers holds
 * back no page that the writer could use; whoever commits resets all that linger (db_end_lingering).  A process that only
 * reads lets none linger, for nobody would end it.
 */
#ifndef HAYAT_STORAGE_TXN_H
#define HAYAT_STORAGE_TXN_H

#include <lmdb.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "storage/change_feed.h"
#include "storage/db.h"
#include "storage/table.h"
#include "storage/write_set.h"

enum slot_state {
    SLOT_RESET,   /* or without an LMDB transaction yet */
    SLOT_IN_USE,  /* of the thread that took it */
    SLOT_LINGERS, /* open, in the stack */
    SLOT_ENDING,  /* the writer resets it */
};

struct txn {
    struct db *db;
    MDB_txn *mdb;
    struct arena *arena;
    struct write_set *writes; /* NULL in a read transaction */
    struct random_source *random;
    int64_t now_ms;
    MDB_cursor *cursors[TABLE_SLOTS]; /* a read transaction's, kept for the next use */
    bool cursor_busy[TABLE_SLOTS];    /* ... and in use */
    uint32_t cursors_busy;            /* how many are */
    _Atomic int64_t start_us;         /* monotonic, 0 when idle; the watchdog reads it */
    _Atomic int state;                /* enum slot_state */
    uint32_t slot;                    /* own number */
    _Atomic uint32_t next;            /* slot number + 1 of the next free one */
};

struct db {
    MDB_env *env;
    MDB_dbi tables[TABLE_SLOTS];
    MDB_dbi main_table; /* of the tables: always at hand */
    const struct seal_keys *keys;
    const struct clock *clock;
    struct random_source *random;
    bool read_only;
    uint64_t serial; /* no other db of this process has it */
    int lock_fd;
    _Atomic int64_t wall_offset_us; /* highest wall less monotonic time seen (SEC-G4) */
    uint64_t boot;                  /* clock_boot at the start */
    int64_t steady_offset_us;       /* steady time less monotonic time: constant while open */
    _Atomic uint64_t free_slots;
    _Atomic uint64_t overdue_reads;
    uint64_t (*free_disk_bytes)(const struct db *db); /* tests replace it */
    uint64_t file_bytes; /* the writer's: st_size, kept ahead of the last page (env.h) */
    int64_t saved_high_water_ms;
    struct change_feed *changes;
    struct opened_cells *opened;
    struct txn slots[LIMIT_READ_TXNS];
};

/* Every LMDB error that is no bug of ours; NOT_FOUND for MDB_NOTFOUND. */
status status_of_mdb(int rc);
/* For the writer, after each commit: what lingers sees the commit before. */
void db_end_lingering(struct db *db);
/* The wall clock, never before anything it said. */
int64_t db_now_ms(struct db *db);

#endif
