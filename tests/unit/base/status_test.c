/* Promise: every reason has a number of its own, a name, a gRPC code and a public text in three languages. */
#include "tests/support/cm.h"

#include "base/bytes.h"

static void test_every_reason_is_complete_and_unique(void **state)
{
    (void)state;
    enum reason why = REASON_OK, other = REASON_OK;
    for (size_t i = 0; reason_at(i, &why); i++) {
        assert_true(strlen(reason_name(why)) > 0);
        assert_true(strlen(reason_name(why)) <= 63); /* AIP-193 */
        assert_int_not_equal(reason_code(why), CODE_OK);
        for (enum language l = LANGUAGE_EN; l <= LANGUAGE_AR; l++) {
            assert_true(strlen(reason_text(why, l)) > 0);
            assert_true(bytes_is_text(bytes_str(reason_text(why, l))));
        }
        for (size_t j = 0; j < i && reason_at(j, &other); j++) {
            assert_int_not_equal(why, other);
        }
    }
    assert_string_equal(reason_name(REASON_OK), "OK");
    assert_int_equal(reason_code(REASON_OK), CODE_OK);
}

static void test_try_returns_the_failure(void **state)
{
    (void)state;
    assert_string_equal(grpc_code_name(CODE_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(grpc_code_name((enum grpc_code)99), "UNKNOWN");
    assert_string_equal(reason_name((enum reason)9999), "INTERNAL"); /* our bug, told as such */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_reason_is_complete_and_unique),
        cmocka_unit_test(test_try_returns_the_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
