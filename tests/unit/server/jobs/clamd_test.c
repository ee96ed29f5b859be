/*
 * Promise: only a scanner that read the whole file and says OK calls it clean; one that is away, slow, silent, wrong or too small has
 * given no verdict (SEC-E6).  Tried with a simulator, and with ClamAV itself where it is installed.
 */
#include "tests/support/cm.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/defer.h"
#include "jobs/clamd.h"
#include "tests/support/clamd.h"

enum { PIECES = 20, PIECE_BYTES = 65480, SHORT_MS = 300, LONG_MS = 20000 };

static const char EICAR[] = "X5O!P%@AP[4\\PZX54(P^)7CC)7}$"
                            "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";

/* --- a file --- */

struct source {
    bytes data;
    size_t pieces; /* of DATA, one behind the other */
    status fails;
};

static status next(void *ctx, bytes *ret_piece)
{
    struct source *source = ctx;
    *ret_piece = source->pieces > 0 ? source->data : bytes_of(NULL, 0);
    source->pieces -= source->pieces > 0 ? 1 : 0;
    return source->fails;
}

static status try_scan(const char *path, struct source source, int64_t timeout_ms,
                       enum clamd_verdict *ret_verdict)
{
    const struct clamd_question question = {
        .socket = path, .timeout_ms = timeout_ms, .next = next, .ctx = &source};
    return clamd_scan(&question, ret_verdict);
}

static enum clamd_verdict scan(const char *path, struct source source, int64_t timeout_ms)
{
    enum clamd_verdict verdict;
    assert_ok(try_scan(path, source, timeout_ms, &verdict));
    return verdict;
}

static struct source large_file(void)
{
    static uint8_t data[PIECE_BYTES];
    return (struct source){bytes_of(data, sizeof data), PIECES, STATUS_OK};
}

/* --- the simulator --- */

static void test_what_is_said(void **state)
{
    (void)state;
    static const struct {
        enum clamd_manner manner;
        const char *answer;
        enum clamd_verdict verdict;
    } rows[] = {
        {CLAMD_ANSWERS, "stream: OK", CLAMD_CLEAN},
        {CLAMD_ANSWERS, "stream: Eicar-Test FOUND", CLAMD_INFECTED},
        {CLAMD_ANSWERS, "stream: Broken.Executable ERROR", CLAMD_SILENT},
        {CLAMD_ANSWERS, "stream: OK ", CLAMD_SILENT},
        {CLAMD_ANSWERS, "OK", CLAMD_SILENT},
        {CLAMD_ANSWERS, "", CLAMD_SILENT},
        {CLAMD_ANSWERS, "UNKNOWN COMMAND", CLAMD_SILENT},
        {CLAMD_ANSWERS, "INSTREAM size limit exceeded. ERROR", CLAMD_TOO_LARGE},
        {CLAMD_HURRIES, "INSTREAM size limit exceeded. ERROR", CLAMD_TOO_LARGE},
        {CLAMD_HURRIES, "stream: OK", CLAMD_SILENT}, /* it did not hear it all */
        {CLAMD_MUMBLES, "stream: OK", CLAMD_SILENT},
        {CLAMD_STALLS, "", CLAMD_SILENT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct clamd clamd;
        clamd_start(&clamd, rows[i].manner, rows[i].answer);
        const int64_t timeout_ms = rows[i].manner == CLAMD_STALLS ? SHORT_MS : LONG_MS;
        const enum clamd_verdict verdict = scan(clamd.path, large_file(), timeout_ms);
        clamd_stop(&clamd);
        /* A connection that is reset takes what was said with it: then it is silence. */
        const bool lost = rows[i].manner == CLAMD_HURRIES && verdict == CLAMD_SILENT;
        assert_true(verdict == rows[i].verdict || lost);
        assert_true(rows[i].manner == CLAMD_HURRIES || clamd.heard == (size_t)PIECES * PIECE_BYTES);
    }
}

static void test_nobody_there(void **state)
{
    (void)state;
    static const char too_long[] =
        "/tmp/"
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789";
    assert_int_equal(scan("/tmp/hayat-no-such-socket", large_file(), LONG_MS), CLAMD_SILENT);
    assert_int_equal(scan(too_long, large_file(), LONG_MS), CLAMD_SILENT);
}

static void test_a_file_that_cannot_be_read(void **state)
{
    (void)state;
    struct clamd clamd;
    enum clamd_verdict verdict;
    clamd_start(&clamd, CLAMD_ANSWERS, "stream: OK");
    const struct source broken = {bytes_str("a"), 1, FAIL(STORE_CORRUPT)};
    assert_reason(try_scan(clamd.path, broken, LONG_MS, &verdict), STORE_CORRUPT);
    assert_int_equal(verdict, CLAMD_SILENT);
    clamd_stop(&clamd);
}

/* --- ClamAV itself --- */

struct real {
    char directory[32], socket[64], config[64], signatures[64];
    pid_t pid;
};

static void write_file(const char *path, const char *text)
{
    DEFER(defer_fclose) FILE *file = fopen(path, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
}

/* Its only signature is the test file's, anywhere in a file. */
static void write_signature(const char *path)
{
    char text[256] = "Eicar-Test:0:*:";
    for (size_t i = 0; i < sizeof EICAR - 1; i++) {
        const size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%02x", (unsigned)(uint8_t)EICAR[i]);
    }
    write_file(path, text);
}

static void start_real(struct real *real)
{
    char config[512];
    memcpy(real->directory, "/tmp/hayat-clam-XXXXXX", 23);
    assert_non_null(mkdtemp(real->directory));
    (void)snprintf(real->socket, sizeof real->socket, "%s/socket", real->directory);
    (void)snprintf(real->config, sizeof real->config, "%s/clamd.conf", real->directory);
    (void)snprintf(real->signatures, sizeof real->signatures, "%s/local.ndb", real->directory);
    (void)snprintf(config, sizeof config,
                   "Foreground yes\nLocalSocket %s\nDatabaseDirectory %s\nOfficialDatabaseOnly no\n"
                   "StreamMaxLength 1M\n",
                   real->socket, real->directory);
    write_file(real->config, config);
    write_signature(real->signatures);
    real->pid = fork();
    if (real->pid == 0) {
        (void)freopen("/dev/null", "w", stdout);
        (void)freopen("/dev/null", "w", stderr);
        (void)execl("/usr/sbin/clamd", "clamd", "-c", real->config, (char *)NULL);
        _exit(99);
    }
    struct stat there;
    for (int i = 0; i < 1000 && stat(real->socket, &there) != 0; i++) {
        (void)nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
}

static void stop_real(const struct real *real)
{
    (void)kill(real->pid, SIGTERM);
    (void)waitpid(real->pid, NULL, 0);
    (void)unlink(real->socket);
    (void)unlink(real->config);
    (void)unlink(real->signatures);
    (void)rmdir(real->directory);
}

static void test_clamav(void **state)
{
    (void)state;
    struct real real;
    if (access("/usr/sbin/clamd", X_OK) != 0) {
        skip();
    }
    start_real(&real);
    const bytes eicar = bytes_of(EICAR, sizeof EICAR - 1);
    assert_int_equal(
        scan(real.socket, (struct source){bytes_str("I am alive."), 3, STATUS_OK}, LONG_MS),
        CLAMD_CLEAN);
    assert_int_equal(scan(real.socket, (struct source){eicar, 1, STATUS_OK}, LONG_MS),
                     CLAMD_INFECTED);
    const enum clamd_verdict large = scan(real.socket, large_file(), LONG_MS);
    assert_true(large == CLAMD_TOO_LARGE || large == CLAMD_SILENT); /* past its StreamMaxLength */
    stop_real(&real);
    assert_int_equal(scan(real.socket, (struct source){eicar, 1, STATUS_OK}, LONG_MS),
                     CLAMD_SILENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_said),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_a_file_that_cannot_be_read),
        cmocka_unit_test(test_clamav),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
