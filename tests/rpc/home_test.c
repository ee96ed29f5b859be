/* Promise: the first screen comes in one small reply: card, family, and what is due in the caller's language. */
#include "tests/support/cm.h"

#include "hayat/v1/home.pb-c.h"
#include "service/message.h"
#include "tests/support/fund.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
