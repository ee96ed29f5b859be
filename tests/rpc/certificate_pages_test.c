/*
 * Promise (domain 5): a finding names a page that the document has, as far as the checker counted them, so that nobody is sent looking for a page that
 * never was; the page that is missing may be named all the same.
 */
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "storage/document_store.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define FINDING(name) HAYAT__V1__FINDING_REASON__FINDING_REASON_##name

static struct harness h;
static struct harness_caller amal;
static struct reviewed_case c; /* its documents have two pages each */

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    struct harness_member member = fund_pensioner(&h, "TEST-LIVING");
    amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* A refusal over PAGE of the form; the other document is good. */
static struct harness_reply refuse(int32_t page, Hayat__V1__FindingReason why)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    Hayat__V1__Finding finding = HAYAT__V1__FINDING__INIT, *findings[] = {&finding};
    struct harness_reply claimed = reviewed_claim(&h, &amal, c.task);
    assert_ok(claimed.result);
    request.request_id = fund_request_id(&h);
    request.task_id = c.task;
    request.etag = ((Hayat__Backoffice__V1__ClaimTaskResponse *)claimed.response)->task->etag;
    request.decision = HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_REFUSE;
    request.reason = message_text(&h.arena, "A reason of this test's");
    finding.document_id = c.documents[REVIEWED_FORM];
    finding.page = page;
    finding.reason = why;
    request.findings = findings;
    request.n_findings = 1;
    request.accepted_document_ids = &c.documents[REVIEWED_IDENTITY];
    request.n_accepted_document_ids = 1;
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base);
}

static void the_last_page_is_one(void **state)
{
    (void)state;
    assert_ok(refuse(2, FINDING(ILLEGIBLE)).result);
}

static void a_page_that_is_not_there_is_none(void **state)
{
    (void)state;
    struct harness_reply beyond = refuse(3, FINDING(ILLEGIBLE));
    assert_reason(beyond.result, INVALID_FIELD);
    assert_int_equal(beyond.bad_request->n_field_violations, 1);
    assert_string_equal(beyond.bad_request->field_violations[0]->field, "findings.page");
    assert_ok(refuse(3, FINDING(PAGE_MISSING)).result);
}

static status forget_pages(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredDocument *document;
    (void)ctx;
    TRY(document_store_get(txn, c.member.owner, c.document_ids[REVIEWED_FORM], &document));
    document->check->page_count = 0;
    return document_store_put(txn, c.member.owner, document);
}

static void any_page_of_what_nobody_counted(void **state)
{
    (void)state;
    assert_ok(harness_write(&h, forget_pages, NULL));
    assert_reason(refuse(201, FINDING(ILLEGIBLE)).result, INVALID_FIELD);
    assert_ok(refuse(200, FINDING(ILLEGIBLE)).result);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_last_page_is_one),
        TEST(a_page_that_is_not_there_is_none),
        TEST(any_page_of_what_nobody_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
