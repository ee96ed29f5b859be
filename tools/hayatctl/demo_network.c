#include "tools/hayatctl/demo_network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "tools/hayatctl/demo_dice.h"

enum {
    LINES_MOST = 256,   /* more wait in the listener's backlog */
    PIPE_BYTES = 16384, /* of each direction */
    CUT_BYTES_MOST = 90000,
    STALL_EVERY_BYTES = 60000,
    STALL_MS_MOST = 300,
    TICK_MS = 20,
    NO_CUT = -1,
};

/* One direction of a line. */
struct pipe_way {
    int from, to;
    size_t begin, end;
    uint8_t bytes[PIPE_BYTES];
};

struct line {
    struct pipe_way up, down;
    struct dice dice;
    int64_t cut_after; /* bytes upwards; NO_CUT */
    int64_t stall_after, resume_us;
    bool stalls;
};

struct demo_network {
    struct demo_network_options options;
    struct demo_network_counts counts;
    pthread_t thread;
    atomic_bool stopping;
    int listener, port;
    struct line *lines[LINES_MOST];
    int count;
};

/* --- sockets --- */

static int any_socket(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static struct sockaddr_in address(uint32_t host, int port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(host)};
}

static status listen_on(struct demo_network *network)
{
    struct sockaddr_in here = address(INADDR_LOOPBACK, 0);
    socklen_t len = sizeof here;
    network->listener = any_socket();
    if (network->listener < 0 ||
        bind(network->listener, (struct sockaddr *)(void *)&here, len) != 0 ||
        listen(network->listener, SOMAXCONN) != 0 ||
        getsockname(network->listener, (struct sockaddr *)(void *)&here, &len) != 0 ||
        fcntl(network->listener, F_SETFL, O_NONBLOCK) != 0) {
        return FAIL(CONNECTION_FAILED);
    }
    network->port = ntohs(here.sin_port);
    return STATUS_OK;
}

/* To the server, from an address thrown by the line's dice; loopback connects or fails at once. */
static int connect_from(struct dice *dice, int port)
{
    uint32_t host = (UINT32_C(127) << 24) | (1 + dice_below(dice, 250)) << 16 |
                    dice_below(dice, 250) << 8 | (1 + dice_below(dice, 250));
    struct sockaddr_in from = address(host, 0), to = address(INADDR_LOOPBACK, port);
    int fd = any_socket();
    if (fd >= 0 && (bind(fd, (struct sockaddr *)(void *)&from, sizeof from) != 0 ||
                    connect(fd, (struct sockaddr *)(void *)&to, sizeof to) != 0 ||
                    fcntl(fd, F_SETFL, O_NONBLOCK) != 0)) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* --- lines --- */

static void throw_fate(struct demo_network *network, struct line *line)
{
    line->dice = dice_for(network->options.seed, DICE_NETWORK, network->counts.connections++);
    line->cut_after = dice_chance(&line->dice, network->options.cut_percent)
                          ? dice_between(&line->dice, 500, CUT_BYTES_MOST)
                          : NO_CUT;
    line->stalls = dice_chance(&line->dice, network->options.stall_percent);
    line->stall_after = STALL_EVERY_BYTES;
}

static void add_line(struct demo_network *network, int client)
{
    struct line *line = calloc(1, sizeof *line);
    if (line == NULL) {
        (void)close(client);
        return;
    }
    throw_fate(network, line);
    int server = connect_from(&line->dice, network->options.server_port);
    if (server < 0) {
        (void)close(client);
        free(line);
        return;
    }
    line->up.from = line->down.to = client;
    line->up.to = line->down.from = server;
    network->lines[network->count++] = line;
}

static void drop_line(struct demo_network *network, int at)
{
    struct line *line = network->lines[at];
    (void)close(line->up.from);
    (void)close(line->up.to);
    free(line);
    network->lines[at] = network->lines[--network->count];
}

static void accept_lines(struct demo_network *network)
{
    while (network->count < LINES_MOST) {
        int fd = accept(network->listener, NULL, NULL);
        if (fd < 0) {
            return;
        }
        (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
        (void)fcntl(fd, F_SETFL, O_NONBLOCK);
        add_line(network, fd);
    }
}

/* --- bytes --- */

static bool would_block(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* False: that end is gone. */
static bool move_bytes(struct pipe_way *way, size_t *ret_read)
{
    *ret_read = 0;
    if (way->begin == way->end) {
        ssize_t n = recv(way->from, way->bytes, sizeof way->bytes, 0);
        if (n <= 0) {
            return would_block(n);
        }
        way->begin = 0;
        way->end = *ret_read = (size_t)n;
    }
    ssize_t n = send(way->to, way->bytes + way->begin, way->end - way->begin, MSG_NOSIGNAL);
    way->begin += n > 0 ? (size_t)n : 0;
    return n >= 0 || would_block(n);
}

/* The line's fate, after it took LEN more bytes upwards; false when it breaks here. */
static bool meet_fate(struct demo_network *network, struct line *line, size_t len)
{
    if (line->cut_after != NO_CUT && (line->cut_after -= (int64_t)len) <= 0) {
        network->counts.cuts++;
        return false;
    }
    line->stall_after -= (int64_t)len;
    if (line->stalls && line->stall_after <= 0) {
        line->stall_after = STALL_EVERY_BYTES;
        line->resume_us = clock_mono_us(&clock_system) +
                          (int64_t)dice_below(&line->dice, STALL_MS_MOST) * 1000;
        network->counts.stalls++;
    }
    return true;
}

static bool step_line(struct demo_network *network, struct line *line)
{
    size_t up, down;
    if (line->resume_us > clock_mono_us(&clock_system)) {
        return true;
    }
    return move_bytes(&line->up, &up) && meet_fate(network, line, up) &&
           move_bytes(&line->down, &down);
}

/* --- the thread --- */

static short wanted(const struct line *line, const struct pipe_way *reads,
                    const struct pipe_way *writes, int64_t now_us)
{
    if (line->resume_us > now_us) {
        return 0;
    }
    int events = (reads->begin == reads->end ? POLLIN : 0) |
                 (writes->begin != writes->end ? POLLOUT : 0);
    return (short)events;
}

static void wait_for_bytes(const struct demo_network *network)
{
    struct pollfd fds[1 + 2 * LINES_MOST];
    int64_t now_us = clock_mono_us(&clock_system);
    nfds_t count = 0;
    fds[count++] = (struct pollfd){.fd = network->count < LINES_MOST ? network->listener : -1,
                                   .events = POLLIN};
    for (int i = 0; i < network->count; i++) {
        const struct line *line = network->lines[i];
        fds[count++] = (struct pollfd){.fd = line->up.from,
                                       .events = wanted(line, &line->up, &line->down, now_us)};
        fds[count++] = (struct pollfd){.fd = line->up.to,
                                       .events = wanted(line, &line->down, &line->up, now_us)};
    }
    (void)poll(fds, count, TICK_MS);
}

static void *run(void *ctx)
{
    struct demo_network *network = ctx;
    while (!network->stopping) {
        wait_for_bytes(network);
        accept_lines(network);
        for (int i = network->count - 1; i >= 0; i--) {
            if (!step_line(network, network->lines[i])) {
                drop_line(network, i);
            }
        }
    }
    return NULL;
}

status demo_network_start(const struct demo_network_options *options, struct demo_network **ret)
{
    struct demo_network *network = calloc(1, sizeof *network);
    if (network == NULL) {
        return FAIL(ARENA_FULL);
    }
    network->options = *options;
    status s = listen_on(network);
    if (ok(s) && pthread_create(&network->thread, NULL, run, network) != 0) {
        s = FAIL(ARENA_FULL);
    }
    if (!ok(s)) {
        (void)close(network->listener);
        free(network);
        return s;
    }
    *ret = network;
    return STATUS_OK;
}

int demo_network_port(const struct demo_network *network)
{
    return network->port;
}

void demo_network_stop(struct demo_network *network, struct demo_network_counts *ret_counts)
{
    if (network == NULL) {
        return;
    }
    network->stopping = true;
    (void)pthread_join(network->thread, NULL);
    while (network->count > 0) {
        drop_line(network, network->count - 1);
    }
    (void)close(network->listener);
    *ret_counts = network->counts;
    free(network);
}
