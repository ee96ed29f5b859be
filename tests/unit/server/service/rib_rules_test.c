/* Promise: every valid account number is taken however it is written; every single wrong digit and every swap of neighbours is
   refused, and the fault says what is wrong. */
#include "tests/support/cm.h"

#include <stdio.h>

#include "service/rib_rules.h"

enum { RANDOM_RIBS = 1000000, MUTATED_RIBS = 10000 };

/* xorshift64*: the same numbers every time. */
static uint64_t dice(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1dULL;
}

/* Long division in the other direction and base: an own reading of "0 modulo 97". */
static bool divides_97(const char *digits, size_t count)
{
    unsigned __int128 high = 0, low = 0;
    for (size_t i = 0; i < count / 2; i++) {
        high = high * 10 + (unsigned)(digits[i] - '0');
    }
    unsigned __int128 scale = 1;
    for (size_t i = count / 2; i < count; i++) {
        low = low * 10 + (unsigned)(digits[i] - '0');
        scale *= 10;
    }
    return ((high % 97) * (scale % 97) + low % 97) % 97 == 0;
}

static void draw(uint64_t *state, struct rib *rib)
{
    for (size_t i = 0; i < RIB_DIGITS; i++) {
        rib->digits[i] = (char)('0' + dice(state) % 10);
    }
    rib->digits[RIB_DIGITS] = '\0';
}

static void draw_valid(uint64_t *state, struct rib *rib)
{
    draw(state, rib);
    unsigned key = rib_key(rib->digits);
    rib->digits[22] = (char)('0' + key / 10);
    rib->digits[23] = (char)('0' + key % 10);
}

static enum rib_fault parse(const char *text)
{
    struct rib rib;
    return rib_parse(bytes_str(text), &rib);
}

static void test_random_ribs(void **state)
{
    (void)state;
    uint64_t seed = 20261128;
    size_t valid = 0;
    for (size_t i = 0; i < RANDOM_RIBS; i++) {
        struct rib rib;
        draw(&seed, &rib);
        bool expected = divides_97(rib.digits, RIB_DIGITS) && strcmp(rib.digits + 22, "00") != 0 &&
                        strcmp(rib.digits + 22, "98") != 0 && strcmp(rib.digits + 22, "99") != 0;
        assert_int_equal(parse(rib.digits) == RIB_FINE, expected);
        valid += expected ? 1 : 0;
    }
    assert_in_range(valid, RANDOM_RIBS / 110, RANDOM_RIBS / 90);
}

static void test_every_single_error(void **state)
{
    (void)state;
    uint64_t seed = 3;
    for (size_t i = 0; i < MUTATED_RIBS; i++) {
        struct rib rib;
        draw_valid(&seed, &rib);
        assert_int_equal(parse(rib.digits), RIB_FINE);
        for (size_t at = 0; at < RIB_DIGITS; at++) {
            char kept = rib.digits[at];
            for (int other = '0'; other <= '9'; other++) {
                rib.digits[at] = (char)other;
                assert_int_equal(parse(rib.digits), other == kept ? RIB_FINE : RIB_KEY);
            }
            rib.digits[at] = kept;
        }
    }
}

static void test_every_swap_of_neighbours(void **state)
{
    (void)state;
    uint64_t seed = 5;
    for (size_t i = 0; i < MUTATED_RIBS; i++) {
        struct rib rib;
        draw_valid(&seed, &rib);
        for (size_t at = 0; at + 1 < RIB_DIGITS; at++) {
            char a = rib.digits[at], b = rib.digits[at + 1];
            rib.digits[at] = b, rib.digits[at + 1] = a;
            assert_int_equal(parse(rib.digits), a == b ? RIB_FINE : RIB_KEY);
            rib.digits[at] = a, rib.digits[at + 1] = b;
        }
    }
}

static void test_key_00(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (size_t i = 0; i < MUTATED_RIBS; i++) {
        struct rib rib;
        do {
            draw_valid(&seed, &rib);
        } while (strcmp(rib.digits + 22, "97") != 0);
        memcpy(rib.digits + 22, "00", 2); /* still 0 modulo 97 */
        assert_true(divides_97(rib.digits, RIB_DIGITS));
        assert_int_equal(parse(rib.digits), RIB_KEY);
    }
}

/* The IBAN registry's example for Morocco. */
#define EXAMPLE "011519000001205000534921"

static void test_ways_to_write_it(void **state)
{
    (void)state;
    static const char *const ways[] = {
        EXAMPLE,
        "MA64" EXAMPLE,
        "ma64" EXAMPLE,
        "MA64 0115 1900 0001 2050 0053 4921",
        "011 519 0000012050005349 21",
        "011-519-0000012050005349-21",
        " 011\u00a0519\u202f0000012050005349 21 ",
        "\u200e011.519.0000012050005349.21\u200f",
        "\u0660\u0661\u0661\u0665\u0661\u0669\u0660\u0660\u0660\u0660\u0660\u0661\u0662\u0660\u0665"
        "\u0660\u0660\u0660\u0665"
        "\u0663\u0664\u0669\u0662\u0661",
        "\u06f0\u06f1\u06f151900000120500053492\u06f1",
    };
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        struct rib rib;
        assert_int_equal(rib_parse(bytes_str(ways[i]), &rib), RIB_FINE);
        assert_string_equal(rib.digits, EXAMPLE);
    }
}

static void test_faults_are_told_apart(void **state)
{
    (void)state;
    assert_int_equal(parse(""), RIB_EMPTY);
    assert_int_equal(parse(" - "), RIB_EMPTY);
    assert_int_equal(parse("01151900000120500053492"), RIB_LENGTH);
    assert_int_equal(parse(EXAMPLE "0"), RIB_LENGTH);
    assert_int_equal(parse("MA64"), RIB_LENGTH);
    assert_int_equal(parse("MA"), RIB_LENGTH);
    assert_int_equal(parse("MA64" EXAMPLE "1"), RIB_LENGTH);
    assert_int_equal(parse(EXAMPLE EXAMPLE), RIB_LENGTH);
    assert_int_equal(parse("O11519000001205000534921"), RIB_CHARACTER);
    assert_int_equal(parse("01151900000120500053492\u00e9"), RIB_CHARACTER);
    assert_int_equal(parse("MAS4" EXAMPLE), RIB_CHARACTER);
    assert_int_equal(parse("MA65" EXAMPLE), RIB_IBAN_CHECK);
    assert_int_equal(parse("MA64011519000001205000534922"), RIB_IBAN_CHECK);
    assert_int_equal(parse("FR1420041010050500013M02606"), RIB_COUNTRY);
    assert_int_equal(parse("011519000001205000534922"), RIB_KEY);
    assert_int_equal(rib_parse(bytes_of("\xd9", 1), &(struct rib){{0}}), RIB_CHARACTER);
    for (enum rib_fault fault = RIB_EMPTY; fault <= RIB_KEY; fault++) {
        assert_true(strlen(rib_fault_text(fault)) > 0);
    }
}

static void test_every_valid_iban_begins_with_ma64(void **state)
{
    (void)state;
    uint64_t seed = 11;
    for (size_t i = 0; i < 1000; i++) {
        struct rib rib;
        char iban[IBAN_LEN + 1];
        draw_valid(&seed, &rib);
        for (unsigned check = 0; check < 100; check++) {
            (void)snprintf(iban, sizeof iban, "MA%02u%s", check, rib.digits);
            assert_int_equal(parse(iban) == RIB_FINE, check == 64);
        }
    }
}

static void test_what_is_shown(void **state)
{
    (void)state;
    struct rib rib;
    char mask[RIB_MASK_MAX + 1], shown[RIB_SHOWN_MAX + 1];
    assert_int_equal(rib_parse(bytes_str(EXAMPLE), &rib), RIB_FINE);
    rib_mask(&rib, mask);
    assert_string_equal(mask, "011 \u2026 5349");
    rib_show(&rib, shown);
    assert_string_equal(shown, "011 519 0000012050005349 21");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_ribs),
        cmocka_unit_test(test_every_single_error),
        cmocka_unit_test(test_every_swap_of_neighbours),
        cmocka_unit_test(test_key_00),
        cmocka_unit_test(test_ways_to_write_it),
        cmocka_unit_test(test_faults_are_told_apart),
        cmocka_unit_test(test_every_valid_iban_begins_with_ma64),
        cmocka_unit_test(test_what_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
