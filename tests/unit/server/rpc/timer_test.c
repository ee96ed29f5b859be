/* Promise: timers run in the order of their times, each once, and a disarmed one never; whatever
   the mixture. */
#include "tests/support/cm.h"

#include "base/random.h"
#include "rpc/timer.h"

enum { TIMERS = 500, ROUNDS = 20000 };

struct probe {
    struct timer timer;
    int ran;
};

static int64_t last_run_us;
static struct timer_heap *rearm_heap;

static void on_run(struct timer *timer)
{
    struct probe *probe = (struct probe *)timer;
    assert_true(timer->at_us >= last_run_us);
    last_run_us = timer->at_us;
    probe->ran++;
}

static void on_run_again(struct timer *timer)
{
    struct probe *probe = (struct probe *)timer;
    if (++probe->ran < 3) {
        timer_arm(rearm_heap, timer, timer->at_us + 10);
    }
}

static uint64_t draw(struct fake_random *random, uint64_t below)
{
    uint64_t v;
    random_fill(&random->source, &v, sizeof v);
    return v % below;
}

static int64_t earliest(const struct probe *probes)
{
    int64_t at_us = INT64_MAX;
    for (size_t i = 0; i < TIMERS; i++) {
        if (probes[i].timer.armed && probes[i].timer.at_us < at_us) {
            at_us = probes[i].timer.at_us;
        }
    }
    return at_us;
}

static void test_random_mixture(void **state)
{
    (void)state;
    static struct probe probes[TIMERS];
    struct timer_heap heap = {0};
    struct fake_random random;
    int64_t now_us = 0;
    fake_random_init(&random, 7);
    for (int round = 0; round < ROUNDS; round++) {
        struct probe *probe = &probes[draw(&random, TIMERS)];
        probe->timer.run = on_run;
        switch (draw(&random, 4)) {
        case 0:
            timer_disarm(&heap, &probe->timer);
            break;
        case 1:
            now_us += (int64_t)draw(&random, 50);
            last_run_us = 0;
            timer_run_due(&heap, now_us);
            break;
        default:
            timer_arm(&heap, &probe->timer, now_us + (int64_t)draw(&random, 2000));
        }
        if (round % 64 == 0) {
            assert_int_equal(timer_next_us(&heap), earliest(probes));
        }
    }
    timer_run_due(&heap, INT64_MAX - 1);
    assert_int_equal(timer_next_us(&heap), INT64_MAX);
}

static void test_each_runs_once_at_its_time(void **state)
{
    (void)state;
    struct probe probes[5] = {0};
    struct timer_heap heap = {0};
    for (int i = 0; i < 5; i++) {
        probes[i].timer.run = on_run;
        timer_arm(&heap, &probes[i].timer, 100 - i * 10); /* 100, 90 … 60 */
    }
    timer_disarm(&heap, &probes[2].timer);  /* 80 */
    timer_arm(&heap, &probes[4].timer, 95); /* moves */
    last_run_us = 0;
    timer_run_due(&heap, 69);
    assert_int_equal(timer_next_us(&heap), 70);
    timer_run_due(&heap, 95);
    static const int ran[] = {0, 1, 0, 1, 1};
    for (int i = 0; i < 5; i++) {
        assert_int_equal(probes[i].ran, ran[i]);
    }
    assert_int_equal(timer_next_us(&heap), 100);
}

static void test_a_timer_may_arm_itself_again(void **state)
{
    (void)state;
    struct probe probe = {.timer.run = on_run_again};
    struct timer_heap heap = {0};
    rearm_heap = &heap;
    timer_arm(&heap, &probe.timer, 10);
    timer_run_due(&heap, 15);
    assert_int_equal(probe.ran, 1);
    timer_run_due(&heap, 100);
    assert_int_equal(probe.ran, 3);
    assert_int_equal(timer_next_us(&heap), INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_mixture),
        cmocka_unit_test(test_each_runs_once_at_its_time),
        cmocka_unit_test(test_a_timer_may_arm_itself_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
