#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "bench.h"
#include "load.h"
#include "process.h"
#include "stats.h"

/* One server's figures. */
struct side {
    const char *name;
    const struct state *state; /* whose members call; the echo does not look */
    pid_t pid;
    int port;
    int next;
    struct series cpu_us, p50_us;
};

enum { ECHO, SMALL, LARGE, SIDES, BACKLOG_PACE_NS = 1000000 };

static const struct {
    const char *name, *path;
    uint8_t body[8];
    size_t body_len;
} methods[] = {
    {"ListClaims of 20", "/hayat.v1.ClaimService/ListClaims", {0x08, 20}, 2}, /* page_size */
    {"GetHome", "/hayat.v1.HomeService/GetHome", {0}, 0},
};

static const struct {
    const char *name;
    int connections, in_flight;
    int64_t pace_ns;
    int share_of_calls; /* a call alone takes long */
} shapes[] = {
    {"16 connections x 16 in flight", 16, 16, BACKLOG_PACE_NS, 1},
    {"1 connection x 1 in flight", 1, 1, 0, 10},
};

struct filling {
    struct side *side;
    size_t method;
};

/* Another member each time, so that no one's rate is used up and the whole store is read. */
static void fill(void *ctx, int slot, struct load_request *request)
{
    struct filling *filling = ctx;
    struct side *side = filling->side;
    (void)slot;
    request->token = side->state->members[side->next];
    side->next = (side->next + 1) % side->state->member_count;
    request->body_len = methods[filling->method].body_len;
    memcpy(request->body, methods[filling->method].body, request->body_len);
}

/* SHAPE says how many calls, and how. */
static bool run(struct side *side, const struct load *shape, size_t method, struct load_result *ret)
{
    struct filling filling = {side, method};
    struct load load = *shape;
    load.port = side->port;
    load.path = methods[method].path;
    load.fill = fill;
    load.ctx = &filling;
    int64_t before_ns = process_calls_cpu_ns(side->pid);
    if (!load_run(&load, ret) || ret->failed > 0) {
        (void)fprintf(stderr, "hayat-bench: %s: %lld of %lld calls failed, grpc-status %d\n",
                      methods[method].name, (long long)ret->failed, (long long)load.calls,
                      ret->first_status);
        return false;
    }
    double cpu_ns = (double)(process_calls_cpu_ns(side->pid) - before_ns);
    series_add(&side->cpu_us, cpu_ns / 1e3 / (double)ret->done);
    series_add(&side->p50_us, (double)ret->p50_ns / 1e3);
    return true;
}

static void print_side(const struct side *side)
{
    double cpu_us = series_median(&side->cpu_us);
    (void)printf("  %-10s %8.2f us CPU/call (spread %2.0f %%) %10.0f calls/s per core   p50 %7.0f "
                 "us   RSS %5.1f MiB\n",
                 side->name, cpu_us, 100 * series_spread(&side->cpu_us), 1e6 / cpu_us,
                 series_median(&side->p50_us), (double)process_rss_kib(side->pid) / 1024);
}

static void print_ratio(const char *what, const struct series *a, const struct series *b)
{
    struct series ratio = {0};
    for (int i = 0; i < a->count; i++) {
        series_add(&ratio, a->values[i] / b->values[i]);
    }
    (void)printf("  %s %.2f (spread %.0f %%)\n", what, series_median(&ratio),
                 100 * series_spread(&ratio));
}

static bool measure(const struct bench *bench, struct side sides[SIDES], size_t method,
                    size_t shape)
{
    struct load load = {.connections = shapes[shape].connections,
                        .in_flight = shapes[shape].in_flight,
                        .calls = bench->calls / shapes[shape].share_of_calls,
                        .pace_ns = shapes[shape].pace_ns};
    struct load_result result;
    int count = sides[LARGE].pid > 0 ? SIDES : LARGE;
    for (int i = 0; i < SIDES; i++) {
        sides[i].cpu_us = sides[i].p50_us = (struct series){0};
    }
    for (int round = 0; round < bench->rounds; round++) {
        for (int i = 0; i < count; i++) {
            if (!run(&sides[i], &load, method, &result)) {
                return false;
            }
        }
    }
    (void)printf("%s, %s, %d rounds of %d\n", methods[method].name, shapes[shape].name,
                 bench->rounds, (int)load.calls);
    for (int i = 0; i < count; i++) {
        print_side(&sides[i]);
    }
    print_ratio("share of echo", &sides[ECHO].cpu_us, &sides[SMALL].cpu_us);
    if (count == SIDES) {
        print_ratio("share of echo, large", &sides[ECHO].cpu_us, &sides[LARGE].cpu_us);
        print_ratio("p50, large to small", &sides[LARGE].p50_us, &sides[SMALL].p50_us);
        print_ratio("CPU, large to small", &sides[LARGE].cpu_us, &sides[SMALL].cpu_us);
    }
    (void)printf("\n");
    return true;
}

/* The mean length of the answers, so that the echo carries as much; every member is asked once, which also warms the
   caches. */
static bool probe(struct side *side, size_t method, int64_t *ret_bytes)
{
    struct load load = {.connections = 16, .in_flight = 16, .calls = side->state->member_count};
    struct load_result result;
    if (!run(side, &load, method, &result)) {
        return false;
    }
    *ret_bytes = result.total_bytes / result.done;
    return true;
}

static bool measure_method(const struct bench *bench, struct side sides[SIDES], size_t method)
{
    int64_t small, large = 0;
    if (!probe(&sides[SMALL], method, &small) ||
        (sides[LARGE].pid > 0 && !probe(&sides[LARGE], method, &large))) {
        return false;
    }
    (void)printf("%s: replies of %lld bytes on average, of the larger fund %lld\n\n",
                 methods[method].name, (long long)small, (long long)large);
    sides[ECHO].port = process_free_port();
    sides[ECHO].pid = bench_start_echo(bench, sides[ECHO].port, small);
    bool done = sides[ECHO].pid > 0;
    for (size_t i = 0; i < ARRAY_LEN(shapes) && done; i++) {
        done = measure(bench, sides, method, i);
        (void)fflush(stdout);
    }
    process_stop(sides[ECHO].pid);
    return done;
}

bool bench_claims(struct bench *bench)
{
    struct side sides[SIDES] = {
        [ECHO] = {.name = "echo", .state = &bench->state},
        [SMALL] = {.name = "hayatd",
                   .state = &bench->state,
                   .pid = bench->server,
                   .port = bench->state.port},
        [LARGE] = {.name = "larger",
                   .state = &bench->beside,
                   .pid = bench->beside_server,
                   .port = bench->beside.port},
    };
    (void)printf("sessions of %d members, and of %d of the larger fund; plaintext, one server "
                 "thread on core %d, load on core %d\n\n",
                 bench->state.member_count, bench->beside.member_count, SERVER_CORE, LOAD_CORE);
    bool done = true;
    for (size_t i = 0; i < ARRAY_LEN(methods) && done; i++) {
        done = measure_method(bench, sides, i);
    }
    return done;
}
