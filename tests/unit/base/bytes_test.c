/* Promise: text is accepted exactly when it is well-formed UTF-8 without NUL. */
#include "tests/support/cm.h"

#include "base/array.h"
#include "base/bytes.h"

static void test_well_formed(void **state)
{
    (void)state;
    static const char *const good[] = {"",
                                       "abc",
                                       "é",
                                       "حياة",
                                       "\xF0\x9F\x98\x80",
                                       "\xEF\xBF\xBF",
                                       "\xF4\x8F\xBF\xBF",
                                       "\xED\x9F\xBF"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(bytes_is_text(bytes_str(good[i])));
    }
}

static void test_ill_formed(void **state)
{
    (void)state;
    /* overlong, surrogates, past U+10FFFF, lone continuation, cut short, NUL (Unicode 15, table 3-7) */
    static const char *const bad[] = {"\xC0\x80",
                                      "\xC1\xBF",
                                      "\xE0\x80\x80",
                                      "\xED\xA0\x80",
                                      "\xF0\x80\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\x80",
                                      "\xC3",
                                      "\xE2\x82",
                                      "\xF0\x9F\x98",
                                      "a\xFF",
                                      "\xFE"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(bytes_is_text(bytes_str(bad[i])));
    }
    assert_false(bytes_is_text(bytes_of("a\0b", 3)));
}

static void test_every_code_point_and_no_other(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= 0x10FFFF; c++) {
        uint8_t s[4];
        size_t n;
        if (c < 0x80) {
            s[0] = (uint8_t)c, n = 1;
        } else if (c < 0x800) {
            s[0] = (uint8_t)(0xC0 | c >> 6), s[1] = (uint8_t)(0x80 | (c & 63)), n = 2;
        } else if (c < 0x10000) {
            s[0] = (uint8_t)(0xE0 | c >> 12), s[1] = (uint8_t)(0x80 | (c >> 6 & 63));
            s[2] = (uint8_t)(0x80 | (c & 63)), n = 3;
        } else {
            s[0] = (uint8_t)(0xF0 | c >> 18), s[1] = (uint8_t)(0x80 | (c >> 12 & 63));
            s[2] = (uint8_t)(0x80 | (c >> 6 & 63)), s[3] = (uint8_t)(0x80 | (c & 63)), n = 4;
        }
        bool surrogate = c >= 0xD800 && c <= 0xDFFF;
        assert_int_equal(bytes_is_text(bytes_of(s, n)), !surrogate);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_well_formed),
        cmocka_unit_test(test_ill_formed),
        cmocka_unit_test(test_every_code_point_and_no_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
