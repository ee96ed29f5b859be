/* Promise: everybody in a family hears whether they are covered, until when, why and what to do, by the figures on file. */
#include "tests/support/cm.h"

#include "hayat/v1/coverage.pb-c.h"
#include "service/coverage_rules.h"
#include "service/message.h"
#include "tests/support/health.h"

#define COVERAGE_METHOD "/hayat.v1.CoverageService/GetCoverage"
#define COVERAGE_STATE(name) HAYAT__V1__COVERAGE_STATE__COVERAGE_STATE_##name

static struct harness h;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    health_put_reference(&h);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_member family(const char *number)
{
    struct harness_member m = harness_member(&h, number);
    fund_put_family(&h, m.owner, 2); /* a spouse and a child, born in 1956 */
    health_put_period(&h, m.owner,
                      (struct health_period){0, 1, "EMPLOYEE", NULL, health_day(2015, 1, 1), 0});
    health_put_period(&h, m.owner,
                      (struct health_period){1, 1, "SPOUSE", NULL, health_day(2016, 5, 1), 0});
    health_put_period(&h, m.owner,
                      (struct health_period){2, 1, "CHILD", NULL, health_day(2016, 5, 1), 0});
    return m;
}

static const Hayat__V1__GetCoverageResponse *coverage_of(
    const char *token, const Hayat__V1__GetCoverageRequest *request)
{
    return (const Hayat__V1__GetCoverageResponse *)fund_call(&h, COVERAGE_METHOD, token,
                                                             &request->base);
}

static void test_a_family(void **state)
{
    (void)state;
    struct harness_member m = family("999300001");
    Hayat__V1__GetCoverageRequest request = HAYAT__V1__GET_COVERAGE_REQUEST__INIT;
    const Hayat__V1__GetCoverageResponse *response = coverage_of(m.token, &request);
    assert_int_equal(response->n_coverages, 3);
    assert_string_equal(response->rules_version, "2026");
    assert_int_equal(response->date->year, 2026);
    const Hayat__V1__Coverage *holder = response->coverages[0];
    assert_int_equal(holder->state, COVERAGE_STATE(OPEN));
    assert_string_equal(holder->reason_code, "employee");
    assert_int_equal(holder->open_since_date->month, 4); /* after three months */
    assert_null(holder->last_covered_date);
    assert_string_equal(holder->beneficiary->name->given_name, "Essai-0");
    assert_int_equal(response->coverages[1]->state, COVERAGE_STATE(OPEN));
    const Hayat__V1__Coverage *child = response->coverages[2];
    assert_int_equal(child->state, COVERAGE_STATE(CLOSED));
    assert_string_equal(child->reason_code,
                        "no_rights"); /* older than 21 on the first day already */
    assert_string_not_equal(child->next_step, "");
}

static void test_on_a_day_and_of_one_person(void **state)
{
    (void)state;
    struct harness_member m = family("999300002"), other = family("999300003");
    Hayat__V1__GetCoverageRequest request = HAYAT__V1__GET_COVERAGE_REQUEST__INIT;
    request.date = message_date(&h.arena, health_day(2015, 2, 1));
    const Hayat__V1__GetCoverageResponse *response = coverage_of(m.token, &request);
    assert_string_equal(response->coverages[0]->reason_code, "qualifying_period");
    assert_int_equal(response->coverages[0]->opens_date->month, 4);
    assert_string_equal(response->coverages[1]->reason_code, "ahead");
    request.beneficiary_id = response->coverages[1]->beneficiary->beneficiary_id;
    assert_int_equal(coverage_of(m.token, &request)->n_coverages, 1);
    /* SEC-A3 */
    struct harness_reply theirs = harness_call(&h, COVERAGE_METHOD, other.token, &request.base);
    request.beneficiary_id = message_id_of(&h.arena, "ben", (struct id){{7}});
    struct harness_reply nobodys = harness_call(&h, COVERAGE_METHOD, other.token, &request.base);
    assert_int_equal(theirs.result.why, REASON_NOT_FOUND);
    fund_assert_same_failure(&theirs, &nobodys);
    request.date->day = 31;
    struct harness_reply refused = harness_call(&h, COVERAGE_METHOD, m.token, &request.base);
    assert_int_equal(refused.result.why, REASON_INVALID_FIELD);
}

static void test_exemptions(void **state)
{
    (void)state;
    struct harness_member m = family("999300004");
    health_put_exemption(&h, m.owner, 1, health_day(2025, 1, 1), health_day(2025, 12, 31));
    Hayat__V1__GetCoverageRequest request = HAYAT__V1__GET_COVERAGE_REQUEST__INIT;
    const Hayat__V1__GetCoverageResponse *response = coverage_of(m.token, &request);
    assert_int_equal(response->coverages[0]->n_exemptions, 0);
    assert_int_equal(response->coverages[1]->n_exemptions, 1);
    const Hayat__V1__Exemption *ald = response->coverages[1]->exemptions[0];
    assert_int_equal(ald->state, HAYAT__V1__EXEMPTION_STATE__EXEMPTION_STATE_IN_FORCE);
    assert_int_equal(ald->to_date->year, 2026); /* it renewed by itself */
    assert_int_equal(ald->rate_basis_points, 10000);
    assert_string_equal(
        ald->text, "Remboursement à 100\u00a0% jusqu'au 31 décembre 2026 ; le renouvellement est "
                   "automatique, vous n'avez rien à faire.");
}

static void test_nobody_on_file(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999300005");
    Hayat__V1__GetCoverageRequest request = HAYAT__V1__GET_COVERAGE_REQUEST__INIT;
    assert_int_equal(coverage_of(m.token, &request)->n_coverages, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_family),
        cmocka_unit_test(test_on_a_day_and_of_one_person),
        cmocka_unit_test(test_exemptions),
        cmocka_unit_test(test_nobody_on_file),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
