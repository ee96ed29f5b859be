/* Promise: every day of a campaign's life has one phase; late filings are always taken; everything missing is told. */
#include "tests/support/cm.h"

#include "base/array.h"
#include "service/life_certificate_rules.h"

#define ITEM(name) HAYAT__V1__DOCUMENT_ITEM__DOCUMENT_ITEM_##name
#define ROUTE(name) HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_##name

static const struct campaign year_26 = {2026, 100, 130, 160};
static const struct campaign year_25 = {2025, 0, 30, 60};

static enum campaign_phase expected_phase(int64_t day)
{
    if (day < 100) {
        return CAMPAIGN_AHEAD;
    }
    return day <= 130 ? CAMPAIGN_IN_TIME : day <= 160 ? CAMPAIGN_IN_GRACE : CAMPAIGN_LATE;
}

static void test_every_day_has_its_phase(void **state)
{
    (void)state;
    for (int64_t day = 90; day <= 400; day++) {
        bool overdue;
        assert_int_equal(campaign_phase(&year_26, day), expected_phase(day));
        assert_int_equal(campaign_takes_filings(&year_26, day), day >= 100);
        assert_int_equal(campaign_in_time(&year_26, day), day <= 130);
        assert_int_equal(campaign_is_due(&year_26, day, false, &overdue), day >= 100);
        assert_int_equal(overdue, day > 130);
        assert_false(campaign_is_due(&year_26, day, true, &overdue));
    }
}

static void test_the_newest_open_campaign_counts(void **state)
{
    (void)state;
    enum { AHEAD = 6 }; /* years that are fed and have not opened */
    for (int64_t day = -10; day <= 200; day++) {
        struct campaign_choice choice = {false};
        bool more = true;
        for (int i = AHEAD; i > 0 && more; i--) {
            const struct campaign ahead = {2026 + i, 365 * i, 365 * i + 30, 365 * i + 60};
            more = campaign_choose(&choice, &ahead, day);
        }
        more = more && campaign_choose(&choice, &year_26, day);
        more = more && campaign_choose(&choice, &year_25, day);
        assert_true(choice.found);
        /* before any has opened: the next to open; then last year's until this year's opens */
        assert_int_equal(choice.campaign.year, day < 100 ? 2025 : 2026);
        assert_int_equal(more, !campaign_takes_filings(&choice.campaign, day));
    }
}

static bool has(const struct item_list *list, Hayat__V1__DocumentItem item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == item) {
            return true;
        }
    }
    return false;
}

/* Every route with every subset of the three items. */
static void test_what_is_missing_is_told_at_once(void **state)
{
    (void)state;
    const Hayat__V1__DocumentItem items[] = {ITEM(FORM), ITEM(IDENTITY), ITEM(OTHER),
                                             ITEM(LIVENESS_VIDEO), ITEM(WITNESS_IDENTITY)};
    const Hayat__V1__ProofRoute routes[] = {ROUTE(AUTHORITY_FORM), ROUTE(WITNESSED_FORM),
                                            ROUTE(LIVENESS_VIDEO), ROUTE(CIVIL_REGISTRY)};
    for (size_t r = 0; r < ARRAY_LEN(routes); r++) {
        for (unsigned subset = 0; subset < 32; subset++) {
            struct item_list present = {.count = 0};
            for (size_t i = 0; i < ARRAY_LEN(items); i++) {
                if ((subset >> i & 1) != 0) {
                    present.items[present.count++] = items[i];
                }
            }
            struct item_list missing = items_missing(routes[r], &present);
            bool needs_video = routes[r] == ROUTE(LIVENESS_VIDEO);
            bool needs_identity = routes[r] == ROUTE(WITNESSED_FORM) || needs_video;
            bool needs_form = routes[r] != ROUTE(CIVIL_REGISTRY) && !needs_video;
            assert_int_equal(has(&missing, ITEM(FORM)), needs_form && (subset & 1) == 0);
            assert_int_equal(has(&missing, ITEM(LIVENESS_VIDEO)), needs_video && (subset & 8) == 0);
            assert_int_equal(has(&missing, ITEM(IDENTITY)), needs_identity && (subset & 2) == 0);
            assert_false(has(&missing, ITEM(OTHER)));
        }
    }
}

static void test_unknown_numbers_are_unknown(void **state)
{
    (void)state;
    for (int n = -2; n < 20; n++) {
        assert_int_equal(route_on_paper((Hayat__V1__ProofRoute)n), n == 1 || n == 2);
        assert_int_equal(route_for_members((Hayat__V1__ProofRoute)n), n >= 1 && n <= 3);
        assert_int_equal(item_known((Hayat__V1__DocumentItem)n), n >= 1 && n <= 5);
    }
    assert_string_equal(item_name(ITEM(FORM)), "FORM");
    assert_string_equal(item_name(ITEM(IDENTITY)), "IDENTITY");
    assert_string_equal(item_name(ITEM(OTHER)), "OTHER");
    assert_string_equal(item_name(ITEM(UNSPECIFIED)), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_day_has_its_phase),
        cmocka_unit_test(test_the_newest_open_campaign_counts),
        cmocka_unit_test(test_what_is_missing_is_told_at_once),
        cmocka_unit_test(test_unknown_numbers_are_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
