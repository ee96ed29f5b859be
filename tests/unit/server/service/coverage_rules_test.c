/* Promise: every day of a life has one answer, with a reason and a next step; figures come from the reference set alone. */
#include "tests/support/cm.h"

#include <string.h>

#include "service/calendar_rules.h"
#include "service/coverage_rules.h"

/* What domain.md section 4 tells. */
static const struct coverage_figures figures = {.version = "coverage/2026",
                                                .qualifying_months = 3,
                                                .kept_job_loss_months = 6,
                                                .kept_divorce_months = 12,
                                                .kept_survivor_months = 24,
                                                .child_months = 21 * 12,
                                                .student_months = 26 * 12};

static int64_t day(int32_t year, int32_t month, int32_t d)
{
    return date_to_days((struct date){year, month, d});
}

static struct rights_period period(enum rights_basis basis, int64_t from, int64_t to)
{
    return (struct rights_period){.basis = basis, .from = from, .open = DAY_NONE, .to = to};
}

static struct coverage_person person(bool is_holder, struct rights_period only)
{
    return (struct coverage_person){
        .is_holder = is_holder, .birth = DAY_NONE, .period_count = 1, .periods = {only}};
}

static void expect(struct coverage c, bool open, enum coverage_reason reason, int64_t last)
{
    assert_int_equal(c.open, open);
    assert_string_equal(coverage_reason_code(c.reason), coverage_reason_code(reason));
    assert_int_equal(c.last, last);
}

static void test_qualifying_period(void **state)
{
    (void)state;
    struct coverage_person p = person(true, period(BASIS_EMPLOYEE, day(2026, 1, 1), DAY_NONE));
    expect(coverage_on(&p, &p, &figures, day(2025, 12, 31)), false, COVERAGE_AHEAD, DAY_NONE);
    struct coverage waits = coverage_on(&p, &p, &figures, day(2026, 3, 31));
    expect(waits, false, COVERAGE_QUALIFYING_PERIOD, DAY_NONE);
    assert_int_equal(waits.opens, day(2026, 4, 1));
    struct coverage open = coverage_on(&p, &p, &figures, day(2026, 4, 1));
    expect(open, true, COVERAGE_EMPLOYEE, DAY_FOREVER);
    assert_int_equal(open.since, day(2026, 4, 1));
    p.periods[0].open = day(2026, 2, 1); /* the fund knows better */
    expect(coverage_on(&p, &p, &figures, day(2026, 2, 1)), true, COVERAGE_EMPLOYEE, DAY_FOREVER);
}

static void test_kept_after_a_job_is_lost(void **state)
{
    (void)state;
    struct coverage_person p = person(true,
                                      period(BASIS_EMPLOYEE, day(2020, 1, 1), day(2026, 3, 31)));
    p.periods[0].end = END_JOB_LOSS;
    expect(coverage_on(&p, &p, &figures, day(2026, 3, 31)), true, COVERAGE_EMPLOYEE,
           day(2026, 9, 30));
    struct coverage kept = coverage_on(&p, &p, &figures, day(2026, 9, 30));
    expect(kept, true, COVERAGE_JOB_LOSS, day(2026, 9, 30));
    assert_int_equal(kept.since, day(2020, 4, 1));
    struct coverage over = coverage_on(&p, &p, &figures, day(2026, 10, 1));
    expect(over, false, COVERAGE_KEPT_JOB_LOSS_OVER, day(2026, 9, 30));
    assert_int_equal(over.opens, DAY_NONE);
    /* nothing is kept of what never opened */
    p.periods[0].from = day(2026, 2, 1);
    expect(coverage_on(&p, &p, &figures, day(2026, 4, 1)), false, COVERAGE_NO_RIGHTS, DAY_NONE);
}

static void test_divorce_and_death(void **state)
{
    (void)state;
    struct coverage_person holder = person(
        true, period(BASIS_EMPLOYEE, day(2010, 1, 1), day(2026, 5, 31)));
    struct coverage_person divorced = person(
        false, period(BASIS_SPOUSE, day(2012, 1, 1), day(2026, 3, 31)));
    divorced.periods[0].end = END_DIVORCE;
    /* in their own name: the holder's end changes nothing */
    expect(coverage_on(&divorced, &holder, &figures, day(2027, 3, 31)), true, COVERAGE_DIVORCED,
           day(2027, 3, 31));
    expect(coverage_on(&divorced, &holder, &figures, day(2027, 4, 1)), false,
           COVERAGE_KEPT_DIVORCE_OVER, day(2027, 3, 31));
    struct coverage_person widow = person(false,
                                          period(BASIS_SPOUSE, day(2012, 1, 1), day(2026, 5, 31)));
    widow.periods[0].end = END_DEATH;
    expect(coverage_on(&widow, &holder, &figures, day(2028, 5, 31)), true, COVERAGE_SURVIVOR,
           day(2028, 5, 31));
    expect(coverage_on(&widow, &holder, &figures, day(2028, 6, 1)), false,
           COVERAGE_KEPT_SURVIVOR_OVER, day(2028, 5, 31));
    /* told as a period of its own */
    struct coverage_person told = person(false, period(BASIS_SURVIVOR, day(2026, 6, 1), DAY_NONE));
    expect(coverage_on(&told, &holder, &figures, day(2026, 6, 1)), true, COVERAGE_SURVIVOR,
           day(2028, 5, 31));
}

static void test_ages(void **state)
{
    (void)state;
    struct coverage_person holder = person(true,
                                           period(BASIS_PENSIONER, day(2000, 1, 1), DAY_NONE));
    struct coverage_person child = person(false, period(BASIS_CHILD, day(2005, 7, 9), DAY_NONE));
    child.birth = day(2005, 7, 9);
    expect(coverage_on(&child, &holder, &figures, day(2026, 7, 8)), true, COVERAGE_CHILD,
           day(2026, 7, 8));
    expect(coverage_on(&child, &holder, &figures, day(2026, 7, 9)), false, COVERAGE_CHILD_AGE,
           day(2026, 7, 8));
    child.periods[1] = period(BASIS_STUDENT, day(2025, 9, 1), DAY_NONE);
    child.period_count = 2;
    struct coverage student = coverage_on(&child, &holder, &figures, day(2026, 7, 9));
    expect(student, true, COVERAGE_STUDENT, day(2031, 7, 8));
    assert_int_equal(student.since, day(2005, 7, 9));
    expect(coverage_on(&child, &holder, &figures, day(2031, 7, 9)), false, COVERAGE_STUDENT_AGE,
           day(2031, 7, 8));
    child.periods[1].basis = BASIS_DISABLED;
    expect(coverage_on(&child, &holder, &figures, day(2060, 1, 1)), true, COVERAGE_DISABLED,
           DAY_FOREVER);
}

static void test_a_dependant_is_covered_while_the_holder_is(void **state)
{
    (void)state;
    struct coverage_person holder = {.is_holder = true, .birth = DAY_NONE, .period_count = 2};
    holder.periods[0] = period(BASIS_EMPLOYEE, day(2020, 1, 1), day(2025, 12, 31));
    holder.periods[1] = period(BASIS_EMPLOYEE, day(2026, 3, 1), DAY_NONE);
    struct coverage_person spouse = person(false, period(BASIS_SPOUSE, day(2019, 1, 1), DAY_NONE));
    expect(coverage_on(&spouse, &holder, &figures, day(2025, 6, 1)), true, COVERAGE_SPOUSE,
           day(2025, 12, 31));
    struct coverage closed = coverage_on(&spouse, &holder, &figures, day(2026, 4, 1));
    expect(closed, false, COVERAGE_HOLDER_CLOSED, day(2025, 12, 31));
    assert_int_equal(closed.opens, day(2026, 6, 1));
    expect(coverage_on(&spouse, &holder, &figures, day(2026, 6, 1)), true, COVERAGE_SPOUSE,
           DAY_FOREVER);
}

/* The set changes, the answer changes: nothing is built in. */
static void test_figures_are_reference_data(void **state)
{
    (void)state;
    struct coverage_figures other = figures;
    other.qualifying_months = 1;
    struct coverage_person p = person(true, period(BASIS_EMPLOYEE, day(2026, 1, 1), DAY_NONE));
    assert_true(coverage_on(&p, &p, &other, day(2026, 2, 1)).open);
    const struct coverage_figures none = {.version = "",
                                          .qualifying_months = FIGURE_NONE,
                                          .kept_job_loss_months = FIGURE_NONE,
                                          .kept_divorce_months = FIGURE_NONE,
                                          .kept_survivor_months = FIGURE_NONE,
                                          .child_months = FIGURE_NONE,
                                          .student_months = FIGURE_NONE};
    assert_true(coverage_on(&p, &p, &none, day(2026, 1, 1)).open);
    p.periods[0] = period(BASIS_EMPLOYEE, day(2020, 1, 1), day(2026, 1, 31));
    p.periods[0].end = END_JOB_LOSS; /* for how long is not on file: nothing is promised */
    expect(coverage_on(&p, &p, &none, day(2026, 2, 1)), false, COVERAGE_ENDED, day(2026, 1, 31));
}

/* A day's answer agrees with its neighbours': what is open until a day is open on it and not on the next. */
static void test_answers_agree(void **state)
{
    (void)state;
    struct coverage_person holder = {.is_holder = true, .birth = DAY_NONE, .period_count = 3};
    holder.periods[0] = period(BASIS_EMPLOYEE, day(2018, 1, 1), day(2019, 6, 30));
    holder.periods[0].end = END_JOB_LOSS;
    holder.periods[1] = period(BASIS_EMPLOYEE, day(2019, 10, 1), day(2022, 1, 31));
    holder.periods[2] = period(BASIS_PENSIONER, day(2022, 2, 1), day(2023, 1, 1));
    struct coverage_person spouse = person(false,
                                           period(BASIS_SPOUSE, day(2018, 6, 1), day(2022, 8, 1)));
    spouse.periods[0].end = END_DIVORCE;
    const struct coverage_person *people[] = {&holder, &spouse};
    for (size_t i = 0; i < 2; i++) {
        for (int64_t d = day(2017, 6, 1); d < day(2025, 1, 1); d++) {
            struct coverage c = coverage_on(people[i], &holder, &figures, d);
            if (c.open && c.last != DAY_FOREVER) {
                assert_true(c.last >= d && c.since <= d);
                assert_true(coverage_on(people[i], &holder, &figures, c.last).open);
                assert_true(coverage_on(people[i], &holder, &figures, c.since).open);
            } else if (!c.open && c.opens != DAY_NONE) {
                assert_true(c.opens > d);
                assert_true(coverage_on(people[i], &holder, &figures, c.opens).open);
                assert_false(coverage_on(people[i], &holder, &figures, c.opens - 1).open);
            }
        }
    }
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
    *seed = *seed * 1664525U + 1013904223U;
    return (*seed >> 8) % below;
}

static struct coverage_person drawn(uint32_t *seed, bool is_holder)
{
    struct coverage_person p = {.is_holder = is_holder, .birth = DAY_NONE};
    if (draw(seed, 2) == 0) {
        p.birth = day(1995, 1, 1) + draw(seed, 6000);
    }
    p.period_count = draw(seed, 4);
    for (size_t i = 0; i < p.period_count; i++) {
        int64_t from = day(2020, 1, 1) + draw(seed, 1500);
        p.periods[i] = period((enum rights_basis)draw(seed, BASIS_OTHER + 1), from,
                              draw(seed, 3) == 0 ? DAY_NONE : from + draw(seed, 700));
        p.periods[i].end = (enum rights_end)draw(seed, 4);
        if (draw(seed, 3) == 0) {
            p.periods[i].open = from + draw(seed, 100);
        }
    }
    return p;
}

static bool same_answer(struct coverage a, struct coverage b)
{
    return a.open == b.open && a.reason == b.reason && a.last == b.last && a.opens == b.opens;
}

/* What the first screen is stored by: up to the day that is told, every day has the same answer. */
static void test_it_stays_the_same_until(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int family = 0; family < 400; family++) {
        struct coverage_person holder = drawn(&seed, true), other = drawn(&seed, false);
        const struct coverage_person *people[] = {&holder, &other};
        int64_t until = DAY_NONE;
        struct coverage first = {0};
        for (int64_t d = day(2019, 12, 1); d < day(2027, 1, 1); d++) {
            const struct coverage_person *p = people[family % 2];
            struct coverage now = coverage_on(p, &holder, &figures, d);
            if (d > until) {
                until = coverage_same_until(p, &holder, &figures, d);
                first = now;
                assert_true(until >= d);
            }
            assert_true(same_answer(now, first));
        }
    }
}

static void test_every_reason_is_told(void **state)
{
    (void)state;
    for (int r = 0; r < COVERAGE_REASONS; r++) {
        assert_true(strlen(coverage_reason_code((enum coverage_reason)r)) > 0);
        for (int l = LANGUAGE_EN; l <= LANGUAGE_AR; l++) {
            assert_true(strlen(coverage_reason_text((enum coverage_reason)r, (enum language)l)) >
                        0);
            /* whoever is not covered is told what to do */
            if (r >= COVERAGE_QUALIFYING_PERIOD) {
                assert_true(strlen(coverage_reason_next_step((enum coverage_reason)r,
                                                             (enum language)l)) > 0);
            }
        }
    }
    assert_int_equal(rights_basis_of("JOB_LOSS"), BASIS_JOB_LOSS);
    assert_int_equal(rights_basis_of("SOMETHING"), BASIS_OTHER);
    assert_int_equal(rights_end_of("divorce"), END_DIVORCE);
    assert_int_equal(rights_end_of(""), END_OTHER);
}

static void test_exemptions_renew(void **state)
{
    (void)state;
    struct exemption_facts ald = {day(2024, 1, 1), day(2024, 12, 30), false}; /* 365 days */
    assert_int_equal(exemption_on(&ald, day(2023, 12, 31)).state, EXEMPTION_AHEAD);
    assert_int_equal(exemption_on(&ald, day(2024, 12, 30)).state, EXEMPTION_IN_FORCE);
    assert_int_equal(exemption_on(&ald, day(2024, 12, 31)).state, EXEMPTION_ENDED);
    ald.renews = true;
    struct exemption_view renewed = exemption_on(&ald, day(2024, 12, 31));
    assert_int_equal(renewed.state, EXEMPTION_IN_FORCE);
    assert_int_equal(renewed.to, ald.to + 365);
    assert_int_equal(exemption_on(&ald, ald.to + 365).to, ald.to + 365);
    assert_int_equal(exemption_on(&ald, ald.to + 366).to, ald.to + 730);
    ald.to = DAY_NONE;
    assert_int_equal(exemption_on(&ald, day(2050, 1, 1)).state, EXEMPTION_IN_FORCE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qualifying_period),
        cmocka_unit_test(test_kept_after_a_job_is_lost),
        cmocka_unit_test(test_divorce_and_death),
        cmocka_unit_test(test_ages),
        cmocka_unit_test(test_a_dependant_is_covered_while_the_holder_is),
        cmocka_unit_test(test_figures_are_reference_data),
        cmocka_unit_test(test_answers_agree),
        cmocka_unit_test(test_it_stays_the_same_until),
        cmocka_unit_test(test_every_reason_is_told),
        cmocka_unit_test(test_exemptions_renew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
