#include "tests/support/inbox.h"

#include "base/codec.h"
#include "service/delivery.h"
#include "service/message.h"
#include "storage/cursor.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"

static status add(void *ctx, struct txn *txn)
{
    return notification_add(txn, ctx);
}

void inbox_put_about(struct harness *h, const struct notification *notification)
{
    struct notification copy = *notification;
    assert_ok(harness_write(h, add, &copy));
}

void inbox_put(struct harness *h, struct owner owner, enum notification_kind kind)
{
    inbox_put_about(h, &(struct notification){.owner = owner, .kind = kind});
}

const Hayat__V1__ListNotificationsResponse *inbox_list(struct harness *h, const char *token)
{
    Hayat__V1__ListNotificationsRequest request = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    request.page_size = 100;
    return (const void *)fund_call(h, NOTIFICATION_METHOD("ListNotifications"), token,
                                   &request.base);
}

/* --- what waits --- */

struct waiting {
    enum outbox_queue queue;
    struct inbox_messages *messages;
};

static status read_waiting(void *ctx, struct txn *txn)
{
    struct waiting *waiting = ctx;
    struct cursor cursor;
    TRY(cursor_open(txn, TABLE_outbox, &cursor));
    TRY(cursor_seek(&cursor, (bytes){NULL, 0}));
    while (cursor.found) {
        Hayat__Store__V1__StoredOutbox *row;
        Hayat__Store__V1__StoredMessage *message;
        TRY(outbox_store_get(txn, get_be64(cursor.key.ptr), &row));
        if (row->queue == waiting->queue) {
            TRY(delivery_unpack(txn_arena(txn), bytes_of_binary(row->payload), &message));
            assert_true(waiting->messages->count < INBOX_MESSAGES_MAX);
            waiting->messages->rows[waiting->messages->count++] = message;
        }
        TRY(cursor_next(&cursor));
    }
    cursor_close(&cursor);
    return STATUS_OK;
}

struct inbox_messages inbox_waiting(struct harness *h, enum outbox_queue queue)
{
    struct inbox_messages messages = {.count = 0};
    struct waiting waiting = {queue, &messages};
    assert_ok(harness_read(h, read_waiting, &waiting));
    return messages;
}

/* --- preferences --- */

const Hayat__V1__Preferences *inbox_preferences(struct harness *h, const char *token)
{
    Hayat__V1__GetPreferencesRequest request = HAYAT__V1__GET_PREFERENCES_REQUEST__INIT;
    return ((const Hayat__V1__GetPreferencesResponse *)fund_call(
                h, NOTIFICATION_METHOD("GetPreferences"), token, &request.base))
        ->preferences;
}

struct inbox_update inbox_update_of(const char *path)
{
    struct inbox_update update = {.path = path};
    hayat__v1__preferences__init(&update.wish);
    return update;
}

struct harness_reply inbox_try_update(struct harness *h, const char *token,
                                      const struct inbox_update *update)
{
    struct inbox_update copy = *update;
    Hayat__V1__UpdatePreferencesRequest request = HAYAT__V1__UPDATE_PREFERENCES_REQUEST__INIT;
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    char *path = message_text(&h->arena, copy.path);
    mask.paths = &path;
    mask.n_paths = path[0] != '\0';
    request.request_id = fund_request_id(h);
    request.etag = inbox_preferences(h, token)->etag;
    request.preferences = &copy.wish;
    request.update_mask = &mask;
    request.email_code = message_text(&h->arena, copy.email_code == NULL ? "" : copy.email_code);
    return harness_call(h, NOTIFICATION_METHOD("UpdatePreferences"), token, &request.base);
}

void inbox_set_email(struct harness *h, const char *token, const char *address)
{
    struct inbox_update update = inbox_update_of("email_address");
    update.wish.email_address = message_text(&h->arena, address);
    assert_ok(inbox_try_update(h, token, &update).result);
}

void inbox_set_push(struct harness *h, const char *token, const char *push_token)
{
    struct inbox_update update = inbox_update_of("push_token");
    update.wish.push_token = message_text(&h->arena, push_token);
    assert_ok(inbox_try_update(h, token, &update).result);
}

const char *inbox_email_code(struct harness *h)
{
    struct inbox_messages messages = inbox_waiting(h, OUTBOX_EMAIL);
    for (size_t i = messages.count; i > 0; i--) {
        if (messages.rows[i - 1]->kind == HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_CODE) {
            return messages.rows[i - 1]->code;
        }
    }
    fail_msg("no code waits");
    return NULL;
}

void inbox_confirm_email(struct harness *h, const char *token, const char *address)
{
    inbox_set_email(h, token, address);
    struct inbox_update update = inbox_update_of("");
    update.email_code = inbox_email_code(h);
    assert_ok(inbox_try_update(h, token, &update).result);
}
