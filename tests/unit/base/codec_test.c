/* Promise: ids and byte forms round-trip, and nothing but their own canonical text is accepted. */
#include "tests/support/cm.h"

#include "base/array.h"
#include "base/codec.h"
#include "base/id.h"

static void test_base32_round_trips_and_is_canonical(void **state)
{
    (void)state;
    struct fake_random random;
    fake_random_init(&random, 1);
    for (size_t n = 0; n <= 40; n++) {
        uint8_t in[40], out[40];
        char text[80];
        random_fill(&random.source, in, sizeof in);
        base32_encode(bytes_of(in, n), text);
        assert_int_equal(strlen(text), base32_len(n));
        assert_true(base32_decode(bytes_str(text), out, n));
        assert_memory_equal(in, out, n);
        assert_false(base32_decode(bytes_str(text), out, n + 1));
    }
    for (size_t at = 0; at < 16; at++) { /* a foreign letter is seen wherever it is */
        char text[] = "0123456789abcdef";
        uint8_t ten[10];
        assert_true(base32_decode(bytes_str(text), ten, sizeof ten));
        text[at] = 'u';
        assert_false(base32_decode(bytes_str(text), ten, sizeof ten));
    }
    uint8_t one[1];
    assert_true(base32_decode(bytes_str("zw"), one, 1)); /* 11111 111|00 */
    assert_false(
        base32_decode(bytes_str("zz"), one, 1)); /* stray bits: another spelling of the same byte */
    assert_false(base32_decode(bytes_str("ZW"), one, 1)); /* upper case is not ours */
    assert_false(base32_decode(bytes_str("iu"), one, 1));
}

static void test_hex(void **state)
{
    (void)state;
    uint8_t out[3];
    char text[7];
    assert_true(hex_decode(bytes_str("00fFa9"), out, 3));
    hex_encode(bytes_of(out, 3), text);
    assert_string_equal(text, "00ffa9");
    assert_false(hex_decode(bytes_str("00ff"), out, 3));
    assert_false(hex_decode(bytes_str("00ffg9"), out, 3));
}

static void test_ids(void **state)
{
    (void)state;
    struct fake_random random;
    fake_random_init(&random, 2);
    struct id id = id_new(&random.source), back = {{0}};
    char text[ID_TEXT_MAX];
    id_format(id, "lc", text);
    assert_int_equal(strlen(text), 29);
    assert_true(id_parse(bytes_str(text), "lc", &back));
    assert_memory_equal(id.bytes, back.bytes, ID_BYTES);
    static const char *const bad[] = {"",
                                      "lc",
                                      "lc_",
                                      "lc_0",
                                      "upl_00000000000000000000000000",
                                      "lc00000000000000000000000000",
                                      "lc_0000000000000000000000000l",
                                      "lc_000000000000000000000000000"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_false(id_parse(bytes_str(bad[i]), "lc", &back));
    }
}

static void test_big_endian_sorts_as_numbers(void **state)
{
    (void)state;
    uint8_t a[8], b[8];
    put_be64(a, 255);
    put_be64(b, 256);
    assert_true(memcmp(a, b, 8) < 0);
    assert_int_equal(get_be64(b), 256);
    put_be32(a, 0xDEADBEEF);
    assert_int_equal(get_be32(a), 0xDEADBEEF);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base32_round_trips_and_is_canonical),
        cmocka_unit_test(test_hex),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_big_endian_sorts_as_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
