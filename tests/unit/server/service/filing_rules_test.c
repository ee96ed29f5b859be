/* Promise: a care sheet can be filed within two months of the first act, or sixty days after a treatment that went on (domain 4). */
#include "service/filing_rules.h"
#include "tests/support/cm.h"

static const struct delay_rule months_2 = {"filing/2007", 0, 2, DELAY_MONTHS};
static const struct delay_rule days_60 = {"filing_continuous/2007", 0, 60, DELAY_DAYS};
static const struct calendar morocco = {.utc_offset_minutes = 60,
                                        .day_end_minute = MINUTES_PER_DAY};

static int64_t day(int32_t year, int32_t month, int32_t d)
{
    return date_to_days((struct date){year, month, d});
}

static int64_t last_day(int64_t first, int64_t last)
{
    const struct filing_facts facts = {first, last};
    return filing_last_day(&facts, filing_is_continuous(&facts) ? &days_60 : &months_2, &morocco);
}

static void test_one_act(void **state)
{
    (void)state;
    assert_int_equal(last_day(day(2026, 1, 15), day(2026, 1, 15)), day(2026, 3, 15));
    assert_int_equal(last_day(day(2026, 1, 15), 0), day(2026, 3, 15)); /* no last day was told */
    assert_int_equal(last_day(day(2025, 12, 31), day(2025, 12, 31)), day(2026, 2, 28));
}

static void test_a_treatment_that_went_on(void **state)
{
    (void)state;
    assert_int_equal(last_day(day(2026, 1, 15), day(2026, 1, 16)), day(2026, 3, 17));
    assert_int_equal(last_day(day(2025, 6, 1), day(2026, 1, 15)), day(2026, 3, 16));
}

static void test_without_a_day_there_is_none(void **state)
{
    (void)state;
    assert_int_equal(last_day(0, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_act),
        cmocka_unit_test(test_a_treatment_that_went_on),
        cmocka_unit_test(test_without_a_day_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
