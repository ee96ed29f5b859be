#include "base/codec.h"
#include "service/app.h"
#include "service/page_token.h"
#include "service/splice.h"
#include "service/summary_list.h"
#include "storage/change_feed.h"

enum { RESUME_BYTES = 8 };

status summary_watch_open(struct rpc *rpc, const struct summary_stream *stream,
                          const char *resume_token, struct summary_watch *watch)
{
    struct page_cursor cursor;
    TRY(page_token_read(rpc, stream->method, resume_token, &cursor));
    if (cursor.len == 0) {
        return STATUS_OK; /* from the beginning */
    }
    if (cursor.len != RESUME_BYTES) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    watch->told = get_be64(cursor.bytes);
    return STATUS_OK;
}

/* The earliest changes above TOLD, in order. */
struct batch {
    uint64_t told;
    size_t count, above;
    uint64_t changes[LIMIT_WATCH_BATCH];
    bytes wires[LIMIT_WATCH_BATCH];
};

static bool visit_change(void *ctx, const struct summary *summary)
{
    struct batch *batch = ctx;
    if (summary->change <= batch->told) {
        return true;
    }
    batch->above++;
    size_t at = batch->count;
    while (at > 0 && batch->changes[at - 1] > summary->change) {
        at--;
    }
    if (at == LIMIT_WATCH_BATCH) {
        return true;
    }
    size_t kept = batch->count < LIMIT_WATCH_BATCH ? batch->count : LIMIT_WATCH_BATCH - 1;
    memmove(&batch->changes[at + 1], &batch->changes[at], (kept - at) * sizeof batch->changes[0]);
    memmove(&batch->wires[at + 1], &batch->wires[at], (kept - at) * sizeof batch->wires[0]);
    batch->changes[at] = summary->change;
    batch->wires[at] = summary->wire;
    batch->count = kept + 1;
    return true;
}

static status resume_token(struct rpc *rpc, const char *method, uint64_t told, char **ret_token)
{
    struct page_cursor cursor = {.len = RESUME_BYTES};
    put_be64(cursor.bytes, told);
    return page_token_make(rpc, method, &cursor, ret_token);
}

/* A token from before a backup was put back names changes that have not happened here: begin again, and lose nothing. */
static status begin(struct rpc *rpc, struct summary_list list, struct summary_watch *watch)
{
    struct summary_head head;
    TRY(summary_pages_head(rpc->txn, list, &head));
    if (watch->told > head.last_change) {
        watch->told = 0;
    }
    return STATUS_OK;
}

static status fill(struct rpc *rpc, const struct batch *batch, ProtobufCMessage *response)
{
    TRY(splice_room(rpc->arena, response, batch->count));
    for (size_t i = 0; i < batch->count; i++) {
        splice_item(response, 1, batch->wires[i]);
    }
    return STATUS_OK;
}

status summary_watch_next(struct rpc *rpc, const struct summary_stream *stream,
                          struct summary_watch *watch, ProtobufCMessage *response,
                          struct summary_watch_reply *ret_reply)
{
    struct summary_list list = {stream->table, rpc->principal->owner};
    ret_reply->step = STREAM_WAIT;
    if (!change_feed_since(rpc->txn, list.owner, watch->snapshot)) {
        return STATUS_OK;
    }
    if (watch->snapshot == 0) {
        TRY(begin(rpc, list, watch));
    }
    struct batch batch = {.told = watch->told};
    TRY(summary_pages_walk(rpc->txn, list, NULL, visit_change, &batch));
    bool all = batch.count == batch.above;
    if (all) {
        watch->snapshot = txn_snapshot(rpc->txn);
    }
    if (batch.count == 0 && watch->caught_up) {
        return STATUS_OK;
    }
    TRY(fill(rpc, &batch, response));
    watch->told = batch.count == 0 ? watch->told : batch.changes[batch.count - 1];
    watch->caught_up = all;
    ret_reply->caught_up = all;
    ret_reply->step = STREAM_SEND;
    return resume_token(rpc, stream->method, watch->told, &ret_reply->resume_token);
}

bool summary_watch_idle(const struct rpc *rpc, const void *state)
{
    const struct summary_watch *watch = state;
    return !change_feed_of_since(rpc->app->db, rpc->principal->owner, watch->snapshot);
}
