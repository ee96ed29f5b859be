/* Promise: a legal delay ends when the rule of its day says, counts what the calendar counts, and stands while the fund waits. */
#include "tests/support/cm.h"

#include <string.h>

#include "service/legal_clock.h"

static const struct delay_rule hours_12 = {"prior_authorization/2007", 0, 12, DELAY_HOURS};
static const struct delay_rule hours_48 = {"prior_authorization/2010", 14000, 48,
                                           DELAY_WORKING_HOURS};
static const struct delay_rule days_20 = {"reimbursement/2007", 0, 20, DELAY_DAYS};

/* Saturday and Sunday off, 6 November and an announced 7 December 2026. */
static struct calendar calendar(void)
{
    struct calendar calendar = {.utc_offset_minutes = 60,
                                .weekend = 0x60,
                                .day_end_minute = MINUTES_PER_DAY,
                                .fixed_count = 1,
                                .moveable_count = 1};
    calendar.fixed[0] = (struct fixed_holiday){11, 6, 1976};
    calendar.moveable[0] = date_to_days((struct date){2026, 12, 7});
    return calendar;
}

/* Local time in Morocco. */
static int64_t at(int32_t month, int32_t day, int32_t hour)
{
    return date_to_days((struct date){2026, month, day}) * MS_PER_DAY +
           (int64_t)(hour - 1) * MS_PER_HOUR;
}

static int64_t due(const struct delay_rule *rule, const struct clock_facts *facts)
{
    struct calendar c = calendar();
    return legal_clock_at(rule, &c, facts, facts->start_ms).due_ms;
}

static void test_the_rule_of_its_day(void **state)
{
    (void)state;
    const struct delay_rule rules[] = {hours_48, hours_12};
    assert_ptr_equal(delay_rule_on(rules, 2, 13999), &rules[1]);
    assert_ptr_equal(delay_rule_on(rules, 2, 14000), &rules[0]);
    assert_ptr_equal(delay_rule_on(rules, 2, 20000), &rules[0]);
    assert_null(delay_rule_on(rules, 1, 13999));
    assert_null(delay_rule_on(rules, 0, 20000));
}

static void test_hours(void **state)
{
    (void)state;
    struct clock_facts facts = {.start_ms = at(11, 27, 20)};
    assert_int_equal(due(&hours_12, &facts), at(11, 28, 8));
    /* Friday 20:00: 4 hours of Friday, 24 of Monday, 20 of Tuesday */
    assert_int_equal(due(&hours_48, &facts), at(12, 1, 20));
    /* Friday 4 December 10:00: 14, Monday is a holiday, 24 of Tuesday, 10 of Wednesday */
    facts.start_ms = at(12, 4, 10);
    assert_int_equal(due(&hours_48, &facts), at(12, 9, 10));
    /* Thursday 5 November: Friday is the Green March */
    facts.start_ms = at(11, 5, 12);
    assert_int_equal(due(&hours_48, &facts), at(11, 10, 12));
}

static void test_office_hours(void **state)
{
    (void)state;
    struct calendar c = calendar();
    c.day_start_minute = 8 * 60 + 30;
    c.day_end_minute = 16 * 60 + 30;
    struct delay_rule ten = {"x", 0, 10, DELAY_WORKING_HOURS};
    struct clock_facts facts = {.start_ms = at(11, 27, 15)}; /* 1.5 h left of Friday, 8 of Monday */
    assert_int_equal(legal_clock_at(&ten, &c, &facts, 0).due_ms, at(12, 1, 9));
}

static void test_days(void **state)
{
    (void)state;
    struct clock_facts facts = {.start_ms = at(11, 1, 15)};
    assert_int_equal(due(&days_20, &facts), at(11, 22, 0)); /* the whole of 21 November */
    struct delay_rule working = {"x", 0, 5, DELAY_WORKING_DAYS};
    assert_int_equal(due(&working, &facts), at(11, 10, 0)); /* 2 3 4 5, not 6 7 8, 9 */
    struct delay_rule months = {"x", 0, 2, DELAY_MONTHS};
    facts.start_ms = at(8, 31, 9);
    assert_int_equal(due(&months, &facts), at(11, 1, 0)); /* the whole of 31 October */
}

static void test_it_stands_while_the_fund_waits(void **state)
{
    (void)state;
    struct calendar c = calendar();
    struct clock_facts facts = {.start_ms = at(11, 1, 15), .pause_count = 1};
    facts.pauses[0] = (struct clock_pause){at(11, 10, 12), 0};
    struct clock_state s = legal_clock_at(&days_20, &c, &facts, at(12, 30, 0));
    assert_true(s.paused);
    assert_false(s.overdue);
    assert_int_equal(s.due_ms, 0);
    facts.pauses[0].end_ms = at(11, 13, 12);
    s = legal_clock_at(&days_20, &c, &facts, at(11, 25, 0));
    assert_false(s.paused);
    assert_false(s.overdue);
    assert_int_equal(s.due_ms, at(11, 25, 0));
    assert_true(legal_clock_at(&days_20, &c, &facts, at(11, 25, 0) + 1).overdue);
    /* it was due before it stood */
    facts.pauses[0] = (struct clock_pause){at(11, 23, 0), 0};
    s = legal_clock_at(&days_20, &c, &facts, at(11, 24, 0));
    assert_int_equal(s.due_ms, at(11, 22, 0));
    assert_true(s.overdue);
}

/* Pauses move the end by exactly their length, wherever they are. */
static void test_pauses_move_the_end(void **state)
{
    (void)state;
    for (int hour = 0; hour < 400; hour += 7) {
        struct clock_facts facts = {.start_ms = at(11, 1, 0), .pause_count = 2};
        int64_t first = facts.start_ms + MS_PER_DAY + hour * (int64_t)MS_PER_HOUR;
        facts.pauses[0] = (struct clock_pause){first, first + 5 * MS_PER_HOUR};
        facts.pauses[1] = (struct clock_pause){first + 6 * MS_PER_HOUR, first + 9 * MS_PER_HOUR};
        assert_int_equal(due(&days_20, &facts), at(11, 22, 0) + 8 * MS_PER_HOUR);
    }
}

static void test_what_is_done_is_judged_by_its_day(void **state)
{
    (void)state;
    struct calendar c = calendar();
    struct clock_facts facts = {.start_ms = at(11, 1, 15), .stop_ms = at(11, 20, 9)};
    assert_false(legal_clock_at(&days_20, &c, &facts, at(12, 30, 0)).overdue);
    facts.stop_ms = at(11, 22, 1);
    assert_true(legal_clock_at(&days_20, &c, &facts, at(12, 30, 0)).overdue);
}

static void test_a_calendar_without_working_days_ends(void **state)
{
    (void)state;
    struct calendar c = calendar();
    c.weekend = 0x7f;
    struct clock_facts facts = {.start_ms = at(11, 1, 15)};
    assert_int_equal(legal_clock_at(&hours_48, &c, &facts, at(12, 1, 0)).due_ms, 0);
}

static void test_months_and_ages(void **state)
{
    (void)state;
    int64_t leap = date_to_days((struct date){2004, 2, 29});
    assert_int_equal(calendar_birthday(leap, 21), date_to_days((struct date){2025, 3, 1}));
    assert_int_equal(calendar_birthday(leap, 20), date_to_days((struct date){2024, 2, 29}));
    assert_int_equal(calendar_age(leap, date_to_days((struct date){2025, 2, 28})), 20);
    assert_int_equal(calendar_age(leap, date_to_days((struct date){2025, 3, 1})), 21);
    int64_t last = date_to_days((struct date){2026, 1, 31});
    assert_int_equal(calendar_add_months(last, 1), date_to_days((struct date){2026, 2, 28}));
    assert_int_equal(calendar_add_months(last, 24), date_to_days((struct date){2028, 1, 31}));
    assert_int_equal(calendar_add_months(last, -2), date_to_days((struct date){2025, 11, 30}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_rule_of_its_day),
        cmocka_unit_test(test_hours),
        cmocka_unit_test(test_office_hours),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_it_stands_while_the_fund_waits),
        cmocka_unit_test(test_pauses_move_the_end),
        cmocka_unit_test(test_what_is_done_is_judged_by_its_day),
        cmocka_unit_test(test_a_calendar_without_working_days_ends),
        cmocka_unit_test(test_months_and_ages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
