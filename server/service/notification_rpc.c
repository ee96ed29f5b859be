/* The member's inbox: listed, marked, watched. */
#include "base/codec.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/message.h"
#include "service/notification.h"
#include "service/page_token.h"
#include "service/summary_list.h"
#include "storage/change_feed.h"
#include "storage/inbox_store.h"

typedef Hayat__Store__V1__StoredNotification notification_row;

static const char list_method[] = "NotificationService.ListNotifications";
static const struct summary_stream watched = {TABLE_inbox,
                                              "NotificationService.WatchNotifications"};

/* --- one notification --- */

static status notification_message(struct rpc *rpc, const notification_row *row,
                                   Hayat__V1__Notification **ret_message)
{
    struct notification_words words;
    enum notification_topic topic;
    Hayat__V1__Notification *message = message_new(rpc->arena,
                                                   &hayat__v1__notification__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (!notification_words(row->kind, rpc->language, &words) ||
        !notification_topic(row->kind, &topic)) {
        return FAIL(STORE_CORRUPT);
    }
    message->notification_id = message_id(rpc->arena, "ntf", row->notification_id);
    message->kind = (Hayat__V1__NotificationKind)row->kind;
    message->topic = (Hayat__V1__NotificationTopic)topic;
    message->title = message_text(rpc->arena, words.title);
    message->body = message_text(rpc->arena, words.body);
    if (row->object_id.len == ID_BYTES) {
        message->object_id = message_id(rpc->arena, row->object_type, row->object_id);
    }
    message->create_time = message_time(rpc->arena, row->create_ms);
    message->read_time = message_optional_time(rpc->arena, row->read_ms);
    *ret_message = message;
    return arena_check(rpc->arena);
}

/* --- ListNotifications --- */

struct page {
    struct rpc *rpc;
    Hayat__V1__Notification **messages;
    size_t size, count;
    bool unread_only, more;
    uint64_t last;
    status result;
};

static bool take(void *ctx, uint64_t number, const notification_row *row)
{
    struct page *page = ctx;
    if (page->unread_only && row->read_ms != 0) {
        return true;
    }
    if (page->count == page->size) {
        page->more = true;
        return false;
    }
    page->result = notification_message(page->rpc, row, &page->messages[page->count]);
    page->count += ok(page->result) ? 1 : 0;
    page->last = number;
    return ok(page->result);
}

static status read_place(struct rpc *rpc, const char *token, uint64_t *ret_before)
{
    struct page_cursor cursor;
    TRY(page_token_read(rpc, list_method, token, &cursor));
    *ret_before = 0;
    if (cursor.len == 0) {
        return STATUS_OK;
    }
    if (cursor.len != 8) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    *ret_before = get_be64(cursor.bytes);
    return STATUS_OK;
}

static status place_token(struct rpc *rpc, const char *method, uint64_t place, char **ret_token)
{
    struct page_cursor cursor = {.len = 8};
    put_be64(cursor.bytes, place);
    return page_token_make(rpc, method, &cursor, ret_token);
}

status notification_list_notifications(struct rpc *rpc,
                                       const Hayat__V1__ListNotificationsRequest *request,
                                       Hayat__V1__ListNotificationsResponse *response)
{
    struct inbox_walk walk = {.owner = rpc->principal->owner};
    struct page page = {
        .rpc = rpc, .size = page_size_of(request->page_size), .unread_only = request->unread_only};
    struct inbox_head head;
    TRY(read_place(rpc, request->page_token, &walk.before));
    TRY(inbox_store_head(rpc->txn, walk.owner, &head));
    page.messages = arena_array(rpc->arena, page.size, sizeof(void *));
    TRY(arena_check(rpc->arena));
    TRY(inbox_store_each(rpc->txn, &walk, take, &page));
    TRY(page.result);
    response->notifications = page.messages;
    response->n_notifications = page.count;
    response->unread_count = (int32_t)head.unread_count;
    return page.more ? place_token(rpc, list_method, page.last, &response->next_page_token)
                     : STATUS_OK;
}

/* --- MarkNotificationsRead --- */

/* Which rows are meant, gathered first: nothing is written under a scan. */
struct meant {
    const Hayat__V1__MarkNotificationsReadRequest *request;
    size_t count;
    uint64_t numbers[LIMIT_INBOX_ROWS];
};

static bool is_named(const struct meant *meant, const notification_row *row)
{
    for (size_t i = 0; i < meant->request->n_notification_ids; i++) {
        struct id id;
        if (id_parse(bytes_str(meant->request->notification_ids[i]), "ntf", &id) &&
            bytes_equal(bytes_of_binary(row->notification_id), bytes_of(id.bytes, ID_BYTES))) {
            return true;
        }
    }
    return false;
}

static bool gather(void *ctx, uint64_t number, const notification_row *row)
{
    struct meant *meant = ctx;
    if (row->read_ms == 0 && (meant->request->all || is_named(meant, row))) {
        meant->numbers[meant->count++] = number;
    }
    return meant->count < LIMIT_INBOX_ROWS;
}

status notification_mark_notifications_read(struct rpc *rpc,
                                            const Hayat__V1__MarkNotificationsReadRequest *request,
                                            Hayat__V1__MarkNotificationsReadResponse *response)
{
    struct inbox_walk walk = {.owner = rpc->principal->owner};
    struct inbox_head head;
    struct meant meant = {.request = request};
    TRY(inbox_store_each(rpc->txn, &walk, gather, &meant));
    for (size_t i = 0; i < meant.count; i++) {
        bool changed;
        TRY(inbox_store_mark_read(rpc->txn, walk.owner, meant.numbers[i], &changed));
        response->marked_count += changed;
    }
    TRY(inbox_store_head(rpc->txn, walk.owner, &head));
    response->unread_count = (int32_t)head.unread_count;
    return STATUS_OK;
}

/* --- WatchNotifications --- */

/* The earliest changes above TOLD, in order. */
struct batch {
    uint64_t told;
    size_t count, above;
    const notification_row *rows[LIMIT_WATCH_BATCH];
};

static bool see_change(void *ctx, uint64_t number, const notification_row *row)
{
    struct batch *batch = ctx;
    (void)number;
    if (row->change <= batch->told) {
        return true;
    }
    batch->above++;
    size_t at = batch->count;
    while (at > 0 && batch->rows[at - 1]->change > row->change) {
        at--;
    }
    if (at == LIMIT_WATCH_BATCH) {
        return true;
    }
    size_t kept = batch->count < LIMIT_WATCH_BATCH ? batch->count : LIMIT_WATCH_BATCH - 1;
    memmove(&batch->rows[at + 1], &batch->rows[at], (kept - at) * sizeof(batch->rows[0]));
    batch->rows[at] = row;
    batch->count = kept + 1;
    return true;
}

static status fill_watch(struct rpc *rpc, const struct batch *batch, const struct inbox_head *head,
                         Hayat__V1__WatchNotificationsResponse *response)
{
    response->notifications = arena_array(rpc->arena, batch->count, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < batch->count; i++) {
        TRY(notification_message(rpc, batch->rows[i], &response->notifications[i]));
        response->n_notifications = i + 1;
    }
    response->unread_count = (int32_t)head->unread_count;
    response->caught_up = batch->count == batch->above;
    return STATUS_OK;
}

static status watch_open(struct rpc *rpc, void *state, const ProtobufCMessage *message)
{
    return summary_watch_open(rpc, &watched,
                              ((const Hayat__V1__WatchNotificationsRequest *)message)->resume_token,
                              state);
}

/* Other rows of the owner change too: the head alone tells whether the inbox did. */
static status watch_next(struct rpc *rpc, void *state, ProtobufCMessage *message,
                         enum stream_step *ret_step)
{
    struct summary_watch *watch = state;
    struct inbox_walk walk = {.owner = rpc->principal->owner};
    struct inbox_head head;
    *ret_step = STREAM_WAIT;
    if (!change_feed_since(rpc->txn, walk.owner, watch->snapshot)) {
        return STATUS_OK;
    }
    TRY(inbox_store_head(rpc->txn, walk.owner, &head));
    if (watch->told > head.last_change) {
        watch->told =
            0; /* a token from before a backup was put back: begin again, and lose nothing */
    }
    struct batch batch = {.told = watch->told};
    if (head.last_change > watch->told) {
        TRY(inbox_store_each(rpc->txn, &walk, see_change, &batch));
    }
    bool all = batch.count == batch.above;
    watch->snapshot = all ? txn_snapshot(rpc->txn) : watch->snapshot;
    if (batch.count == 0 && watch->caught_up) {
        return STATUS_OK;
    }
    Hayat__V1__WatchNotificationsResponse *response =
        (Hayat__V1__WatchNotificationsResponse *)message;
    TRY(fill_watch(rpc, &batch, &head, response));
    watch->told = batch.count == 0 ? watch->told : batch.rows[batch.count - 1]->change;
    watch->caught_up = all;
    *ret_step = STREAM_SEND;
    return place_token(rpc, watched.method, watch->told, &response->resume_token);
}

const struct server_stream notification_watch_notifications = {
    .state_size = sizeof(struct summary_watch),
    .poll_ms = LIMIT_WATCH_POLL_MS,
    .open = watch_open,
    .next = watch_next,
    .idle = summary_watch_idle,
};
