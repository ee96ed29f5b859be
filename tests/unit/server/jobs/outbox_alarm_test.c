/* Promise: when a row of the outbox waits for too long, the log says so: once an hour, not before, and not when it is gone. */
#include "jobs/outbox_alarm.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "storage/outbox_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

static struct temp_store t;
static struct app app;
static struct outbox_alarm alarm_state;

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    app = (struct app){.db = t.db, .clock = &t.clock.clock};
    alarm_state = (struct outbox_alarm){.next_look_us = 0};
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    temp_store_stop(&t);
    return 0;
}

static status append(void *ctx, struct txn *txn)
{
    (void)ctx;
    return outbox_store_append(
        txn, &(struct outbox_row){.queue = OUTBOX_SMS, .owner = {{1}}, .kind = "test"});
}

static status settle_first(void *ctx, struct txn *txn)
{
    const Hayat__Store__V1__StoredOutbox *row;
    uint32_t attempts;
    struct outbox_taken_list list = {.max = 1};
    struct outbox_watch watch = {.now_ms = txn_now_ms(txn), .lease_ms = 1000};
    (void)ctx;
    TRY(outbox_store_take(txn, OUTBOX_SMS, &watch, &list));
    assert_int_equal(list.count, 1);
    return outbox_store_settle(txn, list.rows[0].sequence, &row, &attempts);
}

/* What the log says when the alarm runs MS later. */
static const char *said_after(int64_t ms)
{
    static char text[1024];
    char path[] = "/tmp/hayat-alarm-XXXXXX";
    int file = mkstemp(path), before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0);
    assert_int_equal(unlink(path), 0);
    fake_clock_advance(&t.clock, ms);
    (void)dup2(file, STDERR_FILENO);
    outbox_alarm_run(&alarm_state, &app);
    (void)dup2(before, STDERR_FILENO);
    ssize_t len = pread(file, text, sizeof text - 1, 0);
    text[len < 0 ? 0 : len] = '\0';
    (void)close(before);
    (void)close(file);
    return text;
}

static void a_late_row_is_told(void **state)
{
    (void)state;
    assert_ok(temp_store_write(&t, append, NULL));
    assert_string_equal(said_after(1), "");
    assert_string_equal(said_after(LIMIT_OUTBOX_LATE_MS - 1), "");
    const char *line = said_after(60000);
    assert_non_null(strstr(line, "level=warn event=outbox_late"));
    assert_non_null(strstr(line, "rows=1"));
    assert_non_null(strstr(line, "age_s=960"));
    assert_string_equal(said_after(60000), "");
    assert_non_null(strstr(said_after(3600000), "outbox_late"));
}

static void a_delivered_row_is_not(void **state)
{
    (void)state;
    assert_ok(temp_store_write(&t, append, NULL));
    assert_ok(temp_store_write(&t, settle_first, NULL));
    assert_string_equal(said_after(2 * LIMIT_OUTBOX_LATE_MS), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_late_row_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_delivered_row_is_not, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
