/* Promise: a thread has the name it was started with, and runs what it was given. */
#include "base/thread.h"

#include <sys/prctl.h>

#include "tests/support/cm.h"

static void *answer(void *ctx)
{
    int *asked = ctx;
    *asked += 1;
    return ctx;
}

struct look {
    pthread_mutex_t named; /* held until the name is given */
    char name[THREAD_NAME_MAX + 1];
};

static void *look_at_own_name(void *ctx)
{
    struct look *look = ctx;
    (void)pthread_mutex_lock(&look->named);
    (void)prctl(PR_GET_NAME, look->name);
    (void)pthread_mutex_unlock(&look->named);
    return NULL;
}

static void runs_what_it_was_given(void **state)
{
    (void)state;
    pthread_t thread;
    void *result = NULL;
    int asked = 41;
    assert_true(thread_start(&thread, "hayat-test", answer, &asked));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &asked);
    assert_int_equal(asked, 42);
}

static void has_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {"h", "hayat-test", "hayat-retention"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct look look = {.named = PTHREAD_MUTEX_INITIALIZER};
        pthread_t thread;
        (void)pthread_mutex_lock(&look.named);
        assert_true(thread_start(&thread, names[i], look_at_own_name, &look));
        (void)pthread_mutex_unlock(&look.named);
        assert_int_equal(pthread_join(thread, NULL), 0);
        assert_string_equal(look.name, names[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_what_it_was_given),
        cmocka_unit_test(has_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
