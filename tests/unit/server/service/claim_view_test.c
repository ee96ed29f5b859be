/* Promise: a list shows what the record says, and the longest summary fits its place. */
#include "tests/support/cm.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "service/claim_view.h"

static struct arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 20);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

static const struct id some_id = {{1, 2, 3}}, somebody = {{9}};

static char *text_of(size_t len)
{
    char *text = arena_alloc(&arena, len + 1);
    memset(text, 'x', len);
    return text;
}

static void test_a_claim(void **state)
{
    (void)state;
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    Hayat__Store__V1__StoredSplit split = HAYAT__STORE__V1__STORED_SPLIT__INIT;
    Hayat__Store__V1__StoredMissingItem late = HAYAT__STORE__V1__STORED_MISSING_ITEM__INIT,
                                        soon = late;
    Hayat__Store__V1__StoredMissingItem *items[] = {&late, &soon};
    late.respond_by_days = 20700;
    soon.respond_by_days = 20650;
    split.billed_centimes = 15000;
    split.reimbursed_centimes = 5600;
    claim.file_number = text_of(7);
    claim.state = HAYAT__V1__CLAIM_STATE__CLAIM_STATE_PAID;
    claim.totals = &split;
    claim.receipt_days = 20600;
    claim.update_ms = 1700000000123;
    claim.n_missing_items = 2;
    claim.missing_items = items;
    bytes view;
    assert_ok(claim_view_build(&arena, some_id, somebody, &claim, &view));
    Hayat__V1__ClaimSummary *s = hayat__v1__claim_summary__unpack(&arena.allocator, view.len,
                                                                  view.ptr);
    assert_non_null(s);
    assert_memory_equal(s->claim_id, "clm_", 4);
    assert_memory_equal(s->beneficiary_id, "ben_", 4);
    assert_string_equal(s->file_number, "xxxxxxx");
    assert_int_equal(s->state, claim.state);
    assert_int_equal(s->totals->billed_centimes, 15000);
    assert_int_equal(s->totals->reimbursed_centimes, 5600);
    assert_string_equal(s->currency_code, "MAD");
    assert_null(s->payment_date);
    assert_int_equal(s->missing_item_count, 2);
    assert_int_equal(date_to_days((struct date){s->respond_by_date->year, s->respond_by_date->month,
                                                s->respond_by_date->day}),
                     20650);
    assert_int_equal(s->update_time->nanos, 123000000);
}

static void test_the_longest_fit(void **state)
{
    (void)state;
    Hayat__Store__V1__StoredSplit split = HAYAT__STORE__V1__STORED_SPLIT__INIT;
    split.billed_centimes = split.reimbursed_centimes = split.overrun_centimes = INT64_MAX;
    split.ticket_moderateur_centimes = split.non_covered_centimes = INT64_MAX;
    Hayat__Store__V1__StoredClaim claim = HAYAT__STORE__V1__STORED_CLAIM__INIT;
    claim.file_number = text_of(32);
    claim.totals = &split;
    claim.first_care_days = claim.last_care_days = claim.receipt_days = 20600;
    claim.decision_days = claim.payment_days = 20600;
    claim.update_ms = 1700000000123;
    bytes view;
    assert_ok(claim_view_build(&arena, some_id, somebody, &claim, &view));
    assert_true(view.len <= LIMIT_SUMMARY_VIEW_BYTES);
    Hayat__Store__V1__StoredPriorAuthorization record =
        HAYAT__STORE__V1__STORED_PRIOR_AUTHORIZATION__INIT;
    record.authorization_number = text_of(32);
    record.establishment_name = text_of(128);
    record.request_ms = record.decision_ms = record.update_ms = 1700000000123;
    record.planned_care_days = record.valid_until_days = 20600;
    record.requested_centimes = record.granted_centimes = record.member_share_centimes = INT64_MAX;
    assert_ok(prior_authorization_view_build(&arena, some_id, somebody, &record, &view));
    assert_true(view.len <= LIMIT_SUMMARY_VIEW_BYTES);
    Hayat__V1__PriorAuthorizationSummary *s = hayat__v1__prior_authorization_summary__unpack(
        &arena.allocator, view.len, view.ptr);
    assert_memory_equal(s->prior_authorization_id, "pa_", 3);
    assert_null(s->respond_by_date);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_claim),
        cmocka_unit_test(test_the_longest_fit),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
