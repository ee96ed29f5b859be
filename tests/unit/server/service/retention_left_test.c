/*
 * Members are kept for the period "insured" after the later of the day they left and the day we heard of it; what a person still
 * decides about, or is on its way to them, keeps them longer; what was open when they went goes too (docs/retention.md).  A pass
 * begins few erasures of members who left, unless persons granted them; one that fails stops none of the others.
 */
#include "base/limits.h"
#include "service/bank_change_rules.h"
#include "service/life_certificate_state.h"
#include "service/retention.h"
#include "storage/bank_store.h"
#include "storage/delivery_store.h"
#include "storage/life_certificate_store.h"
#include "storage/member_erasure_store.h"
#include "storage/member_store.h"
#include "storage/obligation_store.h"
#include "storage/outbox_store.h"
#include "storage/reference_store.h"
#include "storage/task_store.h"
#include "tests/support/cm.h"
#include "tests/support/kept_store.h"
#include "tools/hayatctl/check_rows.h"

#define DAY_MS (24LL * 3600 * 1000)
#define NOW_MS TEMP_STORE_WALL_MS
#define LONG_AGO_MS (NOW_MS - 11LL * 366 * DAY_MS)
/* 36 calendar months before 2026-01-15: one leap day is among them. */
#define PERIOD_MS ((3 * 365 + 1) * DAY_MS)

enum { ONE = 1, MANY_FROM = 1000, MANY = LIMIT_LEAVERS_PER_PASS + 30 };

static struct kept_store s;

static int setup(void **state)
{
    (void)state;
    kept_store_start(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kept_store_stop(&s);
    return 0;
}

struct leaving {
    int64_t left_ms, told_ms;
};

static status put_member(void *ctx, struct txn *txn)
{
    const struct leaving *leaving = ctx;
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.left_ms = leaving->left_ms;
    member.left_told_ms = leaving->told_ms;
    return member_store_put(txn, kept_owner(ONE), &member);
}

static void file(int64_t left_ms, int64_t told_ms)
{
    struct leaving leaving = {left_ms, told_ms};
    assert_ok(kept_write(&s, put_member, &leaving));
}

static status look(void *ctx, struct txn *txn)
{
    return member_store_has(txn, kept_owner(ONE), ctx);
}

/* After a pass. */
static bool is_kept(void)
{
    bool has;
    assert_ok(kept_run(&s));
    assert_ok(kept_look(&s, look, &has));
    return has;
}

static status count_row(void *ctx, struct txn *txn)
{
    uint64_t *count = ctx;
    return table_count(txn, (enum table_id) * count, count);
}

static uint64_t count_of(enum table_id table)
{
    uint64_t count = (uint64_t)table;
    assert_ok(kept_look(&s, count_row, &count));
    return count;
}

/* --- when --- */

static void the_insured_stay(void **state)
{
    (void)state;
    file(0, 0);
    assert_true(is_kept());
    assert_int_equal(count_of(TABLE_audit_entry), 0);
}

static void the_period_counts_from_the_day_they_left(void **state)
{
    (void)state;
    file(NOW_MS - PERIOD_MS + DAY_MS, LONG_AGO_MS);
    assert_true(is_kept());
    file(NOW_MS - PERIOD_MS, LONG_AGO_MS);
    assert_false(is_kept());
}

/* A wrong day in the past erases nobody before somebody can put it right. */
static void and_not_before_we_heard_of_it(void **state)
{
    (void)state;
    file(LONG_AGO_MS, NOW_MS - PERIOD_MS + DAY_MS);
    assert_true(is_kept());
    fake_clock_advance(&s.place.clock, DAY_MS);
    assert_false(is_kept());
}

static void a_return_undoes_it(void **state)
{
    (void)state;
    file(NOW_MS - PERIOD_MS + DAY_MS, LONG_AGO_MS);
    assert_true(is_kept());
    file(0, 0);
    fake_clock_advance(&s.place.clock, 10 * PERIOD_MS);
    assert_true(is_kept());
}

static void a_clock_set_forward_ends_nobody(void **state)
{
    (void)state;
    file(NOW_MS - DAY_MS, NOW_MS - DAY_MS);
    s.place.clock.wall_ms += 10 * PERIOD_MS; /* and monotonic time is what it was */
    assert_true(is_kept());
}

static status put_periods_without(void *ctx, struct txn *txn)
{
    const struct retention_default *leaves_out = ctx;
    Hayat__Store__V1__StoredReferenceSet *set;
    TRY(reference_store_version(txn, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RETENTION,
                                "RETENTION-1", &set));
    for (size_t i = 0; i < set->n_retention_periods; i++) {
        if (strcmp(set->retention_periods[i]->period_name, leaves_out->name) == 0) {
            set->retention_periods[i] = set->retention_periods[--set->n_retention_periods];
        }
    }
    return reference_store_put(txn, set);
}

static void without_a_value_nobody_goes(void **state)
{
    (void)state;
    file(LONG_AGO_MS, LONG_AGO_MS);
    assert_ok(kept_write(&s, put_periods_without,
                         (void *)(uintptr_t)&retention_defaults[PERIOD_insured]));
    assert_true(is_kept());
}

/* --- how many at once --- */

static status put_many(void *ctx, struct txn *txn)
{
    uint32_t *next = ctx;
    for (uint32_t i = 0; i < 10; i++) {
        Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
        member.left_ms = member.left_told_ms = LONG_AGO_MS;
        TRY(member_store_put(txn, kept_owner((*next)++), &member));
    }
    return STATUS_OK;
}

static void file_many(void)
{
    for (uint32_t next = MANY_FROM; next < MANY_FROM + MANY;) {
        assert_ok(kept_write(&s, put_many, &next));
    }
}

static status read_pass(void *ctx, struct txn *txn)
{
    retention_row *row;
    TRY(retention_row_get(txn, &row));
    ((uint64_t *)ctx)[0] = row->left_begun;
    ((uint64_t *)ctx)[1] = row->left_held;
    return STATUS_OK;
}

/* A wrong file, or a wrong period, does not take the fund's members in one night. */
static void a_pass_begins_few_of_those_who_left(void **state)
{
    (void)state;
    uint64_t counts[2];
    file_many();
    assert_ok(kept_run(&s));
    assert_ok(kept_look(&s, read_pass, counts));
    assert_int_equal(counts[0], LIMIT_LEAVERS_PER_PASS);
    assert_int_equal(counts[1], MANY - LIMIT_LEAVERS_PER_PASS);
    assert_int_equal(count_of(TABLE_member) - count_of(TABLE_member_erasure),
                     MANY - LIMIT_LEAVERS_PER_PASS);
    assert_ok(kept_run(&s));
    assert_ok(kept_run(&s)); /* ends what the one before began */
    assert_int_equal(count_of(TABLE_member), 0);
    assert_ok(kept_look(&s, read_pass, counts));
    assert_int_equal(counts[1], 0);
}

static status grant_last(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredMember *member;
    (void)ctx;
    for (uint32_t i = 0; i < MANY; i += 10) {
        TRY(member_store_get(txn, kept_owner(MANY_FROM + i), &member));
        member->erase_ms = NOW_MS;
        TRY(member_store_put(txn, kept_owner(MANY_FROM + i), member));
    }
    return STATUS_OK;
}

/* They were promised it. */
static void whom_persons_granted_it_waits_for_nobody(void **state)
{
    (void)state;
    uint64_t counts[2];
    file_many();
    assert_ok(kept_write(&s, grant_last, NULL));
    assert_ok(kept_run(&s));
    assert_ok(kept_look(&s, read_pass, counts));
    assert_int_equal(counts[0], LIMIT_LEAVERS_PER_PASS);
    assert_int_equal(counts[1], MANY - MANY / 10 - LIMIT_LEAVERS_PER_PASS);
}

static status grant_one(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    member.left_ms = NOW_MS - 400 * DAY_MS;
    member.left_told_ms = *(const int64_t *)ctx;
    member.erase_ms = NOW_MS;
    return member_store_put(txn, kept_owner(ONE), &member);
}

/* Time to put a wrong row right, though two persons believed it. */
static void a_granted_one_goes_a_month_after_we_heard_of_it(void **state)
{
    (void)state;
    int64_t told_ms = NOW_MS;
    assert_ok(kept_write(&s, grant_one, &told_ms));
    fake_clock_advance(&s.place.clock, LIMIT_LEFT_SETTLES_MS - DAY_MS);
    assert_true(is_kept());
    fake_clock_advance(&s.place.clock, DAY_MS);
    assert_false(is_kept());
}

/* --- one that fails --- */

static status put_broken(void *ctx, struct txn *txn)
{
    struct owner owner = kept_owner(*(const uint32_t *)ctx);
    struct cell cell = cell_of_owner(TABLE_member_erasure, owner, key_owner(owner));
    return table_put(txn, &cell, bytes_str("\xff\xff\xff no record"));
}

static void one_that_cannot_be_erased_stops_no_other(void **state)
{
    (void)state;
    for (uint32_t number = 50; number < 60; number++) { /* before and behind in the table */
        assert_ok(kept_write(&s, put_broken, &number));
    }
    file(LONG_AGO_MS, LONG_AGO_MS);
    (void)is_kept(); /* begins it */
    assert_false(is_kept());
    assert_int_equal(count_of(TABLE_member_erasure), 10); /* tried again, lost never */
}

static void too_many_that_cannot_be_erased_are_an_error(void **state)
{
    (void)state;
    for (uint32_t number = 0; number <= LIMIT_RETENTION_STUCK; number++) {
        uint32_t broken = 50 + number;
        assert_ok(kept_write(&s, put_broken, &broken));
    }
    assert_reason(kept_run(&s), STORE_CORRUPT);
}

/* --- what waits --- */

static status put_task(void *ctx, struct txn *txn)
{
    const task_kind *kind = ctx;
    struct owner owner = kept_owner(ONE);
    struct id object = kept_id(ONE), id = kept_id(77);
    task_row task = HAYAT__STORE__V1__STORED_TASK__INIT;
    task.task_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    task.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    task.object_id = (ProtobufCBinaryData){ID_BYTES, object.bytes};
    task.kind = *kind;
    task.state = TASK_STATE(OPEN);
    return task_store_put(txn, &task);
}

static status end_task(void *ctx, struct txn *txn)
{
    task_row *task;
    TRY(task_store_about(txn, *(const task_kind *)ctx, kept_id(ONE), &task));
    task->state = TASK_STATE(REFUSED);
    return task_store_put(txn, task);
}

static status put_obligation(void *ctx, struct txn *txn)
{
    obligation_row row = HAYAT__STORE__V1__STORED_OBLIGATION__INIT;
    struct id id = kept_id(ONE);
    row.obligation_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.year = 2014;
    row.create_ms = LONG_AGO_MS;
    row.suspension = *(const Hayat__Store__V1__ObligationSuspension *)ctx;
    row.state = (uint32_t)(row.suspension == SUSPENSION(SUSPENDED) ? OBLIGATION(SUSPENDED)
                                                                   : OBLIGATION(DRAFT));
    if (row.suspension != SUSPENSION(SUSPENDED)) {
        row.life_certificate_id =
            row.obligation_id; /* the one certificate there is has that id, too */
        row.create_ms = NOW_MS;
    }
    TRY(obligation_store_put(txn, kept_owner(ONE), &row));
    Hayat__Store__V1__StoredDelivery reminder = HAYAT__STORE__V1__STORED_DELIVERY__INIT;
    reminder.settle_ms = LONG_AGO_MS;
    return delivery_store_put(txn, kept_owner(ONE), 1, &reminder);
}

static void what_a_person_decides_keeps_them(void **state)
{
    (void)state;
    Hayat__Store__V1__ObligationSuspension suspended = SUSPENSION(SUSPENDED);
    task_kind kinds[] = {TASK_KIND(LIFE_CERTIFICATE), TASK_KIND(SUSPENSION)};
    kept_put_document(&s, &(struct kept_document){.number = ONE, .chunks = 1});
    assert_ok(kept_write(&s, put_obligation, &suspended));
    file(LONG_AGO_MS, LONG_AGO_MS);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        assert_ok(kept_write(&s, put_task, &kinds[i]));
        assert_true(is_kept());
        assert_ok(kept_write(&s, end_task, &kinds[i]));
    }
    assert_false(is_kept());
}

static status put_change(void *ctx, struct txn *txn)
{
    bank_change_row row = HAYAT__STORE__V1__STORED_BANK_CHANGE__INIT;
    struct id id = kept_id(ONE);
    row.change_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.propose_ms = NOW_MS;
    row.state = *(const Hayat__Store__V1__BankChangeState *)ctx;
    return bank_store_put_change(txn, kept_owner(ONE), &row, 0);
}

static void a_change_of_account_keeps_them(void **state)
{
    (void)state;
    Hayat__Store__V1__BankChangeState change =
        HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_COOLING;
    file(LONG_AGO_MS, LONG_AGO_MS);
    assert_ok(kept_write(&s, put_change, &change));
    assert_true(is_kept());
    change = HAYAT__STORE__V1__BANK_CHANGE_STATE__BANK_CHANGE_STATE_CANCELLED;
    assert_ok(kept_write(&s, put_change, &change));
    assert_false(is_kept());
}

static status put_letter(void *ctx, struct txn *txn)
{
    return outbox_store_append_numbered(
        txn,
        &(struct outbox_row){.queue = OUTBOX_POST, .owner = kept_owner(ONE), .kind = "message"},
        ctx);
}

static status settle(void *ctx, struct txn *txn)
{
    const Hayat__Store__V1__StoredOutbox *row;
    uint32_t attempts;
    return outbox_store_settle(txn, *(const uint64_t *)ctx, &row, &attempts);
}

static void a_letter_on_its_way_keeps_them(void **state)
{
    (void)state;
    uint64_t sequence;
    file(LONG_AGO_MS, LONG_AGO_MS);
    assert_ok(kept_write(&s, put_letter, &sequence));
    assert_true(is_kept());
    assert_ok(kept_write(&s, settle, &sequence));
    assert_false(is_kept());
}

/* --- what was open --- */

/* A draft and a suspension are never decided on any more: they would wait for ever. */
static void what_was_open_goes_after_them(void **state)
{
    (void)state;
    Hayat__Store__V1__ObligationSuspension suspended = SUSPENSION(SUSPENDED);
    kept_put_document(&s, &(struct kept_document){.number = ONE, .chunks = 2});
    assert_ok(kept_write(&s, put_obligation, &suspended));
    assert_ok(kept_run(&s));
    assert_ok(kept_read(&s, ONE));
    assert_int_equal(count_of(TABLE_obligation), 1);
    file(LONG_AGO_MS, LONG_AGO_MS);
    assert_false(is_kept());
    assert_ok(kept_run(&s)); /* the certificate after its documents */
    assert_reason(kept_read(&s, ONE), NOT_FOUND);
    assert_int_equal(count_of(TABLE_document_chunk), 0);
    assert_int_equal(count_of(TABLE_life_certificate), 0);
    assert_int_equal(count_of(TABLE_obligation), 0);
    assert_int_equal(count_of(TABLE_delivery), 0);
}

static status set_draft(void *ctx, struct txn *txn)
{
    (void)ctx;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    TRY(life_certificate_store_get(txn, kept_owner(ONE), kept_id(ONE), &certificate));
    certificate->year = 2014;
    certificate->state = (uint32_t)CERTIFICATE(DRAFT);
    return life_certificate_store_put(txn, kept_owner(ONE), certificate);
}

static void assert_obligations_agree(void)
{
    struct db_check_report report = {0};
    assert_ok(check_rows(s.db, &check_obligations, NULL, NULL, &report));
}

/* An obligation says what its certificate makes of it, after each pass: it goes first. */
static void a_drafts_obligation_goes_before_it(void **state)
{
    (void)state;
    Hayat__Store__V1__ObligationSuspension none = SUSPENSION(UNSPECIFIED);
    kept_put_document(&s, &(struct kept_document){.number = ONE, .chunks = 1});
    assert_ok(kept_write(&s, set_draft, NULL));
    assert_ok(kept_write(&s, put_obligation, &none));
    file(LONG_AGO_MS, LONG_AGO_MS);
    assert_obligations_agree();
    for (int pass = 0; pass < 3; pass++) {
        assert_false(is_kept());
        assert_obligations_agree();
    }
    assert_int_equal(count_of(TABLE_obligation), 0);
    assert_int_equal(count_of(TABLE_life_certificate), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_insured_stay),
        TEST(the_period_counts_from_the_day_they_left),
        TEST(and_not_before_we_heard_of_it),
        TEST(a_return_undoes_it),
        TEST(a_clock_set_forward_ends_nobody),
        TEST(without_a_value_nobody_goes),
        TEST(a_pass_begins_few_of_those_who_left),
        TEST(whom_persons_granted_it_waits_for_nobody),
        TEST(a_granted_one_goes_a_month_after_we_heard_of_it),
        TEST(one_that_cannot_be_erased_stops_no_other),
        TEST(too_many_that_cannot_be_erased_are_an_error),
        TEST(what_a_person_decides_keeps_them),
        TEST(a_change_of_account_keeps_them),
        TEST(a_letter_on_its_way_keeps_them),
        TEST(what_was_open_goes_after_them),
        TEST(a_drafts_obligation_goes_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
