/*
 * NotificationService's inbox: newest first, in pages that hold under inserts; marking is counted once; a watcher learns the inbox first and
 * then every change, one that drops and returns misses nothing; nobody sees another's.
 */
#include "tests/support/inbox.h"

#include "hayat/v1/session.pb-c.h"
#include "service/message.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"

#define KIND(name) HAYAT__V1__NOTIFICATION_KIND__NOTIFICATION_KIND_##name

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- the list --- */

static void test_the_lists_agree(void **state)
{
    (void)state;
    enum notification_kind kind;
    size_t count = 0;
    for (; notification_at(count, &kind); count++) {
        const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(
            &hayat__v1__notification_kind__descriptor, (int)kind);
        assert_non_null(value);
    }
    assert_int_equal(hayat__v1__notification_kind__descriptor.n_values, count + 1);
    enum notification_topic topic;
    assert_true(notification_topic(KIND(BANK_CHANGE_ACTIVE), &topic));
    assert_int_equal(topic, HAYAT__V1__NOTIFICATION_TOPIC__NOTIFICATION_TOPIC_BANK);
    assert_true(notification_topic(KIND(LIFE_CERTIFICATE_SUSPENDED), &topic));
    assert_int_equal(topic, HAYAT__V1__NOTIFICATION_TOPIC__NOTIFICATION_TOPIC_LIFE_CERTIFICATE);
}

static void test_what_a_row_says(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300001"),
                          other = harness_member(&h, "999300002");
    inbox_put_about(&h, &(struct notification){.owner = m.owner,
                                               .kind = NOTIFICATION_LIFE_CERTIFICATE_ACCEPTED,
                                               .object_type = "lc",
                                               .object = {{4}}});
    inbox_put(&h, m.owner, NOTIFICATION_DEVICE_ADDED);
    const Hayat__V1__ListNotificationsResponse *list = inbox_list(&h, m.token);
    assert_int_equal(list->n_notifications, 2);
    assert_int_equal(list->unread_count, 2);
    assert_string_equal(list->next_page_token, "");
    const Hayat__V1__Notification *newest = list->notifications[0], *older = list->notifications[1];
    assert_int_equal(newest->kind, KIND(DEVICE_ADDED));
    assert_string_equal(newest->object_id, "");
    assert_string_equal(older->title, "Votre certificat de vie est accepté");
    assert_int_equal(strncmp(older->object_id, "lc_", 3), 0);
    assert_int_equal(strncmp(older->notification_id, "ntf_", 4), 0);
    assert_int_equal(older->create_time->seconds, h.clock.wall_ms / 1000);
    assert_null(older->read_time);
    assert_int_equal(inbox_list(&h, other.token)->n_notifications, 0);
}

static void test_pages(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300003");
    for (int i = 0; i < 7; i++) {
        inbox_put(&h, m.owner, NOTIFICATION_DEVICE_ADDED);
    }
    Hayat__V1__ListNotificationsRequest request = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    request.page_size = 3;
    const char *seen[7];
    size_t count = 0;
    do {
        Hayat__V1__ListNotificationsResponse *page = (void *)fund_call(
            &h, NOTIFICATION_METHOD("ListNotifications"), m.token, &request.base);
        for (size_t i = 0; i < page->n_notifications; i++) {
            assert_true(count < 7);
            seen[count++] = page->notifications[i]->notification_id;
        }
        request.page_token = page->next_page_token;
        inbox_put(&h, m.owner, NOTIFICATION_DEVICE_REVOKED); /* what comes meanwhile is not told */
    } while (request.page_token[0] != '\0');
    assert_int_equal(count, 7);
    for (size_t i = 1; i < count; i++) {
        assert_string_not_equal(seen[i], seen[i - 1]);
    }
    request.page_token = message_text(&h.arena, "nonsense");
    assert_reason(
        harness_call(&h, NOTIFICATION_METHOD("ListNotifications"), m.token, &request.base).result,
        PAGE_TOKEN_INVALID);
}

/* --- marking --- */

static const Hayat__V1__MarkNotificationsReadResponse *mark(const char *token, const char *id)
{
    char *ids[] = {message_text(&h.arena, id == NULL ? "" : id)};
    Hayat__V1__MarkNotificationsReadRequest request =
        HAYAT__V1__MARK_NOTIFICATIONS_READ_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.notification_ids = ids;
    request.n_notification_ids = id != NULL;
    request.all = id == NULL;
    return (const void *)fund_call(&h, NOTIFICATION_METHOD("MarkNotificationsRead"), token,
                                   &request.base);
}

static void test_marking(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300004"),
                          other = harness_member(&h, "999300005");
    for (int i = 0; i < 3; i++) {
        inbox_put(&h, m.owner, NOTIFICATION_DEVICE_ADDED);
    }
    const char *id = inbox_list(&h, m.token)->notifications[1]->notification_id;
    assert_int_equal(mark(other.token, id)->marked_count, 0);
    assert_int_equal(mark(m.token, id)->marked_count, 1);
    const Hayat__V1__MarkNotificationsReadResponse *again = mark(m.token, id);
    assert_int_equal(again->marked_count, 0);
    assert_int_equal(again->unread_count, 2);
    const Hayat__V1__ListNotificationsResponse *list = inbox_list(&h, m.token);
    assert_non_null(list->notifications[1]->read_time);
    assert_null(list->notifications[0]->read_time);
    Hayat__V1__ListNotificationsRequest unread = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    unread.unread_only = true;
    assert_int_equal(((Hayat__V1__ListNotificationsResponse *)fund_call(
                          &h, NOTIFICATION_METHOD("ListNotifications"), m.token, &unread.base))
                         ->n_notifications,
                     2);
    assert_int_equal(mark(m.token, NULL)->marked_count, 2);
    assert_int_equal(inbox_list(&h, m.token)->unread_count, 0);
}

/* --- watching --- */

static void open_watch(struct harness_stream *s, const char *token, const char *resume)
{
    Hayat__V1__WatchNotificationsRequest request = HAYAT__V1__WATCH_NOTIFICATIONS_REQUEST__INIT;
    request.resume_token = message_text(&h.arena, resume);
    assert_true(harness_stream_open(s, &h, NOTIFICATION_METHOD("WatchNotifications"), token));
    assert_true(harness_stream_send(s, &request.base));
}

/* The next message, or NULL when the stream waits. */
static const Hayat__V1__WatchNotificationsResponse *next(struct harness_stream *s)
{
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_next(s, &response));
    assert_int_equal(response == NULL, s->call.wait_ms > 0);
    return (const Hayat__V1__WatchNotificationsResponse *)response;
}

static void test_state_first_then_changes(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300006");
    struct harness_stream s;
    for (int i = 0; i < LIMIT_WATCH_BATCH + 3; i++) {
        inbox_put(&h, m.owner, i == 0 ? NOTIFICATION_DEVICE_REVOKED : NOTIFICATION_DEVICE_ADDED);
    }
    open_watch(&s, m.token, "");
    const Hayat__V1__WatchNotificationsResponse *message = next(&s);
    assert_int_equal(message->n_notifications, LIMIT_WATCH_BATCH);
    assert_int_equal(message->notifications[0]->kind, KIND(DEVICE_REVOKED)); /* oldest first */
    assert_false(message->caught_up);
    message = next(&s);
    assert_int_equal(message->n_notifications, 3);
    assert_true(message->caught_up);
    assert_int_equal(message->unread_count, LIMIT_WATCH_BATCH + 3);
    assert_null(next(&s));
    inbox_put(&h, m.owner, NOTIFICATION_BANK_CHANGE_ACTIVE);
    message = next(&s);
    assert_int_equal(message->n_notifications, 1);
    assert_int_equal(message->notifications[0]->kind, KIND(BANK_CHANGE_ACTIVE));
    assert_null(next(&s));
    mark(m.token, message->notifications[0]->notification_id);
    message = next(&s);
    assert_int_equal(message->n_notifications, 1);
    assert_non_null(message->notifications[0]->read_time);
    harness_stream_abandon(&s);
}

static void test_nothing_is_lost_between_two_watches(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300007");
    struct harness_stream s;
    open_watch(&s, m.token, "");
    const Hayat__V1__WatchNotificationsResponse *message = next(&s);
    assert_int_equal(message->n_notifications, 0);
    assert_true(message->caught_up);
    size_t told = 0;
    for (int round = 0; round < 10; round++) {
        char *resume = message_text(&h.arena, message->resume_token);
        harness_stream_abandon(&s);
        for (int i = 0; i <= round % 3; i++) {
            inbox_put(&h, m.owner, NOTIFICATION_DEVICE_ADDED);
        }
        open_watch(&s, m.token, resume);
        message = next(&s);
        assert_int_equal(message->n_notifications, round % 3 + 1);
        told += message->n_notifications;
    }
    harness_stream_abandon(&s);
    assert_int_equal(inbox_list(&h, m.token)->n_notifications, told);
}

static void test_a_session_that_ends_ends_the_watch(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300008");
    struct harness_stream s;
    open_watch(&s, m.token, "");
    (void)next(&s);
    Hayat__V1__EndSessionRequest end = HAYAT__V1__END_SESSION_REQUEST__INIT;
    (void)fund_call(&h, "/hayat.v1.SessionService/EndSession", m.token, &end.base);
    inbox_put(&h, m.owner, NOTIFICATION_DEVICE_ADDED);
    ProtobufCMessage *response = NULL;
    assert_false(harness_stream_next(&s, &response)); /* SEC-A5 */
    assert_int_equal(harness_stream_close(&s).result.why, REASON_TOKEN_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_lists_agree, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_a_row_says, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_marking, setup, teardown),
        cmocka_unit_test_setup_teardown(test_state_first_then_changes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_lost_between_two_watches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_session_that_ends_ends_the_watch, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
