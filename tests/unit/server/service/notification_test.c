/*
 * What a member is told in the app: every kind has a short title and a body in each language and a topic that its number's range says; no
 * text has a figure or an address in it; a kind that is not in the list is our bug; notices of security are kept longest.
 */
#include "service/notification.h"

#include <ctype.h>

#include "storage/inbox_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { TITLE_MAX = 96, BODY_MAX = 280 };

static struct temp_store t;
static const struct owner owner = {{5}};

static enum notification_topic topic_by_range(uint32_t kind)
{
    if (kind < 20 || kind >= 50) { /* erasures */
        return TOPIC_SECURITY;
    }
    return kind < 30 ? TOPIC_BANK : TOPIC_LIFE_CERTIFICATE;
}

static void assert_plain(const char *text, size_t max)
{
    assert_true(strlen(text) > 3 && strlen(text) <= max);
    for (const char *c = text; *c != '\0'; c++) {
        assert_false(isdigit((unsigned char)*c) || *c == '@' || *c == '%');
    }
}

static void test_every_kind_has_its_words(void **state)
{
    (void)state;
    enum notification_kind kind;
    size_t count = 0;
    for (; notification_at(count, &kind); count++) {
        enum notification_topic topic;
        assert_true(notification_topic(kind, &topic));
        assert_int_equal(topic, topic_by_range(kind));
        for (enum language language = LANGUAGE_EN; language <= LANGUAGE_AR; language++) {
            struct notification_words words;
            assert_true(notification_words(kind, language, &words));
            assert_plain(words.title, TITLE_MAX);
            assert_plain(words.body, BODY_MAX);
        }
    }
    assert_true(count > 20);
    struct notification_words words;
    assert_false(notification_words(0, LANGUAGE_EN, &words));
}

static status add(void *ctx, struct txn *txn)
{
    return notification_add(txn, ctx);
}

struct found {
    size_t count;
    bool important;
    bool has_object;
};

static bool see(void *ctx, uint64_t number, const Hayat__Store__V1__StoredNotification *row)
{
    struct found *found = ctx;
    (void)number;
    found->count++;
    found->important = row->important;
    found->has_object = strcmp(row->object_type, "lc") == 0 && row->object_id.len == ID_BYTES;
    return true;
}

static status look(void *ctx, struct txn *txn)
{
    struct inbox_walk walk = {.owner = owner};
    return inbox_store_each(txn, &walk, see, ctx);
}

static void test_rows(void **state)
{
    (void)state;
    temp_store_start(&t);
    struct notification n = {.owner = owner, .kind = NOTIFICATION_DEVICE_ADDED};
    assert_ok(temp_store_write(&t, add, &n));
    struct found found = {0};
    assert_ok(temp_store_read(&t, look, &found));
    assert_int_equal(found.count, 1);
    assert_true(found.important && !found.has_object);
    n = (struct notification){.owner = owner,
                              .kind = NOTIFICATION_LIFE_CERTIFICATE_ACCEPTED,
                              .object_type = "lc",
                              .object = {{3}}};
    assert_ok(temp_store_write(&t, add, &n));
    n.kind = (enum notification_kind)99;
    assert_reason(temp_store_write(&t, add, &n), INTERNAL);
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_its_words),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
