/*
 * By which ways news reaches a member: an e-mail address is used only after its reader brought the code back, five wrong ones end it, nobody's
 * is flooded, and a change is told elsewhere and to the old one; push tokens are the calling device's and go with it; what is about security
 * and the bank account cannot be turned off, and life certificates keep a way that leaves evidence; a wake-up holds nothing.
 */
#include "tests/support/inbox.h"

#include "service/message.h"
#include "service/notice.h"
#include "service/preferences.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"
#include "tests/support/member_session.h"

#define CHANNEL(name) HAYAT__V1__NOTIFICATION_CHANNEL__NOTIFICATION_CHANNEL_##name
#define TOPIC(name) HAYAT__V1__NOTIFICATION_TOPIC__NOTIFICATION_TOPIC_##name
#define MESSAGE(name) HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_##name

static struct harness h;
static struct harness_member m;

static status put_reachable(void *ctx, struct txn *txn)
{
    char phone[] = "+212600000009", address[] = "9, rue Inventée", language[] = "ar";
    Hayat__Store__V1__StoredMember *member;
    (void)ctx;
    TRY(member_store_get(txn, m.owner, &member));
    member->phone_number = phone;
    member->address = address;
    member->preferred_language = language;
    return member_store_put(txn, m.owner, member);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = harness_member(&h, "999400001");
    assert_ok(harness_write(&h, put_reachable, NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- e-mail --- */

static struct harness_reply try_email(const char *address)
{
    struct inbox_update update = inbox_update_of("email_address");
    update.wish.email_address = message_text(&h.arena, address);
    return inbox_try_update(&h, m.token, &update);
}

static struct harness_reply try_code(const char *code)
{
    struct inbox_update update = inbox_update_of("");
    update.email_code = code;
    return inbox_try_update(&h, m.token, &update);
}

static void test_an_address_is_used_once_it_is_confirmed(void **state)
{
    (void)state;
    inbox_set_email(&h, m.token, "Inventee@Example.MA");
    const Hayat__V1__Preferences *now = inbox_preferences(&h, m.token);
    assert_string_equal(now->email_address, "");
    assert_string_equal(now->pending_email_address, "Inventee@example.ma");
    inbox_put(&h, m.owner, NOTIFICATION_LIFE_CERTIFICATE_DUE);
    assert_int_equal(inbox_waiting(&h, OUTBOX_EMAIL).count, 1); /* the code alone */
    const char *code = inbox_email_code(&h);
    assert_int_equal(strlen(code), 8);
    assert_ok(try_code(arena_printf(&h.arena, " %.4s-%s", code, code + 4)).result);
    now = inbox_preferences(&h, m.token);
    assert_string_equal(now->email_address, "Inventee@example.ma");
    assert_string_equal(now->pending_email_address, "");
    assert_reason(try_code(code).result, EMAIL_CODE_INVALID); /* once */
    inbox_put(&h, m.owner, NOTIFICATION_LIFE_CERTIFICATE_DUE);
    struct inbox_messages mails = inbox_waiting(&h, OUTBOX_EMAIL);
    const Hayat__Store__V1__StoredMessage *last = mails.rows[mails.count - 1];
    assert_int_equal(last->kind, MESSAGE(NEWS));
    assert_int_equal(last->notification_kind, NOTIFICATION_LIFE_CERTIFICATE_DUE);
    assert_int_equal(last->language, LANGUAGE_AR);
    assert_string_equal(last->email, "");
}

static void test_a_change_is_told_elsewhere_and_to_the_old_address(void **state)
{
    (void)state;
    inbox_confirm_email(&h, m.token, "old@example.com");
    struct inbox_messages texts = inbox_waiting(&h, OUTBOX_SMS);
    assert_int_equal(texts.count, 1);
    assert_int_equal(texts.rows[0]->notice_kind, NOTICE_EMAIL_CHANGED);
    inbox_confirm_email(&h, m.token, "new@example.com");
    struct inbox_messages mails = inbox_waiting(&h, OUTBOX_EMAIL);
    bool told = false;
    for (size_t i = 0; i < mails.count; i++) {
        told = told || (mails.rows[i]->kind == MESSAGE(NOTICE) &&
                        strcmp(mails.rows[i]->email, "old@example.com") == 0);
    }
    assert_true(told);
    assert_ok(try_email("").result);
    assert_string_equal(inbox_preferences(&h, m.token)->email_address, "");
    assert_int_equal(inbox_waiting(&h, OUTBOX_SMS).count, 3);
    assert_int_equal(inbox_list(&h, m.token)->notifications[0]->kind,
                     HAYAT__V1__NOTIFICATION_KIND__NOTIFICATION_KIND_EMAIL_CHANGED);
}

static void test_wrong_codes_end_it(void **state)
{
    (void)state;
    assert_reason(try_code("12345678").result, EMAIL_CODE_INVALID); /* nothing waits */
    inbox_set_email(&h, m.token, "a@example.com");
    const char *code = inbox_email_code(&h);
    char wrong[9];
    memcpy(wrong, code, sizeof wrong);
    wrong[7] = wrong[7] == '1' ? '2' : '1';
    for (int i = 1; i < LIMIT_EMAIL_CODE_TRIES; i++) {
        struct harness_reply reply = try_code(wrong);
        assert_reason(reply.result, EMAIL_CODE_INVALID);
        assert_string_equal(harness_error_value(&reply, "tries_left"),
                            arena_printf(&h.arena, "%d", LIMIT_EMAIL_CODE_TRIES - i));
    }
    assert_reason(try_code(wrong).result, EMAIL_CODE_INVALID);
    assert_reason(try_code(code).result, EMAIL_CODE_INVALID);
    assert_string_equal(inbox_preferences(&h, m.token)->pending_email_address, "");
}

static void test_a_code_grows_old(void **state)
{
    (void)state;
    inbox_set_email(&h, m.token, "a@example.com");
    const char *code = inbox_email_code(&h);
    fake_clock_advance(&h.clock, LIMIT_EMAIL_CODE_MS);
    m.token[0] = '\0';
    struct member_session session = member_session_open(&h, &m);
    memcpy(m.token, session.access, sizeof m.token);
    assert_reason(try_code(code).result, EMAIL_CODE_INVALID);
}

static void test_nobody_is_flooded(void **state)
{
    (void)state;
    for (int i = 0; i < LIMIT_EMAIL_CODES_AN_ADDRESS; i++) {
        assert_ok(try_email("victim@example.com").result);
    }
    struct harness_reply reply = try_email("victim@EXAMPLE.com");
    assert_reason(reply.result, RATE_LIMITED);
    assert_non_null(reply.retry_info);
    struct harness_member mine = m;
    m = harness_member(&h, "999400002"); /* another member's wish is no way around it */
    assert_reason(try_email("victim@example.com").result, RATE_LIMITED);
    m = mine;
    assert_ok(try_email("b@example.com").result);
    assert_ok(try_email("c@example.com").result);
    assert_reason(try_email("d@example.com").result, RATE_LIMITED);
}

/* LEN bytes of an address: a local part of 40, and labels of at most 63. */
static const char *long_address(size_t len)
{
    static const char end[] = ".example.com";
    char *address = arena_alloc(&h.arena, len + 1);
    assert_non_null(address);
    memset(address, 'x', len);
    address[40] = '@';
    if (len > 110) {
        address[100] = '.';
    }
    memcpy(address + len - (sizeof end - 1), end, sizeof end);
    return address;
}

static void test_the_longest_address(void **state)
{
    (void)state;
    static const size_t lengths[] = {64, 65, LIMIT_EMAIL_BYTES - 1, LIMIT_EMAIL_BYTES};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const char *address = long_address(lengths[i]);
        assert_int_equal(strlen(address), lengths[i]);
        inbox_set_email(&h, m.token, address);
        assert_string_equal(inbox_preferences(&h, m.token)->pending_email_address, address);
    }
    assert_reason(try_email(long_address(LIMIT_EMAIL_BYTES + 1)).result, INVALID_FIELD);
}

static void test_what_is_no_address(void **state)
{
    (void)state;
    static const char *const bad[] = {"nobody",
                                      "@example.com",
                                      "a@b",
                                      "a b@example.com",
                                      "a@example.com\r\nBcc: b",
                                      "a@-x.com",
                                      ".a@example.com",
                                      "a..b@example.com",
                                      "é@example.com",
                                      "\"a\"@example.com",
                                      "a@example..com",
                                      "a@example.com."};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct harness_reply reply = try_email(bad[i]);
        assert_reason(reply.result, INVALID_FIELD);
        assert_string_equal(reply.bad_request->field_violations[0]->field,
                            "preferences.email_address");
    }
    assert_int_equal(inbox_waiting(&h, OUTBOX_EMAIL).count, 0);
}

/* --- topics --- */

static struct harness_reply try_topic(Hayat__V1__NotificationTopic topic,
                                      Hayat__V1__NotificationChannel *channels, size_t count)
{
    struct inbox_update update = inbox_update_of("topics");
    Hayat__V1__TopicPreference wish = HAYAT__V1__TOPIC_PREFERENCE__INIT, *wishes[] = {&wish};
    wish.topic = topic;
    wish.channels = channels;
    wish.n_channels = count;
    update.wish.topics = wishes;
    update.wish.n_topics = 1;
    return inbox_try_update(&h, m.token, &update);
}

static status remind(void *ctx, struct txn *txn)
{
    struct notice notice = {.owner = m.owner, .kind = NOTICE_BANK_CHANGED};
    return notice_send_provably(txn, &notice, ctx);
}

static void test_what_cannot_be_turned_off(void **state)
{
    (void)state;
    Hayat__V1__NotificationChannel quiet[] = {CHANNEL(EMAIL), CHANNEL(PUSH)},
                                   kept[] = {CHANNEL(SMS), CHANNEL(POST)}, post[] = {CHANNEL(POST)},
                                   strange[] = {CHANNEL(SMS), CHANNEL(POST), 9};
    assert_int_equal(inbox_preferences(&h, m.token)->topics[0]->n_channels, 4);
    assert_reason(try_topic(TOPIC(SECURITY), quiet, 2).result, INVALID_FIELD);
    assert_reason(try_topic(TOPIC(BANK), post, 1).result, INVALID_FIELD);
    assert_reason(try_topic(TOPIC(LIFE_CERTIFICATE), quiet, 2).result, INVALID_FIELD);
    assert_reason(try_topic(TOPIC(SECURITY), strange, 3).result, INVALID_FIELD);
    assert_reason(try_topic(7, kept, 2).result, INVALID_FIELD);
    assert_ok(try_topic(TOPIC(SECURITY), kept, 2).result);
    assert_ok(try_topic(TOPIC(LIFE_CERTIFICATE), post, 1).result);
    const Hayat__V1__Preferences *now = inbox_preferences(&h, m.token);
    assert_int_equal(now->topics[0]->n_channels, 2);
    assert_int_equal(now->topics[1]->n_channels, 4);
    assert_int_equal(now->topics[2]->n_channels, 1);
    struct notice_rows rows;
    assert_ok(harness_write(&h, remind, &rows));
    assert_int_equal(rows.count, 1);
    assert_int_equal(rows.rows[0].channel, CHANNEL_POST);
}

static void test_what_is_turned_off_stays_silent(void **state)
{
    (void)state;
    Hayat__V1__NotificationChannel post[] = {CHANNEL(POST)};
    inbox_confirm_email(&h, m.token, "a@example.com");
    inbox_set_push(&h, m.token, "token-1");
    assert_ok(try_topic(TOPIC(LIFE_CERTIFICATE), post, 1).result);
    size_t mails = inbox_waiting(&h, OUTBOX_EMAIL).count;
    size_t pushes = inbox_waiting(&h, OUTBOX_PUSH).count;
    inbox_put(&h, m.owner, NOTIFICATION_LIFE_CERTIFICATE_ACCEPTED);
    assert_int_equal(inbox_waiting(&h, OUTBOX_EMAIL).count, mails);
    assert_int_equal(inbox_waiting(&h, OUTBOX_PUSH).count, pushes);
    inbox_put(&h, m.owner, NOTIFICATION_BANK_CHANGE_ACTIVE);
    assert_int_equal(inbox_waiting(&h, OUTBOX_EMAIL).count, mails + 1);
    assert_int_equal(inbox_waiting(&h, OUTBOX_PUSH).count, pushes + 1);
}

/* --- push --- */

static void test_a_wake_up_holds_nothing_and_does_not_pile_up(void **state)
{
    (void)state;
    inbox_set_push(&h, m.token, "token-1");
    const Hayat__V1__Preferences *now = inbox_preferences(&h, m.token);
    assert_int_equal(now->n_push_devices, 1);
    assert_string_equal(now->push_token, "");
    for (int i = 0; i < 5; i++) {
        inbox_put(&h, m.owner, NOTIFICATION_BANK_CHANGE_ACTIVE);
    }
    struct inbox_messages pushes = inbox_waiting(&h, OUTBOX_PUSH);
    assert_int_equal(pushes.count, LIMIT_PUSH_WAITING);
    assert_int_equal(pushes.rows[0]->kind, MESSAGE(WAKE));
    assert_int_equal(pushes.rows[0]->notification_kind, 0);
    assert_int_equal(pushes.rows[0]->notice_kind, 0);
    inbox_set_push(&h, m.token, "");
    assert_int_equal(inbox_preferences(&h, m.token)->n_push_devices, 0);
}

static void test_a_token_goes_with_its_device(void **state)
{
    (void)state;
    inbox_set_push(&h, m.token, "token-1");
    Hayat__V1__RevokeDeviceRequest revoke = HAYAT__V1__REVOKE_DEVICE_REQUEST__INIT;
    revoke.request_id = fund_request_id(&h);
    revoke.device_id = message_text(&h.arena,
                                    inbox_preferences(&h, m.token)->push_devices[0]->device_id);
    struct member_session session = member_session_open(&h, &m);
    struct harness_reply reply = member_confirmed_call(
        &h,
        (struct member_call){.path = SESSION_METHOD("RevokeDevice"),
                             .access = session.access,
                             .request = &revoke.base},
        m.device_secret, NULL);
    assert_ok(reply.result);
    inbox_put(&h, m.owner, NOTIFICATION_BANK_CHANGE_ACTIVE);
    assert_int_equal(inbox_waiting(&h, OUTBOX_PUSH).count, 0);
}

/* Each is an entry of the audit chain, for ever. */
static void test_a_day_has_so_many_updates(void **state)
{
    (void)state;
    struct harness_reply reply = {.result = STATUS_OK};
    int count = -1;
    for (; count < 100 && ok(reply.result); count++) {
        struct inbox_update update = inbox_update_of("language_code");
        update.wish.language_code = message_text(&h.arena, count % 2 == 0 ? "en" : "ar");
        fake_clock_advance(&h.clock, 2000); /* the rate's own bound */
        reply = inbox_try_update(&h, m.token, &update);
    }
    assert_reason(reply.result, RATE_LIMITED);
    assert_int_equal(count, 60);
}

static void test_what_is_no_update(void **state)
{
    (void)state;
    struct inbox_update update = inbox_update_of("etag");
    assert_reason(inbox_try_update(&h, m.token, &update).result, INVALID_FIELD);
    update = inbox_update_of("language_code");
    update.wish.language_code = message_text(&h.arena, "de");
    assert_reason(inbox_try_update(&h, m.token, &update).result, INVALID_FIELD);
    update.wish.language_code = message_text(&h.arena, "en");
    assert_ok(inbox_try_update(&h, m.token, &update).result);
    assert_string_equal(inbox_preferences(&h, m.token)->language_code, "en");
    Hayat__V1__UpdatePreferencesRequest stale = HAYAT__V1__UPDATE_PREFERENCES_REQUEST__INIT;
    stale.request_id = fund_request_id(&h);
    stale.etag = message_text(&h.arena, "0");
    assert_reason(
        harness_call(&h, NOTIFICATION_METHOD("UpdatePreferences"), m.token, &stale.base).result,
        ETAG_MISMATCH);
    update = inbox_update_of("push_token");
    update.wish.push_token = message_text(&h.arena, "two words");
    assert_reason(inbox_try_update(&h, m.token, &update).result, INVALID_FIELD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_an_address_is_used_once_it_is_confirmed, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_change_is_told_elsewhere_and_to_the_old_address,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_codes_end_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_code_grows_old, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nobody_is_flooded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_day_has_so_many_updates, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_longest_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_address, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_turned_off, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_turned_off_stays_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_wake_up_holds_nothing_and_does_not_pile_up, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_token_goes_with_its_device, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_update, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
