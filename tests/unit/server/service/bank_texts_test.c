/*
 * Promise: who refuses a change of account is told that devices stay enrolled and where to revoke one, in every language; what the API takes as a
 * text holds it; and an ended proposal is told as what it is, whether its time ran out or another took its place.
 */
#include "service/bank_texts.h"

#include <string.h>

#include "tests/support/cm.h"

enum { TEXT_MAX = 512 }; /* RefuseBankAccountChangeResponse.text */

static void a_refusal_says_what_it_leaves(void **state)
{
    (void)state;
    assert_non_null(strstr(bank_text_refused(LANGUAGE_EN), "stays enrolled"));
    assert_non_null(strstr(bank_text_refused(LANGUAGE_EN), "revoke"));
    assert_non_null(strstr(bank_text_refused(LANGUAGE_FR), "reste enregistré"));
    assert_non_null(strstr(bank_text_refused(LANGUAGE_FR), "révoquez"));
    assert_non_null(strstr(bank_text_refused(LANGUAGE_AR), "يبقى مسجلا"));
    for (int language = LANGUAGE_EN; language <= LANGUAGE_AR; language++) {
        assert_true(strlen(bank_text_refused((enum language)language)) <= TEXT_MAX);
    }
}

static void an_ended_proposal_is_no_reproach(void **state)
{
    (void)state;
    const char *text = bank_text_next(LANGUAGE_FR, BANK_CHANGE(EXPIRED));
    assert_null(strstr(text, "à temps"));
    assert_non_null(strstr(text, "jamais"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_refusal_says_what_it_leaves),
                                       cmocka_unit_test(an_ended_proposal_is_no_reproach)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
