/* Promise: the service manager that asks to be told is told, at a path or an abstract name; without one nothing happens. */
#include "tests/support/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/service_manager.h"

/* NAME as in $NOTIFY_SOCKET; what comes out is bound there. */
static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(fd >= 0);
    memcpy(address.sun_path, name, strlen(name));
    if (name[0] == '@') {
        address.sun_path[0] = '\0';
    }
    socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, len), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
    return fd;
}

static void assert_hears(int fd, const char *line)
{
    char heard[64] = "";
    assert_int_equal(recv(fd, heard, sizeof heard - 1, 0), (ssize_t)strlen(line));
    assert_string_equal(heard, line);
}

static void test_told(void **state)
{
    (void)state;
    char directory[] = "/tmp/hayat-notify-XXXXXX";
    char names[2][64];
    assert_non_null(mkdtemp(directory));
    (void)snprintf(names[0], sizeof names[0], "%s/socket", directory);
    (void)snprintf(names[1], sizeof names[1], "@hayat-notify-%ld", (long)getpid());
    for (size_t i = 0; i < 2; i++) {
        int fd = listen_at(names[i]);
        assert_true(service_manager_tell("READY=1"));
        assert_hears(fd, "READY=1");
        assert_true(service_manager_tell("STOPPING=1"));
        assert_hears(fd, "STOPPING=1");
        (void)close(fd);
    }
    assert_false(service_manager_tell("READY=1")); /* gone */
    (void)unlink(names[0]);
    (void)rmdir(directory);
}

static void test_nobody_asked(void **state)
{
    (void)state;
    char too_long[256];
    memset(too_long, 'a', sizeof too_long - 1);
    too_long[0] = '/';
    too_long[sizeof too_long - 1] = '\0';
    const char *const none[] = {"", "@", "relative", too_long};
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(setenv("NOTIFY_SOCKET", none[i], 1), 0);
        assert_false(service_manager_tell("READY=1"));
    }
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    assert_false(service_manager_tell("READY=1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_told),
                                       cmocka_unit_test(test_nobody_asked)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
