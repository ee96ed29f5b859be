/*
 * Promise: a pensioner sees the duty, opens a draft, and files it once, whole or not at all, against a receipt that
 * proves it; a refusal names everything that is missing; filing late still counts.
 */
#include "tests/support/cm.h"

#include "hayat/store/v1/records.pb-c.h"
#include "service/life_certificate_state.h"
#include "service/message.h"
#include "service/receipt.h"
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

#define DAYS(n) ((n)*24LL * 3600 * 1000)

static struct harness_reply try_obligation(const char *token)
{
    Hayat__V1__GetObligationRequest request = HAYAT__V1__GET_OBLIGATION_REQUEST__INIT;
    return harness_call(&h, CERTIFICATE_METHOD("GetObligation"), token, &request.base);
}

static const Hayat__V1__Obligation *obligation(const char *token)
{
    struct harness_reply reply = try_obligation(token);
    assert_ok(reply.result);
    return ((Hayat__V1__GetObligationResponse *)reply.response)->obligation;
}

static struct harness_reply try_create(const char *token, const char *request_id,
                                       Hayat__V1__ProofRoute route)
{
    Hayat__V1__CreateLifeCertificateRequest request;
    hayat__v1__create_life_certificate_request__init(&request);
    request.request_id = message_text(&h.arena, request_id);
    request.route = route;
    return harness_call(&h, CERTIFICATE_METHOD("CreateLifeCertificate"), token, &request.base);
}

static struct harness_reply try_get(const char *token, const char *id)
{
    Hayat__V1__GetLifeCertificateRequest request;
    hayat__v1__get_life_certificate_request__init(&request);
    request.life_certificate_id = message_text(&h.arena, id);
    return harness_call(&h, CERTIFICATE_METHOD("GetLifeCertificate"), token, &request.base);
}

static const Hayat__V1__LifeCertificate *get(const char *token, const char *id)
{
    struct harness_reply reply = try_get(token, id);
    assert_ok(reply.result);
    return ((Hayat__V1__GetLifeCertificateResponse *)reply.response)->life_certificate;
}

static struct harness_reply try_receipt(const char *token, const char *id)
{
    Hayat__V1__GetReceiptRequest request;
    hayat__v1__get_receipt_request__init(&request);
    request.life_certificate_id = message_text(&h.arena, id);
    return harness_call(&h, CERTIFICATE_METHOD("GetReceipt"), token, &request.base);
}

static struct harness_reply list(const char *token, int32_t size, const char *page)
{
    Hayat__V1__ListLifeCertificatesRequest request;
    hayat__v1__list_life_certificates_request__init(&request);
    request.page_size = size;
    request.page_token = message_text(&h.arena, page);
    return harness_call(&h, CERTIFICATE_METHOD("ListLifeCertificates"), token, &request.base);
}

static struct fund_file pdf_for(const char *certificate, Hayat__V1__DocumentItem item)
{
    return (struct fund_file){certificate, item, "application/pdf",
                              fund_pdf(&h, 3000, (uint64_t)item)};
}

static void upload_item(const char *token, const char *certificate, Hayat__V1__DocumentItem item)
{
    struct fund_file file = pdf_for(certificate, item);
    (void)fund_upload(&h, token, &file);
}

/* --- the obligation --- */

static void test_no_pension_no_duty(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000021");
    fund_put_campaign(&h, 2026, -14, 30, 60);
    assert_reason(try_obligation(m.token).result, NOT_A_PENSIONER);
    assert_reason(try_create(m.token, fund_request_id(&h), ROUTE(AUTHORITY_FORM)).result,
                  NOT_A_PENSIONER);
}

static void test_the_duty_from_first_look_to_filed(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000022");
    const Hayat__V1__Obligation *duty = obligation(m.token);
    assert_int_equal(duty->year, 2026);
    assert_int_equal(duty->open_date->day, 1);
    assert_int_equal(duty->due_date->day, 14);
    assert_int_equal(duty->grace_end_date->month, 3);
    assert_false(duty->fulfilled);
    assert_string_equal(duty->life_certificate_id, "");
    assert_int_equal(duty->n_missing_items, 1);
    assert_string_equal(duty->pension_number, "P-999-0001");
    assert_string_equal(duty->country_code, "FR");

    char *draft = fund_draft(&h, m.token, ROUTE(WITNESSED_FORM));
    duty = obligation(m.token);
    assert_string_equal(duty->life_certificate_id, draft);
    assert_int_equal(duty->n_missing_items, 2);
    upload_item(m.token, draft, ITEM(FORM));
    duty = obligation(m.token);
    assert_int_equal(duty->n_missing_items, 1);
    assert_int_equal(duty->missing_items[0], ITEM(IDENTITY));
    upload_item(m.token, draft, ITEM(IDENTITY));
    assert_ok(fund_submit(&h, m.token, draft).result);
    duty = obligation(m.token);
    assert_true(duty->fulfilled);
    assert_string_equal(duty->life_certificate_id, draft);
    assert_int_equal(duty->n_missing_items, 0);
}

static void test_campaign_ahead(void **state)
{
    (void)state;
    struct harness_member m = harness_member(&h, "999000023");
    fund_put_pension(&h, m.owner);
    assert_reason(try_obligation(m.token).result, CAMPAIGN_NOT_OPEN);
    fund_put_campaign(&h, 2026, 1, 30, 60);
    assert_int_equal(obligation(m.token)->year, 2026);
    assert_reason(try_create(m.token, fund_request_id(&h), ROUTE(AUTHORITY_FORM)).result,
                  CAMPAIGN_NOT_OPEN);
    h.app.access_token_ms = DAYS(2);
    fake_clock_advance(&h.clock, DAYS(1));
    struct harness_member again = harness_member(&h, "999000023");
    assert_ok(try_create(again.token, fund_request_id(&h), ROUTE(AUTHORITY_FORM)).result);
}

/* --- drafts --- */

static void test_replay_by_request_id(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000024");
    char *id = fund_request_id(&h);
    struct harness_reply first = try_create(m.token, id, ROUTE(AUTHORITY_FORM));
    struct harness_reply again = try_create(m.token, id, ROUTE(AUTHORITY_FORM));
    assert_ok(first.result);
    assert_ok(again.result);
    assert_int_equal(first.wire.len, again.wire.len);
    assert_memory_equal(first.wire.ptr, again.wire.ptr, first.wire.len);
    assert_reason(try_create(m.token, id, ROUTE(WITNESSED_FORM)).result, REQUEST_ID_REUSED);
    struct harness_reply all = list(m.token, 0, "");
    assert_int_equal(((Hayat__V1__ListLifeCertificatesResponse *)all.response)->n_life_certificates,
                     1);
}

static void test_few_certificates_a_year(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000025");
    for (int i = 0; i < LIMIT_CERTIFICATES_PER_YEAR; i++) {
        (void)fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    }
    assert_reason(try_create(m.token, fund_request_id(&h), ROUTE(AUTHORITY_FORM)).result,
                  CERTIFICATE_LIMIT);
    fake_clock_advance(&h.clock, DAYS(40));
    fund_put_campaign(&h, 2027, 35, 80, 90); /* another year, another count */
    assert_ok(try_create(m.token, fund_request_id(&h), ROUTE(AUTHORITY_FORM)).result);
    assert_reason(try_create(m.token, fund_request_id(&h), 7).result, INVALID_FIELD);
}

static void test_etags(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000026");
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    char *before = get(m.token, draft)->etag;
    upload_item(m.token, draft, ITEM(FORM));
    assert_string_not_equal(get(m.token, draft)->etag, before);
    Hayat__V1__SubmitLifeCertificateRequest request;
    hayat__v1__submit_life_certificate_request__init(&request);
    request.request_id = fund_request_id(&h);
    request.life_certificate_id = draft;
    request.etag = before;
    struct harness_reply stale = harness_call(&h, CERTIFICATE_METHOD("SubmitLifeCertificate"),
                                              m.token, &request.base);
    assert_reason(stale.result, ETAG_MISMATCH);
    request.etag = get(m.token, draft)->etag;
    request.request_id = fund_request_id(&h);
    (void)fund_call(&h, CERTIFICATE_METHOD("SubmitLifeCertificate"), m.token, &request.base);
}

/* --- filing --- */

static bool names_precondition(const struct harness_reply *reply, const char *type,
                               const char *subject)
{
    assert_non_null(reply->precondition);
    for (size_t i = 0; i < reply->precondition->n_violations; i++) {
        if (strcmp(reply->precondition->violations[i]->type, type) == 0 &&
            strcmp(reply->precondition->violations[i]->subject, subject) == 0) {
            return true;
        }
    }
    return false;
}

static void test_everything_missing_is_named_at_once(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000027");
    char *draft = fund_draft(&h, m.token, ROUTE(WITNESSED_FORM));
    struct fund_file other = pdf_for(draft, ITEM(OTHER));
    (void)fund_declare(&h, m.token, &other); /* still open */
    struct harness_reply reply = fund_submit(&h, m.token, draft);
    assert_reason(reply.result, CERTIFICATE_INCOMPLETE);
    assert_int_equal(reply.precondition->n_violations, 3);
    assert_true(names_precondition(&reply, "MISSING_ITEM", "FORM"));
    assert_true(names_precondition(&reply, "MISSING_ITEM", "IDENTITY"));
    assert_true(names_precondition(&reply, "UPLOAD_OPEN", "OTHER"));
    assert_int_equal(get(m.token, draft)->state, 1);
}

static void check_receipt(const Hayat__V1__SignedReceipt *receipt, const char *certificate,
                          bool in_time)
{
    Hayat__V1__ReceiptPayload *payload;
    assert_ok(receipt_verify(h.signer.public_key, receipt, &h.arena, &payload));
    assert_string_equal(payload->life_certificate_id, certificate);
    assert_string_equal(payload->pension_number, "P-999-0001");
    assert_int_equal(payload->year, 2026);
    assert_int_equal(payload->in_time, in_time);
    assert_int_equal(payload->submit_time->seconds, clock_wall_ms(&h.clock.clock) / 1000);
    assert_int_equal(payload->n_documents, 1);
    assert_int_equal(payload->documents[0]->size_bytes, 3000);
    assert_int_equal(payload->documents[0]->sha256.len, 32);
    receipt->payload.data[receipt->payload.len / 2] ^= 1;
    assert_reason(receipt_verify(h.signer.public_key, receipt, &h.arena, &payload),
                  RECEIPT_INVALID);
}

static struct harness_reply submit_stamped(const char *token, const char *draft, struct date day)
{
    Hayat__V1__DocumentStamp stamp = HAYAT__V1__DOCUMENT_STAMP__INIT, *stamps[] = {&stamp};
    Hayat__V1__SubmitLifeCertificateRequest request =
        HAYAT__V1__SUBMIT_LIFE_CERTIFICATE_REQUEST__INIT;
    Google__Type__Date date = GOOGLE__TYPE__DATE__INIT;
    date.year = day.year;
    date.month = day.month;
    date.day = day.day;
    stamp.document_id = get(token, draft)->documents[0]->document_id;
    stamp.stamp_date = &date;
    stamp.authority = message_text(&h.arena, "Consulat de Testville");
    stamp.country_code = message_text(&h.arena, "FR");
    request.request_id = fund_request_id(&h);
    request.life_certificate_id = message_text(&h.arena, draft);
    request.stamps = stamps;
    request.n_stamps = 1;
    return harness_call(&h, CERTIFICATE_METHOD("SubmitLifeCertificate"), token, &request.base);
}

static void test_a_stamp_s_day_is_in_the_receipt(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000033");
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    upload_item(m.token, draft, ITEM(FORM));
    const struct date to_come = {2026, 1, 16}, none = {2026, 2, 30}, seen = {2026, 1, 12};
    assert_reason(submit_stamped(m.token, draft, to_come).result, INVALID_FIELD);
    assert_reason(submit_stamped(m.token, draft, none).result, INVALID_FIELD);
    struct harness_reply reply = submit_stamped(m.token, draft, seen);
    assert_ok(reply.result);
    const Hayat__V1__SubmitLifeCertificateResponse *response = (const void *)reply.response;
    const Hayat__V1__DocumentStamp *told = response->life_certificate->documents[0]->stamp;
    Hayat__V1__ReceiptPayload *payload;
    assert_string_equal(told->authority, "Consulat de Testville");
    assert_ok(receipt_verify(h.signer.public_key, response->receipt, &h.arena, &payload));
    const Hayat__V1__DocumentStamp *kept = payload->documents[0]->stamp;
    assert_int_equal(kept->stamp_date->month, 1);
    assert_int_equal(kept->stamp_date->day, 12);
    assert_string_equal(kept->country_code, "FR");
    assert_string_equal(kept->authority, ""); /* a receipt fits a QR code */
}

struct outbox {
    size_t count;
    char kind[64];
};

static bool see_outbox(void *ctx, struct key key, const ProtobufCMessage *record)
{
    struct outbox *outbox = ctx;
    (void)key;
    (void)snprintf(outbox->kind, sizeof outbox->kind, "%s",
                   ((const Hayat__Store__V1__StoredOutbox *)record)->kind);
    outbox->count++;
    return true;
}

static status read_outbox(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_outbox};
    return table_scan(txn, &scan, see_outbox, ctx);
}

static void test_filing_gives_a_receipt_and_tells_the_core_system(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000028");
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_reason(try_receipt(m.token, draft).result, RECEIPT_NOT_ISSUED);
    upload_item(m.token, draft, ITEM(FORM));
    struct harness_reply reply = fund_submit(&h, m.token, draft);
    assert_ok(reply.result);
    const Hayat__V1__SubmitLifeCertificateResponse *filed =
        (const Hayat__V1__SubmitLifeCertificateResponse *)reply.response;
    assert_true(certificate_is_filed(filed->life_certificate->state));
    assert_true(filed->life_certificate->in_time);
    assert_int_equal(filed->life_certificate->n_documents, 1);
    check_receipt(filed->receipt, draft, true);
    struct harness_reply later = try_receipt(m.token, draft);
    assert_ok(later.result);
    check_receipt(((Hayat__V1__GetReceiptResponse *)later.response)->receipt, draft, true);
    struct outbox outbox = {.count = 0};
    assert_ok(harness_read(&h, read_outbox, &outbox));
    assert_int_equal(outbox.count, 1);
    assert_string_equal(outbox.kind, "life_certificate.submitted");
    harness_restart(&h); /* and all of it is on disk */
    assert_true(certificate_is_filed(get(m.token, draft)->state));
}

static void test_filing_twice(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000029");
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    upload_item(m.token, draft, ITEM(FORM));
    Hayat__V1__SubmitLifeCertificateRequest request;
    hayat__v1__submit_life_certificate_request__init(&request);
    request.request_id = fund_request_id(&h);
    request.life_certificate_id = draft;
    const char *method = CERTIFICATE_METHOD("SubmitLifeCertificate");
    struct harness_reply first = harness_call(&h, method, m.token, &request.base);
    struct harness_reply again = harness_call(&h, method, m.token, &request.base);
    assert_ok(first.result);
    assert_ok(again.result);
    assert_int_equal(first.wire.len, again.wire.len);
    assert_memory_equal(first.wire.ptr, again.wire.ptr, first.wire.len);
    assert_reason(fund_submit(&h, m.token, draft).result, CERTIFICATE_ALREADY_FILED);
    struct fund_file other = pdf_for(draft, ITEM(OTHER));
    assert_reason(fund_try_declare(&h, m.token, &other).result, CERTIFICATE_ALREADY_FILED);
    struct outbox outbox = {.count = 0};
    assert_ok(harness_read(&h, read_outbox, &outbox));
    assert_int_equal(outbox.count, 1);
}

/* RULE LC-2, LC-3: by the due day in time; after it, even long after, taken and not in time. */
static void test_late_filing_reinstates(void **state)
{
    (void)state;
    static const struct {
        int64_t day;
        bool in_time;
    } cases[] = {{30, true}, {31, false}, {61, false}, {85, false}};
    for (size_t i = 0; i < 4; i++) {
        harness_stop(&h);
        harness_start(&h);
        struct harness_member m = fund_pensioner(&h, "999000030");
        char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
        upload_item(m.token, draft, ITEM(FORM));
        fake_clock_advance(&h.clock, DAYS(cases[i].day));
        struct harness_reply reply = fund_submit(&h, m.token, draft);
        assert_ok(reply.result);
        const Hayat__V1__SubmitLifeCertificateResponse *filed =
            (const Hayat__V1__SubmitLifeCertificateResponse *)reply.response;
        assert_int_equal(filed->life_certificate->in_time, cases[i].in_time);
        check_receipt(filed->receipt, draft, cases[i].in_time);
    }
}

/* --- lists and strangers --- */

static void test_lists_are_newest_first_and_stable(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000031");
    char *ids[LIMIT_CERTIFICATES_PER_YEAR];
    for (int i = 0; i < 7; i++) {
        ids[i] = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
        fake_clock_advance(&h.clock, i == 3 ? 0 : 1000); /* two in the same instant */
    }
    size_t seen = 0;
    int64_t last = INT64_MAX;
    char *page = message_text(&h.arena, "");
    do {
        struct harness_reply reply = list(m.token, 2, page);
        assert_ok(reply.result);
        const Hayat__V1__ListLifeCertificatesResponse *r =
            (const Hayat__V1__ListLifeCertificatesResponse *)reply.response;
        for (size_t i = 0; i < r->n_life_certificates; i++) {
            assert_true(r->life_certificates[i]->create_time->seconds <= last);
            last = r->life_certificates[i]->create_time->seconds;
            seen++;
        }
        page = r->next_page_token;
        if (seen == 2) {
            (void)fund_draft(&h, m.token,
                             ROUTE(AUTHORITY_FORM)); /* an insert does not shift the pages */
        }
    } while (page[0] != '\0');
    assert_int_equal(seen, 7);
    struct harness_reply newest = list(m.token, 2, "");
    const Hayat__V1__ListLifeCertificatesResponse *r =
        (const Hayat__V1__ListLifeCertificatesResponse *)newest.response;
    assert_string_equal(r->life_certificates[1]->life_certificate_id, ids[6]);
    struct harness_member other = fund_pensioner(&h, "999000032");
    assert_reason(list(other.token, 2, r->next_page_token).result, PAGE_TOKEN_INVALID);
    assert_int_equal(((Hayat__V1__ListLifeCertificatesResponse *)list(other.token, 2, "").response)
                         ->n_life_certificates,
                     0);
}

/* SEC-A3 */
static void test_anothers_certificate_is_unknown_byte_for_byte(void **state)
{
    (void)state;
    struct harness_member a = fund_pensioner(&h, "999000033"), b = fund_pensioner(&h, "999000034");
    char *draft = fund_draft(&h, a.token, ROUTE(AUTHORITY_FORM));
    char unknown[ID_TEXT_MAX];
    id_format(id_new(&random_system), "lc", unknown);
    struct fund_file theirs = pdf_for(draft, ITEM(FORM)), nobodys = pdf_for(unknown, ITEM(FORM));
    const struct harness_reply pairs[][2] = {
        {try_get(b.token, draft), try_get(b.token, unknown)},
        {try_receipt(b.token, draft), try_receipt(b.token, unknown)},
        {fund_submit(&h, b.token, draft), fund_submit(&h, b.token, unknown)},
        {fund_try_declare(&h, b.token, &theirs), fund_try_declare(&h, b.token, &nobodys)},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_reason(pairs[i][0].result, NOT_FOUND);
        fund_assert_same_failure(&pairs[i][0], &pairs[i][1]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_pension_no_duty),
        TEST(test_the_duty_from_first_look_to_filed),
        TEST(test_campaign_ahead),
        TEST(test_replay_by_request_id),
        TEST(test_few_certificates_a_year),
        TEST(test_etags),
        TEST(test_everything_missing_is_named_at_once),
        TEST(test_filing_gives_a_receipt_and_tells_the_core_system),
        TEST(test_a_stamp_s_day_is_in_the_receipt),
        TEST(test_filing_twice),
        TEST(test_late_filing_reinstates),
        TEST(test_lists_are_newest_first_and_stable),
        TEST(test_anothers_certificate_is_unknown_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
