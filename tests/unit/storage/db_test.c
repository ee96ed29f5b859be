/*
 * Promise: the store opens only where and as it is safe (file system, flags, whole file, right
 * keys, one writing process); a first open that is killed leaves no half-made store; time never
 * goes back; readers are bounded and watched.
 */
#include "storage/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/env.h"
#include "storage/failpoint.h"
#include "storage/fsguard.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { HOUR_MS = 3600 * 1000 };

static status open_again(struct temp_store *t)
{
    struct db_options options = temp_store_options(t);
    struct db *db = NULL;
    status result = db_open(&options, &db);
    db_close(ok(result) ? db : NULL);
    return result;
}

/* BODY in a process of its own; its result is the exit code. */
static int in_child(struct temp_store *t, int (*body)(struct temp_store *t))
{
    pid_t pid = fork();
    if (pid == 0) {
        temp_store_in_child();
        _exit(body(t));
    }
    int wait_status = 0;
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -WTERMSIG(wait_status);
}

/* --- where --- */

static void judges_file_systems(void **state)
{
    (void)state;
    static const uint64_t local[] = {0xEF53, 0x58465342, 0x9123683E, 0x2FC12FC1};
    static const uint64_t refused[] = {0x6969 /* nfs */,
                                       0xFF534D42 /* cifs */,
                                       0xFE534D42 /* smb2 */,
                                       0x65735546 /* fuse */,
                                       0x01021997 /* 9p */,
                                       0x00C36400 /* ceph */,
                                       0};
    static const uint64_t for_tests[] = {0x01021994 /* tmpfs */, 0x794C7630 /* overlayfs */};
    for (size_t i = 0; i < ARRAY_LEN(local); i++) {
        assert_ok(fsguard_judge(local[i], false));
    }
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        assert_reason(fsguard_judge(refused[i], true), STORE_FILE_SYSTEM);
    }
    for (size_t i = 0; i < ARRAY_LEN(for_tests); i++) {
        assert_ok(fsguard_judge(for_tests[i], true));
        assert_reason(fsguard_judge(for_tests[i], false), STORE_FILE_SYSTEM);
    }
}

static void refuses_a_file_system_without_files(void **state)
{
    (void)state;
    assert_reason(fsguard_check("/proc", true), STORE_FILE_SYSTEM);
    assert_reason(fsguard_check("/nowhere/at/all", true), FILE_UNREADABLE);
    struct temp_store t;
    temp_store_prepare(&t);
    struct db_options options = temp_store_options(&t);
    struct db *db = NULL;
    options.directory = "/proc/self";
    options.read_only = true;
    assert_reason(db_open(&options, &db), STORE_FILE_SYSTEM);
    options.directory = "/nowhere/at/all";
    options.read_only = false;
    assert_reason(db_open(&options, &db), STORE_FAILED);
    temp_store_remove(&t);
}

/* --- how --- */

static void judges_flags(void **state)
{
    (void)state;
    static const unsigned unsafe[] = {MDB_NOSYNC,    MDB_NOMETASYNC, MDB_WRITEMAP, MDB_MAPASYNC,
                                      MDB_NOMEMINIT, MDB_NOLOCK,     MDB_NOSUBDIR, MDB_FIXEDMAP,
                                      MDB_NORDAHEAD, MDB_RDONLY};
    assert_ok(env_judge_flags(MDB_NOTLS, false));
    assert_ok(env_judge_flags(MDB_NOTLS | MDB_RDONLY, true));
    assert_reason(env_judge_flags(0, false), STORE_FLAGS);
    assert_reason(env_judge_flags(MDB_NOTLS, true), STORE_FLAGS);
    for (size_t i = 0; i < ARRAY_LEN(unsafe); i++) {
        assert_reason(env_judge_flags(MDB_NOTLS | unsafe[i], false), STORE_FLAGS);
    }
}

static void opens_with_safe_flags_and_the_whole_map(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    unsigned flags = 0;
    MDB_envinfo info;
    assert_int_equal(mdb_env_get_flags(t.db->env, &flags), 0);
    assert_int_equal(flags, MDB_NOTLS);
    assert_int_equal(mdb_env_info(t.db->env, &info), 0);
    assert_int_equal(info.me_mapsize, LIMIT_MAP_BYTES);
    assert_int_equal(info.me_maxreaders, LIMIT_READERS);
    temp_store_stop(&t);
}

static void one_process_writes(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_reason(open_again(&t), STORE_LOCKED);
    temp_store_close(&t);
    assert_ok(open_again(&t));
    temp_store_remove(&t);
}

static void files_are_private(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    static const char *const names[] = {"", "/data.mdb", "/lock.mdb", "/writer.lock"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char path[128];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s%s", t.db_directory, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 077, 0);
    }
    temp_store_stop(&t);
}

/* --- whole --- */

static void data_path(struct temp_store *t, char *out, size_t size)
{
    (void)snprintf(out, size, "%s/data.mdb", t->db_directory);
}

static uint64_t last_page_of(struct temp_store *t)
{
    MDB_envinfo info;
    assert_int_equal(mdb_env_info(t->db->env, &info), 0);
    return info.me_last_pgno;
}

static void truncated_files_are_refused(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    uint64_t last = last_page_of(&t);
    temp_store_close(&t);
    char path[128];
    data_path(&t, path, sizeof path);
    assert_ok(open_again(&t));
    for (uint64_t pages = last; pages > 0; pages--) { /* shorter and shorter */
        assert_int_equal(truncate(path, (off_t)(pages * 4096 + 4095)), 0);
        assert_reason(open_again(&t), STORE_CORRUPT);
    }
    assert_int_equal(truncate(path, 0), 0);
    assert_reason(open_again(&t), STORE_CORRUPT);
    temp_store_remove(&t);
}

static void overwritten_meta_pages_are_refused(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    temp_store_close(&t);
    char path[128];
    data_path(&t, path, sizeof path);
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    static const uint8_t zeroes[2 * 4096];
    assert_int_equal(fwrite(zeroes, 1, sizeof zeroes, file), sizeof zeroes);
    assert_int_equal(fclose(file), 0);
    assert_reason(open_again(&t), STORE_CORRUPT);
    temp_store_remove(&t);
}

static status write_and_drop(void *ctx, struct txn *txn)
{
    static const uint8_t big[60000];
    struct cell cell = cell_of(TABLE_campaign, key_u32(key_empty(), *(uint32_t *)ctx % 3));
    return *(uint32_t *)ctx % 5 == 4
               ? table_delete(txn, &cell)
               : table_put(txn, &cell, bytes_of(big, *(uint32_t *)ctx * 997 % 60000));
}

static void other_keys_do_not_open_it(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    temp_store_close(&t);
    struct seal_keys right = t.keys;
    temp_store_keys(&t.keys, 1, 99);
    assert_reason(open_again(&t), STORE_CORRUPT);
    t.keys = right;
    assert_ok(open_again(&t));
    temp_store_remove(&t);
}

static status put_next_schema(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredMeta meta = HAYAT__STORE__V1__STORED_META__INIT;
    meta.schema_version = 1000;
    struct cell cell = cell_of(TABLE_meta, key_u32(key_empty(), 1));
    return table_put_record(txn, &cell, &meta.base);
}

static void another_schema_is_refused(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, put_next_schema, NULL));
    temp_store_close(&t);
    assert_reason(open_again(&t), STORE_VERSION);
    temp_store_remove(&t);
}

/* --- the first open --- */

#ifdef HAYAT_FAILPOINTS
static int open_and_die(struct temp_store *t)
{
    failpoint_arm("create.before=kill");
    return open_again(t).why == REASON_OK ? 0 : 1;
}

static void a_killed_first_open_leaves_nothing(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_prepare(&t);
    assert_int_equal(in_child(&t, open_and_die), -SIGKILL);
    char path[128];
    data_path(&t, path, sizeof path);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_ok(open_again(&t));
    assert_int_equal(access(path, F_OK), 0);
    (void)snprintf(path, sizeof path, "%s/new", t.db_directory);
    assert_int_not_equal(access(path, F_OK), 0);
    temp_store_remove(&t);
}
#endif

/* --- beside a running server --- */

static int read_only_open(struct temp_store *t)
{
    struct db_options options = temp_store_options(t);
    options.read_only = true;
    struct db *db = NULL;
    status result = db_open(&options, &db);
    if (!ok(result)) {
        return (int)result.why;
    }
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BASE_BYTES);
    struct txn *txn = NULL;
    struct cell cell = cell_of(TABLE_campaign, key_u32(key_empty(), 0));
    bytes plain;
    result = txn_begin_read(db, &arena, &txn);
    if (ok(result)) {
        result = table_get(txn, &cell, &plain);
        txn_end_read(txn);
    }
    arena_fini(&arena);
    db_close(db);
    return (int)result.why;
}

/* Another program: forked before the store is open, it tries each time it is told to and answers
   how it went. */
struct neighbour {
    int ask[2], answer[2];
    pid_t pid;
};

static void start_neighbour(struct neighbour *n, struct temp_store *t)
{
    assert_int_equal(pipe(n->ask), 0);
    assert_int_equal(pipe(n->answer), 0);
    n->pid = fork();
    if (n->pid != 0) {
        return;
    }
    temp_store_in_child();
    (void)close(n->ask[1]);
    uint8_t word;
    while (read(n->ask[0], &word, 1) == 1) {
        word = (uint8_t)read_only_open(t);
        if (write(n->answer[1], &word, 1) != 1) {
            _exit(1);
        }
    }
    _exit(0);
}

static enum reason ask_neighbour(struct neighbour *n)
{
    uint8_t word = 0;
    assert_int_equal(write(n->ask[1], &word, 1), 1);
    assert_int_equal(read(n->answer[0], &word, 1), 1);
    return (enum reason)word;
}

static void stop_neighbour(struct neighbour *n)
{
    (void)close(n->ask[1]);
    assert_int_equal(waitpid(n->pid, NULL, 0), n->pid);
    (void)close(n->ask[0]);
    (void)close(n->answer[0]);
    (void)close(n->answer[1]);
}

static void others_may_read_beside(void **state)
{
    (void)state;
    struct temp_store t;
    struct neighbour n;
    temp_store_prepare(&t);
    assert_int_equal(mkdir(t.db_directory, 0700), 0);
    start_neighbour(&n, &t);
    assert_int_equal(ask_neighbour(&n), REASON_NOT_FOUND);
    temp_store_open(&t);
    uint32_t zero = 0;
    assert_ok(temp_store_write(&t, write_and_drop, &zero));
    assert_int_equal(ask_neighbour(&n), REASON_OK);
    MDB_txn *mdb = NULL;
    assert_int_equal(mdb_txn_begin(t.db->env, NULL, 0, &mdb), 0);
    assert_int_equal(mdb_drop(mdb, t.db->tables[TABLE_outbox], 1), 0);
    assert_int_equal(mdb_txn_commit(mdb), 0);
    assert_int_equal(ask_neighbour(&n),
                     REASON_STORE_VERSION); /* a table it knows is not there yet */
    stop_neighbour(&n);
    temp_store_stop(&t);
}

/* --- time --- */

static status read_now(void *ctx, struct txn *txn)
{
    *(int64_t *)ctx = txn_now_ms(txn);
    return STATUS_OK;
}

static int64_t now_of(struct temp_store *t)
{
    int64_t now_ms = 0;
    assert_ok(temp_store_read(t, read_now, &now_ms));
    return now_ms;
}

static void time_never_goes_back(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    assert_int_equal(now_of(&t), TEMP_STORE_WALL_MS);
    fake_clock_advance(&t.clock, HOUR_MS);
    assert_int_equal(now_of(&t), TEMP_STORE_WALL_MS + HOUR_MS);
    t.clock.wall_ms -= 24 * HOUR_MS; /* somebody sets the clock back */
    assert_int_equal(now_of(&t), TEMP_STORE_WALL_MS + HOUR_MS);
    fake_clock_advance(&t.clock, HOUR_MS); /* and still it goes on: nothing lives for ever */
    assert_int_equal(now_of(&t), TEMP_STORE_WALL_MS + 2 * HOUR_MS);
    t.clock.wall_ms += 48 * HOUR_MS;
    assert_int_equal(now_of(&t), t.clock.wall_ms);
    temp_store_stop(&t);
}

static void time_survives_a_restart(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    fake_clock_advance(&t.clock, HOUR_MS);
    uint32_t zero = 0;
    assert_ok(temp_store_write(&t, write_and_drop, &zero)); /* carries the mark */
    temp_store_close(&t);
    t.clock.wall_ms = TEMP_STORE_WALL_MS - 400LL * 24 * HOUR_MS;
    temp_store_open(&t);
    assert_int_equal(now_of(&t), TEMP_STORE_WALL_MS + HOUR_MS);
    fake_clock_advance(&t.clock, 5);
    assert_int_equal(now_of(&t), TEMP_STORE_WALL_MS + HOUR_MS + 5);
    temp_store_stop(&t);
}

/* --- readers --- */

static void readers_are_bounded(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    static struct txn *txns[LIMIT_READ_TXNS];
    struct txn *one_more = NULL;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < LIMIT_READ_TXNS; i++) {
            assert_ok(txn_begin_read(t.db, &t.arena, &txns[i]));
        }
        assert_reason(txn_begin_read(t.db, &t.arena, &one_more), STORE_READERS_FULL);
        assert_int_equal(db_readers(t.db).open, LIMIT_READ_TXNS);
        for (size_t i = 0; i < LIMIT_READ_TXNS; i++) {
            txn_end_read(txns[i]);
        }
        assert_int_equal(db_readers(t.db).open, 0);
    }
    temp_store_stop(&t);
}

static void late_readers_are_counted(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct txn *txn = NULL;
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    fake_clock_advance(&t.clock, LIMIT_READ_TXN_MS);
    assert_int_equal(db_readers(t.db).oldest_ms, LIMIT_READ_TXN_MS);
    txn_end_read(txn);
    assert_int_equal(db_readers(t.db).overdue, 0);
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    fake_clock_advance(&t.clock, LIMIT_READ_TXN_MS + 1);
    txn_end_read(txn);
    assert_int_equal(db_readers(t.db).overdue, 1);
    assert_int_equal(db_readers(t.db).oldest_ms, 0);
    temp_store_stop(&t);
}

/* A transaction that was reset holds nothing: its line has "-" for a commit.  The first line is a heading. */
static int count_holder(const char *line, void *ctx)
{
    *(int *)ctx += strchr(line, '-') == NULL && strstr(line, "pid") == NULL &&
                           strchr(line, '(') == NULL
                       ? 1
                       : 0;
    return 0;
}

static int snapshots_held(const struct temp_store *t)
{
    int count = 0;
    (void)mdb_reader_list(t->db->env, count_holder, &count);
    return count;
}

static void a_reader_lingers_until_the_next_commit(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct txn *txn = NULL, *late = NULL;
    uint32_t zero = 0;
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    uint64_t first = txn_snapshot(txn);
    txn_end_read(txn);
    assert_int_equal(snapshots_held(&t), 1); /* it costs nothing: nothing was committed since */
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    assert_int_equal(txn_snapshot(txn), first);
    txn_end_read(txn);
    assert_ok(txn_begin_read(t.db, &t.arena, &late));
    assert_ok(temp_store_write(&t, write_and_drop, &zero));
    assert_int_equal(snapshots_held(&t), 1); /* the one in use */
    txn_end_read(late);
    assert_int_equal(snapshots_held(&t), 0); /* it saw an old commit: it does not stay */
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    assert_true(txn_snapshot(txn) > first);
    txn_end_read(txn);
    assert_ok(temp_store_write(&t, write_and_drop, &zero));
    assert_int_equal(snapshots_held(&t), 0); /* the commit ended what lingered */
    temp_store_stop(&t);
}

static void a_read_sees_one_moment(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    struct txn *txn = NULL;
    struct cell cell = cell_of(TABLE_campaign, key_u32(key_empty(), 0));
    bytes plain;
    uint32_t zero = 0;
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    assert_ptr_equal(txn_arena(txn), &t.arena);
    assert_ptr_equal(txn_keys(txn), &t.keys);
    assert_ptr_equal(txn_random(txn), &random_system);
    assert_ok(temp_store_write(&t, write_and_drop, &zero));
    assert_reason(table_get(txn, &cell, &plain), NOT_FOUND);
    txn_end_read(txn);
    assert_ok(txn_begin_read(t.db, &t.arena, &txn));
    assert_ok(table_get(txn, &cell, &plain));
    txn_end_read(txn);
    assert_true(db_free_disk_bytes(t.db) > 0);
    temp_store_stop(&t);
}

static void errors_have_reasons(void **state)
{
    (void)state;
    assert_ok(status_of_mdb(0));
    assert_reason(status_of_mdb(MDB_NOTFOUND), NOT_FOUND);
    assert_reason(status_of_mdb(MDB_READERS_FULL), STORE_READERS_FULL);
    assert_reason(status_of_mdb(MDB_CORRUPTED), STORE_CORRUPT);
    assert_reason(status_of_mdb(MDB_VERSION_MISMATCH), STORE_VERSION);
    assert_reason(status_of_mdb(MDB_MAP_FULL), STORE_FULL);
    assert_reason(status_of_mdb(MDB_PANIC), STORE_FAILED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judges_file_systems),
        cmocka_unit_test(refuses_a_file_system_without_files),
        cmocka_unit_test(judges_flags),
        cmocka_unit_test(opens_with_safe_flags_and_the_whole_map),
        cmocka_unit_test(one_process_writes),
        cmocka_unit_test(files_are_private),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(overwritten_meta_pages_are_refused),
        cmocka_unit_test(other_keys_do_not_open_it),
        cmocka_unit_test(another_schema_is_refused),
#ifdef HAYAT_FAILPOINTS
        cmocka_unit_test(a_killed_first_open_leaves_nothing),
#endif
        cmocka_unit_test(others_may_read_beside),
        cmocka_unit_test(time_never_goes_back),
        cmocka_unit_test(time_survives_a_restart),
        cmocka_unit_test(readers_are_bounded),
        cmocka_unit_test(late_readers_are_counted),
        cmocka_unit_test(a_reader_lingers_until_the_next_commit),
        cmocka_unit_test(a_read_sees_one_moment),
        cmocka_unit_test(errors_have_reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
