/*
 * Promise: a helper's answer comes back whole however large its input; one that fails, talks too much, or does not end in
 * time is a failure and is gone; it inherits nothing; it is found in a build and where it is installed.
 */
#include "tests/support/cm.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "helper/helper.h"

enum { MIB = 1 << 20 };

static struct arena arena;

static status shell(const char *script, int64_t deadline_ms, bytes input, bytes *ret_output)
{
    const char *args[] = {"-c", script, NULL};
    const struct helper helper = {.program = "/bin/sh",
                                  .args = args,
                                  .deadline_ms = deadline_ms,
                                  .output_max = (size_t)4 * MIB};
    return helper_run(&helper, input, &arena, ret_output);
}

static void assert_says(const char *script, const char *expected)
{
    bytes output;
    assert_ok(shell(script, 10000, (bytes){NULL, 0}, &output));
    assert_true(bytes_equal_str(output, expected));
}

static void test_echo(void **state)
{
    (void)state;
    const size_t len = 3 * MIB + 7;
    uint8_t *input = test_malloc(len);
    bytes output;
    for (size_t i = 0; i < len; i++) {
        input[i] = (uint8_t)(i * 31 >> 3);
    }
    assert_ok(shell("exec cat", 10000, bytes_of(input, len), &output));
    assert_true(bytes_equal(output, bytes_of(input, len)));
    test_free(input);
}

static void test_answers_without_reading(void **state)
{
    (void)state;
    static uint8_t input[MIB];
    bytes output;
    assert_ok(shell("echo done", 10000, bytes_of(input, sizeof input), &output));
    assert_true(bytes_equal_str(output, "done\n"));
    assert_says("exec cat", "");
}

static void test_failures(void **state)
{
    (void)state;
    bytes output, nothing = {NULL, 0};
    assert_reason(shell("echo half; exit 3", 10000, nothing, &output), HELPER_FAILED);
    assert_reason(shell("kill -9 $$", 10000, nothing, &output), HELPER_FAILED);
    assert_reason(shell("exec head -c 5000000 /dev/zero", 10000, nothing, &output), HELPER_FAILED);
    const struct helper none = {.program = "/nonexistent", .deadline_ms = 1000, .output_max = 10};
    assert_reason(helper_run(&none, nothing, &arena, &output), HELPER_FAILED);
}

/* The pid the script printed into a file is gone. */
static void assert_gone(const char *path)
{
    char text[32] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    (void)close(fd);
    pid_t pid = (pid_t)strtol(text, NULL, 10);
    assert_true(pid > 1);
    assert_int_equal(kill(pid, 0), -1);
}

static void test_late_ones_are_killed(void **state)
{
    (void)state;
    char path[] = "/tmp/hayat-helper-XXXXXX", script[128];
    int fd = mkstemp(path);
    bytes output;
    assert_true(fd >= 0);
    (void)close(fd);
    (void)snprintf(script, sizeof script, "echo $$ > %s; exec sleep 600", path);
    assert_reason(shell(script, 300, (bytes){NULL, 0}, &output), HELPER_FAILED);
    assert_gone(path);
    /* ... also those that closed their output and go on. */
    (void)snprintf(script, sizeof script, "echo $$ > %s; exec >&-; exec sleep 600", path);
    assert_reason(shell(script, 300, (bytes){NULL, 0}, &output), HELPER_FAILED);
    assert_gone(path);
    (void)unlink(path);
}

static void test_inherits_nothing(void **state)
{
    (void)state;
    int fd = open("/dev/zero",
                  O_RDONLY); /* NOLINT(android-cloexec-open): inheritable, as gRPC's are */
    assert_true(fd >= 0);
    assert_int_equal(setenv("HAYAT_SECRET", "canary", 1), 0);
    sigset_t all, before;
    (void)sigfillset(&all);
    assert_int_equal(pthread_sigmask(SIG_BLOCK, &all, &before), 0);
    assert_says("for f in $(seq 0 64); do [ -e /proc/$$/fd/$f ] && echo $f; done; true",
                "0\n1\n2\n");
    assert_says("echo \"$HAYAT_SECRET\"", "\n");
    assert_says("grep SigBlk /proc/self/status", "SigBlk:\t0000000000000000\n");
    assert_int_equal(pthread_sigmask(SIG_SETMASK, &before, NULL), 0);
    (void)close(fd);
}

/* This program, at a place of its own; it then prints where it finds a helper. */
static void assert_found(const char *root, const char *program, const char *expected)
{
    char command[512], path[PATH_MAX];
    (void)snprintf(command, sizeof command, "exec %s/%s --find hayat-helper", root, program);
    (void)snprintf(path, sizeof path, "%s/%s", root, expected);
    assert_says(command, path);
}

static void test_found_beside_or_installed(void **state)
{
    (void)state;
    char root[] = "/tmp/hayat-helper-XXXXXX", script[512];
    assert_non_null(mkdtemp(root));
    (void)snprintf(script, sizeof script,
                   "cd %s && mkdir -p sbin libexec/hayat && cp /proc/%ld/exe sbin/self && "
                   "cp /bin/true libexec/hayat/hayat-helper",
                   root, (long)getpid());
    assert_says(script, "");
    assert_found(root, "sbin/self", "sbin/../libexec/hayat/hayat-helper");
    (void)snprintf(script, sizeof script, "cp /bin/true %s/sbin/hayat-helper", root);
    assert_says(script, "");
    assert_found(root, "sbin/self", "sbin/hayat-helper");
    (void)snprintf(script, sizeof script, "rm -r %s", root);
    assert_says(script, "");
}

static int open_arena(void **state)
{
    (void)state;
    arena_init(&arena, (size_t)256 * MIB);
    return 0;
}

static int close_arena(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--find") == 0) {
        char path[PATH_MAX];
        helper_find(argv[2], path);
        return fputs(path, stdout) < 0;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),
        cmocka_unit_test(test_answers_without_reading),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_late_ones_are_killed),
        cmocka_unit_test(test_inherits_nothing),
        cmocka_unit_test(test_found_beside_or_installed),
    };
    return cmocka_run_group_tests(tests, open_arena, close_arena);
}
