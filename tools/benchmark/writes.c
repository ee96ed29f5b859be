/*
 * writes: small durable writes (AppendChunk of a few bytes) by 1, 8 and 64 clients, each waiting
 * for its reply, against the rate at which the same disk syncs.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"
#include "bench.h"
#include "load.h"
#include "pool.h"
#include "process.h"
#include "stats.h"

enum {
    CLIENTS_MOST = POOL_CLIENTS_MAX,
};

static const int client_counts[] = {1, 8, CLIENTS_MOST};

/* Calls of a round: about as long for each number of clients. */
static int calls_of(int clients)
{
    return clients == 1 ? 500 : clients * 120;
}

static bool measure(struct bench *bench, struct pool *pool, int clients)
{
    struct series rate = {0}, syncs = {0}, ratio = {0}, cpu = {0}, p50 = {0};
    pool_begin(pool);
    struct load load = {.port = bench->state.port,
                        .path = POOL_WRITE_PATH,
                        .connections = clients,
                        .in_flight = 1,
                        .calls = calls_of(clients),
                        .fill = pool_fill,
                        .ctx = pool};
    for (int i = 0; i < bench->rounds; i++) {
        struct load_result result;
        double disk = disk_syncs_per_second(bench->state.directory);
        int64_t before_ns = process_cpu_ns(bench->server);
        if (!load_run(&load, &result) || result.failed > 0) {
            (void)fprintf(stderr, "hayat-bench: %lld writes failed, grpc-status %d%s\n",
                          (long long)result.failed, result.first_status,
                          pool->spent ? " (more --members are needed for so many rounds)" : "");
            return false;
        }
        double per_second = (double)result.done * 1e9 / (double)result.took_ns;
        series_add(&rate, per_second);
        series_add(&syncs, disk);
        series_add(&ratio, per_second / disk);
        series_add(&p50, (double)result.p50_ns / 1e3);
        series_add(&cpu,
                   (double)(process_cpu_ns(bench->server) - before_ns) / 1e3 / (double)result.done);
    }
    (void)printf("  %2d clients %8.0f writes/s (spread %2.0f %%)   disk %6.0f fdatasync/s   ratio "
                 "%.2f   p50 %6.0f us   "
                 "%4.0f us CPU/write\n",
                 clients, series_median(&rate), 100 * series_spread(&rate), series_median(&syncs),
                 series_median(&ratio), series_median(&p50), series_median(&cpu));
    return true;
}

bool bench_writes(struct bench *bench)
{
    struct pool *pool = calloc(1, sizeof *pool);
    int wanted = bench->state.pensioner_count / 2;
    wanted = wanted < POOL_UPLOADS_MAX ? wanted : POOL_UPLOADS_MAX;
    bool done = pool != NULL && pool_open(bench, pool, wanted);
    if (done) {
        (void)printf("durable writes (AppendChunk of %d bytes), %d rounds\n", POOL_PIECE_BYTES,
                     bench->rounds);
    }
    for (size_t i = 0; i < ARRAY_LEN(client_counts) && done; i++) {
        done = measure(bench, pool, client_counts[i]);
    }
    (void)printf("\n");
    free(pool);
    return done;
}
