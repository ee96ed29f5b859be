#include "helper/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/defer.h"

enum { ARGS_MAX = 8, PIECE_BYTES = 65536, US_PER_MS = 1000 };

/* --- where it is --- */

#define INSTALLED "../libexec/hayat/"

void helper_find(const char *name, char out[PATH_MAX])
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    while (len > 0 && self[len - 1] != '/') {
        len--;
    }
    self[len > 0 ? len : 0] = '\0';
    int written = snprintf(out, PATH_MAX, "%s%s", self, name);
    if (written < 0 || written >= PATH_MAX || access(out, X_OK) != 0) {
        written = snprintf(out, PATH_MAX, "%s" INSTALLED "%s", self, name);
    }
    if (written < 0 || written >= PATH_MAX) {
        out[0] = '\0'; /* nothing can be run by such a name */
    }
}

/* --- one run --- */

struct run {
    const struct helper *helper;
    struct helper_flow *flow;
    bytes piece;    /* what is left of it */
    size_t said;    /* bytes */
    int64_t end_us; /* monotonic */
    pid_t pid;
    int to, from; /* -1 when closed */
};

static int64_t now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int left_ms(const struct run *run)
{
    int64_t left = (run->end_us - now_us() + US_PER_MS - 1) / US_PER_MS;
    return left > 0 ? (int)left : 0;
}

static void close_one(int *fd)
{
    defer_close(fd);
    *fd = -1;
}

/* --- starting it --- */

/* A socket pair, not a pipe: a program that ends early must not raise SIGPIPE here. */
struct ends {
    int input[2], output[2]; /* ours first */
};

static bool make_ends(struct ends *ends)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->input) != 0) {
        ends->input[0] = ends->input[1] = -1;
        return false;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends->output) != 0) {
        ends->output[0] = ends->output[1] = -1;
        return false;
    }
    return fcntl(ends->input[0], F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(ends->output[0], F_SETFL, O_NONBLOCK) == 0;
}

static void close_ends(struct ends *ends)
{
    for (int i = 0; i < 2; i++) {
        close_one(&ends->input[i]);
        close_one(&ends->output[i]);
    }
}

/* gRPC does not mark all its descriptors close-on-exec: everything above 2 is closed. */
static bool set_files(posix_spawn_file_actions_t *files, const struct ends *ends)
{
    return posix_spawn_file_actions_adddup2(files, ends->input[1], STDIN_FILENO) == 0 &&
           posix_spawn_file_actions_adddup2(files, ends->output[1], STDOUT_FILENO) == 0 &&
           posix_spawn_file_actions_addopen(files, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
           posix_spawn_file_actions_addclosefrom_np(files, STDERR_FILENO + 1) == 0;
}

/* The server blocks signals in all its threads; the program has to die of them. */
static bool set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    return posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                    POSIX_SPAWN_SETPGROUP) == 0 &&
           posix_spawnattr_setsigdefault(attributes, &all) == 0 &&
           posix_spawnattr_setsigmask(attributes, &none) == 0 &&
           posix_spawnattr_setpgroup(attributes, 0) == 0;
}

static bool set_arguments(const struct helper *helper, const char *argv[ARGS_MAX])
{
    size_t count = 0;
    argv[count++] = helper->program;
    for (const char *const *arg = helper->args; arg != NULL && *arg != NULL; arg++) {
        if (count == ARGS_MAX - 1) {
            return false;
        }
        argv[count++] = *arg;
    }
    argv[count] = NULL;
    return true;
}

static bool spawn(const struct helper *helper, const struct ends *ends, pid_t *ret_pid)
{
    static const char *const environment[] = {"LANG=C.UTF-8", "TZ=UTC0", NULL};
    const char *argv[ARGS_MAX];
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawnattr_init(&attributes);
    /* posix_spawn does not write to its strings; its prototype is older than const. */
    bool good = set_arguments(helper, argv) && set_files(&files, ends) &&
                set_attributes(&attributes) &&
                posix_spawn(ret_pid, helper->program, &files, &attributes,
                            (char *const *)(uintptr_t)argv,
                            (char *const *)(uintptr_t)environment) == 0;
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return good;
}

static status start(struct run *run)
{
    struct ends ends = {{-1, -1}, {-1, -1}};
    if (!make_ends(&ends) || !spawn(run->helper, &ends, &run->pid)) {
        close_ends(&ends);
        return FAIL(HELPER_FAILED);
    }
    run->to = ends.input[0];
    run->from = ends.output[0];
    close_one(&ends.input[1]);
    close_one(&ends.output[1]);
    return STATUS_OK;
}

/* --- feeding it, and what it says --- */

static bool would_block(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static status feed(struct run *run)
{
    if (run->piece.len == 0) {
        TRY(run->flow->next(run->flow->ctx, &run->piece));
    }
    ssize_t n = send(run->to, run->piece.ptr, run->piece.len, MSG_NOSIGNAL);
    if (n > 0) {
        run->piece = bytes_skip(run->piece, (size_t)n);
    } else if (!would_block(n)) {
        close_one(&run->to); /* that was all; or it heard enough: what it answers will tell */
    }
    return STATUS_OK;
}

static status take(struct run *run)
{
    uint8_t piece[PIECE_BYTES];
    ssize_t n = recv(run->from, piece, sizeof piece, 0);
    if (would_block(n)) {
        return STATUS_OK;
    }
    if (n <= 0) {
        close_one(&run->from);
        return n == 0 ? STATUS_OK : FAIL(HELPER_FAILED);
    }
    run->said += (size_t)n;
    return run->said <= run->helper->output_max
               ? run->flow->take(run->flow->ctx, bytes_of(piece, (size_t)n))
               : FAIL(HELPER_FAILED);
}

static status talk(struct run *run)
{
    while (run->from >= 0) {
        struct pollfd polled[2] = {{.fd = run->from, .events = POLLIN},
                                   {.fd = run->to, .events = POLLOUT}};
        int ready = poll(polled, 2, left_ms(run));
        if (ready == 0 || (ready < 0 && errno != EINTR)) {
            return FAIL(HELPER_FAILED);
        }
        if (ready > 0 && polled[1].revents != 0) {
            TRY(feed(run));
        }
        if (ready > 0 && polled[0].revents != 0) {
            TRY(take(run));
        }
    }
    return STATUS_OK;
}

/* --- its end --- */

/* True when it is gone by itself before the deadline. */
static bool await(const struct run *run)
{
    DEFER(defer_close) int fd = (int)syscall(SYS_pidfd_open, run->pid, 0);
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    int ready = -1;
    while (fd >= 0 && (ready = poll(&polled, 1, left_ms(run))) < 0 && errno == EINTR) {
    }
    return ready == 1;
}

/* Nothing of it is left when this returns. */
static status end(struct run *run, bool let_finish)
{
    int how = 0;
    close_one(&run->to);
    close_one(&run->from);
    bool gone = let_finish && await(run);
    (void)kill(-run->pid, SIGKILL); /* what it may have started, too */
    pid_t pid;
    do {
        pid = waitpid(run->pid, &how, 0);
    } while (pid < 0 && errno == EINTR);
    bool good = gone && pid == run->pid && WIFEXITED(how) && WEXITSTATUS(how) == 0;
    return good ? STATUS_OK : FAIL(HELPER_FAILED);
}

status helper_stream(const struct helper *helper, struct helper_flow *flow)
{
    struct run run = {.helper = helper,
                      .flow = flow,
                      .end_us = now_us() + helper->deadline_ms * US_PER_MS,
                      .to = -1,
                      .from = -1};
    flow->started = false;
    TRY(start(&run));
    flow->started = true;
    status said = talk(&run);
    status ended = end(&run, ok(said));
    TRY(said);
    return ended;
}

/* --- with everything in memory --- */

struct memory {
    bytes input; /* not asked for yet */
    struct arena *arena;
    uint8_t *output;
    size_t len, size;
};

static status give_all(void *ctx, bytes *ret_piece)
{
    struct memory *memory = ctx;
    *ret_piece = memory->input;
    memory->input = bytes_of(NULL, 0);
    return STATUS_OK;
}

/* The outgrown buffers stay in the arena, in all as much as the last one. */
static status keep(void *ctx, bytes piece)
{
    struct memory *memory = ctx;
    if (memory->size - memory->len < piece.len) {
        size_t size = memory->size == 0 ? 2 * PIECE_BYTES : memory->size * 2;
        uint8_t *larger = arena_alloc(memory->arena, size);
        if (larger == NULL) {
            return FAIL(HELPER_FAILED);
        }
        if (memory->len > 0) {
            memcpy(larger, memory->output, memory->len);
        }
        memory->output = larger;
        memory->size = size;
    }
    memcpy(memory->output + memory->len, piece.ptr, piece.len);
    memory->len += piece.len;
    return STATUS_OK;
}

status helper_run(const struct helper *helper, bytes input, struct arena *arena, bytes *ret_output)
{
    struct memory memory = {.input = input, .arena = arena};
    struct helper_flow flow = {.next = give_all, .take = keep, .ctx = &memory};
    TRY(helper_stream(helper, &flow));
    *ret_output = bytes_of(memory.output, memory.len);
    return STATUS_OK;
}
