/*
 * Promise (RULE LC-16, SEC-E6, F3): nobody accepts a life certificate that nobody could look at: while the check refuses a document that the route needs, or
 * no copy of it can be made, a yes is told which; a no and a wish for more are not.  The member hears of such a refusal, once, and only after filing.
 */
#include "hayat/backoffice/v1/review.pb-c.h"
#include "hayat/v1/notification.pb-c.h"
#include "service/document_check.h"
#include "service/message.h"
#include "service/notification.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

#define DECISION(name) HAYAT__BACKOFFICE__V1__TASK_DECISION__TASK_DECISION_##name
#define WHY(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name
#define CHECKED(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define TOLD HAYAT__V1__NOTIFICATION_KIND__NOTIFICATION_KIND_LIFE_CERTIFICATE_DOCUMENT_REFUSED

static struct harness h;
static struct harness_caller amal;
static struct reviewed_case c;

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

/* --- what the check says --- */

struct change {
    struct id document;
    Hayat__Store__V1__CheckReason reason;
    bool no_copy;
};

static status put_change(void *ctx, struct txn *txn)
{
    const struct change *change = ctx;
    Hayat__Store__V1__StoredDocument *document;
    Hayat__Store__V1__StoredCleanCopy clean = HAYAT__STORE__V1__STORED_CLEAN_COPY__INIT;
    TRY(document_store_get(txn, c.member.owner, change->document, &document));
    if (change->no_copy) {
        clean.state = HAYAT__STORE__V1__CLEAN_STATE__CLEAN_STATE_IMPOSSIBLE;
        document->clean = &clean;
    } else {
        document->check->state = CHECKED(REFUSED);
        document->check->reason = change->reason;
    }
    return document_store_put(txn, c.member.owner, document);
}

static void refused(size_t document, Hayat__Store__V1__CheckReason reason)
{
    struct change change = {c.document_ids[document], reason, false};
    assert_ok(harness_write(&h, put_change, &change));
}

static struct harness_reply decide(Hayat__Backoffice__V1__TaskDecision decision)
{
    Hayat__Backoffice__V1__DecideTaskRequest request =
        HAYAT__BACKOFFICE__V1__DECIDE_TASK_REQUEST__INIT;
    Hayat__V1__Finding finding = HAYAT__V1__FINDING__INIT, *findings[] = {&finding};
    struct harness_reply claimed = reviewed_claim(&h, &amal, c.task);
    assert_ok(claimed.result);
    request.request_id = fund_request_id(&h);
    request.task_id = c.task;
    request.etag = ((Hayat__Backoffice__V1__ClaimTaskResponse *)claimed.response)->task->etag;
    request.decision = decision;
    request.reason = message_text(&h.arena, "A reason of this test's");
    if (decision != DECISION(APPROVE)) {
        finding.document_id = c.documents[REVIEWED_FORM];
        finding.reason = HAYAT__V1__FINDING_REASON__FINDING_REASON_ILLEGIBLE;
        request.findings = findings;
        request.n_findings = 1;
        request.accepted_document_ids = &c.documents[REVIEWED_IDENTITY];
        request.n_accepted_document_ids = 1;
    }
    return harness_call_as(&h, REVIEW_METHOD("DecideTask"), &amal, &request.base);
}

static void a_yes_is_told_what_nobody_saw(void **state)
{
    (void)state;
    struct harness_member other = fund_pensioner(&h, "TEST-LIVING-2");
    c = reviewed_file(&h, &other, ROUTE(WITNESSED_FORM)); /* which needs both */
    refused(REVIEWED_FORM, WHY(INFECTED));
    refused(REVIEWED_IDENTITY, WHY(SCRIPTED));
    struct harness_reply reply = decide(DECISION(APPROVE));
    assert_reason(reply.result, FINDINGS_INCOMPLETE);
    assert_int_equal(reply.precondition->n_violations, 2);
    for (size_t i = 0; i < REVIEWED_DOCUMENTS; i++) {
        assert_string_equal(reply.precondition->violations[i]->type, "DOCUMENT_UNREADABLE");
        assert_string_equal(reply.precondition->violations[i]->subject, c.documents[i]);
    }
    assert_int_equal(reviewed_get(&h, &c)->state,
                     HAYAT__V1__LIFE_CERTIFICATE_STATE__LIFE_CERTIFICATE_STATE_IN_REVIEW);
}

static void what_the_route_does_not_need_holds_nothing_up(void **state)
{
    (void)state;
    refused(REVIEWED_IDENTITY, WHY(INFECTED)); /* an authority's form stands alone */
    assert_ok(decide(DECISION(APPROVE)).result);
}

static void so_is_a_copy_that_cannot_be_made(void **state)
{
    (void)state;
    struct change change = {c.document_ids[REVIEWED_FORM], WHY(UNSPECIFIED), true};
    assert_ok(harness_write(&h, put_change, &change));
    assert_reason(decide(DECISION(APPROVE)).result, FINDINGS_INCOMPLETE);
}

static void what_only_a_machine_failed_at_is_accepted(void **state)
{
    (void)state;
    refused(REVIEWED_FORM, WHY(NOT_SCANNED));
    assert_ok(decide(DECISION(APPROVE)).result);
}

static void more_may_be_asked_for(void **state)
{
    (void)state;
    refused(REVIEWED_FORM, WHY(INFECTED));
    assert_ok(decide(DECISION(MORE_NEEDED)).result);
    reviewed_file_again(&h, &c); /* documents that pass */
    assert_ok(decide(DECISION(APPROVE)).result);
}

static void a_no_is_heard(void **state)
{
    (void)state;
    refused(REVIEWED_FORM, WHY(INFECTED));
    assert_ok(decide(DECISION(REFUSE)).result);
}

/* --- what the member is told --- */

struct verdict {
    struct owner owner;
    struct id document;
    Hayat__Store__V1__CheckReason reason;
};

static status file_verdict(void *ctx, struct txn *txn)
{
    const struct verdict *verdict = ctx;
    document_check_row row = HAYAT__STORE__V1__STORED_DOCUMENT_CHECK__INIT;
    row.state = CHECKED(REFUSED);
    row.reason = verdict->reason;
    return document_check_done(txn, verdict->owner, verdict->document, &row);
}

/* How often the member was told, and of what last. */
static size_t told(const struct harness_member *who, const char **ret_name)
{
    Hayat__V1__ListNotificationsRequest request = HAYAT__V1__LIST_NOTIFICATIONS_REQUEST__INIT;
    struct harness_reply reply = harness_call(&h, "/hayat.v1.NotificationService/ListNotifications",
                                              who->token, &request.base);
    assert_ok(reply.result);
    const Hayat__V1__ListNotificationsResponse *list =
        (Hayat__V1__ListNotificationsResponse *)reply.response;
    size_t count = 0;
    for (size_t i = 0; i < list->n_notifications; i++) {
        if (list->notifications[i]->kind == TOLD) {
            *ret_name = list->notifications[i]->object_id;
            count++;
        }
    }
    return count;
}

static void after_filing_the_member_is_told(void **state)
{
    (void)state;
    struct harness_member other = fund_pensioner(&h, "TEST-LIVING-2");
    char *draft = fund_draft(&h, other.token, ROUTE(AUTHORITY_FORM));
    struct fund_file form = {draft, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, 1)},
                     identity = {draft, ITEM(IDENTITY), "application/pdf", fund_pdf(&h, 3000, 2)};
    struct verdict of_form = {.owner = other.owner, .reason = WHY(NOT_CHECKABLE)},
                   of_identity = {.owner = other.owner, .reason = WHY(INFECTED)};
    const char *name = NULL;
    assert_true(id_parse(bytes_str(fund_upload(&h, other.token, &form)), "upl", &of_form.document));
    assert_true(
        id_parse(bytes_str(fund_upload(&h, other.token, &identity)), "upl", &of_identity.document));
    assert_ok(fund_submit(&h, other.token, draft).result);
    assert_ok(harness_write(&h, file_verdict, &of_form)); /* a person can look at it all the same */
    assert_int_equal(told(&other, &name), 0);
    assert_ok(harness_write(&h, file_verdict, &of_identity));
    assert_ok(harness_write(&h, file_verdict, &of_identity));
    assert_int_equal(told(&other, &name), 1);
    assert_string_equal(name, draft);
}

static void of_a_draft_it_is_said_where_it_is_shown(void **state)
{
    (void)state;
    struct harness_member other = fund_pensioner(&h, "TEST-LIVING-2");
    char *draft = fund_draft(&h, other.token, ROUTE(AUTHORITY_FORM));
    struct fund_file form = {draft, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, 1)};
    struct verdict verdict = {.owner = other.owner, .reason = WHY(INFECTED)};
    const char *name = NULL;
    assert_true(id_parse(bytes_str(fund_upload(&h, other.token, &form)), "upl", &verdict.document));
    assert_ok(harness_write(&h, file_verdict, &verdict));
    assert_int_equal(told(&other, &name), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_yes_is_told_what_nobody_saw),
        TEST(what_the_route_does_not_need_holds_nothing_up),
        TEST(so_is_a_copy_that_cannot_be_made),
        TEST(what_only_a_machine_failed_at_is_accepted),
        TEST(more_may_be_asked_for),
        TEST(a_no_is_heard),
        TEST(after_filing_the_member_is_told),
        TEST(of_a_draft_it_is_said_where_it_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
