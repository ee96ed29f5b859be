/*
 * AgencyService, what an agent does for the person at the counter: a code that enrols their device and nobody else's, with the
 * identity check recorded and the member told (SEC-B1, B8); a life certificate on paper, filed by the same rules as from a
 * phone, with a receipt that verifies (SEC-F4).  Both are audited about the member and count towards the budget.
 */
#include "base/array.h"
#include "hayat/backoffice/v1/agency.pb-c.h"
#include "service/message.h"
#include "service/receipt_verify.h"
#include "storage/identity_check_store.h"
#include "tests/support/applicant.h"
#include "tests/support/audit.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"

#define AGENCY_METHOD(name) "/hayat.backoffice.v1.AgencyService/" name
#define DOCUMENT(name) HAYAT__BACKOFFICE__V1__IDENTITY_DOCUMENT__IDENTITY_DOCUMENT_##name
#define NUMBER "999000042"

static struct harness h;
static struct harness_caller clerk;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    clerk = harness_agent(&h, SCOPE_AGENCY);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static char *text(const char *constant)
{
    return arena_str(&h.arena, bytes_str(constant));
}

static Hayat__Backoffice__V1__MemberKey *key_of(const char *number)
{
    Hayat__Backoffice__V1__MemberKey *key = message_new(
        &h.arena, &hayat__backoffice__v1__member_key__descriptor);
    key->key_case = HAYAT__BACKOFFICE__V1__MEMBER_KEY__KEY_REGISTRATION_NUMBER;
    key->registration_number = text(number);
    return key;
}

static Hayat__Backoffice__V1__Access *access_for(Hayat__Backoffice__V1__AccessPurpose purpose)
{
    Hayat__Backoffice__V1__Access *access = message_new(&h.arena,
                                                        &hayat__backoffice__v1__access__descriptor);
    access->purpose = purpose;
    return access;
}

/* --- codes --- */

static struct harness_reply issue(Hayat__Backoffice__V1__IdentityDocument document,
                                  const char *number)
{
    Hayat__Backoffice__V1__IssueEnrolmentCodeRequest request;
    hayat__backoffice__v1__issue_enrolment_code_request__init(&request);
    request.member = key_of(NUMBER);
    request.access = access_for(HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_ENROLMENT);
    request.document = document;
    request.document_number = text(number);
    return harness_call_as(&h, AGENCY_METHOD("IssueEnrolmentCode"), &clerk, &request.base);
}

static const char *code_of(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    return ((Hayat__Backoffice__V1__IssueEnrolmentCodeResponse *)reply->response)->code;
}

static struct applicant person(void)
{
    struct applicant a = applicant(&h, NUMBER);
    applicant_file(&h, &a);
    return a;
}

static status read_check(void *ctx, struct txn *txn)
{
    const struct applicant *a = ctx;
    const Hayat__Store__V1__StoredIdentityCheck *check;
    TRY(identity_check_store_any(txn, a->owner, &check));
    assert_int_equal(check->document, DOCUMENT(NATIONAL_CARD));
    assert_memory_equal(check->caller_id.data, clerk.id.bytes, ID_BYTES);
    assert_int_equal(check->create_ms, txn_now_ms(txn));
    return STATUS_OK;
}

static void a_code_enrols_the_person_at_the_counter(void **state)
{
    (void)state;
    struct applicant a = person();
    uint64_t before = audit_count(&h);
    struct harness_reply reply = issue(DOCUMENT(NATIONAL_CARD), a.cine_number);
    const char *code = code_of(&reply);
    assert_int_equal(audit_count(&h), before + 1);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(
        bytes_equal_str(entry.event, "hayat.backoffice.v1.AgencyService/IssueEnrolmentCode"));
    assert_true(bytes_equal_str(entry.purpose, "enrolment"));
    assert_true(bytes_equal_str(entry.object_type, "chk"));
    audit_assert_is(&h, entry.subject, bytes_of(a.owner.bytes, OWNER_BYTES));
    assert_ok(harness_read(&h, read_check, &a));
    struct sent sent = applicant_last_sent(&h); /* SEC-B8 */
    assert_memory_equal(&sent.owner, &a.owner, sizeof a.owner);
    assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
    struct harness_reply confirmed = applicant_confirm(&h, &a, code);
    assert_non_null(applicant_sign_in(&h, &a, applicant_device(&confirmed)));
}

static void the_last_code_counts(void **state)
{
    (void)state;
    struct applicant a = person();
    struct harness_reply first = issue(DOCUMENT(PASSPORT), "TEST-PASSPORT"),
                         second = issue(DOCUMENT(PASSPORT), "TEST-PASSPORT");
    assert_string_not_equal(code_of(&first), code_of(&second));
    assert_ok(applicant_start(&h, &a, BY(AGENCY)).result);
    assert_reason(applicant_confirm(&h, &a, code_of(&first)).result, ENROLMENT_CODE_INVALID);
    assert_ok(applicant_confirm(&h, &a, code_of(&second)).result);
}

static status no_check(void *ctx, struct txn *txn)
{
    const struct applicant *a = ctx;
    const Hayat__Store__V1__StoredIdentityCheck *check;
    return identity_check_store_any(txn, a->owner, &check);
}

static void another_card_gives_nothing_and_is_audited(void **state)
{
    (void)state;
    struct applicant a = person();
    uint64_t before = audit_count(&h);
    struct harness_reply reply = issue(DOCUMENT(NATIONAL_CARD), "ZZ000000");
    assert_reason(reply.result, INVALID_FIELD);
    assert_string_equal(reply.bad_request->field_violations[0]->field, "document_number");
    assert_int_equal(audit_count(&h), before + 1);
    assert_int_equal(audit_last(&h, 0).outcome, REASON_INVALID_FIELD);
    assert_reason(issue(DOCUMENT(UNSPECIFIED), a.cine_number).result, INVALID_FIELD);
    assert_reason(harness_read(&h, no_check, &a), NOT_FOUND);
}

/* --- papers --- */

static struct harness_reply file_paper(const char *number, Hayat__V1__ProofRoute route,
                                       const char *request_id)
{
    Hayat__Backoffice__V1__RegisterPaperFilingRequest request;
    hayat__backoffice__v1__register_paper_filing_request__init(&request);
    request.request_id = text(request_id);
    request.member = key_of(number);
    request.access = access_for(HAYAT__BACKOFFICE__V1__ACCESS_PURPOSE__ACCESS_PURPOSE_FILING);
    request.route = route;
    request.sheet_count = 2;
    request.reference = text("RABAT-2026-17");
    return harness_call_as(&h, AGENCY_METHOD("RegisterPaperFiling"), &clerk, &request.base);
}

static void check_receipt(const Hayat__V1__SignedReceipt *receipt)
{
    Hayat__V1__ReceiptPayload *payload = NULL;
    assert_ok(receipt_verify(h.signer.public_key, receipt, &h.arena, &payload));
    assert_string_equal(payload->paper->reference, "RABAT-2026-17");
    assert_int_equal(payload->paper->sheet_count, 2);
    assert_int_equal(payload->n_documents, 0);
}

static void a_paper_is_filed_as_from_a_phone(void **state)
{
    (void)state;
    struct harness_member member = fund_pensioner(&h, NUMBER);
    const char *request_id = fund_request_id(&h);
    struct harness_reply reply = file_paper(NUMBER, ROUTE(WITNESSED_FORM), request_id);
    assert_ok(reply.result);
    const Hayat__Backoffice__V1__RegisterPaperFilingResponse *filed = (void *)reply.response;
    assert_int_equal(filed->year, 2026);
    assert_true(filed->in_time);
    check_receipt(filed->receipt);
    struct audit_entry entry = audit_last(&h, 0);
    assert_true(bytes_equal_str(entry.object_type, "lc"));
    audit_assert_is(&h, entry.subject, bytes_of(member.owner.bytes, OWNER_BYTES));
    assert_true(bytes_equal(
        reply.wire, file_paper(NUMBER, ROUTE(WITNESSED_FORM), request_id).wire)); /* SEC-G2 */

    Hayat__V1__GetLifeCertificateRequest get;
    hayat__v1__get_life_certificate_request__init(&get);
    get.life_certificate_id = filed->life_certificate_id;
    const Hayat__V1__LifeCertificate *seen = ((Hayat__V1__GetLifeCertificateResponse *)fund_call(
                                                  &h, CERTIFICATE_METHOD("GetLifeCertificate"),
                                                  member.token, &get.base))
                                                 ->life_certificate;
    assert_true(seen->filed_on_paper);
    assert_int_equal(seen->n_missing_items, 0);
    Hayat__V1__GetObligationRequest ask;
    hayat__v1__get_obligation_request__init(&ask);
    assert_true(((Hayat__V1__GetObligationResponse *)fund_call(
                     &h, CERTIFICATE_METHOD("GetObligation"), member.token, &ask.base))
                    ->obligation->fulfilled);
}

static void papers_keep_the_rules(void **state)
{
    (void)state;
    (void)harness_member(&h, NUMBER);
    assert_reason(file_paper(NUMBER, ROUTE(WITNESSED_FORM), fund_request_id(&h)).result,
                  NOT_A_PENSIONER);
    assert_reason(file_paper("nobody", ROUTE(WITNESSED_FORM), fund_request_id(&h)).result,
                  NOT_FOUND);
    (void)fund_pensioner(&h, "999000043");
    assert_reason(file_paper("999000043", ROUTE(UNSPECIFIED), fund_request_id(&h)).result,
                  INVALID_FIELD);
    fund_put_campaign(&h, 2026, 10, 30, 60);
    struct harness_member late = harness_member(&h, "999000044");
    fund_put_pension(&h, late.owner);
    assert_reason(file_paper("999000044", ROUTE(WITNESSED_FORM), fund_request_id(&h)).result,
                  CAMPAIGN_NOT_OPEN);
}

/* RULE LC-2: filing late reinstates, so however much was begun in the app, and of how many years, the counter takes papers in. */
static void the_counter_stays_open(void **state)
{
    (void)state;
    struct harness_member member = fund_pensioner(&h, NUMBER);
    Hayat__V1__CreateLifeCertificateRequest create =
        HAYAT__V1__CREATE_LIFE_CERTIFICATE_REQUEST__INIT;
    create.route = ROUTE(AUTHORITY_FORM);
    int begun = 0;
    for (int32_t year = 2026; year <= 2033; year++) {
        fund_put_campaign(&h, year, -14, 30, 60);
        for (int i = 0; i < LIMIT_CERTIFICATES_PER_YEAR && begun < LIMIT_CERTIFICATES_BEGUN; i++) {
            fake_clock_advance(&h.clock, 2000);
            (void)fund_draft(&h, member.token, ROUTE(AUTHORITY_FORM));
            begun++;
        }
        create.request_id = fund_request_id(&h);
        assert_reason(harness_call(&h, CERTIFICATE_METHOD("CreateLifeCertificate"), member.token,
                                   &create.base)
                          .result,
                      CERTIFICATE_LIMIT);
    }
    assert_int_equal(begun, LIMIT_CERTIFICATES_BEGUN);
    for (int i = begun; i < LIMIT_CERTIFICATES_AT_COUNTER; i++) {
        fake_clock_advance(&h.clock, 2000);
        assert_ok(file_paper(NUMBER, ROUTE(WITNESSED_FORM), fund_request_id(&h)).result);
    }
    assert_reason(file_paper(NUMBER, ROUTE(WITNESSED_FORM), fund_request_id(&h)).result,
                  CERTIFICATE_LIMIT);
}

/* SEC-A7: what the refusal tells of the member is no cheaper, and leaves no less of a trace, than finding them. */
static void a_refused_paper_is_audited_and_counts(void **state)
{
    (void)state;
    struct harness_member member = harness_member(&h, NUMBER);
    uint64_t before = audit_count(&h);
    assert_reason(file_paper(NUMBER, ROUTE(WITNESSED_FORM), fund_request_id(&h)).result,
                  NOT_A_PENSIONER);
    assert_int_equal(audit_count(&h), before + 1);
    struct audit_entry entry = audit_last(&h, 0);
    assert_int_equal(entry.outcome, REASON_NOT_A_PENSIONER);
    audit_assert_is(&h, entry.subject, bytes_of(member.owner.bytes, OWNER_BYTES));
    for (int i = 1; i < LIMIT_AGENT_MEMBERS_PER_HOUR; i++) {
        fake_clock_advance(&h.clock, 2000);
        assert_reason(file_paper(arena_printf(&h.arena, "nobody-%d", i), ROUTE(WITNESSED_FORM),
                                 fund_request_id(&h))
                          .result,
                      NOT_FOUND);
    }
    assert_reason(file_paper("one too many", ROUTE(WITNESSED_FORM), fund_request_id(&h)).result,
                  AGENT_BUDGET);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_code_enrols_the_person_at_the_counter),
        TEST(the_last_code_counts),
        TEST(another_card_gives_nothing_and_is_audited),
        TEST(a_paper_is_filed_as_from_a_phone),
        TEST(papers_keep_the_rules),
        TEST(the_counter_stays_open),
        TEST(a_refused_paper_is_audited_and_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
