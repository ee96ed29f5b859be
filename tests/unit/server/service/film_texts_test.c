/* Promise: what members are told of a liveness video, in three languages, is what is checked: one length, and one time to send it. */
#include "base/array.h"
#include "base/limits.h"
#include "base/limits_checker.h"
#include "tests/support/cm.h"

enum { LANGUAGES = 3, TEXT_BYTES = 512 };

static const char *checklist_route[LANGUAGES], *checklist_item[LANGUAGES], *too_long[LANGUAGES];

#define TAKE(text, en, fr, ar)                                                                     \
    do {                                                                                           \
        (text)[0] = (en);                                                                          \
        (text)[1] = (fr);                                                                          \
        (text)[2] = (ar);                                                                          \
    } while (0)
#define IS(name, wanted) (strcmp(#name, #wanted) == 0)

static int read_texts(void **state)
{
    (void)state;
#define CHECKLIST_ROUTE(name, en, fr, ar)                                                          \
    if (IS(name, LIVENESS_VIDEO)) {                                                                \
        TAKE(checklist_route, en, fr, ar);                                                         \
    }
#define CHECKLIST_ITEM(name, en, fr, ar)                                                           \
    if (IS(name, LIVENESS_VIDEO)) {                                                                \
        TAKE(checklist_item, en, fr, ar);                                                          \
    }
#include "service/checklist.def"
#define DOCUMENT_CHECK(name, refuses, en, fr, ar)                                                  \
    if (IS(name, TOO_LONG)) {                                                                      \
        TAKE(too_long, en, fr, ar);                                                                \
    }
#include "service/document_checks.def"
    return 0;
}

static void test_the_film_may_be_as_long_as_members_are_told(void **state)
{
    (void)state;
    static const char *const minutes[][LANGUAGES] = {
        {"a minute", "une minute", "دقيقة"},
        {"two minutes", "deux minutes", "دقيقتين"},
        {"three minutes", "trois minutes", "ثلاث دقائق"},
    };
    assert_int_equal(LIMIT_FILM_MAX_SECONDS % 60, 0);
    const size_t most = LIMIT_FILM_MAX_SECONDS / 60 - 1;
    assert_in_range(most, 0, ARRAY_LEN(minutes) - 1);
    for (size_t l = 0; l < LANGUAGES; l++) {
        assert_non_null(strstr(checklist_item[l], minutes[most][l]));
        assert_non_null(strstr(too_long[l], minutes[most][l]));
    }
}

static void test_it_must_come_as_soon_as_members_are_told(void **state)
{
    (void)state;
    static const char *const minutes[] = {"minutes", "minutes", "دقيقة"};
    for (size_t l = 0; l < LANGUAGES; l++) {
        char words[TEXT_BYTES];
        (void)snprintf(words, sizeof words, "%lld %s", LIMIT_LIVENESS_MS / 60000, minutes[l]);
        assert_non_null(strstr(checklist_route[l], words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_film_may_be_as_long_as_members_are_told),
        cmocka_unit_test(test_it_must_come_as_soon_as_members_are_told),
    };
    return cmocka_run_group_tests(tests, read_texts, NULL);
}
