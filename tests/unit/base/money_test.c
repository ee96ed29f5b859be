/* Promise: an amount is printed to the centime, whatever its size and sign. */
#include "tests/support/cm.h"

#include "base/array.h"
#include "base/money.h"

static void test_texts(void **state)
{
    (void)state;
    static const struct {
        int64_t centimes;
        const char *decimal, *printed;
    } cases[] = {
        {0, "0.00", "0,00"},
        {5, "0.05", "0,05"},
        {-5, "-0.05", "-0,05"},
        {100, "1.00", "1,00"},
        {99999, "999.99", "999,99"},
        {100000, "1000.00", "1\u00a0000,00"},
        {123456789, "1234567.89", "1\u00a0234\u00a0567,89"},
        {INT64_MAX, "92233720368547758.07", "92\u00a0233\u00a0720\u00a0368\u00a0547\u00a0758,07"},
        {INT64_MIN, "-92233720368547758.08", "-92\u00a0233\u00a0720\u00a0368\u00a0547\u00a0758,08"},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[MONEY_TEXT_MAX];
        money_decimal(cases[i].centimes, text);
        assert_string_equal(text, cases[i].decimal);
        money_printed(cases[i].centimes, text);
        assert_string_equal(text, cases[i].printed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_texts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
