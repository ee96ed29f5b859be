#include "load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/array.h"
#include "stats.h"

enum { FRAME_PREFIX_BYTES = 5, READ_BYTES = 64 * 1024, EVENTS = 64, STALL_MS = 20000 };

struct run;

/* A slot's call under way. */
struct call {
    struct run *run;
    int slot;
    struct load_request request;
    uint8_t prefix[FRAME_PREFIX_BYTES];
    char bearer[96];
    size_t sent; /* of prefix and body */
    int64_t start_ns, received;
    int status; /* grpc-status; -1 until it came */
};

struct connection {
    int fd;
    nghttp2_session *session;
    struct call calls[LOAD_IN_FLIGHT_MAX];
    bool want_write;
};

struct run {
    const struct load *load;
    struct load_result result;
    struct connection *connections;
    int64_t *latencies_ns; /* of the calls that ended well */
    int64_t started, ended;
    int epoll;
};

static nghttp2_nv header(const char *name, const char *value, uint8_t flags)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), (uint8_t)(flags | NGHTTP2_NV_FLAG_NO_COPY_NAME)};
}

/* The next bytes of the request's body; nghttp2's signature. */
static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *out, size_t room,
                         uint32_t *flags, nghttp2_data_source *source, void *user)
{
    (void)session;
    (void)stream;
    (void)user;
    struct call *call = source->ptr;
    size_t used = 0;
    while (used < room && call->sent < FRAME_PREFIX_BYTES + call->request.body_len) {
        size_t at = call->sent++;
        out[used++] = at < FRAME_PREFIX_BYTES ? call->prefix[at]
                                              : call->request.body[at - FRAME_PREFIX_BYTES];
    }
    if (call->sent == FRAME_PREFIX_BYTES + call->request.body_len) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    return (ssize_t)used;
}

/* Starts the slot's next call, unless enough were started. */
static bool next_call(struct connection *connection, struct call *call)
{
    struct run *run = call->run;
    if (run->started == run->load->calls) {
        return true;
    }
    run->started++;
    run->load->fill(run->load->ctx, call->slot, &call->request);
    call->sent = 0;
    call->received = 0;
    call->status = -1;
    for (size_t i = 0; i < 4; i++) {
        call->prefix[4 - i] = (uint8_t)(call->request.body_len >> (8 * i));
    }
    (void)snprintf(call->bearer, sizeof call->bearer, "Bearer %s",
                   call->request.token == NULL ? "" : call->request.token);
    nghttp2_nv headers[] = {
        header(":method", "POST", 0),
        header(":scheme", "http", 0),
        header(":path", run->load->path, 0),
        header(":authority", "127.0.0.1", 0),
        header("te", "trailers", 0),
        header("content-type", "application/grpc", 0),
        header("authorization", call->bearer, NGHTTP2_NV_FLAG_NO_INDEX),
    };
    size_t count = ARRAY_LEN(headers) - (call->request.token == NULL ? 1 : 0);
    nghttp2_data_provider body = {.source.ptr = call, .read_callback = read_body};
    call->start_ns = stats_now_ns();
    return nghttp2_submit_request(connection->session, NULL, headers, count, &body, call) > 0;
}

/* nghttp2's signature. */
static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
    (void)flags;
    (void)user;
    struct call *call = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    char text[16];
    if (call != NULL && name_len == 11 && memcmp(name, "grpc-status", 11) == 0 &&
        value_len < sizeof text) {
        memcpy(text, value, value_len);
        text[value_len] = '\0';
        call->status = (int)strtol(text, NULL, 10);
    }
    return 0;
}

/* nghttp2's signature. */
static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                   size_t len, void *user)
{
    (void)flags;
    (void)data;
    (void)user;
    struct call *call = nghttp2_session_get_stream_user_data(session, stream);
    if (call != NULL) {
        call->received += (int64_t)len;
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *user)
{
    (void)code;
    struct connection *connection = user;
    struct call *call = nghttp2_session_get_stream_user_data(session, stream);
    if (call == NULL) {
        return 0;
    }
    struct run *run = call->run;
    run->ended++;
    if (call->status == 0) {
        run->latencies_ns[run->result.done++] = stats_now_ns() - call->start_ns;
        run->result.reply_bytes = call->received - FRAME_PREFIX_BYTES;
        run->result.total_bytes += run->result.reply_bytes;
    } else {
        run->result.failed++;
        run->result.first_status = run->result.failed == 1 ? call->status
                                                           : run->result.first_status;
    }
    return next_call(connection, call) ? 0 : NGHTTP2_ERR_CALLBACK_FAILURE;
}

/* --- the sockets --- */

static void watch(struct run *run, struct connection *connection, bool write, int operation)
{
    struct epoll_event event = {.events = EPOLLIN | (write ? (uint32_t)EPOLLOUT : 0U),
                                .data.ptr = connection};
    (void)epoll_ctl(run->epoll, operation, connection->fd, &event);
    connection->want_write = write;
}

static bool flush(struct run *run, struct connection *connection)
{
    static uint8_t held[LOAD_CONNECTIONS_MAX][READ_BYTES];
    static size_t held_len[LOAD_CONNECTIONS_MAX];
    size_t index = (size_t)(connection - run->connections);
    for (;;) {
        const uint8_t *data;
        ssize_t n;
        /* Gather frames, then one write: what a real client does. */
        while (held_len[index] < READ_BYTES / 2 &&
               (n = nghttp2_session_mem_send(connection->session, &data)) > 0) {
            memcpy(held[index] + held_len[index], data, (size_t)n);
            held_len[index] += (size_t)n;
        }
        if (held_len[index] == 0) {
            break;
        }
        n = write(connection->fd, held[index], held_len[index]);
        if (n < 0 && errno == EAGAIN) {
            if (!connection->want_write) {
                watch(run, connection, true, EPOLL_CTL_MOD);
            }
            return true;
        }
        if (n <= 0) {
            return false;
        }
        memmove(held[index], held[index] + n, held_len[index] - (size_t)n);
        held_len[index] -= (size_t)n;
    }
    if (connection->want_write) {
        watch(run, connection, false, EPOLL_CTL_MOD);
    }
    return true;
}

static bool receive(struct connection *connection)
{
    static uint8_t buffer[READ_BYTES];
    ssize_t n = read(connection->fd, buffer, sizeof buffer);
    if (n < 0 && errno == EAGAIN) {
        return true;
    }
    return n > 0 && nghttp2_session_mem_recv(connection->session, buffer, (size_t)n) == n;
}

/* All of 127/8 is this machine. */
static bool bind_network(int fd, unsigned network, unsigned connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(127U << 24 | network << 16 | connection << 8 | 1);
    return network == 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;
}

static int dial(const struct load *load, unsigned connection)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)load->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || !bind_network(fd, load->network, connection) ||
        connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0) {
        return -1;
    }
    return fd;
}

static bool open_connection(struct run *run, struct connection *connection,
                            nghttp2_session_callbacks *callbacks)
{
    static const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0}, {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
    connection->fd = dial(run->load, (unsigned)(connection - run->connections));
    if (connection->fd < 0 ||
        nghttp2_session_client_new(&connection->session, callbacks, connection) != 0 ||
        nghttp2_submit_settings(connection->session, NGHTTP2_FLAG_NONE, settings,
                                ARRAY_LEN(settings)) != 0 ||
        nghttp2_session_set_local_window_size(connection->session, NGHTTP2_FLAG_NONE, 0, 1 << 24) !=
            0) {
        return false;
    }
    watch(run, connection, false, EPOLL_CTL_ADD);
    for (int i = 0; i < run->load->in_flight; i++) {
        struct call *call = &connection->calls[i];
        call->run = run;
        call->slot = (int)(connection - run->connections) * run->load->in_flight + i;
        if (!next_call(connection, call)) {
            return false;
        }
    }
    return true;
}

static bool open_all(struct run *run)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) {
        return false;
    }
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    bool opened = true;
    for (int i = 0; i < run->load->connections && opened; i++) {
        opened = open_connection(run, &run->connections[i], callbacks);
    }
    nghttp2_session_callbacks_del(callbacks);
    for (int i = 0; i < run->load->connections && opened; i++) {
        opened = flush(run, &run->connections[i]);
    }
    return opened;
}

/* One round of what is ready. */
static bool turn(struct run *run, int wait_ms)
{
    struct epoll_event events[EVENTS];
    int n = epoll_wait(run->epoll, events, EVENTS, wait_ms);
    for (int i = 0; i < n; i++) {
        struct connection *connection = events[i].data.ptr;
        bool readable = (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
        if ((readable && !receive(connection)) || !flush(run, connection)) {
            return false;
        }
    }
    return n >= 0 || errno == EINTR;
}

/* Where the load has a core of its own it never sleeps: waking it would be the server's work. */
static bool loop(struct run *run)
{
    bool sleeps = run->load->patient || sysconf(_SC_NPROCESSORS_ONLN) == 1;
    int wait_ms = sleeps ? STALL_MS : 0;
    int64_t seen = 0, since_ns = stats_now_ns();
    while (run->ended < run->load->calls) {
        if (!turn(run, wait_ms)) {
            return false;
        }
        int64_t now_ns = stats_now_ns(), next_ns = now_ns + run->load->pace_ns;
        if (run->ended > seen) {
            seen = run->ended;
            since_ns = now_ns;
        } else if (now_ns - since_ns > STALL_MS * 1000000LL) {
            return false;
        }
        while (now_ns < next_ns) {
            now_ns = stats_now_ns();
        }
    }
    return true;
}

static void close_all(struct run *run)
{
    for (int i = 0; i < run->load->connections; i++) {
        if (run->connections[i].session != NULL) {
            nghttp2_session_del(run->connections[i].session);
        }
        if (run->connections[i].fd > 0) {
            (void)close(run->connections[i].fd);
        }
    }
}

bool load_run(const struct load *load, struct load_result *ret)
{
    struct run run = {
        .load = load,
        .connections = calloc((size_t)load->connections, sizeof *run.connections),
        .latencies_ns = calloc((size_t)load->calls, sizeof *run.latencies_ns),
        .epoll = epoll_create1(EPOLL_CLOEXEC),
    };
    bool done = run.connections != NULL && run.latencies_ns != NULL && run.epoll >= 0;
    int64_t start_ns = stats_now_ns();
    done = done && open_all(&run) && loop(&run);
    run.result.took_ns = stats_now_ns() - start_ns;
    run.result.p50_ns = stats_median(run.latencies_ns, (size_t)run.result.done);
    size_t last = (size_t)(run.result.done - (run.result.done > 0 ? 1 : 0));
    run.result.p99_ns = run.result.done > 0 ? run.latencies_ns[last * 99 / 100]
                                            : 0; /* sorted now */
    *ret = run.result;
    if (run.connections != NULL) {
        close_all(&run);
    }
    free(run.connections);
    free(run.latencies_ns);
    (void)close(run.epoll);
    return done;
}
