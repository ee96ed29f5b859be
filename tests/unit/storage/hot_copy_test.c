/*
 * Promise (SEC-D8): a copy is one commit, whole, whatever is written while it is taken; the writer waits for nobody who takes it,
 * however long they need; whoever takes it may stop; and what one that was killed held of the store is free again.
 */
#include "storage/hot_copy.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/check.h"
#include "storage/resident.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { FIRST_YEAR = 2000, YEARS = 8000 }; /* more than a pipe holds */

struct years {
    uint32_t from, to;
};

static status put_years(void *ctx, struct txn *txn)
{
    const struct years *years = ctx;
    for (uint32_t year = years->from; year < years->to; year++) {
        Hayat__Store__V1__StoredCampaign campaign = HAYAT__STORE__V1__STORED_CAMPAIGN__INIT;
        campaign.year = (int32_t)year;
        struct cell cell = cell_of(TABLE_campaign, key_u32(key_empty(), year));
        TRY(table_put_record(txn, &cell, &campaign.base));
    }
    return STATUS_OK;
}

static void put(struct temp_store *t, uint32_t from, uint32_t to)
{
    for (uint32_t at = from; at < to; at += 500) {
        struct years years = {at, at + 500 < to ? at + 500 : to};
        assert_ok(temp_store_write(t, put_years, &years));
    }
}

struct taking {
    struct temp_store *t;
    int fd;
    uint32_t pieces, writes;
};

/* Each piece is a while underway: others write meanwhile. */
static bool take(void *ctx, bytes piece)
{
    struct taking *taking = ctx;
    if (taking->pieces++ < 3) {
        uint32_t year = FIRST_YEAR + YEARS + taking->writes++;
        put(taking->t, year, year + 1);
    }
    return descriptor_write_all(taking->fd, piece);
}

static void check_copy(struct temp_store *t, const char *directory, uint64_t years)
{
    struct db_options options = temp_store_options(t);
    options.directory = directory;
    options.read_only = true;
    struct db *copy = NULL;
    struct db_check_report report;
    assert_ok(db_open(&options, &copy));
    assert_ok(db_check(copy, NULL, NULL, &report));
    assert_int_equal(report.cells[TABLE_campaign], years);
    assert_int_equal(report.epochs[DOMAIN_SYSTEM], 1U << 1);
    assert_int_equal(report.epochs[DOMAIN_HEALTH], 0);
    db_close(copy);
}

static void a_copy_is_one_commit(void **state)
{
    (void)state;
    struct temp_store t;
    char directory[96], path[128];
    temp_store_start(&t);
    put(&t, FIRST_YEAR, FIRST_YEAR + YEARS);
    (void)snprintf(directory, sizeof directory, "%s/copy", t.directory);
    (void)snprintf(path, sizeof path, "%s/data.mdb", directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    struct taking taking = {.t = &t, .fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600)};
    assert_true(taking.fd >= 0);
    uint64_t expected = db_used_bytes(t.db);
    assert_ok(hot_copy(t.db, take, &taking));
    struct stat st;
    assert_int_equal(fstat(taking.fd, &st), 0);
    assert_true((uint64_t)st.st_size == expected);
    assert_true(taking.pieces > 3);
    (void)close(taking.fd);
    check_copy(&t, directory, YEARS);
    /* What was written meanwhile is in the store. */
    struct db_check_report report;
    assert_ok(db_check(t.db, NULL, NULL, &report));
    assert_int_equal(report.cells[TABLE_campaign], YEARS + taking.writes);
    temp_store_stop(&t);
}

static bool stop_at_once(void *ctx, bytes piece)
{
    (void)piece;
    ++*(int *)ctx;
    return false;
}

static void whoever_takes_may_stop(void **state)
{
    (void)state;
    struct temp_store t;
    temp_store_start(&t);
    put(&t, FIRST_YEAR, FIRST_YEAR + YEARS);
    int pieces = 0;
    assert_reason(hot_copy(t.db, stop_at_once, &pieces), CANCELLED);
    assert_int_equal(pieces, 1);
    put(&t, FIRST_YEAR + YEARS, FIRST_YEAR + YEARS + 1);
    temp_store_stop(&t);
}

static bool die(void *ctx, bytes piece)
{
    (void)ctx;
    (void)piece;
    (void)kill(getpid(), SIGKILL);
    return false;
}

/* Once the parent has the store open: the open looks for the dead as well. */
static void copy_and_die(struct temp_store *t, int go)
{
    char word;
    struct db_options options = temp_store_options(t);
    options.read_only = true;
    if (read(go, &word, 1) == 1 && ok(db_open(&options, &t->db))) {
        (void)hot_copy(t->db, die, NULL);
    }
    _exit(EXIT_FAILURE);
}

static void a_killed_copy_holds_nothing(void **state)
{
    (void)state;
    struct temp_store t;
    int go[2], wait_status = 0;
    temp_store_start(&t);
    put(&t, FIRST_YEAR, FIRST_YEAR + YEARS);
    temp_store_close(&t);
    assert_int_equal(pipe(go), 0);
    pid_t pid = fork();
    if (pid == 0) {
        temp_store_in_child();
        copy_and_die(&t, go[0]);
    }
    temp_store_open(&t);
    assert_int_equal(db_drop_dead_readers(t.db), 0);
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(pid, &wait_status, 0), pid);
    assert_true(WIFSIGNALED(wait_status) && WTERMSIG(wait_status) == SIGKILL);
    struct txn *own = NULL;
    assert_ok(txn_begin_read(t.db, &t.arena, &own));
    assert_int_equal(db_drop_dead_readers(t.db), 1);
    assert_int_equal(db_drop_dead_readers(t.db), 0);
    txn_end_read(own);
    put(&t, FIRST_YEAR + YEARS, FIRST_YEAR + YEARS + 1);
    (void)close(go[0]);
    (void)close(go[1]);
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_copy_is_one_commit),
        cmocka_unit_test(whoever_takes_may_stop),
        cmocka_unit_test(a_killed_copy_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
