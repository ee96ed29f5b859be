/* Promise: dates are said in words in three languages, and every sentence names the year and the day. */
#include "tests/support/cm.h"

#include "service/home_texts.h"

static void test_dates_in_words(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100000);
    struct date date = {2026, 3, 1};
    assert_string_equal(home_text_date(&arena, LANGUAGE_EN, date), "1 March 2026");
    assert_string_equal(home_text_date(&arena, LANGUAGE_FR, date), "1er mars 2026");
    assert_string_equal(home_text_date(&arena, LANGUAGE_AR, date), "1 مارس 2026");
    date = (struct date){2026, 12, 31};
    assert_string_equal(home_text_date(&arena, LANGUAGE_EN, date), "31 December 2026");
    assert_string_equal(home_text_date(&arena, LANGUAGE_FR, date), "31 décembre 2026");
    assert_string_equal(home_text_date(&arena, LANGUAGE_AR, date), "31 دجنبر 2026");
    arena_fini(&arena);
}

static void test_sentences_fit_and_name_the_day(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1000000);
    for (int32_t month = 1; month <= 12; month++) {
        for (int overdue = 0; overdue < 2; overdue++) {
            for (int language = LANGUAGE_EN; language <= LANGUAGE_AR; language++) {
                struct date due = {2026, month, 28};
                char *day = home_text_date(&arena, (enum language)language, due);
                char *text = home_text_life_certificate(&arena, (enum language)language, 2026, due,
                                                        overdue == 1);
                assert_non_null(strstr(text, day));
                assert_true(strlen(text) <= 512);
                assert_true(bytes_is_text(bytes_str(text)));
            }
        }
    }
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dates_in_words),
        cmocka_unit_test(test_sentences_fit_and_name_the_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
