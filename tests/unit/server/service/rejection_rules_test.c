/* Promise: no rejection without a stable code, a text and a next step in three languages, and a last day when there is one. */
#include "tests/support/cm.h"

#include <string.h>

#include "base/array.h"
#include "service/rejection_rules.h"

/* domain.md, section 4: codes the feed sends.  A code that changes breaks every claim that carries it. */
static const char *const codes[] = {
    "late_filing",
    "rights_closed",
    "waiting_period",
    "missing_prescription",
    "missing_inpe",
    "missing_stamp_or_signature",
    "invoice_not_original",
    "invoice_not_numbered",
    "medicine_not_reimbursable",
    "missing_barcode",
    "prior_agreement_missing",
    "dental_chart_missing",
    "xray_missing",
    "duplicate",
    "beneficiary_not_declared",
    "over_frequency",
    "act_not_in_nomenclature",
    "illegible",
    "covered_elsewhere",
};

static void test_the_19_reasons(void **state)
{
    (void)state;
    assert_int_equal(ARRAY_LEN(codes), 19);
    assert_int_equal(REJECTIONS, 19);
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        enum rejection rejection = rejection_of(codes[i]);
        assert_int_not_equal(rejection, REJECTION_UNKNOWN);
        assert_string_equal(rejection_code(rejection), codes[i]);
    }
}

static bool is_arabic(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((uint8_t)*text >= 0xd8 && (uint8_t)*text <= 0xdb) {
            return true;
        }
    }
    return false;
}

/* The unknown one included. */
static void test_texts_and_next_steps(void **state)
{
    (void)state;
    for (int r = 0; r <= REJECTION_UNKNOWN; r++) {
        enum rejection rejection = (enum rejection)r;
        for (int l = LANGUAGE_EN; l <= LANGUAGE_AR; l++) {
            const char *text = rejection_text(rejection, (enum language)l);
            const char *next = rejection_next_step(rejection, (enum language)l);
            assert_true(strlen(text) > 10 && strlen(text) <= 512);
            assert_true(strlen(next) > 10 && strlen(next) <= 512);
            assert_int_equal(is_arabic(text), l == LANGUAGE_AR);
            assert_int_equal(is_arabic(next), l == LANGUAGE_AR);
            for (int other = 0; other < r; other++) {
                assert_string_not_equal(text,
                                        rejection_text((enum rejection)other, (enum language)l));
            }
        }
    }
    assert_int_equal(rejection_of("of_next_year"), REJECTION_UNKNOWN);
}

static void test_until_when(void **state)
{
    (void)state;
    struct respond_facts facts = {.told_day = 20600, .decision_day = 20500, .respond_days = 60};
    assert_int_equal(rejection_respond_by(&facts), 20600);
    facts.told_day = 0;
    assert_int_equal(rejection_respond_by(&facts), 20560);
    facts.respond_days = 0;
    assert_int_equal(rejection_respond_by(&facts), 0);
    facts.filing_day = 20530; /* nothing else is told: the time to file */
    assert_int_equal(rejection_respond_by(&facts), 20530);
    facts.respond_days = 60;
    assert_int_equal(rejection_respond_by(&facts), 20560);
    assert_true(rejection_is_mended_by_filing(rejection_of("illegible")));
    assert_false(rejection_is_mended_by_filing(rejection_of("late_filing")));
    assert_false(rejection_is_mended_by_filing(REJECTION_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_19_reasons),
        cmocka_unit_test(test_texts_and_next_steps),
        cmocka_unit_test(test_until_when),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
