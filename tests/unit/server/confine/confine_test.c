/* Promise: a confined program computes, with threads, reads and writes what it has open, and dies of anything else (SEC-E6). */
#include "tests/support/cm.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "confine/confine.h"

/* In a child of its own, confined; what is left of it tells. */
static enum confine_calls calls;

static int fate_of(void (*act)(void))
{
    int how = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct confine_limits limits = {.memory_bytes = 256U << 20, .cpu_seconds = 5};
        if (!ok(confine_limits(&limits)) || !ok(confine_calls(calls))) {
            _exit(99);
        }
        act();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return how;
}

static void *nothing(void *ctx)
{
    return ctx;
}

static void compute(void)
{
    pthread_t thread;
    char *memory = malloc(8 << 20);
    if (memory == NULL || pthread_create(&thread, NULL, nothing, NULL) != 0) {
        _exit(1);
    }
    memset(memory, 1, 8 << 20);
    (void)pthread_join(thread, NULL);
    free(memory);
}

static void open_file(void)
{
    const int fd = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    _exit(fd < 0 ? 1 : 0);
}

static void make_socket(void)
{
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    _exit(fd < 0 ? 1 : 0);
}

static void start_program(void)
{
    (void)execl("/bin/true", "true", (char *)NULL);
}

static void make_process(void)
{
    if (fork() == 0) {
        _exit(0);
    }
}

static void signal_parent(void)
{
    (void)kill(getppid(), 0);
}

static void make_code(void)
{
    const void *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    _exit(code == MAP_FAILED ? 1 : 0);
}

static void watch_parent(void)
{
    (void)ptrace(PTRACE_ATTACH, getppid(), NULL, NULL);
}

static void look_for_file(void)
{
    _exit(access("/etc/hostname", F_OK) == 0 ? 0 : 1);
}

static void take_too_much(void)
{
    const void *memory = malloc(512U << 20);
    _exit(memory != NULL ? 1 : 0);
}

static void assert_killed(void (*act)(void))
{
    int how = fate_of(act);
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGSYS);
}

static void test_confined(void **state)
{
    (void)state;
    static void (*const killed[])(void) = {open_file,     make_socket, start_program, make_process,
                                           signal_parent, make_code,   watch_parent};
    if (!confine_applies()) {
        skip();
    }
    for (calls = CONFINE_PARSER; calls <= CONFINE_RENDERER; calls++) {
        assert_int_equal(fate_of(compute), 0);
        assert_int_equal(fate_of(take_too_much), 0);
        for (size_t i = 0; i < sizeof killed / sizeof killed[0]; i++) {
            assert_killed(killed[i]);
        }
    }
}

/* What looks at strangers' files cannot even ask whether another one exists. */
static void test_a_parser_sees_no_names(void **state)
{
    (void)state;
    if (!confine_applies()) {
        skip();
    }
    calls = CONFINE_RENDERER;
    assert_int_equal(fate_of(look_for_file), 0);
    calls = CONFINE_PARSER;
    assert_killed(look_for_file);
}

/* Without privileges, as hayatd's, and behind others already. */
static int fate_of_a_patient_one(void)
{
    int how = 0;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const struct confine_limits limits = {.memory_bytes = 256U << 20, .cpu_seconds = 5};
        if (setpriority(PRIO_PROCESS, 0, 15) != 0 || (geteuid() == 0 && setuid(65534) != 0)) {
            _exit(98);
        }
        _exit(ok(confine_limits(&limits)) && getpriority(PRIO_PROCESS, 0) == 15 ? 0 : 99);
    }
    assert_int_equal(waitpid(pid, &how, 0), pid);
    return how;
}

static void test_a_server_behind_others_has_helpers(void **state)
{
    (void)state;
    assert_int_equal(fate_of_a_patient_one(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_server_behind_others_has_helpers),
                                       cmocka_unit_test(test_confined),
                                       cmocka_unit_test(test_a_parser_sees_no_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
