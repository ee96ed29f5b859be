/* The worker pool runs what it took, on other threads; says so when it is full; stops with nothing left undone; and the
   secrets' pool has its short queue and runs at idle priority (SEC-B2). */
#include "rpc/worker_pool.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "base/limits.h"
#include "tests/support/cm.h"

enum { JOBS = LIMIT_WORKERS + LIMIT_WORK_QUEUE };

static struct worker_job jobs[JOBS + 1];
static sem_t started, gate;
static _Atomic int ran;

static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) != 0) {
    }
}

static void run_behind_gate(struct worker_job *job)
{
    (void)job;
    (void)sem_post(&started);
    wait_for(&gate);
    ran++;
}

static void a_full_pool_refuses_and_a_stopped_one_has_finished(void **state)
{
    (void)state;
    assert_int_equal(sem_init(&started, 0, 0), 0);
    assert_int_equal(sem_init(&gate, 0, 0), 0);
    struct worker_pool *pool = worker_pool_start(&worker_pool_workers);
    assert_non_null(pool);
    for (size_t i = 0; i < JOBS; i++) {
        jobs[i].run = run_behind_gate;
        assert_ok(worker_pool_submit(pool, &jobs[i]));
        if (i < LIMIT_WORKERS) {
            wait_for(&started); /* every worker is busy before the queue fills */
        }
    }
    assert_reason(worker_pool_submit(pool, &jobs[JOBS]), OVERLOADED);
    for (size_t i = 0; i < JOBS; i++) {
        (void)sem_post(&gate);
    }
    worker_pool_stop(pool);
    assert_int_equal(ran, JOBS);
    (void)sem_destroy(&started);
    (void)sem_destroy(&gate);
}

enum { LINUX_SCHED_IDLE = 5 }; /* glibc hides the name without _GNU_SOURCE */

static _Atomic int policy;

static void ask_policy(struct worker_job *job)
{
    struct sched_param param;
    int found = -1;
    (void)job;
    (void)pthread_getschedparam(pthread_self(), &found, &param);
    policy = found;
}

static void secrets_wait_for_time_nobody_wants(void **state)
{
    (void)state;
    struct worker_pool *pool = worker_pool_start(&worker_pool_secrets);
    struct worker_job job = {.run = ask_policy};
    assert_ok(worker_pool_submit(pool, &job));
    worker_pool_stop(pool);
    assert_int_equal(policy, LINUX_SCHED_IDLE);
    assert_in_range(worker_pool_secrets.threads, 1, 4);
    assert_in_range(worker_pool_secrets.queue, 1, 16);
}

static void stopping_nothing_is_nothing(void **state)
{
    (void)state;
    worker_pool_stop(NULL);
    worker_pool_stop(worker_pool_start(&worker_pool_workers));
}

/* SEC-B4: a flood of strangers leaves places for the counter. */
static void known_callers_have_places_of_their_own(void **state)
{
    (void)state;
    enum { STRANGERS = LIMIT_SECRET_WORKERS + LIMIT_SECRET_QUEUE };
    static struct worker_job strangers[STRANGERS + 1], known[LIMIT_SECRET_RESERVE + 1];
    assert_int_equal(sem_init(&started, 0, 0), 0);
    assert_int_equal(sem_init(&gate, 0, 0), 0);
    struct worker_pool *pool = worker_pool_start(&worker_pool_secrets);
    for (size_t i = 0; i <= STRANGERS; i++) {
        strangers[i].run = run_behind_gate;
        if (i == STRANGERS) {
            assert_reason(worker_pool_submit(pool, &strangers[i]), OVERLOADED);
            break;
        }
        assert_ok(worker_pool_submit(pool, &strangers[i]));
        if (i < LIMIT_SECRET_WORKERS) {
            wait_for(&started);
        }
    }
    for (size_t i = 0; i < LIMIT_SECRET_RESERVE; i++) {
        known[i] = (struct worker_job){.run = run_behind_gate, .known = true};
        assert_ok(worker_pool_submit(pool, &known[i]));
    }
    known[LIMIT_SECRET_RESERVE] = (struct worker_job){.run = run_behind_gate, .known = true};
    assert_reason(worker_pool_submit(pool, &known[LIMIT_SECRET_RESERVE]), OVERLOADED);
    for (size_t i = 0; i < STRANGERS + LIMIT_SECRET_RESERVE; i++) {
        (void)sem_post(&gate);
    }
    worker_pool_stop(pool);
    (void)sem_destroy(&started);
    (void)sem_destroy(&gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pool_refuses_and_a_stopped_one_has_finished),
        cmocka_unit_test(secrets_wait_for_time_nobody_wants),
        cmocka_unit_test(known_callers_have_places_of_their_own),
        cmocka_unit_test(stopping_nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
