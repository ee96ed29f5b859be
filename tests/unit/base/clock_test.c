/* Promise: civil dates convert both ways without loss for every day from year 1 to 9999, and bad dates are refused. */
#include "tests/support/cm.h"

#include "base/array.h"
#include "base/clock.h"

static void test_every_day_round_trips(void **state)
{
    (void)state;
    struct date expected = {1, 1, 1};
    int64_t first = date_to_days(expected), last = date_to_days((struct date){9999, 12, 31});
    assert_int_equal(last - first, 3652058); /* days in years 1 to 9999, less one */
    for (int64_t days = first; days <= last; days++) {
        struct date d = date_from_days(days);
        assert_true(date_valid(d));
        assert_int_equal(date_to_days(d), days);
        assert_int_equal(date_compare(d, expected), 0);
        struct date next = {d.year, d.month, d.day + 1};
        if (!date_valid(next)) {
            next = (struct date){d.year, d.month + 1, 1};
        }
        if (!date_valid(next)) {
            next = (struct date){d.year + 1, 1, 1};
        }
        expected = next;
    }
}

static void test_known_days(void **state)
{
    (void)state;
    assert_int_equal(date_to_days((struct date){1970, 1, 1}), 0);
    assert_int_equal(date_to_days((struct date){2000, 2, 29}), 11016);
    assert_int_equal(date_compare((struct date){2026, 12, 31}, (struct date){2027, 1, 1}), -1);
}

static void test_parse(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",           "2026",       "2026-1-01",   "2026-02-29", "2026-13-01", "2026-00-10",
        "2026-01-00", "2026/01/01", "2026-01-01 ", "20260101",   "2026-01-0a", "0000-01-01"};
    struct date d = {0};
    assert_true(date_parse("2024-02-29", &d));
    assert_int_equal(d.year, 2024);
    assert_int_equal(d.month, 2);
    assert_int_equal(d.day, 29);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(date_parse(bad[i], &d));
    }
}

static void test_midnight_belongs_to_the_civil_zone(void **state)
{
    (void)state;
    /* 2026-12-31 23:30 UTC is already 2027 in Morocco (UTC+1). */
    struct date d = date_from_wall_ms(1798759800000, 60);
    assert_int_equal(d.year, 2027);
    assert_int_equal(d.day, 1);
    assert_int_equal(date_from_wall_ms(1798759800000, 0).year, 2026);
    assert_int_equal(date_from_wall_ms(-1, 0).year, 1969);
}

static void test_fake_clock_moves_both(void **state)
{
    (void)state;
    struct fake_clock fake;
    fake_clock_init(&fake, 5000);
    int64_t mono = clock_mono_us(&fake.clock);
    fake_clock_advance(&fake, 250);
    assert_int_equal(clock_wall_ms(&fake.clock), 5250);
    assert_int_equal(clock_mono_us(&fake.clock) - mono, 250000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day_round_trips),
        cmocka_unit_test(test_known_days),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_midnight_belongs_to_the_civil_zone),
        cmocka_unit_test(test_fake_clock_moves_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
