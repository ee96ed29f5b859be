/*
 * Nobody holds all of the server: a caller, all callers without tokens, and large calls each have a
 * bound of their own; what was given back is there again, exactly.
 */
#include "rpc/caller_load.h"

#include <pthread.h>
#include <string.h>

#include "tests/support/cm.h"

enum { HOLDS_MAX = LIMIT_ANONYMOUS_CALLS + 1 };

static struct caller_load load;
static struct caller_hold holds[HOLDS_MAX];

static int setup(void **state)
{
    (void)state;
    memset(&load, 0, sizeof load);
    memset(holds, 0, sizeof holds);
    return 0;
}

static struct principal member(uint8_t number)
{
    return (struct principal){.kind = CALLER_MEMBER, .owner = {{0, 0, 0, 0, 0, 0, 0, number}}};
}

static struct principal network(uint64_t number)
{
    return (struct principal){.kind = CALLER_ANONYMOUS, .network = number};
}

/* How many of these the caller gets. */
static int take_all(const struct principal *who, enum load_kind kind, struct caller_hold *out)
{
    int count = 0;
    while (count < HOLDS_MAX && ok(caller_load_take(&load, who, kind, &out[count]))) {
        count++;
    }
    return count;
}

static void a_caller_holds_so_much(void **state)
{
    (void)state;
    struct principal one = member(1), two = member(2);
    assert_int_equal(take_all(&one, LOAD_SMALL, holds), LIMIT_CALLER_CALLS);
    assert_reason(caller_load_take(&load, &one, LOAD_SMALL, &holds[HOLDS_MAX - 1]), RATE_LIMITED);
    struct caller_hold other;
    assert_ok(caller_load_take(&load, &two, LOAD_LARGE, &other));
    caller_load_release(&other);
    assert_ok(caller_load_take(&load, &one, LOAD_LARGE, &other)); /* counted apart */
    caller_load_release(&other);
    for (int i = 0; i < LIMIT_CALLER_CALLS; i++) {
        caller_load_release(&holds[i]);
        caller_load_release(&holds[i]); /* twice is once */
    }
    assert_int_equal(take_all(&one, LOAD_LARGE, holds), LIMIT_CALLER_LARGE);
}

static void callers_without_tokens_leave_room_for_members(void **state)
{
    (void)state;
    uint64_t number = 0;
    int count = 0;
    for (struct principal who = network(0); count < LIMIT_ANONYMOUS_CALLS;
         who = network(++number)) {
        count += take_all(&who, LOAD_SMALL, &holds[count]);
    }
    struct principal late = network(++number), one = member(200); /* another place */
    assert_reason(caller_load_take(&load, &late, LOAD_SMALL, &holds[count]), OVERLOADED);
    assert_ok(caller_load_take(&load, &one, LOAD_SMALL, &holds[count]));
    assert_int_equal(load.small[number], 0); /* refused whole */
}

static void watchers_leave_room_to_sign_in(void **state)
{
    (void)state;
    uint64_t number = 0;
    int count = 0;
    for (struct principal who = network(0); count < LIMIT_ANONYMOUS_LARGE;
         who = network(++number)) {
        count += take_all(&who, LOAD_LARGE, &holds[count]);
    }
    struct principal late = network(++number);
    assert_reason(caller_load_take(&load, &late, LOAD_LARGE, &holds[count]), OVERLOADED);
    assert_ok(caller_load_take(&load, &late, LOAD_SMALL, &holds[count]));
}

static void large_calls_of_everybody_are_bounded(void **state)
{
    (void)state;
    int count = 0;
    struct principal who = {.kind = CALLER_MEMBER};
    for (uint8_t number = 0; count < LIMIT_LARGE_CALLS; number++) {
        who.owner.bytes[7] = number;
        count += take_all(&who, LOAD_LARGE, &holds[count]);
    }
    who.owner.bytes[7] = 255;
    assert_reason(caller_load_take(&load, &who, LOAD_LARGE, &holds[count]), OVERLOADED);
    assert_ok(caller_load_take(&load, &who, LOAD_SMALL, &holds[count]));
}

static void *take_and_give_back(void *arg)
{
    struct principal who = member(3);
    (void)arg;
    for (int i = 0; i < 20000; i++) {
        struct caller_hold hold;
        if (ok(caller_load_take(&load, &who, i % 2 == 0 ? LOAD_LARGE : LOAD_SMALL, &hold))) {
            caller_load_release(&hold);
        }
    }
    return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
    (void)state;
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give_back, NULL), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    struct principal who = member(3);
    assert_int_equal(take_all(&who, LOAD_SMALL, holds), LIMIT_CALLER_CALLS);
    assert_int_equal(load.large[3], 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_caller_holds_so_much, setup),
        cmocka_unit_test_setup(callers_without_tokens_leave_room_for_members, setup),
        cmocka_unit_test_setup(large_calls_of_everybody_are_bounded, setup),
        cmocka_unit_test_setup(watchers_leave_room_to_sign_in, setup),
        cmocka_unit_test_setup(nothing_is_lost_between_threads, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
