/*
 * OutboxService.WatchOutbox.  An idle watch is a timer and a look at the first row of each queue; only when something is due, a
 * transaction of the writer takes it, leases it and says in the audit chain whose data went out.
 */
#include "gen/handlers.h"

#include "base/codec.h"
#include "service/app.h"
#include "service/message.h"
#include "service/outbox_item.h"
#include "service/page_token.h"

#define METHOD "OutboxService.WatchOutbox"

enum {
    POLL_MS = 200,
    LEASE_MS_DEFAULT = 60000,
    QUEUES_MAX = 5,
    POSITION_BYTES = 8,
    CURSOR_BYTES = ID_BYTES + POSITION_BYTES + ID_BYTES,
};

struct watch {
    enum outbox_queue queues[QUEUES_MAX];
    size_t queue_count;
    struct id id;
    uint64_t position; /* of the last message sent */
    int64_t lease_ms;
    /* What the caller held and lost is released, queue by queue, before anything is taken: all but what the resumed watch sent up to
       its position. */
    struct id resumed;
    uint64_t resumed_position;
    size_t released_count; /* queues that are done with */
    struct outbox_release release;
    /* What it has out: no more than it can deliver before the leases end. */
    struct {
        uint64_t sequence;
        int64_t lease_end_ms;
    } held[LIMIT_OUTBOX_BATCH];
    size_t held_count;
};

/* --- resume tokens: watch ‖ position ‖ caller --- */

static status make_token(struct rpc *rpc, const struct watch *watch, char **ret_token)
{
    struct page_cursor cursor = {.len = CURSOR_BYTES};
    memcpy(cursor.bytes, watch->id.bytes, ID_BYTES);
    put_be64(cursor.bytes + ID_BYTES, watch->position);
    memcpy(cursor.bytes + ID_BYTES + POSITION_BYTES, rpc->principal->agent.bytes, ID_BYTES);
    return page_token_make(rpc, METHOD, &cursor, ret_token);
}

static status read_token(struct rpc *rpc, const char *token, struct watch *watch)
{
    struct page_cursor cursor;
    TRY(page_token_read(rpc, METHOD, token, &cursor));
    if (cursor.len == 0) {
        return STATUS_OK;
    }
    bytes caller = bytes_of(cursor.bytes + ID_BYTES + POSITION_BYTES, ID_BYTES);
    if (cursor.len != CURSOR_BYTES ||
        !bytes_equal(caller, bytes_of(rpc->principal->agent.bytes, ID_BYTES))) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    memcpy(watch->resumed.bytes, cursor.bytes, ID_BYTES);
    watch->resumed_position = get_be64(cursor.bytes + ID_BYTES);
    watch->id = watch->resumed; /* it goes on: what came before stays in the caller's hands */
    watch->position = watch->resumed_position;
    return STATUS_OK;
}

/* --- opening --- */

static bool has_queue(const struct watch *watch, enum outbox_queue queue)
{
    for (size_t i = 0; i < watch->queue_count; i++) {
        if (watch->queues[i] == queue) {
            return true;
        }
    }
    return false;
}

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    struct watch *watch = state;
    const Hayat__Backoffice__V1__WatchOutboxRequest *request =
        (const Hayat__Backoffice__V1__WatchOutboxRequest *)message;
    for (size_t i = 0; i < request->n_queues; i++) {
        enum outbox_queue queue = (enum outbox_queue)request->queues[i];
        if (queue < OUTBOX_CORE || queue > OUTBOX_PUSH) {
            rpc_violation(rpc, "queues", "must be CORE, POST, SMS, EMAIL or PUSH");
            return FAIL(INVALID_FIELD);
        }
        TRY(outbox_may_take(rpc->principal, queue) ? STATUS_OK : FAIL(PERMISSION_DENIED));
        if (!has_queue(watch, queue)) {
            watch->queues[watch->queue_count++] = queue;
        }
    }
    watch->lease_ms = request->lease_seconds == 0 ? LEASE_MS_DEFAULT
                                                  : request->lease_seconds * 1000LL;
    watch->id = id_new(rpc->app->random);
    return read_token(rpc, request->resume_token, watch);
}

/* --- looking, on a queue thread --- */

static status forget_settled(struct rpc *rpc, struct watch *watch)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->held_count; i++) {
        bool held;
        TRY(outbox_store_is_held(rpc->txn, watch->held[i].sequence, watch->held[i].lease_end_ms,
                                 &held));
        watch->held[kept] = watch->held[i];
        kept += held && watch->held[i].lease_end_ms > rpc->now_ms;
    }
    watch->held_count = kept;
    return STATUS_OK;
}

static status watch_look(struct rpc *rpc, void *state, enum stream_step *ret_step)
{
    struct watch *watch = state;
    bool due = watch->released_count < watch->queue_count;
    TRY(forget_settled(rpc, watch));
    if (watch->held_count == LIMIT_OUTBOX_BATCH) {
        *ret_step = STREAM_WAIT;
        return STATUS_OK;
    }
    for (size_t i = 0; i < watch->queue_count && !due; i++) {
        TRY(outbox_store_due(rpc->txn, watch->queues[i], rpc->now_ms, &due));
    }
    *ret_step = due ? STREAM_SEND : STREAM_WAIT;
    return STATUS_OK;
}

/* --- taking, on the writer --- */

static status release_some(struct rpc *rpc, struct watch *watch)
{
    struct outbox_watch lost = {.caller = rpc->principal->agent,
                                .id = watch->resumed,
                                .position = watch->resumed_position,
                                .now_ms = rpc->now_ms};
    struct outbox_release release = watch->release;
    TRY(outbox_store_release(rpc->txn, watch->queues[watch->released_count], &lost, &release));
    watch->release = release;
    if (release.done) {
        watch->released_count++;
        watch->release = (struct outbox_release){.done = false};
    }
    return STATUS_OK;
}

static status take_due(struct rpc *rpc, const struct watch *watch, struct outbox_taken_list *list)
{
    struct outbox_watch taker = {.caller = rpc->principal->agent,
                                 .id = watch->id,
                                 .position = watch->position + 1,
                                 .now_ms = rpc->now_ms,
                                 .lease_ms = watch->lease_ms};
    *list = (struct outbox_taken_list){.max = LIMIT_OUTBOX_BATCH - watch->held_count};
    for (size_t i = 0; i < watch->queue_count; i++) {
        TRY(outbox_store_take(rpc->txn, watch->queues[i], &taker, list));
    }
    return STATUS_OK;
}

static status fill_response(struct rpc *rpc, const struct outbox_taken_list *list,
                            Hayat__Backoffice__V1__WatchOutboxResponse *response)
{
    response->items = arena_array(rpc->arena, list->count, sizeof(void *));
    if (response->items == NULL) {
        return FAIL(ARENA_FULL);
    }
    for (size_t i = 0; i < list->count; i++) {
        TRY(outbox_item_make(rpc, &list->rows[i], &response->items[i]));
        response->n_items = i + 1;
    }
    return arena_check(rpc->arena);
}

static void hold(struct watch *watch, const struct outbox_taken_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        watch->held[watch->held_count].sequence = list->rows[i].sequence;
        watch->held[watch->held_count++].lease_end_ms = list->rows[i].lease_end_ms;
    }
}

static status watch_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                         enum stream_step *ret_step)
{
    struct watch *watch = state;
    Hayat__Backoffice__V1__WatchOutboxResponse *response =
        (Hayat__Backoffice__V1__WatchOutboxResponse *)message;
    struct outbox_taken_list list;
    *ret_step = STREAM_WAIT;
    if (watch->released_count < watch->queue_count) {
        return release_some(rpc, watch);
    }
    TRY(take_due(rpc, watch, &list));
    if (list.count == 0) { /* another watch was first */
        return STATUS_OK;
    }
    TRY(fill_response(rpc, &list, response));
    hold(watch, &list);
    watch->position++;
    TRY(make_token(rpc, watch, &response->resume_token));
    rpc_audit_purpose(rpc, "delivery");
    *ret_step = STREAM_SEND;
    return STATUS_OK;
}

const struct server_stream outbox_watch_outbox = {
    .state_size = sizeof(struct watch),
    .poll_ms = POLL_MS,
    .open = watch_open,
    .look = watch_look,
    .next = watch_next,
};
