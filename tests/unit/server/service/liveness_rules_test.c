/*
 * Promise (RULE LC-14, LC-15): a challenge has three different gestures and two groups of three digits; every gesture, digit and order comes up, none
 * more often than chance explains; and a video answers its own challenge alone, from its own device, in time.
 */
#include "service/liveness_rules.h"

#include "base/array.h"
#include "tests/support/cm.h"

#define ACT(name) HAYAT__V1__LIVENESS_ACT__LIVENESS_ACT_##name

enum { DRAWS = 40000, ACTS = 10, ORDERS = 1 << LIVENESS_STEPS };

struct counts {
    unsigned act[ACTS], digit[10], order[ORDERS], first[ACTS];
};

static void count(const struct liveness_steps *drawn, struct counts *counts)
{
    unsigned order = 0, seen = 0;
    for (size_t i = 0; i < LIVENESS_STEPS; i++) {
        const struct liveness_step *step = &drawn->step[i];
        assert_in_range(step->act, ACT(SAY_DIGITS), ACT(RAISE_HAND));
        counts->act[step->act]++;
        if (step->act == ACT(SAY_DIGITS)) {
            order |= 1U << i;
            assert_int_equal(strlen(step->digits), LIVENESS_DIGITS);
            for (size_t d = 0; d < LIVENESS_DIGITS; d++) {
                assert_in_range(step->digits[d], '0', '9');
                counts->digit[step->digits[d] - '0']++;
            }
            continue;
        }
        assert_string_equal(step->digits, "");
        assert_int_equal(seen & (1U << step->act), 0); /* once */
        seen |= 1U << step->act;
    }
    assert_int_equal(__builtin_popcount(order), LIVENESS_WORDS);
    counts->order[order]++;
    counts->first[drawn->step[0].act]++;
}

/* Within a tenth of what it should be: six standard deviations at the least. */
static void assert_fair(unsigned got, unsigned wanted)
{
    assert_in_range(got, wanted - wanted / 10, wanted + wanted / 10);
}

static void every_challenge_is_as_likely(void **state)
{
    (void)state;
    struct fake_random random;
    struct counts counts = {0};
    unsigned orders = 0;
    fake_random_init(&random, 14);
    for (size_t i = 0; i < DRAWS; i++) {
        const struct liveness_steps drawn = liveness_draw(&random.source);
        count(&drawn, &counts);
    }
    for (int act = ACT(TURN_LEFT); act <= ACT(RAISE_HAND); act++) {
        assert_fair(counts.act[act], DRAWS * LIVENESS_GESTURES / 8);
        assert_fair(counts.first[act], DRAWS * LIVENESS_GESTURES / 8 / LIVENESS_STEPS);
    }
    for (size_t digit = 0; digit < 10; digit++) {
        assert_fair(counts.digit[digit], DRAWS * LIVENESS_WORDS * LIVENESS_DIGITS / 10);
    }
    for (size_t order = 0; order < ORDERS; order++) {
        orders += counts.order[order] > 0 ? 1 : 0;
        if (counts.order[order] > 0) {
            assert_fair(counts.order[order], DRAWS / 10); /* five over two */
        }
    }
    assert_int_equal(orders, 10);
}

/* What is drawn is the source's alone, and another source draws another. */
static void chance_is_the_callers(void **state)
{
    (void)state;
    struct fake_random a, b, c;
    fake_random_init(&a, 1);
    fake_random_init(&b, 1);
    fake_random_init(&c, 2);
    const struct liveness_steps one = liveness_draw(&a.source), same = liveness_draw(&b.source);
    const struct liveness_steps other = liveness_draw(&c.source);
    bool differs = false;
    for (size_t i = 0; i < LIVENESS_STEPS; i++) {
        assert_int_equal(one.step[i].act, same.step[i].act);
        assert_string_equal(one.step[i].digits, same.step[i].digits);
        differs |= one.step[i].act != other.step[i].act ||
                   strcmp(one.step[i].digits, other.step[i].digits) != 0;
    }
    assert_true(differs);
}

static void a_video_answers_its_own_challenge(void **state)
{
    (void)state;
    const struct liveness_claim good = {.asked = {{1}},
                                        .named = {{1}},
                                        .asked_by = {{2}},
                                        .declared_by = {{2}},
                                        .now_ms = 99,
                                        .expire_steady_ms = 100};
    struct liveness_claim other = good, device = good, late = good;
    other.named.bytes[ID_BYTES - 1] = 1;
    device.declared_by.bytes[0] = 3;
    late.now_ms = 100;
    assert_true(liveness_answers(&good));
    assert_false(liveness_answers(&other));
    assert_false(liveness_answers(&device));
    assert_false(liveness_answers(&late));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_challenge_is_as_likely),
        cmocka_unit_test(chance_is_the_callers),
        cmocka_unit_test(a_video_answers_its_own_challenge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
