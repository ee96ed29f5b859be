#include "pool.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "hayat/v1/upload.pb-c.h"

enum { WRITES_PER_UPLOAD = 280 }; /* below the burst a member is allowed */

void pool_begin(struct pool *pool)
{
    for (int i = 0; i < POOL_CLIENTS_MAX; i++) {
        pool->of_slot[i] = -1;
    }
}

void pool_fill(void *ctx, int slot, struct load_request *request)
{
    static uint8_t piece[] = "%PDF-1.7 invent"; /* the first bytes must be a document's */
    static_assert(sizeof piece == POOL_PIECE_BYTES, "one piece");
    struct pool *pool = ctx;
    int *upload = &pool->of_slot[slot];
    if (*upload < 0 || pool->written[*upload] == WRITES_PER_UPLOAD) {
        *upload = pool->next_free++;
        pool->spent = pool->next_free > pool->count;
        *upload = pool->spent ? pool->count - 1 : *upload; /* the round fails, with a word why */
    }
    Hayat__V1__AppendChunkRequest message = HAYAT__V1__APPEND_CHUNK_REQUEST__INIT;
    message.upload_id = pool->ids[*upload];
    message.offset = (int64_t)POOL_PIECE_BYTES * pool->written[*upload]++;
    message.data = (ProtobufCBinaryData){sizeof piece, piece};
    request->token = pool->tokens[*upload];
    request->body_len = hayat__v1__append_chunk_request__pack(&message, request->body);
}

bool pool_open(const struct bench *bench, struct pool *pool, int wanted)
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
