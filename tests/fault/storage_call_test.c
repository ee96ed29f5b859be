/*
 * Promise: whichever write or sync of the store fails (EIO, ENOSPC, half a write; once or from
 * then on), no acknowledged write is lost, the others are whole or absent, and after an error that
 * may have lost pages the writer gives up (SEC-D5, SEC-G1).
 *
 * HAYAT_SWEEP_STEP=n tries every n-th call only.
 */
#include "tests/support/storage_calls.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "base/array.h"
#include "tests/support/cm.h"
#include "tests/support/ledger.h"

enum { JOBS = 12, TOGETHER = 3, EXIT_FATAL = 2 };

struct fault {
    int verdict;
    bool sticky;
    int at;   /* the k-th call fails */
    int seen; /* calls so far; memory shared with the child */
    bool fired;
};

static struct fault *fault;

static int fail_the_kth(const struct storage_call *call)
{
    int number = ++fault->seen;
    if (number < fault->at || (number > fault->at && !fault->sticky)) {
        return 0;
    }
    if (call->kind != CALL_WRITE && fault->verdict == SHORT_WRITE) {
        return 0; /* only writes can be short */
    }
    fault->fired = true;
    return fault->verdict;
}

static void arm_hook(void *ctx)
{
    (void)ctx;
    hook = fail_the_kth;
}

/* False when there were fewer than K calls. */
static bool fail_call(int k, int verdict, bool sticky)
{
    *fault = (struct fault){.verdict = verdict, .sticky = sticky, .at = k};
    struct temp_store t;
    struct ledger ledger = {.jobs = JOBS, .together = TOGETHER, .arm = arm_hook};
    temp_store_prepare(&t);
    ledger_run(&ledger, &t);
    assert_true(ledger.exit_code == 0 || ledger.exit_code == EXIT_FATAL); /* it never crashes */
    assert_true(fault->fired || ledger.acknowledged_count == JOBS);
    assert_true(verdict != EIO || !fault->fired || ledger.exit_code == EXIT_FATAL);
    ledger_verify(&ledger, &t);
    temp_store_remove(&t);
    return fault->seen >= k;
}

static int step_from_environment(void)
{
    const char *text = getenv("HAYAT_SWEEP_STEP");
    long step = text != NULL ? strtol(text, NULL, 10) : 1;
    return step > 0 ? (int)step : 1;
}

static void sweep(int verdict, bool sticky)
{
    int k = 1;
    while (fail_call(k, verdict, sticky)) {
        k += step_from_environment();
    }
    assert_true(k > JOBS / TOGETHER); /* at least a call per commit was there to fail */
}

static void every_call_fails_with_eio(void **state)
{
    (void)state;
    sweep(EIO, false);
    sweep(EIO, true);
}

static void every_call_fails_with_enospc(void **state)
{
    (void)state;
    sweep(ENOSPC, false);
    sweep(ENOSPC, true);
}

static void every_write_is_short(void **state)
{
    (void)state;
    sweep(SHORT_WRITE, false);
    sweep(SHORT_WRITE, true);
}

int main(void)
{
    fault = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (fault == MAP_FAILED) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails_with_eio),
        cmocka_unit_test(every_call_fails_with_enospc),
        cmocka_unit_test(every_write_is_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
