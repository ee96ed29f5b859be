/* Promise: the first screen comes in one small reply: card, family, and what is due in the caller's language. */
#include "tests/support/cm.h"

#include "hayat/v1/home.pb-c.h"
#include "service/message.h"
#include "tests/support/health.h"

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_reply get_home(const char *token, const char *language)
{
    struct call_headers headers = {
        .path = bytes_str("/hayat.v1.HomeService/GetHome"),
        .authorization = bytes_str(arena_printf(&h.arena, "Bearer %s", token)),
        .accept_language = bytes_str(language),
        .peer = bytes_str("ipv4:192.0.2.7:40000"),
        .deadline_us = INT64_MAX};
    return harness_call_wire(&h, &headers, bytes_of(NULL, 0));
}

static const Hayat__V1__GetHomeResponse *home_of(const char *token, const char *language)
{
    struct harness_reply reply = get_home(token, language);
    assert_ok(reply.result);
    return (const Hayat__V1__GetHomeResponse *)reply.response;
}

static void test_nothing_on_file_is_an_empty_screen(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000011");
    const Hayat__V1__GetHomeResponse *home = home_of(m.token, "");
    assert_null(home->card);
    assert_int_equal(home->n_dependants, 0);
    assert_int_equal(home->n_due_items, 0);
    assert_int_equal(home->server_time->seconds, 1768467600);
}

static void test_a_pensioner_in_three_languages(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000012");
    const Hayat__V1__GetHomeResponse *home = home_of(m.token, "en");
    assert_non_null(home->card);
    assert_int_equal(home->n_dependants, 2);
    assert_int_equal(home->n_due_items, 1);
    assert_false(home->due_items[0]->overdue);
    assert_int_equal(home->due_items[0]->due_date->month, 2);
    assert_int_equal(home->due_items[0]->due_date->day, 14);
    assert_string_equal(home->due_items[0]->text,
                        "File your life certificate for 2026 by 14 February 2026.");
    home = home_of(m.token, "fr-MA, ar;q=0.8");
    assert_string_equal(home->due_items[0]->text,
                        "Déposez votre certificat de vie 2026 au plus tard le 14 février 2026.");
    home = home_of(m.token, "ar");
    assert_non_null(strstr(home->due_items[0]->text, "14 فبراير 2026"));
}

static void test_it_turns_overdue_the_day_after(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000013");
    int64_t start = clock_wall_ms(&h.clock.clock);
    fake_clock_advance(&h.clock, 30LL * 24 * 3600 * 1000); /* 14 February, 10:00 in Morocco */
    assert_false(home_of(m.token, "en")->due_items[0]->overdue);
    fake_clock_advance(&h.clock, 14LL * 3600 * 1000 - 1);
    assert_false(home_of(m.token, "en")->due_items[0]->overdue);
    fake_clock_advance(&h.clock, 1); /* midnight by Moroccan time */
    assert_true(home_of(m.token, "en")->due_items[0]->overdue);
    assert_true(clock_wall_ms(&h.clock.clock) > start);
}

static void test_nothing_is_due_before_the_campaign_opens(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000014");
    fund_put_pension(&h, m.owner);
    fund_put_campaign(&h, 2026, 300, 330, 360);
    assert_int_equal(home_of(m.token, "en")->n_due_items, 0);
    fund_put_campaign(&h, 2026, -14, 30,
                      60); /* what is kept of campaigns is forgotten when they change */
    assert_int_equal(home_of(m.token, "en")->n_due_items, 1);
}

static void test_nothing_is_due_once_filed(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000015");
    struct fund_file form = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                             "application/pdf", fund_pdf(&h, 1000, 1)};
    (void)fund_upload(&h, m.token, &form);
    assert_int_equal(home_of(m.token, "en")->n_due_items, 1);
    assert_ok(fund_submit(&h, m.token, form.certificate).result);
    assert_int_equal(home_of(m.token, "en")->n_due_items, 0);
}

static void test_the_largest_family_fits(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000016");
    fund_put_family(&h, m.owner, 19);
    fund_put_pension(&h, m.owner);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    struct harness_reply reply = get_home(m.token, "ar");
    assert_ok(reply.result);
    assert_int_equal(((Hayat__V1__GetHomeResponse *)reply.response)->n_dependants, 19);
    assert_true(reply.wire.len < 8192);
}

static const int64_t first_day = 20468; /* 2026-01-15 */

static void test_rights_claims_and_authorisations(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000017");
    health_put_reference(&h);
    health_put_period(&h, m.owner,
                      (struct health_period){0, 1, "PENSIONER", NULL, health_day(2015, 1, 1), 0});
    health_put_period(
        &h, m.owner,
        (struct health_period){1, 1, "SPOUSE", NULL, health_day(2015, 1, 1), first_day + 9});
    for (int i = 0; i < 5; i++) {
        Hayat__Store__V1__StoredClaim *claim = health_claim(&h, arena_printf(&h.arena, "F-%d", i),
                                                            first_day - 50 + i);
        if (i == 0) { /* not among the last three, and still due */
            claim->state = CLAIM_STATE(MORE_INFORMATION_NEEDED);
            health_add_missing(&h, claim, "illegible", first_day + 3);
        }
        health_put_claim(&h, m.owner, claim);
        Hayat__Store__V1__StoredPriorAuthorization *asked = health_authorization(
            &h, arena_printf(&h.arena, "PA-%d", i), health_time(2026, 1, 2 + i, 9));
        asked->state = i == 4 ? AUTHORIZATION_STATE(GRANTED) : AUTHORIZATION_STATE(IN_REVIEW);
        health_put_authorization(&h, m.owner, asked);
    }
    const Hayat__V1__GetHomeResponse *home = home_of(m.token, "en");
    assert_non_null(home->card);
    assert_int_equal(home->n_claims, 3);
    assert_string_equal(home->claims[0]->file_number, "F-4");
    assert_int_equal(home->n_prior_authorizations, 3);
    assert_string_equal(home->prior_authorizations[0]->authorization_number, "PA-3");
    assert_int_equal(home->dependant_count, home->n_dependants);
    assert_int_equal(home->n_coverages, home->n_dependants + 1);
    assert_int_equal(home->coverages[0]->state, HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_OPEN);
    assert_int_equal(home->coverages[1]->state,
                     HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_OPEN_UNTIL);
    assert_int_equal(home->coverages[1]->last_covered_date->day, 24);
    assert_string_equal(home->coverages[1]->beneficiary_id, home->dependants[0]->beneficiary_id);
    assert_int_equal(home->n_due_items, 2); /* the more urgent first */
    assert_int_equal(home->due_items[0]->kind, HAYAT__V1__DUE_KIND__DUE_KIND_CLAIM_INFORMATION);
    assert_memory_equal(home->due_items[0]->object_id, "clm_", 4);
    assert_string_equal(home->due_items[0]->text,
                        "The fund waits for papers of the file F-0: send them by 18 January 2026.");
}

static char *long_text(size_t len)
{
    char *text = arena_alloc(&h.arena, len + 1);
    memset(text, 'x', len);
    return text;
}

static void put_longest_beneficiary(struct owner owner, uint32_t seq)
{
    Hayat__Store__V1__StoredName name = HAYAT__STORE__V1__STORED_NAME__INIT;
    Hayat__Store__V1__StoredBeneficiary person = HAYAT__STORE__V1__STORED_BENEFICIARY__INIT;
    struct id id = id_new(&random_system);
    name.given_name = name.family_name = long_text(96);
    name.given_name_ar = name.family_name_ar = long_text(96);
    person.name = &name;
    person.beneficiary_id = message_bytes(&h.arena, bytes_of(id.bytes, ID_BYTES));
    person.relationship = seq == 0 ? 1 : 3;
    person.birth_days = 10000;
    harness_put(&h, TABLE_beneficiary, owner, key_u32(key_owner(owner), seq), &person.base);
}

/* Everything as long as the feed may make it, and more of everything than is shown. */
static void test_the_worst_case_is_under_8_kib(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000018");
    for (uint32_t seq = 0; seq < LIMIT_BENEFICIARIES; seq++) {
        put_longest_beneficiary(m.owner, seq);
    }
    fund_put_card(&h, m.owner, 0, false);
    fund_put_pension(&h, m.owner);
    fund_put_campaign(&h, 2026, -14, 30, 60);
    for (int i = 0; i < 12; i++) {
        Hayat__Store__V1__StoredClaim *claim = health_claim(
            &h, arena_printf(&h.arena, "%s%02d", long_text(30), i), first_day - i);
        claim->state = CLAIM_STATE(MORE_INFORMATION_NEEDED);
        claim->totals->billed_centimes = claim->totals->overrun_centimes = INT64_MAX;
        health_add_missing(&h, claim, "illegible", first_day + 3);
        health_put_claim(&h, m.owner, claim);
        Hayat__Store__V1__StoredPriorAuthorization *asked = health_authorization(
            &h, arena_printf(&h.arena, "%s%02d", long_text(30), i), health_time(2026, 1, 2, 9));
        asked->state = AUTHORIZATION_STATE(MORE_INFORMATION_NEEDED);
        asked->establishment_name = long_text(128);
        asked->granted_centimes = asked->requested_centimes = INT64_MAX;
        health_put_authorization(&h, m.owner, asked);
    }
    struct harness_reply reply = get_home(m.token, "ar");
    assert_ok(reply.result);
    const Hayat__V1__GetHomeResponse *home = (const void *)reply.response;
    assert_true(reply.wire.len <= 8000);
    assert_true(reply.wire.len > 7000); /* the room is used */
    assert_int_equal(home->n_claims, 3);
    assert_int_equal(home->n_prior_authorizations, 3);
    assert_int_equal(home->n_due_items, 9);
    assert_int_equal(home->dependant_count, 19);
    assert_true(home->n_dependants > 3 && home->n_dependants < 19);
    assert_int_equal(home->n_coverages, home->n_dependants + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_on_file_is_an_empty_screen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_pensioner_in_three_languages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_it_turns_overdue_the_day_after, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_due_before_the_campaign_opens, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_due_once_filed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_largest_family_fits, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rights_claims_and_authorisations, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_worst_case_is_under_8_kib, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
