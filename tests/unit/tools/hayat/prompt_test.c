/*
 * Promise: a person who says yes in their own language, in full or by its first letter, is understood; nothing else is a yes.
 */
#include "tools/hayat/prompt.h"

#include "base/array.h"
#include "tests/support/cm.h"

static void yes_is_yes(void **state)
{
    (void)state;
    static const char *const yes[] = {"y",   "Y",   "yes", "YES", "o",     "O",
                                      "oui", "Oui", "ن",   "نعم", " oui ", "yes\r"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        assert_true(prompt_is_yes(yes[i]));
    }
}

static void all_else_is_no(void **state)
{
    (void)state;
    static const char *const no[] = {"",      " ",  "n",  "no",   "non",  "لا",
                                     "yesno", "ye", "ou", "okay", "نعمل", "y n"};
    for (size_t i = 0; i < ARRAY_LEN(no); i++) {
        assert_false(prompt_is_yes(no[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(yes_is_yes),
                                       cmocka_unit_test(all_else_is_no)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
