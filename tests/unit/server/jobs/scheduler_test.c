/* Promise: what expired is ended in the background, in bounded steps, and what did not stays; what is damaged keeps no other, and is told. */
#include "tests/support/cm.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "jobs/scheduler.h"
#include "storage/challenge_store.h"
#include "storage/delivery_report_store.h"
#include "storage/document_store.h"
#include "tests/support/temp_store.h"

enum { CHALLENGES = LIMIT_EXPIRY_ROWS * 2 + 3, BATCH = 50 };

static struct id id_of(uint32_t number)
{
    struct id id = {{0}};
    memcpy(id.bytes, &number, sizeof number);
    return id;
}

struct range {
    uint32_t from, to;
    int64_t time_ms;
};

static status put_challenges(void *ctx, struct txn *txn)
{
    const struct range *range = ctx;
    Hayat__Store__V1__StoredChallenge challenge;
    hayat__store__v1__stored_challenge__init(&challenge);
    for (uint32_t i = range->from; i < range->to; i++) {
        struct id id = id_of(i);
        const struct expiry expiry = {.time_ms = range->time_ms,
                                      .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_CHALLENGE,
                                      .id = bytes_of(id.bytes, ID_BYTES)};
        TRY(challenge_store_put(txn, id, &challenge));
        TRY(expiry_store_add(txn, &expiry));
    }
    return STATUS_OK;
}

static void add(struct temp_store *t, uint32_t from, uint32_t to, int64_t time_ms)
{
    for (uint32_t at = from; at < to; at += BATCH) {
        struct range range = {at, at + BATCH < to ? at + BATCH : to, time_ms};
        assert_ok(temp_store_write(t, put_challenges, &range));
    }
}

static status count_challenges(void *ctx, struct txn *txn)
{
    uint32_t *count = ctx;
    *count = 0;
    for (uint32_t i = 0; i <= CHALLENGES; i++) {
        Hayat__Store__V1__StoredChallenge *challenge = NULL;
        *count += ok(challenge_store_get(txn, id_of(i), &challenge)) ? 1 : 0;
    }
    return STATUS_OK;
}

static uint32_t wait_until_left(struct temp_store *t, uint32_t wanted)
{
    uint32_t left = 0;
    for (int i = 0; i < 500; i++) {
        arena_reset(&t->arena, 8 << 20);
        assert_ok(temp_store_read(t, count_challenges, &left));
        if (left == wanted) {
            break;
        }
        (void)poll(NULL, 0, 2);
    }
    return left;
}

static void test_ends_what_expired_and_no_more(void **state)
{
    (void)state;
    struct temp_store t;
    struct scheduler *scheduler = NULL;
    temp_store_start(&t);
    struct app app = {.db = t.db, .writer = t.writer, .clock = &t.clock.clock};
    add(&t, 0, CHALLENGES, TEMP_STORE_WALL_MS - 1);
    add(&t, CHALLENGES, CHALLENGES + 1, TEMP_STORE_WALL_MS + 60000);
    const struct scheduler_options options = {
        .app = &app, .ends = {.upload = document_store_expire}, .period_ms = 1};
    assert_ok(scheduler_start(&options, &scheduler));
    assert_int_equal(wait_until_left(&t, 1), 1);
    fake_clock_advance(&t.clock, 60001);
    assert_int_equal(wait_until_left(&t, 0), 0);
    scheduler_stop(scheduler);
    scheduler_stop(NULL);
    temp_store_stop(&t);
}

/* --- reports that are awaited no more --- */

enum { REPORTS = LIMIT_REPORTS_DROPPED * 3 + 1 };

static status await_reports(void *ctx, struct txn *txn)
{
    const uint64_t *first = ctx;
    const struct awaited_report awaited = {.agent = id_of(7)};
    for (uint64_t i = 0; i < REPORTS; i++) {
        TRY(delivery_report_store_put(txn, *first + i, &awaited));
    }
    return STATUS_OK;
}

static status count_reports(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_delivery_report, ctx);
}

static uint64_t wait_until_awaited(struct temp_store *t, uint64_t wanted)
{
    uint64_t left = 0;
    for (int i = 0; i < 500; i++) {
        arena_reset(&t->arena, 8 << 20);
        assert_ok(temp_store_read(t, count_reports, &left));
        if (left == wanted) {
            break;
        }
        (void)poll(NULL, 0, 2);
    }
    return left;
}

/* A fund that turns reports off awaits no new ones: what it awaited goes by itself. */
static void test_ends_waiting_for_reports_when_no_new_ones_come(void **state)
{
    (void)state;
    struct temp_store t;
    struct scheduler *scheduler = NULL;
    uint64_t first = 1, second = 1000;
    temp_store_start(&t);
    struct app app = {.db = t.db, .writer = t.writer, .clock = &t.clock.clock};
    assert_ok(temp_store_write(&t, await_reports, &first));
    fake_clock_advance(&t.clock, 60000);
    assert_ok(temp_store_write(&t, await_reports, &second));
    const struct scheduler_options options = {
        .app = &app, .ends = {.upload = document_store_expire}, .period_ms = 1};
    assert_ok(scheduler_start(&options, &scheduler));
    fake_clock_advance(&t.clock, LIMIT_REPORT_LIFE_MS - 59999);
    assert_int_equal(wait_until_awaited(&t, REPORTS), REPORTS); /* the younger ones */
    fake_clock_advance(&t.clock, 60000);
    assert_int_equal(wait_until_awaited(&t, 0), 0);
    scheduler_stop(scheduler);
    temp_store_stop(&t);
}

/* --- what is damaged --- */

enum { IN_SEAL = 31, DAMAGED = 7 };

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

static struct key expiry_key(uint32_t number)
{
    struct id id = id_of(number);
    struct key key = key_u64(key_empty(), TEMP_STORE_WALL_MS - 1);
    key = key_u32(key, HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_CHALLENGE);
    return key_bytes(key, bytes_of(id.bytes, ID_BYTES));
}

/* The scheduler's log while BODY runs. */
static const char *said_while(void (*body)(struct temp_store *t), struct temp_store *t)
{
    static char text[16384];
    char path[] = "/tmp/hayat-scheduler-XXXXXX";
    struct scheduler *scheduler = NULL;
    struct app app = {.db = t->db, .writer = t->writer, .clock = &t->clock.clock};
    const struct scheduler_options options = {
        .app = &app, .ends = {.upload = document_store_expire}, .period_ms = 1};
    int file = mkstemp(path), before = dup(STDERR_FILENO);
    assert_true(file >= 0 && before >= 0);
    assert_int_equal(unlink(path), 0);
    (void)dup2(file, STDERR_FILENO);
    assert_ok(scheduler_start(&options, &scheduler));
    body(t);
    scheduler_stop(scheduler);
    (void)dup2(before, STDERR_FILENO);
    (void)close(before);
    ssize_t len = pread(file, text, sizeof text - 1, 0);
    (void)close(file);
    assert_true(len >= 0);
    text[len] = '\0';
    return text;
}

static void end_all_but_one(struct temp_store *t)
{
    assert_int_equal(wait_until_left(t, 1), 1);
    assert_int_equal(wait_until_awaited(t, REPORTS - 1), REPORTS - 1);
    add(t, 0, DAMAGED, TEMP_STORE_WALL_MS - 1); /* more, in runs of their own */
    assert_int_equal(wait_until_left(t, 1), 1);
}

static void test_what_is_damaged_keeps_no_other_and_is_told_once(void **state)
{
    (void)state;
    struct temp_store t;
    uint64_t first = 1;
    temp_store_start(&t);
    assert_ok(temp_store_write(&t, await_reports, &first));
    add(&t, 0, CHALLENGES, TEMP_STORE_WALL_MS - 1);
    temp_store_damage(t.db, TABLE_expiry, expiry_key(DAMAGED), IN_SEAL);
    temp_store_damage(t.db, TABLE_delivery_report, key_u64(key_empty(), first), IN_SEAL);
    const char *said = said_while(end_all_but_one, &t);
    assert_int_equal(count_of(said, "event=expiry_damaged unread=1 put_off=0"), 1);
    assert_int_equal(count_of(said, "event=delivery_reports_damaged rows=1"), 1);
    assert_int_equal(count_of(said, "level=error"), 2);
    assert_null(strstr(said, "expiry_failed"));
    temp_store_stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ends_what_expired_and_no_more),
        cmocka_unit_test(test_ends_waiting_for_reports_when_no_new_ones_come),
        cmocka_unit_test(test_what_is_damaged_keeps_no_other_and_is_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
