#include "rpc/listener.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/array.h"
#include "base/defer.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread.h"

struct listener {
    struct listener_options options;
    int socket, wake, epoll;
    struct stat own; /* of the path, as we made it */
    size_t open_count;
    bool listening, starved; /* whether epoll watches the socket; whether descriptors ran out */
    pthread_t thread;
};

/* --- the path --- */

static status address_of(const char *path, struct sockaddr_un *ret)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof ret->sun_path) {
        return FAIL(LISTEN_FAILED);
    }
    memcpy(ret->sun_path, path, len + 1);
    return STATUS_OK;
}

/* Invariant 2: a stale socket goes, everything else stays. */
static status clear_path(const char *path, const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(path, &st) != 0) {
        return errno == ENOENT ? STATUS_OK : FAIL(LISTEN_FAILED);
    }
    if (!S_ISSOCK(st.st_mode)) {
        return FAIL(SOCKET_IN_USE);
    }
    DEFER(defer_close) int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (probe < 0) {
        return FAIL(LISTEN_FAILED);
    }
    if (connect(probe, (const struct sockaddr *)address, sizeof *address) == 0 ||
        errno != ECONNREFUSED) {
        return FAIL(SOCKET_IN_USE);
    }
    return unlink(path) == 0 ? STATUS_OK : FAIL(LISTEN_FAILED);
}

static status bind_path(struct listener *listener)
{
    const char *path = listener->options.path;
    struct sockaddr_un address;
    TRY(address_of(path, &address));
    TRY(clear_path(path, &address));
    listener->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* fchmod before bind decides the mode of the path, without a moment of another one. */
    if (listener->socket < 0 || fchmod(listener->socket, 0660) != 0 ||
        bind(listener->socket, (const struct sockaddr *)&address, sizeof address) != 0 ||
        chmod(path, 0660) != 0 || listen(listener->socket, LIMIT_UNIX_BACKLOG) != 0 ||
        lstat(path, &listener->own) != 0) {
        return FAIL(LISTEN_FAILED);
    }
    return STATUS_OK;
}

static void unlink_own(const struct listener *listener)
{
    struct stat st;
    if (lstat(listener->options.path, &st) == 0 && st.st_dev == listener->own.st_dev &&
        st.st_ino == listener->own.st_ino) {
        (void)unlink(listener->options.path); /* invariant 3 */
    }
}

/* --- the loop --- */

static bool watch(const struct listener *listener, int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};
    return epoll_ctl(listener->epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

static void listen_on(struct listener *listener, bool on)
{
    if (on == listener->listening) {
        return;
    }
    struct epoll_event event = {.events = on ? EPOLLIN : 0, .data.fd = listener->socket};
    listener->listening = epoll_ctl(listener->epoll, EPOLL_CTL_MOD, listener->socket, &event) == 0
                              ? on
                              : !on;
}

static void log_peer(int fd)
{
    struct ucred peer = {0};
    socklen_t len = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0) {
        log_event(LOG_DEBUG, "edge_connected", LOG_NUMBER("uid", peer.uid),
                  LOG_NUMBER("pid", peer.pid));
    }
}

/* Invariant 1.  The duplicate hears of the end of the connection, whoever ends it. */
static bool admit(struct listener *listener, int fd)
{
    int twin = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (twin < 0 || !watch(listener, twin, EPOLLRDHUP | EPOLLONESHOT)) {
        (void)close(fd);
        if (twin >= 0) {
            (void)close(twin);
        }
        return false;
    }
    listener->open_count++;
    log_peer(fd);
    listener->options.connected(listener->options.ctx, fd);
    return true;
}

static void log_starved(struct listener *listener)
{
    if (!listener->starved) {
        log_event(LOG_ERROR, "descriptors_exhausted", LOG_NUMBER("errno", errno));
    }
    listener->starved = true;
    listen_on(listener, false);
}

static void accept_all(struct listener *listener)
{
    while (listener->open_count < LIMIT_UNIX_CONNECTIONS) {
        int fd = accept4(listener->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) {
            continue;
        }
        if (fd < 0 && errno == EAGAIN) {
            listener->starved = false;
            return;
        }
        if (fd < 0 || !admit(listener, fd)) {
            log_starved(listener);
            return;
        }
    }
    listen_on(listener, false);
}

static void forget(struct listener *listener, int twin)
{
    (void)close(twin); /* leaves the epoll set with it */
    listener->open_count--;
    listen_on(listener, true);
}

static void *listener_main(void *arg)
{
    struct listener *listener = arg;
    for (;;) {
        struct epoll_event events[64];
        int n = epoll_wait(listener->epoll, events, (int)ARRAY_LEN(events),
                           listener->starved ? LIMIT_ACCEPT_BACK_OFF_MS : -1);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            if (fd == listener->wake) {
                accept_all(listener); /* whoever is in the backlog */
                return NULL;
            }
            if (fd != listener->socket) {
                forget(listener, fd);
            }
        }
        if (listener->starved) {
            listen_on(listener, true);
        }
        accept_all(listener);
    }
}

/* --- life --- */

static status prepare(struct listener *listener)
{
    TRY(bind_path(listener));
    listener->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    listener->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (listener->wake < 0 || listener->epoll < 0 || !watch(listener, listener->wake, EPOLLIN) ||
        !watch(listener, listener->socket, EPOLLIN)) {
        return FAIL(LISTEN_FAILED);
    }
    listener->listening = true;
    return thread_start(&listener->thread, "hayat-listener", listener_main, listener)
               ? STATUS_OK
               : FAIL(LISTEN_FAILED);
}

static void release(struct listener *listener)
{
    defer_close(&listener->socket);
    defer_close(&listener->wake);
    defer_close(&listener->epoll);
    free(listener);
}

status listener_start(const struct listener_options *options, struct listener **ret_listener)
{
    struct listener *listener = calloc(1, sizeof *listener);
    if (listener == NULL) {
        return FAIL(LISTEN_FAILED);
    }
    *listener = (struct listener){.options = *options, .socket = -1, .wake = -1, .epoll = -1};
    status s = prepare(listener);
    if (!ok(s)) {
        release(listener);
        return s;
    }
    *ret_listener = listener;
    return STATUS_OK;
}

void listener_stop(struct listener *listener)
{
    if (listener == NULL) {
        return;
    }
    const uint64_t one = 1;
    ssize_t ignored = write(listener->wake, &one, sizeof one);
    (void)ignored; /* an eventfd takes 8 bytes */
    (void)pthread_join(listener->thread, NULL);
    unlink_own(listener);
    release(listener);
}
