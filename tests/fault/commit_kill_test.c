/*
 * Promise: killed anywhere around a commit, the store has every acknowledged write, and of the
 * others all or nothing (SEC-G1).
 */
#include <signal.h>
#include <stdio.h>

#include "base/array.h"
#include "storage/check.h"
#include "storage/failpoint.h"
#include "tests/support/cm.h"
#include "tests/support/ledger.h"

#ifdef HAYAT_FAILPOINTS

static void arm_failpoint(void *ctx)
{
    failpoint_arm(ctx);
}

static void kill_at(const char *spec, uint32_t together)
{
    struct temp_store t;
    struct ledger ledger = {
        .jobs = 24, .together = together, .arm = arm_failpoint, .ctx = (char *)(uintptr_t)spec};
    temp_store_prepare(&t);
    ledger_run(&ledger, &t);
    assert_int_equal(ledger.exit_code, -SIGKILL);
    ledger_verify(&ledger, &t);
    temp_store_open(&t); /* and it is whole, and it goes on */
    struct db_check_report report;
    assert_ok(db_check(t.db, NULL, NULL, &report));
    temp_store_stop(&t);
}

static void killed_at_every_point(void **state)
{
    (void)state;
    static const char *const points[] = {"run.before",  "run.after",     "apply.before",
                                         "apply.after", "commit.before", "commit.after"};
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        for (int passage = 1; passage <= 3; passage++) {
            char spec[64];
            (void)snprintf(spec, sizeof spec, "%s=kill@%d", points[i], passage);
            kill_at(spec, 1);
            kill_at(spec, 8);
        }
    }
}

static void killed_after_a_commit_it_is_there(void **state)
{
    (void)state;
    struct temp_store t;
    char spec[] = "commit.after=kill";
    struct ledger ledger = {.jobs = 1, .together = 1, .arm = arm_failpoint, .ctx = spec};
    bool found = false;
    temp_store_prepare(&t);
    ledger_run(&ledger, &t);
    assert_int_equal(ledger.acknowledged_count, 0);
    temp_store_open(&t);
    assert_int_equal(ledger_read(&t, 1, &found), 1); /* so a client needs its request_id (SEC-G2) */
    temp_store_stop(&t);
}

#endif

static void not_killed_all_is_there(void **state)
{
    (void)state;
    struct temp_store t;
    struct ledger ledger = {.jobs = 24, .together = 8};
    temp_store_prepare(&t);
    ledger_run(&ledger, &t);
    assert_int_equal(ledger.exit_code, 0);
    assert_int_equal(ledger.acknowledged_count, 24);
    ledger_verify(&ledger, &t);
    temp_store_remove(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef HAYAT_FAILPOINTS
        cmocka_unit_test(killed_at_every_point),
        cmocka_unit_test(killed_after_a_commit_it_is_there),
#endif
        cmocka_unit_test(not_killed_all_is_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
