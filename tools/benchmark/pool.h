/*
 * pool: durable writes for a load: uploads that take a few bytes at a time (AppendChunk), each until its member's burst is nearly used up.
 */
#ifndef HAYAT_BENCH_POOL_H
#define HAYAT_BENCH_POOL_H

#include "bench.h"
#include "filing.h"
#include "load.h"

enum { POOL_PIECE_BYTES = 16, POOL_UPLOADS_MAX = 512, POOL_CLIENTS_MAX = 64 };

#define POOL_WRITE_PATH "/hayat.v1.UploadService/AppendChunk"

struct pool {
    char ids[POOL_UPLOADS_MAX][ID_TEXT_MAX];
    const char *tokens[POOL_UPLOADS_MAX];
    int count, next_free;
    int of_slot[POOL_CLIENTS_MAX]; /* upload of each client */
    int written[POOL_UPLOADS_MAX]; /* calls made */
    bool spent;                    /* more uploads would be needed */
};

/* WANTED uploads, of a pensioner each. */
bool pool_open(const struct bench *bench, struct pool *pool, int wanted);
/* No client has an upload yet. */
void pool_begin(struct pool *pool);
/* load.fill: CTX is the pool. */
void pool_fill(void *ctx, int slot, struct load_request *request);

#endif
