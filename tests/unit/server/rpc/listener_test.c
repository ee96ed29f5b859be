/*
 * Promise: the edge's socket is taken over only from the dead, only our own is removed, the backlog
 * is served on the way out, and running out of descriptors stops nothing for good.
 */
#include "tests/support/cm.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "rpc/listener.h"

static char directory[64], path[80];
static _Atomic int connected_count;
static _Atomic int last_fd;

static void connected(void *ctx, int fd)
{
    (void)ctx;
    last_fd = fd;
    connected_count++;
}

static status start(struct listener **ret)
{
    const struct listener_options options = {.path = path, .connected = connected};
    connected_count = 0;
    return listener_start(&options, ret);
}

static struct sockaddr_un address(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    memcpy(to.sun_path, path, strlen(path) + 1);
    return to;
}

static int dial(void)
{
    struct sockaddr_un to = address();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* At most a second, usually at once. */
static bool wait_until_connected(int count)
{
    for (int i = 0; i < 1000 && connected_count < count; i++) {
        (void)poll(NULL, 0, 1);
    }
    return connected_count >= count;
}

static void test_serves_and_cleans_up(void **state)
{
    (void)state;
    struct listener *listener = NULL;
    struct stat st;
    assert_ok(start(&listener));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0660);
    int fd = dial();
    assert_true(fd >= 0 && wait_until_connected(1));
    (void)close(last_fd);
    (void)close(fd);
    listener_stop(listener);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_takes_over_from_the_dead_only(void **state)
{
    (void)state;
    struct listener *first = NULL, *second = NULL;
    assert_ok(start(&first));
    assert_reason(start(&second), SOCKET_IN_USE);
    listener_stop(first);
    struct sockaddr_un stale = address();
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&stale, sizeof stale), 0);
    (void)close(fd); /* nobody listens there */
    assert_ok(start(&second));
    listener_stop(second);
    FILE *file = fopen(path, "w");
    (void)fclose(file);
    assert_reason(start(&second), SOCKET_IN_USE);
    (void)unlink(path);
}

static void test_leaves_a_newer_socket(void **state)
{
    (void)state;
    struct listener *older = NULL, *newer = NULL;
    assert_ok(start(&older));
    (void)unlink(path);
    assert_ok(start(&newer));
    listener_stop(older);
    assert_int_equal(access(path, F_OK), 0);
    listener_stop(newer);
}

static void test_the_backlog_is_served_on_the_way_out(void **state)
{
    (void)state;
    struct listener *listener = NULL;
    int fds[20];
    assert_ok(start(&listener));
    for (int i = 0; i < 20; i++) {
        fds[i] = dial();
    }
    listener_stop(listener);
    assert_int_equal(connected_count, 20);
    for (int i = 0; i < 20; i++) {
        (void)close(fds[i]); /* the accepted ends stay open to the end of the program */
    }
}

static void test_survives_descriptor_exhaustion(void **state)
{
    (void)state;
    struct listener *listener = NULL;
    struct rlimit before, tight;
    assert_ok(start(&listener));
    int probe = dial();
    assert_true(wait_until_connected(1));
    (void)getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    tight.rlim_cur = (rlim_t)last_fd + 3; /* the next connection finds no descriptor for itself */
    int fd = dial();
    assert_true(wait_until_connected(2));
    int late = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    struct sockaddr_un to = address();
    assert_int_equal(connect(late, (const struct sockaddr *)&to, sizeof to), 0);
    (void)poll(NULL, 0, 50);
    assert_int_equal(connected_count, 2);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_true(wait_until_connected(3));
    (void)close(probe);
    (void)close(fd);
    (void)close(late);
    listener_stop(listener);
}

static int make_directory(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/hayat-listener-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    (void)snprintf(path, sizeof path, "%s/s", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_serves_and_cleans_up),
        cmocka_unit_test(test_takes_over_from_the_dead_only),
        cmocka_unit_test(test_leaves_a_newer_socket),
        cmocka_unit_test(test_the_backlog_is_served_on_the_way_out),
        cmocka_unit_test(test_survives_descriptor_exhaustion),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
