/* Promise: scopes have one name and one bit each, agents' and systems' apart; what is unknown is nothing (SEC-A2). */
#include "base/scope.h"

#include "tests/support/cm.h"

static void names_and_masks_agree(void **state)
{
    (void)state;
    char text[SCOPE_TEXT_MAX];
    assert_int_equal(scope_parse(bytes_str("agency,reviewer")), SCOPE_AGENCY | SCOPE_REVIEWER);
    scope_format(SCOPE_REVIEWER | SCOPE_AGENCY, text);
    assert_string_equal(text, "agency,reviewer");
    scope_format(SCOPE_MASK_AGENTS | SCOPE_MASK_SYSTEMS, text);
    assert_int_equal(scope_parse(bytes_str(text)), SCOPE_MASK_AGENTS | SCOPE_MASK_SYSTEMS);
    scope_format(0, text);
    assert_string_equal(text, "");
    assert_int_equal(SCOPE_MASK_AGENTS & SCOPE_MASK_SYSTEMS, 0);
}

static void what_is_unknown_is_nothing(void **state)
{
    (void)state;
    static const char *const bad[] = {"",       "janitor", "agency,janitor", "agency reviewer",
                                      "Agency", ",agency", "agency,,feed"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(scope_parse(bytes_str(bad[i])), 0);
    }
    assert_int_equal(scope_parse(bytes_str("agency,")), SCOPE_AGENCY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_and_masks_agree),
        cmocka_unit_test(what_is_unknown_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
