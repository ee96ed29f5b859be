/* Promise: a demonstration's clocks move together, as one process says and others see at once, and are never taken for the machine's own. */
#include "tests/support/cm.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/shifted_clock.h"

static void temp_path(char path[32])
{
    (void)snprintf(path, 32, "/tmp/hayat-clock.XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    (void)close(fd);
}

static void test_both_clocks_follow_the_file(void **state)
{
    (void)state;
    enum { YEAR_S = 365 * 86400 };
    char path[32];
    struct shifted_clock mover, follower;
    _Atomic int64_t *shift_ms;
    temp_path(path);
    assert_true(ok(shifted_clock_create(path, &mover, &shift_ms)));
    assert_true(ok(shifted_clock_open(path, &follower)));
    int64_t wall_ms = clock_wall_ms(&follower.clock), mono_us = clock_mono_us(&follower.clock);
    *shift_ms += INT64_C(1000) * YEAR_S;
    assert_true(clock_wall_ms(&follower.clock) - wall_ms >= INT64_C(1000) * YEAR_S);
    assert_true(clock_mono_us(&follower.clock) - mono_us >= INT64_C(1000000) * YEAR_S);
    assert_true(clock_wall_ms(&mover.clock) - clock_wall_ms(&clock_system) >=
                INT64_C(1000) * YEAR_S - 1);
    assert_true(clock_boot(&follower.clock) != clock_boot(&clock_system));
    assert_true(clock_boot(&follower.clock) == clock_boot(&mover.clock));
    shifted_clock_close(&mover);
    shifted_clock_close(&follower);
    (void)unlink(path);
}

static void test_no_clock_of_another_file(void **state)
{
    (void)state;
    char path[32];
    struct shifted_clock clock;
    temp_path(path); /* empty: not 8 bytes */
    assert_int_equal(shifted_clock_open(path, &clock).why, REASON_FILE_UNREADABLE);
    (void)unlink(path);
    assert_int_equal(shifted_clock_open(path, &clock).why, REASON_FILE_UNREADABLE);
    shifted_clock_close(&clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_clocks_follow_the_file),
        cmocka_unit_test(test_no_clock_of_another_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
