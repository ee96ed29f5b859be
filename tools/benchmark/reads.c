#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "bench.h"
#include "load.h"
#include "process.h"
#include "stats.h"

/* One server's figures. */
struct side {
    pid_t pid;
    int port;
    struct series cpu_us, p50_us;
};

enum { BACKLOG_PACE_NS = 1000000 };

static const struct {
    const char *name;
    int connections, in_flight;
    int64_t pace_ns;
    int share_of_calls; /* a call alone takes long */
} shapes[] = {
    {"16 connections x 16 in flight", 16, 16, BACKLOG_PACE_NS, 1},
    {"128 connections x 1 in flight", 128, 1, BACKLOG_PACE_NS, 1},
    {"1 connection x 1 in flight", 1, 1, 0, 10},
};

struct tokens {
    const struct state *state;
    int next;
};

/* Another member each time, so that no one's rate is used up. */
static void fill(void *ctx, int slot, struct load_request *request)
{
    struct tokens *tokens = ctx;
    (void)slot;
    request->token = tokens->state->members[tokens->next];
    tokens->next = (tokens->next + 1) % tokens->state->member_count;
    request->body_len = 0; /* GetCardRequest without a card_id: the holder's */
}

static bool run(struct side *side, struct load *load, struct load_result *ret)
{
    int64_t before_ns = process_calls_cpu_ns(side->pid);
    load->port = side->port;
    if (!load_run(load, ret) || ret->failed > 0) {
        (void)fprintf(stderr, "hayat-bench: %lld of %lld calls failed, grpc-status %d\n",
                      (long long)ret->failed, (long long)load->calls, ret->first_status);
        return false;
    }
    double cpu_ns = (double)(process_calls_cpu_ns(side->pid) - before_ns);
    series_add(&side->cpu_us, cpu_ns / 1e3 / (double)ret->done);
    series_add(&side->p50_us, (double)ret->p50_ns / 1e3);
    return true;
}

static void print_side(const char *name, const struct side *side)
{
    double cpu_us = series_median(&side->cpu_us);
    (void)printf("  %-10s %8.2f us CPU/call (spread %2.0f %%) %10.0f calls/s per core   p50 %7.0f "
                 "us   RSS %5.1f MiB\n",
                 name, cpu_us, 100 * series_spread(&side->cpu_us), 1e6 / cpu_us,
                 series_median(&side->p50_us), (double)process_rss_kib(side->pid) / 1024);
}

static bool measure(struct bench *bench, struct side *echo, struct side *hayat, size_t shape)
{
    struct tokens tokens = {.state = &bench->state};
    struct load load = {.path = "/hayat.v1.CardService/GetCard",
                        .connections = shapes[shape].connections,
                        .in_flight = shapes[shape].in_flight,
                        .calls = bench->calls / shapes[shape].share_of_calls,
                        .pace_ns = shapes[shape].pace_ns,
                        .fill = fill,
                        .ctx = &tokens};
    struct load_result result;
    struct series ratio = {0};
    *echo = (struct side){.pid = echo->pid, .port = echo->port};
    *hayat = (struct side){.pid = hayat->pid, .port = hayat->port};
    for (int i = 0; i < bench->rounds; i++) {
        if (!run(echo, &load, &result) || !run(hayat, &load, &result)) {
            return false;
        }
        series_add(&ratio, echo->cpu_us.values[i] / hayat->cpu_us.values[i]);
    }
    (void)printf("GetCard, %s, %d rounds of %d\n", shapes[shape].name, bench->rounds,
                 (int)load.calls);
    print_side("echo", echo);
    print_side("hayatd", hayat);
    (void)printf("  share of echo %.2f (spread %.0f %%)\n\n", series_median(&ratio),
                 100 * series_spread(&ratio));
    return true;
}

/* What GetCard answers, in bytes: the echo answers as many. */
static bool probe(struct bench *bench, int64_t *ret_bytes)
{
    struct tokens tokens = {.state = &bench->state};
    struct load load = {.port = bench->state.port,
                        .path = "/hayat.v1.CardService/GetCard",
                        .connections = 1,
                        .in_flight = 1,
                        .calls = bench->state.member_count,
                        .fill = fill,
                        .ctx = &tokens};
    struct load_result result;
    bool answered = load_run(&load, &result) && result.failed == 0;
    if (!answered) {
        (void)fprintf(stderr, "hayat-bench: GetCard failed, grpc-status %d\n", result.first_status);
    }
    *ret_bytes = result.reply_bytes;
    return answered;
}

pid_t bench_start_echo(const struct bench *bench, int port, int64_t reply_bytes)
{
    char program[PATH_MAX + 16], address[32], size[24], log[PATH_MAX + 16];
    (void)snprintf(program, sizeof program, "%s/hayat-echo", bench->state.bin);
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", port);
    (void)snprintf(size, sizeof size, "%lld", (long long)reply_bytes);
    (void)snprintf(log, sizeof log, "%s/echo.log", bench->state.directory);
    return process_serve((const char *const[]){program, address, size, NULL}, port, log);
}

bool bench_reads(struct bench *bench)
{
    int64_t reply_bytes;
    if (!probe(bench, &reply_bytes)) {
        return false;
    }
    struct side echo = {.port = process_free_port()};
    struct side hayat = {.pid = bench->server, .port = bench->state.port};
    echo.pid = bench_start_echo(bench, echo.port, reply_bytes);
    (void)printf("%d members, replies of %lld bytes, plaintext, one server thread on core %d, load "
                 "on core %d\n\n",
                 bench->state.member_count, (long long)reply_bytes, SERVER_CORE, LOAD_CORE);
    bool done = echo.pid > 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes) && done; i++) {
        done = measure(bench, &echo, &hayat, i);
    }
    process_stop(echo.pid);
    return done;
}
