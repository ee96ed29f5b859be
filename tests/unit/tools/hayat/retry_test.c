/*
 * Promise: only what may do better is tried again, waits grow with jitter up to a bound, the
 * server's own delay is respected, and patience ends give_up_ms after the last progress.
 */
#include "tests/support/cm.h"

#include "tools/hayat/retry.h"

static struct fake_clock fake_time;
static struct fake_random random_source;

static struct retry new_retry(int64_t give_up_ms)
{
    struct retry retry;
    fake_clock_init(&fake_time, 1700000000000);
    fake_random_init(&random_source, 3);
    retry_init(&retry, &fake_time.clock, &random_source.source, give_up_ms);
    return retry;
}

static void test_waits_grow_within_bounds(void **state)
{
    (void)state;
    struct retry retry = new_retry(1000000);
    int64_t step = RETRY_FIRST_MS;
    for (int i = 0; i < 20; i++) {
        int64_t wait = retry_next_ms(&retry, 0);
        assert_in_range(wait, step / 2, step);
        step = step * 2 < RETRY_MOST_MS ? step * 2 : RETRY_MOST_MS;
    }
    retry_alive(&retry);
    assert_in_range(retry_next_ms(&retry, 0), 2 * RETRY_FIRST_MS, 4 * RETRY_FIRST_MS);
    retry_progress(&retry);
    assert_in_range(retry_next_ms(&retry, 0), RETRY_FIRST_MS / 2, RETRY_FIRST_MS);
    assert_int_equal(retry_next_ms(&retry, 60000), 60000);
}

static void test_gives_up(void **state)
{
    (void)state;
    struct retry retry = new_retry(1000);
    fake_clock_advance(&fake_time, 950);
    assert_in_range(retry_next_ms(&retry, 0), 1, 50); /* one last attempt at the very end */
    fake_clock_advance(&fake_time, 50);
    assert_int_equal(retry_next_ms(&retry, 0), -1);
    retry_progress(&retry);
    assert_true(retry_next_ms(&retry, 0) > 0);
    fake_clock_advance(&fake_time, 1000);
    retry_alive(&retry); /* an answer alone is no progress */
    assert_int_equal(retry_next_ms(&retry, 0), -1);
}

static bool helps(enum grpc_code code, const char *reason, int64_t retry_after_ms)
{
    struct rpc_error error = {.code = code, .retry_after_ms = retry_after_ms};
    (void)snprintf(error.reason, sizeof error.reason, "%s", reason);
    return retry_helps(FAIL(INTERNAL), &error);
}

static void test_what_helps(void **state)
{
    (void)state;
    assert_true(helps(CODE_UNAVAILABLE, "", 0));
    assert_true(helps(CODE_UNAVAILABLE, "DRAINING", 0));
    assert_true(helps(CODE_ABORTED, "UPLOAD_TAKEN_OVER", 0));
    assert_true(helps(CODE_DEADLINE_EXCEEDED, "", 0));
    assert_true(helps(CODE_INTERNAL, "", 0)); /* the connection, not the server, said so */
    assert_true(helps(CODE_RESOURCE_EXHAUSTED, "OVERLOADED", 1000));
    assert_false(helps(CODE_RESOURCE_EXHAUSTED, "UPLOAD_QUOTA", 0));
    assert_false(helps(CODE_INTERNAL, "INTERNAL", 0));
    assert_false(helps(CODE_UNAUTHENTICATED, "TOKEN_INVALID", 0));
    assert_false(helps(CODE_INVALID_ARGUMENT, "INVALID_FIELD", 0));
    assert_false(helps(CODE_NOT_FOUND, "", 0));
    struct rpc_error none = {0};
    assert_false(retry_helps(STATUS_OK, &none));
    assert_false(retry_helps(FAIL(FILE_CHANGED), &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits_grow_within_bounds),
        cmocka_unit_test(test_gives_up),
        cmocka_unit_test(test_what_helps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
