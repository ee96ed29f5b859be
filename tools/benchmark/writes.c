/*
 * writes: small durable writes (AppendChunk of a few bytes) by 1, 8 and 64 clients, each waiting
 * for its reply, against the rate at which the same disk syncs.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "bench.h"
#include "filing.h"
#include "hayat/v1/upload.pb-c.h"
#include "load.h"
#include "process.h"
#include "stats.h"

enum {
    PIECE_BYTES = 16,
    WRITES_PER_UPLOAD = 280, /* below the burst a member is allowed */
    UPLOADS_MOST = 512,
    CLIENTS_MOST = 64,
};

static const int client_counts[] = {1, 8, CLIENTS_MOST};

/* Uploads to write to; a client keeps one until its member's burst is nearly used up. */
struct pool {
    char ids[UPLOADS_MOST][ID_TEXT_MAX];
    const char *tokens[UPLOADS_MOST];
    int count, next_free;
    int of_slot[CLIENTS_MOST]; /* upload of each client */
    int written[UPLOADS_MOST]; /* calls made */
    bool spent;                /* more uploads would be needed */
};

static void fill(void *ctx, int slot, struct load_request *request)
{
    static uint8_t piece[] = "%PDF-1.7 invent"; /* the first bytes must be a document's */
    static_assert(sizeof piece == PIECE_BYTES, "one piece");
    struct pool *pool = ctx;
    int *upload = &pool->of_slot[slot];
    if (*upload < 0 || pool->written[*upload] == WRITES_PER_UPLOAD) {
        *upload = pool->next_free++;
        pool->spent = pool->next_free > pool->count;
        *upload = pool->spent ? pool->count - 1 : *upload; /* the round fails, with a word why */
    }
    Hayat__V1__AppendChunkRequest message = HAYAT__V1__APPEND_CHUNK_REQUEST__INIT;
    message.upload_id = pool->ids[*upload];
    message.offset = (int64_t)PIECE_BYTES * pool->written[*upload]++;
    message.data = (ProtobufCBinaryData){sizeof piece, piece};
    request->token = pool->tokens[*upload];
    request->body_len = hayat__v1__append_chunk_request__pack(&message, request->body);
}

static bool fill_pool(struct bench *bench, struct pool *pool, int wanted)
{
    struct channel *channel;
    char target[32];
    (void)snprintf(target, sizeof target, "127.0.0.1:%d", bench->state.port);
    if (!ok(channel_open(&(struct channel_options){.target = target}, &channel))) {
        return false;
    }
    bool opened = true;
    while (opened && pool->count < wanted) {
        struct upload_plan plan = {.token = bench->state.pensioners[pool->count],
                                   .size_bytes = 64 * 1024};
        pool->tokens[pool->count] = plan.token;
        opened = filing_open(channel, &plan, pool->ids[pool->count]);
        pool->count += opened ? 1 : 0;
    }
    channel_close(channel);
    return opened;
}

/* Calls of a round: about as long for each number of clients. */
static int calls_of(int clients)
{
    return clients == 1 ? 500 : clients * 120;
}

static bool measure(struct bench *bench, struct pool *pool, int clients)
{
    struct series rate = {0}, syncs = {0}, ratio = {0}, cpu = {0}, p50 = {0};
    for (int i = 0; i < CLIENTS_MOST; i++) {
        pool->of_slot[i] = -1;
    }
    struct load load = {.port = bench->state.port,
                        .path = "/hayat.v1.UploadService/AppendChunk",
                        .connections = clients,
                        .in_flight = 1,
                        .calls = calls_of(clients),
                        .fill = fill,
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
    wanted = wanted < UPLOADS_MOST ? wanted : UPLOADS_MOST;
    bool done = pool != NULL && fill_pool(bench, pool, wanted);
    if (done) {
        (void)printf("durable writes (AppendChunk of %d bytes), %d rounds\n", PIECE_BYTES,
                     bench->rounds);
    }
    for (size_t i = 0; i < ARRAY_LEN(client_counts) && done; i++) {
        done = measure(bench, pool, client_counts[i]);
    }
    (void)printf("\n");
    free(pool);
    return done;
}
