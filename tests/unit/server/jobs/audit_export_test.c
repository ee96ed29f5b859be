/*
 * Heads of the audit chain are signed at every thousandth entry and when a minute went by, and every one of them reaches the
 * file, in order, under the fund's key; a target that fails loses none and is told once it is late (SEC-F1).
 */
#include "jobs/audit_export.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/audit_head_store.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { LINES_MAX = 16 };

static struct temp_store t;
static struct app app;
static struct audit_export *export;
static struct audit_signer signer;
static char file[96];
static int late_calls;
static bool is_late;

static void on_late(bool late)
{
    late_calls++;
    is_late = late;
}

static int setup(void **state)
{
    (void)state;
    temp_store_start(&t);
    app = (struct app){.db = t.db, .writer = t.writer, .keys = &t.keys, .clock = &t.clock.clock};
    audit_signer_init(&signer, &t.keys);
    (void)snprintf(file, sizeof file, "%s/out/heads", t.directory);
    const struct audit_export_options options = {.app = &app,
                                                 .file = file,
                                                 .period_ms = LIMIT_AUDIT_HEAD_MS,
                                                 .on_late = on_late,
                                                 .by_hand = true};
    late_calls = 0;
    is_late = false;
    return ok(audit_export_start(&options, &export)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    audit_export_stop(export);
    temp_store_stop(&t);
    return 0;
}

static void make_directory(void)
{
    char path[96];
    (void)snprintf(path, sizeof path, "%s/out", t.directory);
    assert_int_equal(mkdir(path, 0700), 0);
}

static status append_some(void *ctx, struct txn *txn)
{
    for (size_t *left = ctx, i = 0; i < 100 && *left > 0; i++, (*left)--) {
        TRY(audit_append(txn,
                         &(struct audit_event){.event = "test", .actor_kind = AUDIT_ACTOR_SYSTEM}));
    }
    return STATUS_OK;
}

static void append(size_t count)
{
    while (count > 0) {
        assert_ok(temp_store_write(&t, append_some, &count));
    }
}

/* The heads in the file, each under the right key. */
static size_t read_lines(struct audit_head *heads)
{
    char line[AUDIT_LINE_MAX];
    size_t count = 0;
    FILE *in = fopen(file, "re");
    assert_non_null(in);
    while (fgets(line, sizeof line, in) != NULL) {
        bytes text = bytes_of(line, strcspn(line, "\n"));
        if (audit_head_parse(text, &heads[count])) {
            assert_true(audit_head_is_signed(signer.public_key, &heads[count]));
            assert_true(++count < LINES_MAX);
        }
    }
    (void)fclose(in);
    return count;
}

static void expect_lines(size_t count, const uint64_t *sequences)
{
    struct audit_head heads[LINES_MAX] = {{.sequence = 0}};
    assert_int_equal(read_lines(heads), count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(heads[i].sequence, sequences[i]);
    }
}

static void test_when_heads_are_signed(void **state)
{
    (void)state;
    make_directory();
    assert_ok(audit_export_round(export, false)); /* nothing to sign */
    append(1);
    assert_ok(audit_export_round(export, false)); /* the last head was never: due at once */
    append(5);
    fake_clock_advance(&t.clock, LIMIT_AUDIT_HEAD_MS - 1);
    assert_ok(audit_export_round(export, false)); /* not yet */
    expect_lines(1, (const uint64_t[]){1});
    fake_clock_advance(&t.clock, 1);
    assert_ok(audit_export_round(export, false));
    expect_lines(2, (const uint64_t[]){1, 6});
    fake_clock_advance(&t.clock, LIMIT_AUDIT_HEAD_MS);
    assert_ok(audit_export_round(export, true)); /* nothing new: no head */
    expect_lines(2, (const uint64_t[]){1, 6});
    append(2500);
    assert_ok(audit_export_round(export, false)); /* every thousandth, and what is due */
    expect_lines(5, (const uint64_t[]){1, 6, 1000, 2000, 2506});
}

static status check_last(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct audit_head last;
    struct audit_tip tip;
    TRY(audit_head_last(txn, &last));
    TRY(audit_store_tip(txn, &tip));
    assert_int_equal(last.sequence, tip.sequence);
    assert_true(audit_hash_equal(&last.hash, &tip.head));
    return STATUS_OK;
}

static void test_a_failing_target_loses_nothing(void **state)
{
    (void)state;
    append(1);
    assert_reason(audit_export_round(export, false), FILE_UNWRITABLE);
    assert_ok(temp_store_read(&t, check_last, NULL)); /* signed and stored all the same */
    assert_false(is_late);
    append(1500);
    fake_clock_advance(&t.clock, LIMIT_AUDIT_LATE_MS + 1);
    assert_reason(audit_export_round(export, false), FILE_UNWRITABLE);
    assert_true(is_late);
    make_directory();
    assert_ok(audit_export_round(export, false));
    assert_false(is_late);
    assert_int_equal(late_calls, 2);
    expect_lines(3, (const uint64_t[]){1, 1000, 1501});
}

static void test_a_line_cut_short_is_ended(void **state)
{
    (void)state;
    make_directory();
    FILE *out = fopen(file, "we");
    assert_non_null(out);
    (void)fputs("hayat-audit-head v1 00", out);
    (void)fclose(out);
    append(3);
    assert_ok(audit_export_round(export, true));
    expect_lines(1, (const uint64_t[]){3});
}

static void test_a_line_says_what_was_signed(void **state)
{
    (void)state;
    struct audit_head head = {.sequence = 12, .time_ms = 34}, again;
    char line[AUDIT_LINE_MAX];
    audit_head_sign(&signer, &head);
    size_t len = audit_head_format(&head, signer.key_id, line);
    assert_int_equal(len, strlen(line));
    assert_true(audit_head_parse(bytes_of(line, len - 1), &again));
    assert_memory_equal(&head, &again, sizeof head);
    for (size_t cut = 1; cut < len; cut++) {
        assert_false(audit_head_parse(bytes_of(line, len - 1 - cut), &again));
    }
    head.sequence++;
    assert_false(audit_head_is_signed(signer.public_key, &head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_when_heads_are_signed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_failing_target_loses_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_cut_short_is_ended, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_line_says_what_was_signed, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
