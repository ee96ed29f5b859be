/* The rows of what a member is told, and asked to be put right. */
#include "base/array.h"
#include "hayat/v1/privacy.pb-c.h"
#include "service/message.h"
#include "storage/rectification_store.h"
#include "tests/support/bola.h"
#include "tests/support/erasure.h"
#include "tests/support/inbox.h"

static const char *told(struct bola *b, const struct harness_member *whom)
{
    inbox_put(&b->h, whom->owner, NOTIFICATION_DEVICE_ADDED);
    return inbox_list(&b->h, whom->token)->notifications[0]->notification_id;
}

static void fill_ids(struct bola *b, ProtobufCMessage *message, const char *id)
{
    Hayat__V1__MarkNotificationsReadRequest *request = (void *)message;
    request->notification_ids = arena_array(&b->h.arena, 1, sizeof(char *));
    request->notification_ids[0] = message_text(&b->h.arena, id);
    request->n_notification_ids = 1;
}

/* A list of two, seen one at a time. */
static const char *page(struct bola *b, const struct harness_member *whom)
{
    (void)told(b, whom);
    (void)told(b, whom);
    Hayat__V1__ListNotificationsRequest request = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    request.page_size = 1;
    return ((Hayat__V1__ListNotificationsResponse *)fund_call(
                &b->h, NOTIFICATION_METHOD("ListNotifications"), whom->token, &request.base))
        ->next_page_token;
}

static const char *resume(struct bola *b, const struct harness_member *whom)
{
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    Hayat__V1__WatchNotificationsRequest request = HAYAT__V1__WATCH_NOTIFICATIONS_REQUEST__INIT;
    (void)told(b, whom);
    (void)harness_stream_open(&s, &b->h, NOTIFICATION_METHOD("WatchNotifications"), whom->token);
    (void)harness_stream_send(&s, &request.base);
    (void)harness_stream_next(&s, &response);
    const char *token = ((Hayat__V1__WatchNotificationsResponse *)response)->resume_token;
    harness_stream_abandon(&s);
    return token;
}

/* Two wishes, seen one at a time. */
static const char *wishes(struct bola *b, const struct harness_member *whom)
{
    char text[] = "invented";
    Hayat__V1__ListRectificationsRequest request = HAYAT__V1__LIST_RECTIFICATIONS_REQUEST__INIT;
    for (uint8_t i = 1; i <= 2; i++) {
        struct id id = {{i}};
        rectification_row row = HAYAT__STORE__V1__STORED_RECTIFICATION__INIT;
        struct key key = key_bytes(key_u64(key_owner(whom->owner), i),
                                   bytes_of(id.bytes, ID_BYTES));
        row.rectification_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
        row.text = text;
        harness_put(&b->h, TABLE_rectification, whom->owner, key, &row.base);
    }
    request.page_size = 1;
    return ((Hayat__V1__ListRectificationsResponse *)fund_call(
                &b->h, "/hayat.v1.PrivacyService/ListRectifications", whom->token, &request.base))
        ->next_page_token;
}

static const char *wish(struct bola *b, const struct harness_member *whom)
{
    return erasure_asked(&b->h, whom->token, whom->device_secret)->rectification_id;
}

static const struct bola_row rows[] = {
    BOLA_MEMBERS("/hayat.v1.PrivacyService/WithdrawErasure", "rectification_id", wish, NULL,
                 "rec_" BOLA_NO_ID),
    BOLA_PAGES("/hayat.v1.PrivacyService/ListRectifications", wishes),
    BOLA_PAGES(NOTIFICATION_METHOD("ListNotifications"), page),
    {.path = NOTIFICATION_METHOD("MarkNotificationsRead"),
     .field = "notification_ids",
     .kind = BOLA_MEMBER,
     .make = told,
     .fill = fill_ids,
     .malformed = REASON_INVALID_FIELD,
     .unknown = "ntf_" BOLA_NO_ID},
    {.path = NOTIFICATION_METHOD("WatchNotifications"),
     .field = "resume_token",
     .kind = BOLA_MEMBER,
     .make = resume,
     .refused = REASON_PAGE_TOKEN_INVALID,
     .malformed = REASON_PAGE_TOKEN_INVALID,
     .unknown = "00000000000000000000000000000000000000000000000000000000000000000000"},
    /* what the server shows; an update asks nothing by it */
    {.path = NOTIFICATION_METHOD("UpdatePreferences"),
     .field = "preferences.push_devices.device_id",
     .kind = BOLA_FREE},
};

const struct bola_set bola_inbox_rows = BOLA_SET(rows);
