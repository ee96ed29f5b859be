/* Promise: a line's arithmetic is the fund's to the centime, and every centime billed is somebody's. */
#include "tests/support/cm.h"

#include "service/claim_rules.h"

static void expect(const struct line_terms *terms, struct amount_split want)
{
    struct amount_split got = line_split(terms);
    want.billed = terms->billed;
    assert_int_equal(got.reimbursed, want.reimbursed);
    assert_int_equal(got.ticket_moderateur, want.ticket_moderateur);
    assert_int_equal(got.overrun, want.overrun);
    assert_int_equal(got.non_covered, want.non_covered);
    assert_true(split_holds(&got));
    assert_true(split_equal(&got, &want));
}

/* domain.md, section 4: a general practitioner's consultation billed 150.00 at a reference tariff of 80.00. */
static void test_worked_example(void **state)
{
    (void)state;
    struct line_terms cnss = {.billed = 15000, .tariff = 8000, .quantity = 1, .rate = 7000};
    expect(&cnss, (struct amount_split){0, 5600, 2400, 7000, 0});
    struct line_terms cnops = cnss;
    cnops.rate = 8000;
    expect(&cnops, (struct amount_split){0, 6400, 1600, 7000, 0});
}

static void test_exemptions(void **state)
{
    (void)state;
    struct line_terms ald = {
        .billed = 15000, .tariff = 8000, .quantity = 1, .rate = 7000, .exempted_rate = RATE_ALL};
    expect(&ald, (struct amount_split){0, 8000, 0, 7000, 0});
    ald.exempted_rate = 6000; /* never to the member's harm */
    expect(&ald, (struct amount_split){0, 5600, 2400, 7000, 0});
}

static void test_below_the_tariff(void **state)
{
    (void)state;
    struct line_terms cheap = {.billed = 5000, .tariff = 8000, .quantity = 1, .rate = 7000};
    expect(&cheap, (struct amount_split){0, 3500, 1500, 0, 0});
}

static void test_coefficient_and_quantity(void **state)
{
    (void)state;
    assert_int_equal(tariff_of_act(1000, 20500), 20500); /* Z 20.5 at 10.00 */
    assert_int_equal(tariff_of_act(110, 50000), 5500);   /* P 50 at 1.10 */
    assert_int_equal(tariff_of_act(1, 500), 1);          /* half a centime goes up */
    assert_int_equal(tariff_of_act(1, 499), 0);
    struct line_terms three = {.billed = 30000, .tariff = 5500, .quantity = 3, .rate = 7000};
    expect(&three, (struct amount_split){0, 11550, 4950, 13500, 0});
}

static void test_unjustified_caesarean(void **state)
{
    (void)state;
    int64_t adjustment = caesarean_adjustment(800000, 300000);
    assert_int_equal(adjustment, -500000);
    struct line_terms terms = {
        .billed = 1000000, .tariff = 800000, .quantity = 1, .adjustment = adjustment, .rate = 9000};
    assert_int_equal(line_base(&terms), 300000);
    expect(&terms, (struct amount_split){0, 270000, 30000, 700000, 0});
    assert_int_equal(caesarean_adjustment(300000, 800000), 0);
    terms.adjustment = -900000; /* more than there is: nothing is left, not less */
    expect(&terms, (struct amount_split){0, 0, 0, 1000000, 0});
}

static void test_rejected_and_not_covered(void **state)
{
    (void)state;
    struct line_terms terms = {.billed = 10000, .tariff = 8000, .quantity = 1, .rate = 7000};
    terms.non_covered = 4000;
    expect(&terms, (struct amount_split){0, 4200, 1800, 0, 4000});
    terms.rejected = true;
    expect(&terms, (struct amount_split){0, 0, 0, 0, 10000});
}

static void test_rounding(void **state)
{
    (void)state;
    struct line_terms terms = {.billed = 5, .tariff = 5, .quantity = 1, .rate = 7000};
    expect(&terms, (struct amount_split){0, 4, 1, 0, 0}); /* 3.5 */
    terms.billed = 1;
    terms.rate = 4999;
    expect(&terms, (struct amount_split){0, 0, 1, 0, 0});
}

static void test_what_does_not_hold(void **state)
{
    (void)state;
    struct amount_split split = {100, 50, 30, 20, 0};
    assert_true(split_holds(&split));
    split.overrun = 21;
    assert_false(split_holds(&split));
    split = (struct amount_split){100, 150, -50, 0, 0};
    assert_false(split_holds(&split));
    split = (struct amount_split){INT64_MAX, INT64_MAX, INT64_MAX, 2, 0};
    assert_false(split_holds(&split));
}

static uint64_t dice(uint64_t *state, uint64_t sides)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % sides;
}

/* Sizes of every kind, the bounds themselves among them. */
static int64_t some_amount(uint64_t *state, int64_t most)
{
    static const int64_t scales[] = {10, 1000, 100000, 10000000, AMOUNT_MAX};
    int64_t scale = scales[dice(state, 5)];
    int64_t amount = dice(state, 20) == 0 ? scale : (int64_t)dice(state, (uint64_t)scale + 1);
    return amount < most ? amount : most;
}

static struct line_terms some_line(uint64_t *state)
{
    struct line_terms terms = {.billed = some_amount(state, AMOUNT_MAX),
                               .tariff = some_amount(state, AMOUNT_MAX),
                               .quantity = 1 + (int32_t)dice(state, 100),
                               .rate = (int32_t)dice(state, RATE_ALL + 1),
                               .rejected = dice(state, 10) == 0};
    terms.adjustment = dice(state, 3) == 0 ? -some_amount(state, AMOUNT_MAX) : 0;
    terms.exempted_rate = dice(state, 5) == 0 ? (int32_t)dice(state, RATE_ALL + 1) : 0;
    terms.non_covered = dice(state, 5) == 0 ? some_amount(state, terms.billed) : 0;
    return terms;
}

static void test_a_million_lines(void **state)
{
    (void)state;
    uint64_t seed = 0x4841594154;
    for (int i = 0; i < 1000000; i++) {
        struct line_terms terms = some_line(&seed);
        struct amount_split split = line_split(&terms);
        bool sound = split_holds(&split) && split.billed == terms.billed &&
                     split.reimbursed + split.ticket_moderateur <= line_base(&terms) &&
                     (!terms.rejected || split.reimbursed == 0);
        if (!sound) {
            fail_msg("line %d: billed %lld tariff %lld", i, (long long)terms.billed,
                     (long long)terms.tariff);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_exemptions),
        cmocka_unit_test(test_below_the_tariff),
        cmocka_unit_test(test_coefficient_and_quantity),
        cmocka_unit_test(test_unjustified_caesarean),
        cmocka_unit_test(test_rejected_and_not_covered),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_what_does_not_hold),
        cmocka_unit_test(test_a_million_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
