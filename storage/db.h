/*
 * db: the LMDB environment and its transactions.
 *
 * Invariants
 *   1 Default flags plus NOTLS only; NOSYNC, NOMETASYNC, WRITEMAP, MAPASYNC and NOMEMINIT are
 *     never on (SEC-D4).
 *   2 The map is LIMIT_MAP_BYTES from the start and is never resized.
 *   3 Network and overlay file systems are refused (STORE_FILE_SYSTEM), except tmpfs and overlayfs
 *     when db_options.allow_test_file_systems is set.
 *   4 A first open happens in a temporary directory and is renamed into place, so a half-made file
 *     is never seen.
 *   5 Only the writer (storage/writer.h) commits; there is one per process, and one process (a
 *     lock file).
 *   6 A read transaction is short (LIMIT_READ_TXN_MS) and copies what it reads.
 *
 * Threads  a struct db is shared; each thread takes its own transactions.  Readers are renewed,
 *          not reopened: txn_begin_read uses a free reader of the db's pool.
 * Process  open a directory once per process: a second open of the same files would drop LMDB's
 *          locks.
 * Errors   NOT_FOUND (read_only, no store there) · STORE_FILE_SYSTEM · STORE_FLAGS · STORE_VERSION
 *          · STORE_LOCKED · STORE_READERS_FULL · STORE_CORRUPT (truncated file, no valid meta
 *          page, not these keys) · STORE_FAILED.
 */
#ifndef HAYAT_STORAGE_DB_H
#define HAYAT_STORAGE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"
#include "storage/seal.h"

struct db;
struct txn;

struct db_options {
    const char *directory;        /* holds data.mdb and lock.mdb; made when missing, mode 0700 */
    const struct seal_keys *keys; /* borrowed for the db's life */
    const struct clock *clock;    /* borrowed */
    struct random_source *random; /* borrowed */
    bool read_only;               /* no writer; for hayatctl beside a running server */
    bool allow_test_file_systems; /* tmpfs and overlayfs, which lose data at power-off */
};

status db_open(const struct db_options *options, struct db **ret_db);
void db_close(struct db *db);

/* A read transaction whose outputs live in ARENA.  End it before the next message or any wait. */
status txn_begin_read(struct db *db, struct arena *arena, struct txn **ret_txn);
void txn_end_read(struct txn *txn);

const struct seal_keys *txn_keys(const struct txn *txn);
struct arena *txn_arena(const struct txn *txn);
/* Wall clock of the transaction, never before the persisted high-water mark (SEC-G4). */
int64_t txn_now_ms(const struct txn *txn);
/*
 * Steady time, in ms: what windows and lockouts are measured in.  Within one boot of the machine it is monotonic time,
 * whatever happens to the wall clock; across boots it goes on by what the wall clock says has passed, but never back and
 * by no more than LIMIT_REBOOT_STEP_MS, so that no jump of the wall clock ends or prolongs a lockout (SEC-B4, SEC-G4).  It
 * began as the wall clock at the store's first mark, and is kept with the high-water mark.
 */
int64_t txn_steady_ms(const struct txn *txn);
struct random_source *txn_random(const struct txn *txn);
/* Which commit the transaction reads: two read transactions with the same number see the same
   store. */
uint64_t txn_snapshot(const struct txn *txn);
/* Whose store: no other opened by this process has this number. */
uint64_t txn_db_serial(const struct txn *txn);
/* A read transaction of the process that writes: what a change feed knows (storage/change_feed.h) is all that happened. */
bool txn_hears_changes(const struct txn *txn);

/* Bytes free on the store's file system. */
uint64_t db_free_disk_bytes(const struct db *db);

/* The watchdog's view of read transactions (SEC-D7).  Cheap enough for every scrape; any thread. */
struct db_readers {
    uint32_t open;     /* right now */
    int64_t oldest_ms; /* age of the oldest open one */
    uint64_t overdue;  /* ended ones that took longer than LIMIT_READ_TXN_MS, since the start */
};
struct db_readers db_readers(const struct db *db);
/*
 * Ends the read transactions of other processes that died in them (a copy that was killed): LMDB keeps every page that was freed
 * since then for them, and the file would grow for as long as this process runs.  Returns how many there were.  Any thread.
 */
uint32_t db_drop_dead_readers(struct db *db);

#endif
