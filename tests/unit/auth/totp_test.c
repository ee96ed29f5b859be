/* One-time codes are RFC 6238's: its own vectors (appendix B); a code is taken one step early or late, once, and never an older one. */
#include "auth/totp.h"

#include <stdio.h>

#include "base/array.h"
#include "tests/support/cm.h"

/* RFC 6238 appendix B: the key is this text. */
#define KEY bytes_str("12345678901234567890")

static void the_vectors_of_rfc_6238(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        uint32_t code;
    } vectors[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
                   {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        uint64_t step = (uint64_t)(vectors[i].seconds * 1000 / TOTP_STEP_MS);
        assert_int_equal(totp_code(KEY, step, 8), vectors[i].code);
        assert_int_equal(totp_code(KEY, step, 6), vectors[i].code % 1000000);
    }
}

static void clocks_may_differ_by_a_step(void **state)
{
    (void)state;
    enum { NOW = 1000 };
    for (uint64_t step = NOW - 3; step <= NOW + 3; step++) {
        char text[12];
        uint64_t found = 0;
        (void)snprintf(text, sizeof text, "%06u", totp_code(KEY, step, 6));
        struct totp_try attempt = {KEY, bytes_str(text), NOW * (int64_t)TOTP_STEP_MS + 29999, 0};
        bool near = step >= NOW - 1 && step <= NOW + 1;
        assert_int_equal(totp_find(&attempt, &found), near);
        assert_int_equal(found, near ? step : 0);
        attempt.last_step = step; /* taken already */
        assert_false(totp_find(&attempt, &found));
        attempt.last_step = step + 1; /* or a newer one was */
        assert_false(totp_find(&attempt, &found));
    }
}

static void what_is_no_code_is_none(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "12345", "1234567", "abcdef", "      "};
    uint64_t found;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct totp_try attempt = {KEY, bytes_str(bad[i]), 1000LL * TOTP_STEP_MS, 0};
        assert_false(totp_find(&attempt, &found));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_vectors_of_rfc_6238),
        cmocka_unit_test(clocks_may_differ_by_a_step),
        cmocka_unit_test(what_is_no_code_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
