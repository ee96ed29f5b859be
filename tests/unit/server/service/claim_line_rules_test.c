/*
 * Promise: a line of a claim is good exactly when its parts, each at least 0, add up to what was billed; no amount, however
 * large, is taken for another by overflow.
 */
#include "service/claim_line_rules.h"

#include "tests/support/cm.h"

enum { LINES = 1000000 };

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int64_t part(uint64_t *state)
{
    return (int64_t)(next_random(state) % 20000000);
}

static int64_t *amount(struct claim_line_amounts *line, size_t at)
{
    int64_t *amounts[] = {&line->billed_centimes, &line->reimbursed_centimes,
                          &line->ticket_moderateur_centimes, &line->overrun_centimes,
                          &line->non_covered_centimes};
    return amounts[at];
}

static void a_million_lines(void **unused)
{
    (void)unused;
    uint64_t state = 88172645463325252;
    for (int i = 0; i < LINES; i++) {
        struct claim_line_amounts line = {0, part(&state), part(&state), part(&state),
                                          part(&state)};
        line.billed_centimes = line.reimbursed_centimes + line.ticket_moderateur_centimes +
                               line.overrun_centimes + line.non_covered_centimes;
        assert_int_equal(claim_line_check(&line), CLAIM_LINE_GOOD);
        int64_t change = 1 + part(&state);
        *amount(&line, next_random(&state) % 5) += change;
        assert_int_equal(claim_line_check(&line), CLAIM_LINE_SUM);
    }
}

static void nothing_is_below_zero(void **unused)
{
    (void)unused;
    for (size_t i = 1; i < 5; i++) {
        struct claim_line_amounts line = {0};
        *amount(&line, i) = -100;
        *amount(&line, i == 1 ? 2 : 1) = 100; /* the sum is right */
        assert_int_equal(claim_line_check(&line), CLAIM_LINE_NEGATIVE);
    }
    struct claim_line_amounts line = {.billed_centimes = -1};
    assert_int_equal(claim_line_check(&line), CLAIM_LINE_NEGATIVE);
}

static void the_largest_amounts_do_not_overflow(void **unused)
{
    (void)unused;
    struct claim_line_amounts all = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    assert_int_equal(claim_line_check(&all), CLAIM_LINE_SUM);
    struct claim_line_amounts one = {INT64_MAX, INT64_MAX, 0, 0, 0};
    assert_int_equal(claim_line_check(&one), CLAIM_LINE_GOOD);
    struct claim_line_amounts none = {0, INT64_MAX, INT64_MAX, 2, 0}; /* 0 modulo 2^64 */
    assert_int_equal(claim_line_check(&none), CLAIM_LINE_SUM);
}

/* GP consultation: 150.00 billed, reference tariff 80.00. */
static void the_worked_example(void **unused)
{
    (void)unused;
    struct claim_line_amounts cnss = {15000, 5600, 2400, 7000, 0};
    struct claim_line_amounts cnops = {15000, 6400, 1600, 7000, 0};
    assert_int_equal(claim_line_check(&cnss), CLAIM_LINE_GOOD);
    assert_int_equal(claim_line_check(&cnops), CLAIM_LINE_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_million_lines),
        cmocka_unit_test(nothing_is_below_zero),
        cmocka_unit_test(the_largest_amounts_do_not_overflow),
        cmocka_unit_test(the_worked_example),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
