/* The worker pool runs what it took, on other threads; says so when it is full; and stops with nothing left undone. */
#include "rpc/worker_pool.h"

#include <pthread.h>
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
    struct worker_pool *pool = worker_pool_start();
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

static void stopping_nothing_is_nothing(void **state)
{
    (void)state;
    worker_pool_stop(NULL);
    worker_pool_stop(worker_pool_start());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pool_refuses_and_a_stopped_one_has_finished),
        cmocka_unit_test(stopping_nothing_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
