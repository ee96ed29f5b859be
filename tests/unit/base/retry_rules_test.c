/*
 * Retries wait longer each time up to a bound, never in step; a breaker opens after some failures in a row, lets one message try when its time
 * is over, and closes with its success.
 */
#include "base/retry_rules.h"

#include "tests/support/cm.h"

enum { FIRST_MS = 15000 };

static struct fake_random random_numbers;

static int setup(void **state)
{
    (void)state;
    fake_random_init(&random_numbers, 7);
    return 0;
}

static void waits_double_up_to_a_bound(void **state)
{
    (void)state;
    int64_t full = FIRST_MS;
    for (uint32_t attempt = 1; attempt < 40; attempt++) {
        int64_t ms = retry_after_ms(attempt, FIRST_MS, &random_numbers.source);
        assert_true(ms > full / 2 && ms <= full);
        full = full * 2 < RETRY_MOST_MS ? full * 2 : RETRY_MOST_MS;
    }
    assert_true(retry_after_ms(UINT32_MAX, FIRST_MS, &random_numbers.source) <= RETRY_MOST_MS);
    assert_true(retry_after_ms(0, FIRST_MS, &random_numbers.source) <= FIRST_MS);
}

static void jitter_differs(void **state)
{
    (void)state;
    int64_t first = jitter_ms(1000000, &random_numbers.source);
    bool differs = false;
    for (int i = 0; i < 100; i++) {
        int64_t ms = jitter_ms(1000000, &random_numbers.source);
        assert_true(ms > 500000 && ms <= 1000000);
        differs = differs || ms != first;
    }
    assert_true(differs);
}

static void a_breaker_opens_and_closes(void **state)
{
    (void)state;
    struct breaker breaker = {.first_ms = FIRST_MS};
    int64_t now_us = 1000000;
    for (int i = 0; i < BREAKER_FAILURES - 1; i++) {
        breaker_failure(&breaker, now_us, &random_numbers.source);
        assert_int_equal(breaker_wait_ms(&breaker, now_us), 0);
    }
    breaker_success(&breaker); /* in a row is what counts */
    for (int i = 0; i < BREAKER_FAILURES; i++) {
        assert_int_equal(breaker_wait_ms(&breaker, now_us), 0);
        breaker_failure(&breaker, now_us, &random_numbers.source);
    }
    int64_t wait_ms = breaker_wait_ms(&breaker, now_us);
    assert_true(wait_ms > FIRST_MS / 2 && wait_ms <= FIRST_MS);
    assert_true(breaker_wait_ms(&breaker, now_us + wait_ms * 1000 - 1) > 0);
    now_us += wait_ms * 1000;
    assert_int_equal(breaker_wait_ms(&breaker, now_us), 0); /* one may try */
    breaker_failure(&breaker, now_us, &random_numbers.source);
    assert_true(breaker_wait_ms(&breaker, now_us) > FIRST_MS); /* at once, and longer */
    for (int i = 0; i < 50; i++) {
        breaker_failure(&breaker, now_us, &random_numbers.source);
        assert_true(breaker_wait_ms(&breaker, now_us) <= BREAKER_MOST_MS);
    }
    breaker_success(&breaker);
    assert_int_equal(breaker_wait_ms(&breaker, now_us), 0);
}

static void age_ends_it(void **state)
{
    (void)state;
    assert_false(retry_gives_up(99, 100));
    assert_true(retry_gives_up(100, 100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(waits_double_up_to_a_bound, setup),
        cmocka_unit_test_setup(jitter_differs, setup),
        cmocka_unit_test_setup(a_breaker_opens_and_closes, setup),
        cmocka_unit_test(age_ends_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
