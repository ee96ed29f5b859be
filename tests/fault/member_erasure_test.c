/*
 * Promise (SEC-F3): when the period after the end of insurance is over, everything of the member goes, in every table that
 * storage/tables.def lists and in whatever it will list; at the end nothing is left of them but the audit chain.  By their wish,
 * what serves the use of this service goes, and the rest stays.  Killed at any point of it, the next start goes on to the end.  What others have stays, byte for byte.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "service/member_erasure.h"
#include "storage/check.h"
#include "storage/erasure_keys.h"
#include "storage/failpoint.h"
#include "storage/member_store.h"
#include "tests/support/cm.h"
#include "tests/support/whole_member.h"

#define DAY_MS (24LL * 3600 * 1000)
#define YEARS_MS(n) ((n)*366 * DAY_MS)
#define NOW_MS TEMP_STORE_WALL_MS

enum { GONE = 1, STAYS = 2, EXIT_GAVE_UP = 2, PASSES = 3 };

static struct kept_store s;
static struct whole_member gone, stays;

static void start(void)
{
    gone = (struct whole_member){
        .number = GONE, .left_ms = NOW_MS - YEARS_MS(4), .event_ms = NOW_MS, .cine = "ZZ1"};
    stays = (struct whole_member){.number = STAYS, .event_ms = NOW_MS, .cine = "ZZ2"};
    kept_store_start(&s);
    whole_member_put(&s, &gone);
    whole_member_put(&s, &stays);
}

static uint64_t rows_of(const struct whole_member *member, const struct table_info *table)
{
    return whole_member_rows(&s, kept_owner(member->number), table->id);
}

static void assert_whole(void)
{
    struct db_check_report report;
    assert_ok(db_check(s.db, NULL, NULL, &report));
    assert_int_equal(report.erased, 0);
}

/* Another one's rows as they were. */
struct image {
    uint8_t *data;
    size_t len;
};

static struct image image_of(const struct whole_member *member)
{
    struct image image;
    image.data = whole_member_image(&s, kept_owner(member->number), &image.len);
    return image;
}

static void assert_same(const struct image *before, const struct whole_member *member)
{
    struct image after = image_of(member);
    assert_true(before->len > 1000);
    assert_int_equal(after.len, before->len);
    assert_memory_equal(after.data, before->data, before->len);
    assert_ok(kept_read(&s, member->number));
    free(after.data);
}

/* --- what goes --- */

static void assert_in_every_table(const struct whole_member *member)
{
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        if (table->of_member && table->id != TABLE_member_erasure && rows_of(member, table) == 0) {
            fail_msg("no row in %s to erase", table->name);
        }
    }
}

/* What goes with the member; of the rest, what has a period of its own. */
static void assert_left_alone(const struct whole_member *member)
{
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        if (table->of_member && (rows_of(member, table) == 0) != member_erasure_takes(table) &&
            table->id != TABLE_member_erasure) {
            fail_msg("%s: %s", table->name, rows_of(member, table) == 0 ? "gone" : "still there");
        }
    }
}

static void assert_nothing_left(const struct whole_member *member)
{
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        bool kept = table->retention.kind == RETENTION_FOREVER;
        if (table->of_member && !kept && rows_of(member, table) > 0) {
            fail_msg("%s is still there", table->name);
        }
    }
    assert_true(whole_member_rows(&s, kept_owner(member->number), TABLE_audit_subject) > 0);
}

static status check_token(void *ctx, struct txn *txn)
{
    const struct whole_member *member = ctx;
    struct principal principal = {.kind = CALLER_ANONYMOUS};
    uint8_t hash[TOKEN_HASH_BYTES];
    TRY(token_hash(txn_keys(txn), bytes_str(member->session.text), hash));
    return session_check(txn, hash, &principal);
}

static status find_cine(void *ctx, struct txn *txn)
{
    struct owner owner;
    return member_store_by_cine(txn, bytes_str(((const struct whole_member *)ctx)->cine), &owner);
}

static status count_cines(void *ctx, struct txn *txn)
{
    return table_count(txn, TABLE_member_cine, ctx);
}

static void test_all_of_it_goes(void **state)
{
    (void)state;
    uint64_t cines;
    start();
    assert_in_every_table(&gone);
    struct image before = image_of(&stays);
    assert_ok(kept_look(&s, check_token, &gone));
    assert_ok(kept_run(&s));
    assert_left_alone(&gone);
    assert_reason(kept_look(&s, check_token, &gone), TOKEN_INVALID);
    assert_ok(kept_look(&s, check_token, &stays));
    assert_reason(kept_look(&s, find_cine, &gone), NOT_FOUND); /* free again */
    assert_ok(kept_look(&s, find_cine, &stays));
    assert_ok(kept_look(&s, count_cines, &cines));
    assert_int_equal(cines, 1);
    assert_same(&before, &stays);
    free(before.data);
    assert_whole();
    fake_clock_advance(&s.place.clock, YEARS_MS(11)); /* every other period */
    for (int pass = 0; pass < PASSES; pass++) {
        assert_ok(kept_run(&s));
    }
    assert_nothing_left(&gone);
    assert_true(erasure_is_erased(s.keys->erasure, 1));
    assert_int_equal(whole_member_rows(&s, kept_owner(STAYS), TABLE_member), 1);
    assert_int_equal(whole_member_rows(&s, kept_owner(STAYS), TABLE_preferences), 1);
    assert_whole();
    kept_store_stop(&s);
}

/* --- they come back --- */

static status begin(void *ctx, struct txn *txn)
{
    return member_erasure_begin(txn, kept_owner(*(const uint32_t *)ctx));
}

static status one_step(void *ctx, struct txn *txn)
{
    return member_erasure_step(txn, kept_owner(GONE), "test retention", ctx);
}

static status insure_again(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredMember *member;
    TRY(member_store_get(txn, kept_owner(GONE), &member));
    member->left_ms = member->left_told_ms = 0;
    return member_store_put(txn, kept_owner(GONE), member);
}

static void test_a_return_stops_it(void **state)
{
    (void)state;
    struct member_erasure_step step;
    start();
    assert_ok(kept_write(&s, begin, &gone.number));
    assert_ok(kept_write(&s, one_step, &step));
    assert_false(step.ended);
    assert_ok(kept_write(&s, insure_again, NULL));
    assert_ok(kept_write(&s, one_step, &step));
    assert_true(step.ended);
    for (int pass = 0; pass < PASSES; pass++) {
        assert_ok(kept_run(&s));
    }
    assert_int_equal(whole_member_rows(&s, kept_owner(GONE), TABLE_member), 1);
    assert_int_equal(whole_member_rows(&s, kept_owner(GONE), TABLE_member_erasure), 0);
    assert_true(whole_member_rows(&s, kept_owner(GONE), TABLE_inbox) > 0);
    assert_whole();
    kept_store_stop(&s);
}

/* --- they asked, and stay --- */

static status begin_use(void *ctx, struct txn *txn)
{
    return member_erasure_begin_use(txn, kept_owner(*(const uint32_t *)ctx), kept_id(1));
}

static void start_asked(void)
{
    start();
    assert_ok(kept_write(&s, insure_again, NULL));
    assert_ok(kept_write(&s, begin_use, &gone.number));
}

/* What serves the use alone; in the inbox, that it is done. */
static void assert_use_ended(const struct whole_member *member)
{
    for (size_t i = 0; i < table_info_count; i++) {
        const struct table_info *table = &table_infos[i];
        bool told = table->id == TABLE_inbox || table->id == TABLE_inbox_head;
        bool is_gone = member_erasure_serves_use(table) || table->id == TABLE_member_erasure;
        uint64_t rows = table->of_member ? rows_of(member, table) : 0;
        if (table->of_member && (told ? rows != 1 : (rows == 0) != is_gone)) {
            fail_msg("%s has %llu", table->name, (unsigned long long)rows);
        }
    }
}

static void test_a_wish_takes_what_serves_the_use(void **state)
{
    (void)state;
    start_asked();
    struct image before = image_of(&stays);
    bool did = true;
    struct retention_stuck stuck = {.count = 0};
    const struct retention_work work = {.db = s.db,
                                        .writer = s.writer,
                                        .keys = s.keys,
                                        .keyring_path = s.keyring,
                                        .event = "test errand",
                                        .stuck = &stuck};
    assert_reason(kept_look(&s, check_token, &gone), TOKEN_INVALID); /* with the decision */
    while (did) {
        assert_ok(retention_errand_step(&work, &did));
    }
    assert_use_ended(&gone);
    assert_ok(kept_read(&s, GONE)); /* evidence stays */
    assert_same(&before, &stays);
    assert_whole();
    free(before.data);
    kept_store_stop(&s);
}

/* --- cut short --- */

#ifdef HAYAT_FAILPOINTS

/* How a pass that SPEC cuts short ended. */
static int run_in_child(const char *spec)
{
    kept_store_close(&s);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        temp_store_in_child();
        kept_store_open(&s);
        failpoint_arm(spec);
        _exit(ok(kept_run(&s)) ? 0 : EXIT_GAVE_UP);
    }
    int how;
    assert_int_equal(waitpid(child, &how, 0), child);
    kept_store_open(&s);
    return WIFSIGNALED(how) ? -WTERMSIG(how) : WEXITSTATUS(how);
}

/* Which erasure is cut short. */
struct cut {
    void (*start)(void);
    void (*assert_done)(const struct whole_member *member);
};

/* False when the pass was over before. */
static bool killed_at(const struct cut *cut, const char *point, int passage)
{
    char spec[64];
    (void)snprintf(spec, sizeof spec, "%s=kill@%d", point, passage);
    cut->start();
    struct image before = image_of(&stays);
    int ended = run_in_child(spec);
    assert_true(ended == 0 || ended == -SIGKILL);
    assert_ok(kept_run(&s));
    cut->assert_done(&gone);
    assert_int_equal(whole_member_rows(&s, kept_owner(GONE), TABLE_member_erasure), 0);
    assert_same(&before, &stays);
    assert_whole();
    free(before.data);
    kept_store_stop(&s);
    return ended != 0;
}

static void test_killed_at_every_point(void **state)
{
    (void)state;
    static const char *const points[] = {"commit.before", "commit.after", "apply.before"};
    static const struct cut cuts[] = {{start, assert_left_alone}, {start_asked, assert_use_ended}};
    for (size_t i = 0; i < ARRAY_LEN(points) * ARRAY_LEN(cuts); i++) {
        int passage = 1;
        for (; killed_at(&cuts[i % ARRAY_LEN(cuts)], points[i / ARRAY_LEN(cuts)], passage);
             passage++) {
        }
        assert_true(passage > 4); /* each of its steps */
    }
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_of_it_goes),
        cmocka_unit_test(test_a_return_stops_it),
        cmocka_unit_test(test_a_wish_takes_what_serves_the_use),
#ifdef HAYAT_FAILPOINTS
        cmocka_unit_test(test_killed_at_every_point),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
