/*
 * Rate limits: a burst, then a steady rate, told to the millisecond; callers and classes apart; a full table forgets
 * the callers seen longest ago and never refuses a new one; nothing overflows after a long silence.
 */
#include "auth/ratelimit.h"

#include <pthread.h>

#include "base/limits.h"
#include "tests/support/cm.h"

static struct fake_clock now;
static struct rate_limiter *limiter;
static const struct rate_rule rule = {.rate_class = 1, .per_minute = 60, .burst = 3};

static int setup(void **state)
{
    (void)state;
    fake_clock_init(&now, 0);
    limiter = rate_limiter_new(&now.clock, &random_system);
    return limiter == NULL;
}

static int teardown(void **state)
{
    (void)state;
    rate_limiter_free(limiter);
    return 0;
}

static status take(const struct rate_rule *r, uint64_t caller, int64_t *ret_retry_ms)
{
    return rate_limiter_take(limiter, r, bytes_of(&caller, sizeof caller), ret_retry_ms);
}

static void a_burst_then_a_steady_rate(void **state)
{
    (void)state;
    int64_t retry_ms = 0;
    for (int i = 0; i < 3; i++) {
        assert_ok(take(&rule, 7, &retry_ms));
    }
    assert_int_equal(retry_ms, 0);
    assert_reason(take(&rule, 7, &retry_ms), RATE_LIMITED);
    assert_int_equal(retry_ms, 1000);
    fake_clock_advance(&now, 400);
    assert_reason(take(&rule, 7, &retry_ms), RATE_LIMITED);
    assert_int_equal(retry_ms, 600);
    fake_clock_advance(&now, 600);
    assert_ok(take(&rule, 7, &retry_ms));
    assert_reason(take(&rule, 7, &retry_ms), RATE_LIMITED);
}

static void refusals_cost_nothing(void **state)
{
    (void)state;
    int64_t retry_ms;
    for (int i = 0; i < 100; i++) {
        (void)ok(take(&rule, 7, &retry_ms));
    }
    fake_clock_advance(&now, 1000);
    assert_ok(take(&rule, 7, &retry_ms));
}

static void a_bucket_holds_no_more_than_its_burst(void **state)
{
    (void)state;
    int64_t retry_ms;
    assert_ok(take(&rule, 7, &retry_ms));
    fake_clock_advance(&now, 400LL * 24 * 3600 * 1000);
    for (int i = 0; i < 3; i++) {
        assert_ok(take(&rule, 7, &retry_ms));
    }
    assert_reason(take(&rule, 7, &retry_ms), RATE_LIMITED);
}

static void callers_and_classes_are_apart(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct rate_rule other = rule;
    other.rate_class = 2;
    for (int i = 0; i < 3; i++) {
        assert_ok(take(&rule, 7, &retry_ms));
    }
    assert_reason(take(&rule, 7, &retry_ms), RATE_LIMITED);
    assert_ok(take(&rule, 8, &retry_ms));
    assert_ok(take(&other, 7, &retry_ms));
}

static void no_rate_is_no_limit(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct rate_rule none = {.rate_class = 1};
    for (int i = 0; i < 1000; i++) {
        assert_ok(take(&none, 7, &retry_ms));
    }
}

static void a_full_table_takes_new_callers(void **state)
{
    (void)state;
    int64_t retry_ms;
    struct rate_rule one = {.rate_class = 1, .per_minute = 1, .burst = 1};
    for (uint64_t caller = 1; caller <= 2ULL * LIMIT_RATE_BUCKETS; caller++) {
        assert_ok(take(&one, caller, &retry_ms));
        fake_clock_advance(&now, caller % 100 == 0 ? 1 : 0);
    }
    assert_reason(take(&one, 2ULL * LIMIT_RATE_BUCKETS, &retry_ms),
                  RATE_LIMITED); /* the newest is remembered */
}

static void *take_many(void *ctx)
{
    int64_t retry_ms, *taken = ctx;
    struct rate_rule shared = {.rate_class = 1, .per_minute = 1, .burst = 1000};
    for (int i = 0; i < 1000; i++) {
        *taken += ok(take(&shared, 7, &retry_ms));
    }
    return NULL;
}

static void threads_share_one_bucket(void **state)
{
    (void)state;
    pthread_t threads[4];
    int64_t taken[4] = {0}, sum = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_many, &taken[i]), 0);
    }
    for (size_t i = 0; i < 4; i++) {
        (void)pthread_join(threads[i], NULL);
        sum += taken[i];
    }
    assert_int_equal(sum, 1000);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_burst_then_a_steady_rate),
        TEST(refusals_cost_nothing),
        TEST(a_bucket_holds_no_more_than_its_burst),
        TEST(callers_and_classes_are_apart),
        TEST(no_rate_is_no_limit),
        TEST(a_full_table_takes_new_callers),
        TEST(threads_share_one_bucket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
