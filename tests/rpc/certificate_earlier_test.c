/*
 * Promise (SEC-A7, F3): what a member filed stays in sight of who decides: papers that made way for newer ones are listed beside the certificate, oldest
 * first, and their clean copies are read as those of the others are, by nobody but who has claimed the task; they need no finding.
 */
#include "hayat/backoffice/v1/review.pb-c.h"
#include "service/message.h"
#include "storage/life_certificate_store.h"
#include "tests/support/cm.h"
#include "tests/support/named_agent.h"
#include "tests/support/reviewed.h"

typedef Hayat__Backoffice__V1__LifeCertificateReview Review;

static struct harness h;
static struct harness_caller amal, brahim;
static struct reviewed_case c;

/* As certificate_make_way leaves it. */
static status move(void *ctx, struct txn *txn)
{
    struct id id;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    (void)ctx;
    assert_true(id_parse(bytes_str(c.certificate), "lc", &id));
    TRY(life_certificate_store_get(txn, c.member.owner, id, &certificate));
    assert_int_equal(certificate->n_document_ids, 2);
    ProtobufCBinaryData identity = certificate->document_ids[REVIEWED_IDENTITY];
    certificate->n_document_ids = 1;
    certificate->earlier_document_ids = &identity;
    certificate->n_earlier_document_ids = 1;
    return life_certificate_store_put(txn, c.member.owner, certificate);
}

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    struct harness_member member = fund_pensioner(&h, "TEST-LIVING");
    amal = named_agent(&h, SCOPE_REVIEWER, "TEST-1");
    brahim = named_agent(&h, SCOPE_REVIEWER, "TEST-2");
    c = reviewed_file(&h, &member, ROUTE(AUTHORITY_FORM));
    assert_ok(harness_write(&h, move, NULL));
    assert_ok(reviewed_claim(&h, &amal, c.task).result);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static const Review *review(void)
{
    Hayat__Backoffice__V1__GetTaskRequest request = HAYAT__BACKOFFICE__V1__GET_TASK_REQUEST__INIT;
    request.task_id = c.task;
    struct harness_reply reply = harness_call_as(&h, REVIEW_METHOD("GetTask"), &amal,
                                                 &request.base);
    assert_ok(reply.result);
    return ((Hayat__Backoffice__V1__GetTaskResponse *)reply.response)->life_certificate;
}

static void it_is_listed_beside(void **state)
{
    (void)state;
    const Review *seen = review();
    assert_int_equal(seen->certificate->n_documents, 1);
    assert_int_equal(seen->n_earlier_documents, 1);
    assert_string_equal(seen->earlier_documents[0]->document_id, c.documents[REVIEWED_IDENTITY]);
    assert_non_null(seen->earlier_documents[0]->check);
}

/* Data that came; the reply tells how it ended. */
static struct harness_reply read_as(const struct harness_caller *who, size_t *ret_len)
{
    struct harness_stream s;
    ProtobufCMessage *message;
    Hayat__Backoffice__V1__ReadEvidenceRequest request =
        HAYAT__BACKOFFICE__V1__READ_EVIDENCE_REQUEST__INIT;
    request.task_id = c.task;
    request.document_id = c.documents[REVIEWED_IDENTITY];
    *ret_len = 0;
    if (harness_stream_open_as(&s, &h, REVIEW_METHOD("ReadEvidence"), who) &&
        harness_stream_send(&s, &request.base)) {
        while (harness_stream_next(&s, &message)) {
            *ret_len += ((Hayat__Backoffice__V1__ReadEvidenceResponse *)(void *)message)->data.len;
        }
    }
    return harness_stream_close(&s);
}

static void it_is_read_by_who_decides(void **state)
{
    (void)state;
    size_t len;
    reviewed_clean(&h, &c, REVIEWED_IDENTITY, fund_pdf(&h, 1000, 5));
    assert_ok(read_as(&amal, &len).result);
    assert_int_equal(len, 1000);
    assert_reason(read_as(&brahim, &len).result, TASK_NOT_CLAIMED);
    assert_int_equal(len, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_listed_beside),
        TEST(it_is_read_by_who_decides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
