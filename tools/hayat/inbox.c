/* inbox: what the member was told: shown, marked as read, watched until Ctrl-C. */
#include <stdint.h>
#include <stdio.h>

#include "base/random.h"
#include "hayat.h"
#include "hayat/v1/notification.pb-c.h"
#include "journal.h"
#include "message_json.h"
#include "output.h"
#include "usage.h"

enum { WATCH_TIMEOUT_MS = 3600000, MESSAGE_ARENA_BYTES = 2 * LIMIT_SEND_BYTES, TOKEN_BYTES = 256 };

static const struct method LIST = {"/hayat.v1.NotificationService/ListNotifications",
                                   &hayat__v1__list_notifications_response__descriptor};
static const struct method MARK = {"/hayat.v1.NotificationService/MarkNotificationsRead",
                                   &hayat__v1__mark_notifications_read_response__descriptor};
static const struct method WATCH = {"/hayat.v1.NotificationService/WatchNotifications", NULL};

/* --- showing --- */

static void show(const struct hayat *hayat, const Hayat__V1__Notification *notification)
{
    char created[TIME_TEXT_MAX];
    time_text(notification->create_time, created);
    (void)printf("%s %s  ", notification->read_time == NULL ? "*" : " ", created);
    output_safe(stdout, notification->title);
    (void)printf("\n    ");
    output_safe(stdout, notification->body);
    (void)printf("\n    ");
    output_safe(stdout, notification->notification_id);
    if (notification->object_id[0] != '\0') {
        (void)printf("  ");
        output_safe(stdout, notification->object_id);
    }
    (void)putchar('\n');
    (void)hayat;
}

static status show_all(struct hayat *hayat, Hayat__V1__Notification *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (hayat->arguments.json != 0) {
            TRY(output_json(message_json(&list[i]->base)));
        } else {
            show(hayat, list[i]);
        }
    }
    return fflush(stdout) == 0 ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

/* --- watching --- */

struct watch {
    struct hayat *hayat;
    char token[TOKEN_BYTES]; /* of the last message shown */
    bool told;               /* something was, since the last attempt */
};

static status take_message(struct watch *watch,
                           const Hayat__V1__WatchNotificationsResponse *message)
{
    TRY(show_all(watch->hayat, message->notifications, message->n_notifications));
    (void)snprintf(watch->token, sizeof watch->token, "%s", message->resume_token);
    watch->told = true;
    return STATUS_OK;
}

static status take_all(struct watch *watch, struct stream *stream)
{
    struct arena arena;
    ProtobufCMessage *message;
    status s;
    arena_init(&arena, MESSAGE_ARENA_BYTES);
    do {
        arena_reset(&arena, MESSAGE_ARENA_BYTES);
        s = stream_read(stream, &hayat__v1__watch_notifications_response__descriptor, &arena,
                        &message);
        if (ok(s) && message != NULL) {
            s = take_message(watch, (const Hayat__V1__WatchNotificationsResponse *)message);
        }
    } while (ok(s) && message != NULL);
    arena_fini(&arena);
    return s;
}

static status attempt(struct watch *watch)
{
    struct hayat *hayat = watch->hayat;
    struct stream *stream;
    struct call_options options = hayat_options(hayat, WATCH, hayat->session.token);
    Hayat__V1__WatchNotificationsRequest request = HAYAT__V1__WATCH_NOTIFICATIONS_REQUEST__INIT;
    options.timeout_ms = WATCH_TIMEOUT_MS;
    request.resume_token = watch->token;
    TRY(channel_stream(hayat->channel, &options, &stream));
    status local = STATUS_OK;
    if (ok(stream_write(stream, &request.base)) && ok(stream_writes_done(stream))) {
        local = take_all(watch, stream);
    }
    status remote = stream_close(stream, &hayat->error);
    return local.why == REASON_FILE_UNWRITABLE || ok(remote) ? local : remote;
}

/* Goes on after an hour, a broken connection, a restart of the server; nothing is shown twice. */
static status watch_inbox(struct hayat *hayat)
{
    struct watch watch = {.hayat = hayat};
    struct retry retry = hayat_retry(hayat, DEFAULT_GIVE_UP_SECONDS);
    bool renewed = false;
    TRY(hayat_load_session(hayat));
    TRY(hayat_connect(hayat));
    for (;;) {
        TRY(sign_in_if_needed(hayat, &retry));
        watch.told = false;
        status s = attempt(&watch);
        if (s.why == REASON_FILE_UNWRITABLE) {
            return s;
        }
        if (watch.told) {
            retry_progress(&retry);
            renewed = false;
        }
        if (ok(s) || s.why == REASON_DEADLINE_EXCEEDED) {
            continue;
        }
        if (hayat->error.code == CODE_UNAUTHENTICATED && !renewed) {
            renewed = true;
            session_refused(hayat);
            continue;
        }
        TRY(hayat_wait_or_fail(hayat, &retry, s));
    }
}

/* --- commands --- */

status command_inbox(struct hayat *hayat)
{
    Hayat__V1__ListNotificationsRequest request = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    Hayat__V1__ListNotificationsResponse *response;
    if (hayat->arguments.watch != 0) {
        return watch_inbox(hayat);
    }
    do {
        TRY(hayat_call(hayat, LIST, &request.base, (ProtobufCMessage **)&response));
        TRY(show_all(hayat, response->notifications, response->n_notifications));
        request.page_token = response->next_page_token;
    } while (hayat->arguments.all != 0 && request.page_token[0] != '\0');
    return STATUS_OK;
}

status command_inbox_read(struct hayat *hayat)
{
    char request_id[UUID_TEXT_BYTES];
    char *ids[] = {hayat->arguments.operand};
    Hayat__V1__MarkNotificationsReadRequest request =
        HAYAT__V1__MARK_NOTIFICATIONS_READ_REQUEST__INIT;
    ProtobufCMessage *response;
    bool one = hayat->arguments.operand != NULL;
    if (one == (hayat->arguments.all != 0)) {
        return usage_wrong("NTF_ID, --all", TEXT_USE_ONE_OF_TWO);
    }
    uuid_new(&random_system, request_id);
    request.request_id = request_id;
    request.notification_ids = ids;
    request.n_notification_ids = one ? 1 : 0;
    request.all = !one;
    TRY(hayat_call(hayat, MARK, &request.base, &response));
    return hayat->arguments.json != 0 ? output_json(message_json(response)) : STATUS_OK;
}
