/*
 * Promise (RULE LC-6, LC-7, LC-19): time in which the fund's feed told somebody as gone, rightly or not, counts against nobody: who is insured again is
 * reminded again, and a suspension is proposed when a reminder of since has waited as long as the rules say, however long ago grace ended.
 */
#include "service/life_certificate_flow.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/fed.h"
#include "tests/support/fund.h"

#define DAYS(n) ((n)*24LL * 3600 * 1000)
#define NUMBER "990000083"
#define INSURED(update) NUMBER ",A990000083,MGEN,FR,fr,+212600000000,," update
#define LEFT(day, update) INSURED(update) ",," day

static struct harness h;
static struct harness_member m;
static struct fed core;

static void feed(const char *row)
{
    const struct fed_row rows[] = {{KIND(MEMBER), row}};
    assert_int_equal(fed(&core, rows, 1)->accepted_count, 1);
}

static status put_rules(void *ctx, struct txn *txn)
{
    static const int32_t offsets[] = {-10, 5};
    (void)ctx;
    return fund_reminder_plan(txn, offsets, 2);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = harness_member(&h, NUMBER);
    core = fed_start(&h);
    feed(INSURED("2026-01-10"));
    fund_put_pension(&h, m.owner);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    assert_ok(harness_write(&h, put_rules, NULL));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct walk_counts a_day(void)
{
    return fund_campaign_day(&h, m.owner);
}

static struct walk_counts days_later(int64_t days)
{
    fake_clock_advance(&h.clock, DAYS(days));
    return a_day();
}

static void assert_day(struct walk_counts day, uint64_t reminders, uint64_t proposed)
{
    assert_int_equal(day.reminders, reminders);
    assert_int_equal(day.proposed, proposed);
}

/* Day 36, 2026-02-20: both of the plan arrived, the second one today. */
static void until_reminded(void)
{
    assert_day(a_day(), 0, 0);
    assert_day(days_later(21), 1, 0);
    assert_day(days_later(15), 1, 0);
    fund_carry_reminders(&h, m.owner, 2026);
    assert_day(a_day(), 0, 0);
}

/* Grace is over by then. */
static void until_gone_for_sixty_days(void)
{
    until_reminded();
    feed(LEFT("2026-02-18", "2026-02-20"));
    assert_day(days_later(60), 0, 0);
}

static void assert_asked_two_weeks_after_the_next(void)
{
    fund_carry_reminders(&h, m.owner, 2026);
    assert_day(a_day(), 0, 0);
    assert_day(days_later(13), 0, 0);
    assert_day(days_later(1), 0, 1);
}

/* Grace ended on day 60, and so did what the second reminder leaves. */
static void test_time_told_as_gone_counts_against_nobody(void **state)
{
    (void)state;
    until_gone_for_sixty_days();
    feed(INSURED("2026-04-21"));
    assert_day(a_day(), 1, 0);
    assert_asked_two_weeks_after_the_next();
}

static void test_a_day_that_moves_ahead_brings_them_back_too(void **state)
{
    (void)state;
    until_gone_for_sixty_days();
    feed(LEFT("2030-12-31", "2026-04-21"));
    assert_day(a_day(), 1, 0);
    assert_asked_two_weeks_after_the_next();
}

/* A day ahead that is taken back before it comes: they never were gone. */
static void test_who_never_was_gone_waits_for_nothing(void **state)
{
    (void)state;
    until_reminded();
    feed(LEFT("2026-03-31", "2026-02-20"));
    feed(INSURED("2026-02-21"));
    assert_day(days_later(26), 0, 1);
}

/* The rows are told again each night. */
static void test_the_same_row_again_is_no_return(void **state)
{
    (void)state;
    until_reminded();
    fake_clock_advance(&h.clock, DAYS(20));
    const struct fed_row row = {KIND(MEMBER), INSURED("2026-01-10")};
    assert_int_equal(fed(&core, &row, 1)->unchanged_count, 1);
    feed(INSURED("2026-03-12"));
    assert_day(days_later(6), 0, 1);
}

/* Back on day 38, before grace is over: the next reminder keeps its distance from the one of before. */
static void test_a_short_absence_costs_a_reminder(void **state)
{
    (void)state;
    until_reminded();
    feed(LEFT("2026-02-19", "2026-02-20"));
    assert_day(days_later(2), 0, 0);
    feed(INSURED("2026-02-22"));
    assert_day(a_day(), 0, 0);
    assert_day(days_later(11), 0, 0);
    assert_day(days_later(1), 1, 0); /* day 50 */
    assert_asked_two_weeks_after_the_next();
}

/* One that is lost is none. */
static void test_nobody_is_proposed_without_a_reminder_of_since(void **state)
{
    (void)state;
    until_gone_for_sixty_days();
    feed(INSURED("2026-04-21"));
    assert_day(a_day(), 1, 0);
    assert_day(days_later(100), 0, 0); /* no word of it yet */
    assert_asked_two_weeks_after_the_next();
}

/* Gone and back between two walks: the proposal rests on what counts no more. */
static void test_a_proposal_of_before_is_taken_back(void **state)
{
    (void)state;
    until_reminded();
    assert_day(days_later(26), 0, 1);
    feed(LEFT("2026-03-17", "2026-03-18"));
    feed(INSURED("2026-03-18"));
    struct walk_counts day = a_day();
    assert_int_equal(day.withdrawn, 1);
    assert_day(day, 1, 0);
    assert_asked_two_weeks_after_the_next();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_time_told_as_gone_counts_against_nobody),
        TEST(test_a_day_that_moves_ahead_brings_them_back_too),
        TEST(test_who_never_was_gone_waits_for_nothing),
        TEST(test_the_same_row_again_is_no_return),
        TEST(test_a_short_absence_costs_a_reminder),
        TEST(test_nobody_is_proposed_without_a_reminder_of_since),
        TEST(test_a_proposal_of_before_is_taken_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
