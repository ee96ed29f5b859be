/* Promise: amounts are written as people write them, and no step, event or delay goes without its sentence in three languages. */
#include "tests/support/cm.h"

#include <string.h>

#include "service/claim_texts.h"
#include "service/text_fill.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static void test_amounts(void **state)
{
    (void)state;
    static const struct {
        int64_t centimes;
        const char *en, *fr, *ar;
    } cases[] = {
        {0, "0.00 MAD", "0,00\u00a0DH", "0.00 درهم"},
        {5600, "56.00 MAD", "56,00\u00a0DH", "56.00 درهم"},
        {-5, "-0.05 MAD", "-0,05\u00a0DH", "-0.05 درهم"},
        {123456789, "1,234,567.89 MAD", "1\u00a0234\u00a0567,89\u00a0DH", "1234567.89 درهم"},
        {INT64_MIN, "-92,233,720,368,547,758.08 MAD",
         "-92\u00a0233\u00a0720\u00a0368\u00a0547\u00a0758,08\u00a0DH",
         "-92233720368547758.08 درهم"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(claim_text_amount(&arena, LANGUAGE_EN, cases[i].centimes), cases[i].en);
        assert_string_equal(claim_text_amount(&arena, LANGUAGE_FR, cases[i].centimes), cases[i].fr);
        assert_string_equal(claim_text_amount(&arena, LANGUAGE_AR, cases[i].centimes), cases[i].ar);
    }
    assert_string_equal(claim_text_rate(&arena, LANGUAGE_EN, 7000), "70%");
    assert_string_equal(claim_text_rate(&arena, LANGUAGE_FR, 6667), "66,67\u00a0%");
    assert_string_equal(claim_text_rate(&arena, LANGUAGE_AR, 10000), "100%");
    assert_string_equal(claim_text_rate(&arena, LANGUAGE_EN, 5), "0.05%");
}

static void test_every_step(void **state)
{
    (void)state;
    for (int kind = HAYAT__V1__EXPLANATION_KIND__EXPLANATION_KIND_BILLED;
         kind <= HAYAT__V1__EXPLANATION_KIND__EXPLANATION_KIND_NON_COVERED; kind++) {
        for (int l = LANGUAGE_EN; l <= LANGUAGE_AR; l++) {
            struct step_text step = {.kind = (Hayat__V1__ExplanationKind)kind,
                                     .amount = 1200,
                                     .base = 8000,
                                     .rate = 7000,
                                     .coefficient_thousandths = 20500,
                                     .letter_key = "Z",
                                     .tariff_version = "TNR-2006",
                                     .exemption_code = "ALD",
                                     .adjustment_code = "of_next_year"};
            const char *text = claim_text_step(&arena, (enum language)l, &step);
            assert_non_null(text);
            assert_true(strlen(text) > 10 && strlen(text) <= 512);
            assert_null(strchr(text, '{')); /* every place is filled */
        }
    }
}

static void test_every_event(void **state)
{
    (void)state;
    for (int l = LANGUAGE_EN; l <= LANGUAGE_AR; l++) {
        for (int s = 1; s <= 8; s++) {
            struct event_text claim = claim_event_text((Hayat__V1__ClaimState)s, (enum language)l);
            struct event_text asked = authorization_event_text(
                (Hayat__V1__PriorAuthorizationState)s, (enum language)l);
            assert_true(strlen(claim.code) > 0 && strlen(claim.text) > 5);
            assert_true(strlen(asked.code) > 0 && strlen(asked.text) > 5);
        }
        assert_string_equal(claim_event_text((Hayat__V1__ClaimState)9, (enum language)l).text, "");
        assert_string_equal(
            authorization_event_text((Hayat__V1__PriorAuthorizationState)0, (enum language)l).text,
            "");
        assert_true(strlen(adjustment_text("generic_price", (enum language)l)) > 10);
        assert_true(strlen(adjustment_text("of_next_year", (enum language)l)) > 10);
    }
}

static void test_the_clock(void **state)
{
    (void)state;
    const int64_t day = 20468;
    struct clock_state runs = {.due_ms = 1}, late = {.due_ms = 1, .overdue = true},
                       stands = {.paused = true}, endless = {.due_ms = 0};
    assert_string_equal(legal_clock_text(&arena, LANGUAGE_EN, &runs, false, day),
                        "The fund has until 15 January 2026.");
    assert_string_equal(legal_clock_text(&arena, LANGUAGE_FR, &late, false, day),
                        "La caisse est en retard : elle avait jusqu'au 15 janvier 2026.");
    assert_string_equal(legal_clock_text(&arena, LANGUAGE_EN, &late, true, day),
                        "Done late: the fund had until 15 January 2026.");
    assert_string_equal(legal_clock_text(&arena, LANGUAGE_EN, &runs, true, day),
                        "Done in time: the fund had until 15 January 2026.");
    assert_string_equal(legal_clock_text(&arena, LANGUAGE_EN, &stands, false, day),
                        "The time stands while the fund waits for you.");
    assert_string_equal(legal_clock_text(&arena, LANGUAGE_EN, &endless, false, day), "");
}

static void test_places(void **state)
{
    (void)state;
    const char *const values[] = {"a", "b"};
    assert_string_equal(text_fill(&arena, "{2} then {1}, {x} {1", values, 2), "b then a, {x} {1");
    const char *const dry[] = {NULL};
    assert_null(text_fill(&arena, "{1}", dry, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_amounts),     cmocka_unit_test(test_every_step),
        cmocka_unit_test(test_every_event), cmocka_unit_test(test_the_clock),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
