/*
 * Promise (SEC-D3): after an erasure no copy of a document opens any more, with all the keys there are: not what lingers in the
 * file's free pages, not an older backup of the store; every other document opens, in both.  Killed at any point of it, or
 * with whichever call failing that writes, renames or syncs, the store and the keys open again, nothing else is lost, and the
 * next pass ends the work.
 *
 * HAYAT_SWEEP_STEP=1 tries every call, and not only every seventh: 50 s.
 */
#include "tests/support/storage_calls.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/array.h"
#include "storage/check.h"
#include "storage/document_store.h"
#include "storage/erasure_keys.h"
#include "storage/failpoint.h"
#include "tests/support/cm.h"
#include "tests/support/kept_store.h"

enum { DOCUMENTS = 6, CHUNKS = 3, EXIT_GAVE_UP = 2 };

static const int64_t LONG_AGO_MS = TEMP_STORE_WALL_MS - 11LL * 366 * 24 * 3600 * 1000;

static bool is_old(uint32_t number)
{
    return number % 2 == 0;
}

static void start(struct kept_store *s)
{
    kept_store_start(s);
    for (uint32_t number = 1; number <= DOCUMENTS; number++) {
        kept_put_document(s, &(struct kept_document){
                                 .number = number,
                                 .chunks = CHUNKS,
                                 .decide_ms = is_old(number) ? LONG_AGO_MS : TEMP_STORE_WALL_MS,
                             });
    }
}

static bool is_gone(status s)
{
    return s.why == REASON_NOT_FOUND || s.why == REASON_DOCUMENT_ERASED;
}

/* --- the files --- */

static void copy_store(const struct kept_store *s, const char *directory)
{
    char path[160];
    size_t len;
    struct temp_store place = s->place;
    uint8_t *file = temp_store_file(&place, &len);
    assert_int_equal(mkdir(directory, 0700), 0);
    (void)snprintf(path, sizeof path, "%s/data.mdb", directory);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(file, 1, len, out), len);
    (void)fclose(out);
    free(file);
}

/* --- nothing opens it any more --- */

/* What a thief of an old copy has: the sealed chunk, and the row with the wrapped key. */
struct loot {
    uint32_t number;
    uint8_t wrapped[WRAPPED_KEY_BYTES];
    uint32_t leaf;
};

static status steal(void *ctx, struct txn *txn)
{
    struct loot *loot = ctx;
    Hayat__Store__V1__StoredDocument *row;
    TRY(document_store_get(txn, kept_owner(loot->number), kept_id(loot->number), &row));
    assert_int_equal(row->wrapped_key.len, WRAPPED_KEY_BYTES);
    memcpy(loot->wrapped, row->wrapped_key.data, WRAPPED_KEY_BYTES);
    loot->leaf = row->leaf;
    return STATUS_OK;
}

static status unwrap_as(const struct kept_store *s, const struct loot *loot, uint32_t leaf)
{
    struct seal_key key;
    struct document_name name = {kept_owner(loot->number), kept_id(loot->number), leaf};
    return document_key_unwrap(s->keys, &name, bytes_of(loot->wrapped, sizeof loot->wrapped), &key);
}

static void test_no_copy_opens(void **state)
{
    (void)state;
    struct kept_store s;
    char backup[128];
    struct loot loot[DOCUMENTS + 1];
    start(&s);
    for (uint32_t number = 1; number <= DOCUMENTS; number++) {
        loot[number] = (struct loot){.number = number};
        assert_ok(kept_look(&s, steal, &loot[number]));
        assert_ok(unwrap_as(&s, &loot[number], loot[number].leaf)); /* it works while it lives */
    }
    (void)snprintf(backup, sizeof backup, "%s/backup", s.place.directory);
    kept_store_close(&s);
    copy_store(&s, backup);
    kept_store_open(&s);
    int old_keys = open(s.erasure, O_RDONLY | O_CLOEXEC);
    assert_ok(kept_run(&s));
    kept_store_close(&s);
    kept_store_open(&s);
    for (uint32_t number = 1; number <= DOCUMENTS; number++) {
        status now = kept_read(&s, number), then = kept_read_copy(&s, backup, number);
        assert_int_equal(now.why, is_old(number) ? REASON_NOT_FOUND : REASON_OK);
        assert_int_equal(then.why, is_old(number) ? REASON_DOCUMENT_ERASED : REASON_OK);
        for (uint32_t leaf = 0; leaf <= 2 * DOCUMENTS; leaf++) {
            status opened = unwrap_as(&s, &loot[number], leaf);
            assert_int_equal(ok(opened), !is_old(number) && leaf == loot[number].leaf);
        }
    }
    /* the old key file was overwritten, and has no name any more */
    uint8_t byte;
    struct stat st;
    assert_int_equal(fstat(old_keys, &st), 0);
    assert_int_equal(st.st_nlink, 0);
    assert_true(st.st_size > 0);
    for (off_t i = 0; i < st.st_size; i++) {
        assert_int_equal(pread(old_keys, &byte, 1, i), 1);
        assert_int_equal(byte, 0);
    }
    (void)close(old_keys);
    kept_store_stop(&s);
}

/* The reason for all this: what LMDB deletes stays in its file. */
static void test_deleted_cells_linger(void **state)
{
    (void)state;
    enum {
        PAGE = 4096,
        PAGES_OF_A_CHUNK = 16,
        PAGES_ALIVE = DOCUMENTS / 2 * CHUNKS * PAGES_OF_A_CHUNK
    };
    struct kept_store s;
    size_t len, len_after, same = 0;
    static const uint8_t nothing[PAGE];
    start(&s);
    uint8_t *before = temp_store_file(&s.place, &len);
    assert_ok(kept_run(&s));
    uint8_t *after = temp_store_file(&s.place, &len_after);
    for (size_t at = 0; at + PAGE <= len && at + PAGE <= len_after; at += PAGE) {
        bool written = memcmp(before + at, nothing, PAGE) != 0;
        same += written && memcmp(before + at, after + at, PAGE) == 0 ? 1 : 0;
    }
    assert_true(same > PAGES_ALIVE + PAGES_ALIVE / 2);
    free(before);
    free(after);
    kept_store_stop(&s);
}

/* A copy that is put back brings its rows, not their keys: they are told apart from damage, and go. */
static void test_a_restored_copy_is_swept(void **state)
{
    (void)state;
    struct kept_store s;
    char backup[128], from[160], to[160];
    struct db_check_report report;
    start(&s);
    (void)snprintf(backup, sizeof backup, "%s/backup", s.place.directory);
    kept_store_close(&s);
    copy_store(&s, backup);
    kept_store_open(&s);
    assert_ok(kept_run(&s));
    kept_store_close(&s);
    (void)snprintf(from, sizeof from, "%s/data.mdb", backup);
    (void)snprintf(to, sizeof to, "%s/data.mdb", s.place.db_directory);
    assert_int_equal(rename(from, to), 0);
    kept_store_open(&s);
    assert_ok(db_check(s.db, NULL, NULL, &report));
    assert_int_equal(report.erased, DOCUMENTS / 2 * CHUNKS);
    assert_reason(kept_read(&s, 2), DOCUMENT_ERASED);
    /* new documents get leaves that live: the counter is an old one again */
    kept_put_document(&s, &(struct kept_document){.number = DOCUMENTS + 1,
                                                  .chunks = 1,
                                                  .decide_ms = TEMP_STORE_WALL_MS});
    assert_ok(kept_read(&s, DOCUMENTS + 1));
    assert_ok(kept_run(&s));
    assert_reason(kept_read(&s, 2), NOT_FOUND);
    assert_ok(kept_read(&s, 1));
    assert_ok(kept_read(&s, DOCUMENTS + 1));
    assert_ok(db_check(s.db, NULL, NULL, &report));
    assert_int_equal(report.erased, 0);
    kept_store_stop(&s);
}

/* --- cut short --- */

static void run_in_child(struct kept_store *s, void (*arm)(void *ctx), void *ctx, int *ret_exit)
{
    kept_store_close(s);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        temp_store_in_child();
        kept_store_open(s);
        arm(ctx);
        _exit(ok(kept_run(s)) ? 0 : EXIT_GAVE_UP);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    *ret_exit = WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
}

/* Whatever happened: the others are whole; no row is gone before its key; a second pass ends it. */
static void verify(struct kept_store *s)
{
    struct db_check_report report;
    kept_store_open(s);
    for (uint32_t number = 1; number <= DOCUMENTS; number++) {
        status found = kept_read(s, number);
        assert_true(is_old(number) ? ok(found) || is_gone(found) : ok(found));
        if (found.why == REASON_NOT_FOUND) {
            assert_true(
                erasure_is_erased(s->keys->erasure, number)); /* leaves are given in order */
        }
    }
    assert_ok(kept_run(s));
    for (uint32_t number = 1; number <= DOCUMENTS; number++) {
        status found = kept_read(s, number);
        assert_int_equal(found.why, is_old(number) ? REASON_NOT_FOUND : REASON_OK);
        assert_int_equal(erasure_is_erased(s->keys->erasure, number), is_old(number));
    }
    assert_ok(db_check(s->db, NULL, NULL, &report));
    char leftover[128];
    (void)snprintf(leftover, sizeof leftover, "%s.old", s->erasure);
    assert_int_not_equal(access(leftover, F_OK), 0);
    kept_store_stop(s);
}

#ifdef HAYAT_FAILPOINTS

static void arm_failpoint(void *ctx)
{
    failpoint_arm(ctx);
}

static void cut_at(const char *point, const char *action, int passage)
{
    struct kept_store s;
    char spec[64];
    int ended;
    (void)snprintf(spec, sizeof spec, "%s=%s@%d", point, action, passage);
    start(&s);
    run_in_child(&s, arm_failpoint, spec, &ended);
    bool killed = strcmp(action, "kill") == 0;
    assert_int_equal(ended, killed ? -SIGKILL : EXIT_GAVE_UP);
    verify(&s);
}

static void test_killed_at_every_point(void **state)
{
    (void)state;
    static const char *const file_points[] = {"erasure.written", "erasure.linked",
                                              "erasure.renamed", "erasure.synced", "erasure.wiped"};
    for (size_t i = 0; i < ARRAY_LEN(file_points); i++) {
        cut_at(file_points[i], "kill", 1);
        cut_at(file_points[i], "error", 1);
    }
    static const char *const store_points[] = {"commit.before", "commit.after", "apply.before"};
    for (size_t i = 0; i < ARRAY_LEN(store_points); i++) {
        for (int passage = 1; passage <= 6; passage += 2) {
            cut_at(store_points[i], "kill", passage);
        }
    }
}

#endif

/* --- the k-th call fails --- */

struct fault {
    int error, at, seen;
    bool fired;
};

static struct fault *fault; /* shared with the child */

static int fail_the_kth(const struct storage_call *call)
{
    (void)call;
    if (++fault->seen != fault->at) {
        return 0;
    }
    fault->fired = true;
    return fault->error;
}

static bool fails(void)
{
    int verdict = hook != NULL ? hook(&(struct storage_call){.fd = -1}) : 0;
    errno = verdict > 0 ? verdict : errno;
    return verdict > 0;
}

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): libc's names are reserved. */
ssize_t write(int fd, const void *buffer, size_t len)
{
    return fails() ? -1 : syscall(SYS_write, fd, buffer, len);
}

int rename(const char *from, const char *to)
{
    return fails() ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to)
{
    return fails() ? -1 : (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
    return fails() ? -1 : (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

static void arm_hook(void *ctx)
{
    (void)ctx;
    hook = fail_the_kth;
}

/* False when there were fewer than K calls. */
static bool fail_call(int k, int error)
{
    struct kept_store s;
    int ended;
    start(&s);
    *fault = (struct fault){.error = error, .at = k};
    run_in_child(&s, arm_hook, NULL, &ended);
    assert_true(ended == 0 || ended == EXIT_GAVE_UP); /* it never crashes */
    verify(&s);
    return fault->fired;
}

static void test_every_call_fails_once(void **state)
{
    (void)state;
    const char *text = getenv("HAYAT_SWEEP_STEP");
    long step = text != NULL ? strtol(text, NULL, 10) : 7;
    int by = step > 0 ? (int)step : 1, k = 1;
    for (; fail_call(k, EIO); k += by) {
    }
    assert_true(k > 10); /* there were calls to fail */
    for (k = 1; fail_call(k, ENOSPC); k += by) {
    }
}

int main(void)
{
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fault == MAP_FAILED) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_copy_opens),
        cmocka_unit_test(test_deleted_cells_linger),
        cmocka_unit_test(test_a_restored_copy_is_swept),
#ifdef HAYAT_FAILPOINTS
        cmocka_unit_test(test_killed_at_every_point),
#endif
        cmocka_unit_test(test_every_call_fails_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
