/*
 * Promise: a late certificate is decided on first; two persons accept what no authority vouches for; two persons refuse once the due day
 * is over.
 */
#include "service/certificate_review_rules.h"

#include "base/limits.h"
#include "tests/support/cm.h"

#define ROUTE(name) HAYAT__V1__PROOF_ROUTE__PROOF_ROUTE_##name

static void late_ones_come_first(void **state)
{
    (void)state;
    const struct review_facts in_time = {.in_time = true}, late = {.in_time = false};
    assert_true(review_due_in_ms(&late) < review_due_in_ms(&in_time));
    assert_true(review_due_in_ms(&in_time) == LIMIT_CERTIFICATE_REVIEW_MS);
}

static void two_accept_what_no_authority_vouches_for(void **state)
{
    (void)state;
    static const struct {
        struct review_facts facts;
        uint32_t persons;
    } cases[] = {
        {{.route = ROUTE(AUTHORITY_FORM)}, 1},
        {{.route = ROUTE(AUTHORITY_FORM), .by_sms = true}, 2},
        {{.route = ROUTE(AUTHORITY_FORM), .on_paper = true}, 1},
        {{.route = ROUTE(WITNESSED_FORM)}, 2},
        {{.route = ROUTE(WITNESSED_FORM), .on_paper = true}, 1},
        {{.route = ROUTE(WITNESSED_FORM), .by_sms = true}, 2},
        {{.route = ROUTE(AUTHORITY_FORM), .no_device = true}, 2},
        {{.route = ROUTE(LIVENESS_VIDEO)}, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(review_persons_to_accept(&cases[i].facts), cases[i].persons);
    }
}

static void two_refuse_after_the_due_day(void **state)
{
    (void)state;
    assert_int_equal(review_persons_to_refuse(false), 1);
    assert_int_equal(review_persons_to_refuse(true), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(late_ones_come_first),
        cmocka_unit_test(two_accept_what_no_authority_vouches_for),
        cmocka_unit_test(two_refuse_after_the_due_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
