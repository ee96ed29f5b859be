/* A person's number has one way of writing it: who writes it otherwise is the same person, and what is no number is nobody's (SEC-F4). */
#include "auth/staff_number.h"

#include "base/array.h"
#include "tests/support/cm.h"

static void it_is_written_in_one_way(void **state)
{
    (void)state;
    static const struct {
        const char *text, *number;
    } rows[] = {{"S-1", "S-1"},
                {"s-1", "S-1"},
                {" s-1 ", "S-1"},
                {"\tS-1\r\n", "S-1"},
                {"1234/b.2", "1234/B.2"},
                {"abcdefghijklmnopqrstuvwxyz012345", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char number[STAFF_NUMBER_BYTES + 1];
        assert_true(staff_number_read(bytes_str(rows[i].text), number));
        assert_string_equal(number, rows[i].number);
        assert_true(staff_number_same(rows[i].text, rows[i].number));
    }
}

static void what_is_none_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"",           " ",
                                        "-1",         "S 1",
                                        "S_1",        "S\xC2\xA0-1",
                                        "\xD0\x85-1", "S-1\x01",
                                        "É-1",        "abcdefghijklmnopqrstuvwxyz0123456"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char number[STAFF_NUMBER_BYTES + 1];
        assert_false(staff_number_read(bytes_str(texts[i]), number));
    }
}

static void others_are_others_and_nobody_is_nobody(void **state)
{
    (void)state;
    assert_false(staff_number_same("S-1", "S-11"));
    assert_false(staff_number_same("S-1", "S-2"));
    assert_false(staff_number_same("", ""));
    assert_false(staff_number_same(" ", ""));
    assert_true(staff_number_same("old_number", " OLD_NUMBER")); /* from before there was one way */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_written_in_one_way),
        cmocka_unit_test(what_is_none_is_refused),
        cmocka_unit_test(others_are_others_and_nobody_is_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
