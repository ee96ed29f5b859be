/*
 * Throttles: no more takes within any window than the limit; what was counted survives a restart and a reboot; a jump of
 * the wall clock by 400 days, either way, running or over a restart, neither ends a lockout nor prolongs it (SEC-B4,
 * SEC-G4); rows end when nothing in them counts.
 */
#include "auth/throttle.h"

#include "base/array.h"
#include "base/limits.h"
#include "storage/db.h"
#include "storage/expiry_store.h"
#include "storage/throttle_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

#define MINUTE_MS 60000LL
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define JUMP_MS (400 * DAY_MS)
#define WINDOW_MS (16 * HOUR_MS)

static struct temp_store t;
static const struct throttle_rule rule = {THROTTLE_ENROL_LETTERS, 3, WINDOW_MS};

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

struct take {
    struct throttle_rule rule;
    const char *whom;
    status result;
    int64_t retry_after_ms;
};

static status take_in(void *ctx, struct txn *txn)
{
    struct take *take = ctx;
    take->result = throttle_take(txn, &take->rule, bytes_str(take->whom), &take->retry_after_ms);
    return STATUS_OK;
}

static struct take take_as(struct throttle_rule r, const char *whom)
{
    struct take take = {.rule = r, .whom = whom};
    assert_ok(temp_store_write(&t, take_in, &take));
    return take;
}

static bool taken(void)
{
    struct take take = take_as(rule, "somebody");
    assert_true(ok(take.result) || take.result.why == REASON_RATE_LIMITED);
    return ok(take.result);
}

static void spend(void)
{
    for (uint32_t i = 0; i < rule.limit; i++) {
        assert_true(taken());
    }
    assert_false(taken());
}

static void a_limit_is_a_limit(void **state)
{
    (void)state;
    spend();
    struct take take = take_as(rule, "somebody");
    assert_reason(take.result, RATE_LIMITED);
    fake_clock_advance(&t.clock, take.retry_after_ms - 1);
    assert_false(taken());
    fake_clock_advance(&t.clock, 1);
    assert_true(taken());
    assert_true(take.retry_after_ms > WINDOW_MS && take.retry_after_ms <= WINDOW_MS + HOUR_MS);
}

static void whom_and_purpose_count_apart(void **state)
{
    (void)state;
    spend();
    assert_ok(take_as(rule, "somebody else").result);
    struct throttle_rule other = rule;
    other.purpose = THROTTLE_ENROL_SMS_DAY;
    assert_ok(take_as(other, "somebody").result);
}

/* In any window, whatever the rhythm. */
static void no_window_holds_more(void **state)
{
    int64_t when[256];
    size_t count = 0;
    uint64_t random = 1;
    (void)state;
    for (int step = 0; step < 400; step++) {
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        fake_clock_advance(&t.clock, (int64_t)(random >> 33) % (2 * HOUR_MS));
        if (taken()) {
            when[count++] = t.clock.wall_ms;
        }
    }
    assert_true(count > 30);
    for (size_t i = rule.limit; i < count; i++) {
        assert_true(when[i] - when[i - rule.limit] > WINDOW_MS);
    }
}

/* Told when: also for a limit that the slices share. */
static void retry_after_is_kept(void **state)
{
    (void)state;
    struct throttle_rule many = {THROTTLE_ENROL_START_NETWORK, 40, WINDOW_MS};
    for (int i = 0; i < 40; i++) {
        assert_ok(take_as(many, "net").result);
        fake_clock_advance(&t.clock, 20 * MINUTE_MS);
    }
    struct take refused = take_as(many, "net");
    assert_reason(refused.result, RATE_LIMITED);
    fake_clock_advance(&t.clock, refused.retry_after_ms - 1);
    assert_reason(take_as(many, "net").result, RATE_LIMITED);
    fake_clock_advance(&t.clock, 1);
    assert_ok(take_as(many, "net").result);
}

static void a_restart_forgets_nothing(void **state)
{
    (void)state;
    spend();
    temp_store_restart(&t);
    assert_false(taken());
    fake_clock_advance(&t.clock, WINDOW_MS + HOUR_MS);
    assert_true(taken());
}

/* The whole lockout, with JUMP in the middle of it; RESTART and REBOOT as they are. */
static void lockout_with(int64_t jump_ms, bool restart, bool reboot)
{
    spend();
    fake_clock_advance(&t.clock, 2 * HOUR_MS);
    if (reboot) {
        assert_false(taken()); /* what a reboot may know of the time is what the last commit knew */
    }
    if (restart) {
        temp_store_close(&t);
    }
    t.clock.wall_ms += jump_ms;
    if (reboot) {
        t.clock.boot++;
        t.clock.mono_us = 77;
    }
    if (restart) {
        temp_store_open(&t);
    }
    assert_false(taken());
    fake_clock_advance(&t.clock, WINDOW_MS - 3 * HOUR_MS);
    assert_false(taken());
    fake_clock_advance(&t.clock, 2 * HOUR_MS);
    assert_true(taken());
}

static void a_jump_while_running(void **state)
{
    (void)state;
    lockout_with(JUMP_MS, false, false);
}

static void a_jump_back_while_running(void **state)
{
    (void)state;
    lockout_with(-JUMP_MS, false, false);
}

static void a_jump_over_a_restart(void **state)
{
    (void)state;
    lockout_with(JUMP_MS, true, false);
}

static void a_jump_back_over_a_restart(void **state)
{
    (void)state;
    lockout_with(-JUMP_MS, true, false);
}

static void a_reboot_alone(void **state)
{
    (void)state;
    lockout_with(0, true, true);
}

static void a_jump_back_over_a_reboot(void **state)
{
    (void)state;
    lockout_with(-JUMP_MS, true, true);
}

/* A wall clock that went on over a reboot is believed, but for a day at most. */
static void a_jump_over_a_reboot_is_a_day(void **state)
{
    struct throttle_rule month = {THROTTLE_ENROL_LETTERS, 1, 30 * DAY_MS};
    (void)state;
    assert_ok(take_as(month, "somebody").result);
    temp_store_close(&t);
    t.clock.wall_ms += JUMP_MS;
    t.clock.boot++;
    temp_store_open(&t);
    struct take take = take_as(month, "somebody");
    assert_reason(take.result, RATE_LIMITED);
    assert_true(take.retry_after_ms > 28 * DAY_MS);
}

static status clear_in(void *ctx, struct txn *txn)
{
    return throttle_clear(txn, rule.purpose, bytes_str(ctx));
}

static void clearing_clears(void **state)
{
    char somebody[] = "somebody", nobody[] = "nobody";
    (void)state;
    spend();
    assert_ok(temp_store_write(&t, clear_in, somebody));
    assert_ok(temp_store_write(&t, clear_in, nobody));
    spend();
}

/* --- rows end --- */

static status no_upload(struct txn *txn, struct owner whose, bytes id)
{
    (void)txn, (void)whose, (void)id;
    return FAIL(INTERNAL);
}

static status count_rows(void *ctx, struct txn *txn)
{
    return throttle_store_count(txn, ctx);
}

static status run_expiry(void *ctx, struct txn *txn)
{
    struct expiry_ran ran;
    (void)ctx;
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS,
                      &(struct expiry_ends){.upload = no_upload}, &ran);
}

static uint64_t rows(void)
{
    uint64_t count = 0;
    assert_ok(temp_store_read(&t, count_rows, &count));
    return count;
}

static void rows_end_with_what_they_count(void **state)
{
    (void)state;
    assert_true(taken());
    fake_clock_advance(&t.clock, 10 * HOUR_MS);
    assert_true(taken());
    fake_clock_advance(&t.clock, 8 * HOUR_MS); /* the first no longer counts, the second does */
    assert_ok(temp_store_write(&t, run_expiry, NULL));
    assert_int_equal(rows(), 1);
    t.clock.wall_ms += JUMP_MS;
    assert_ok(temp_store_write(&t, run_expiry, NULL));
    assert_int_equal(rows(), 1);
    t.clock.wall_ms -= JUMP_MS;
    fake_clock_advance(&t.clock, 10 * HOUR_MS);
    assert_ok(temp_store_write(&t, run_expiry, NULL));
    assert_int_equal(rows(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_limit_is_a_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(whom_and_purpose_count_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(no_window_holds_more, setup, teardown),
        cmocka_unit_test_setup_teardown(retry_after_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(a_restart_forgets_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_while_running, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_back_while_running, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_over_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_back_over_a_restart, setup, teardown),
        cmocka_unit_test_setup_teardown(a_reboot_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_back_over_a_reboot, setup, teardown),
        cmocka_unit_test_setup_teardown(a_jump_over_a_reboot_is_a_day, setup, teardown),
        cmocka_unit_test_setup_teardown(clearing_clears, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_end_with_what_they_count, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
