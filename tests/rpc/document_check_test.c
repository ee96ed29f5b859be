/*
 * Promise: a member sees at once how the check of a document stands; what was refused keeps a draft from being submitted, with the item,
 * the reason and the page; what is pending, or where only a machine failed, does not (SEC-E6, SEC-F3).  A verdict comes once.
 */
#include "tests/support/cm.h"

#include "service/document_check.h"
#include "service/document_clean.h"
#include "service/message.h"
#include "storage/check_due_store.h"
#include "tests/support/fund.h"

#define CHECK_STATE(name) HAYAT__STORE__V1__CHECK_STATE__CHECK_STATE_##name
#define CHECK_REASON(name) HAYAT__STORE__V1__CHECK_REASON__CHECK_REASON_##name
#define SHOWN(name) HAYAT__V1__DOCUMENT_CHECK_STATE__DOCUMENT_CHECK_STATE_##name

static struct harness h;
static struct harness_member m;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, "999000061");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- a draft with one form, and the checker's part --- */

struct filing {
    char *draft;
    struct id document;
};

static struct filing draft_with_form(uint64_t seed)
{
    struct filing f = {.draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM))};
    struct fund_file file = {f.draft, ITEM(FORM), "application/pdf", fund_pdf(&h, 3000, seed)};
    const char *upload = fund_upload(&h, m.token, &file);
    assert_true(id_parse(bytes_str(upload), "upl", &f.document));
    return f;
}

struct verdict {
    struct id document;
    document_check_row row;
};

static status file_verdict(void *ctx, struct txn *txn)
{
    struct verdict *verdict = ctx;
    return document_check_done(txn, m.owner, verdict->document, &verdict->row);
}

static struct verdict verdict_of(struct id document, Hayat__Store__V1__CheckState state,
                                 Hayat__Store__V1__CheckReason reason)
{
    struct verdict verdict = {.document = document};
    hayat__store__v1__stored_document_check__init(&verdict.row);
    verdict.row.state = state;
    verdict.row.reason = reason;
    return verdict;
}

static void tell(struct verdict verdict)
{
    assert_ok(harness_write(&h, file_verdict, &verdict));
}

static const Hayat__V1__DocumentCheck *shown(const char *draft, const char *language)
{
    Hayat__V1__GetLifeCertificateRequest request;
    hayat__v1__get_life_certificate_request__init(&request);
    request.life_certificate_id = message_text(&h.arena, draft);
    uint8_t *wire = arena_alloc(&h.arena, 256);
    size_t len = protobuf_c_message_pack(&request.base, wire);
    struct call_headers headers = {
        .path = bytes_str(CERTIFICATE_METHOD("GetLifeCertificate")),
        .authorization = bytes_str(arena_printf(&h.arena, "Bearer %s", m.token)),
        .accept_language = bytes_str(language),
        .deadline_us = INT64_MAX};
    struct harness_reply reply = harness_call_wire(&h, &headers, bytes_of(wire, len));
    assert_ok(reply.result);
    const Hayat__V1__LifeCertificate *certificate =
        ((Hayat__V1__GetLifeCertificateResponse *)reply.response)->life_certificate;
    assert_int_equal(certificate->n_documents, 1);
    assert_non_null(certificate->documents[0]->check);
    return certificate->documents[0]->check;
}

/* --- tests --- */

static void test_pending_holds_nobody_up(void **state)
{
    (void)state;
    struct filing f = draft_with_form(1);
    assert_int_equal(shown(f.draft, "en")->state, SHOWN(PENDING));
    assert_string_equal(shown(f.draft, "en")->text, "");
    assert_ok(fund_submit(&h, m.token, f.draft).result);
    tell(verdict_of(f.document, CHECK_STATE(REFUSED), CHECK_REASON(TRUNCATED)));
    assert_int_equal(shown(f.draft, "en")->state, SHOWN(REFUSED)); /* for a person to look at */
}

static void test_refused_must_be_replaced(void **state)
{
    (void)state;
    struct filing f = draft_with_form(2);
    struct verdict verdict = verdict_of(f.document, CHECK_STATE(REFUSED), CHECK_REASON(SCRIPTED));
    verdict.row.page = 2;
    verdict.row.page_count = 3;
    tell(verdict);
    assert_int_equal(shown(f.draft, "en")->page, 2);
    assert_non_null(strstr(shown(f.draft, "en")->text, "Print it"));
    assert_non_null(strstr(shown(f.draft, "fr")->text, "Imprimez-le"));
    assert_non_null(strstr(shown(f.draft, "ar")->text, "اطبعوه"));
    struct harness_reply reply = fund_submit(&h, m.token, f.draft);
    assert_reason(reply.result, CERTIFICATE_INCOMPLETE);
    assert_int_equal(reply.precondition->n_violations, 1);
    assert_string_equal(reply.precondition->violations[0]->type, "DOCUMENT_REFUSED");
    assert_string_equal(reply.precondition->violations[0]->subject, "FORM/SCRIPTED/page 2");
}

static void test_a_machine_that_failed_refuses_nothing(void **state)
{
    (void)state;
    struct filing f = draft_with_form(3);
    tell(verdict_of(f.document, CHECK_STATE(REFUSED), CHECK_REASON(NOT_CHECKABLE)));
    assert_ok(fund_submit(&h, m.token, f.draft).result);
    f = draft_with_form(4);
    tell(verdict_of(f.document, CHECK_STATE(NOT_CHECKED), CHECK_REASON(NOT_SCANNED)));
    assert_ok(fund_submit(&h, m.token, f.draft).result);
}

static void test_hints_are_shown(void **state)
{
    (void)state;
    struct filing f = draft_with_form(5);
    Hayat__Store__V1__PageHint hints[] = {HAYAT__STORE__V1__PAGE_HINT__PAGE_HINT_BLURRED};
    Hayat__Store__V1__StoredPage good = HAYAT__STORE__V1__STORED_PAGE__INIT, bad = good;
    Hayat__Store__V1__StoredPage *pages[] = {&good, &bad};
    good.page = 1;
    bad.page = 2;
    bad.n_hints = 1;
    bad.hints = hints;
    struct verdict verdict = verdict_of(f.document, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED));
    verdict.row.page_count = 2;
    verdict.row.n_pages = 2;
    verdict.row.pages = pages;
    tell(verdict);
    const Hayat__V1__DocumentCheck *check = shown(f.draft, "en");
    assert_int_equal(check->state, SHOWN(PASSED));
    assert_int_equal(check->page_count, 2);
    assert_int_equal(check->n_pages, 1);
    assert_int_equal(check->pages[0]->page, 2);
    assert_int_equal(check->pages[0]->hints[0],
                     HAYAT__V1__LEGIBILITY_HINT__LEGIBILITY_HINT_BLURRED);
    assert_ok(fund_submit(&h, m.token, f.draft).result);
}

static void test_a_verdict_comes_once(void **state)
{
    (void)state;
    struct filing f = draft_with_form(6);
    tell(verdict_of(f.document, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED)));
    tell(verdict_of(f.document, CHECK_STATE(REFUSED), CHECK_REASON(INFECTED)));
    assert_int_equal(shown(f.draft, "en")->state, SHOWN(PASSED));
    struct id unknown = id_new(h.app.random);
    tell(verdict_of(unknown, CHECK_STATE(PASSED), CHECK_REASON(UNSPECIFIED)));
}

static status list_due(void *ctx, struct txn *txn)
{
    return check_due_store_list(txn, CHECK_QUEUE_CHECK, ctx);
}

static void test_every_upload_is_queued(void **state)
{
    (void)state;
    struct check_due_list list;
    (void)draft_with_form(7);
    (void)draft_with_form(8);
    assert_ok(harness_read(&h, list_due, &list));
    assert_int_equal(list.count, 2);
    assert_memory_equal(list.rows[0].owner.bytes, m.owner.bytes, OWNER_BYTES);
}

/* --- turns --- */

static struct id put_other(struct harness_member *whose, char *draft, uint64_t seed)
{
    struct fund_file file = {draft, ITEM(OTHER), "application/pdf", fund_pdf(&h, 3000, seed)};
    struct id id;
    assert_true(id_parse(bytes_str(fund_upload(&h, whose->token, &file)), "upl", &id));
    return id;
}

static bool lists(const struct check_due_list *list, size_t from, size_t to, struct id id)
{
    bool found = false;
    for (size_t i = from; i < to; i++) {
        found |= memcmp(list->rows[i].document.bytes, id.bytes, ID_BYTES) == 0;
    }
    return found;
}

static status try_again(void *ctx, struct txn *txn)
{
    struct check_due *due = ctx;
    TRY(check_due_store_delete(txn, due));
    due->again = true;
    due->time_ms = txn_steady_ms(txn) + 1000;
    return check_due_store_put(txn, due);
}

/* Who sent many files long before delays another's by one. */
static void test_files_take_turns(void **state)
{
    (void)state;
    enum { MANY = 6 };
    struct check_due_list list;
    struct id first = {{0}};
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    for (uint64_t i = 0; i < MANY; i++) {
        struct id id = put_other(&m, draft, 20 + i);
        first = i == 0 ? id : first;
    }
    fake_clock_advance(&h.clock, 300000); /* the checker is slow */
    struct harness_member other = fund_pensioner(&h, "999000062");
    char *others = fund_draft(&h, other.token, ROUTE(AUTHORITY_FORM));
    struct id one = put_other(&other, others, 40), two = put_other(&other, others, 41);
    assert_ok(harness_read(&h, list_due, &list));
    assert_int_equal(list.count, LIMIT_CHECK_DUE);
    assert_true(lists(&list, 0, 2, first) && lists(&list, 0, 2, one));
    assert_true(lists(&list, 2, 4, two));
}

/* ... and what is tried again is neither first nor last. */
static void test_what_is_tried_again_has_its_turn(void **state)
{
    (void)state;
    struct check_due_list list;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    for (uint64_t i = 0; i < LIMIT_CHECK_DUE + 2; i++) {
        (void)put_other(&m, draft, 20 + i);
    }
    assert_ok(harness_read(&h, list_due, &list));
    struct check_due again = list.rows[0];
    assert_ok(harness_write(&h, try_again, &again));
    assert_ok(harness_read(&h, list_due, &list));
    assert_false(lists(&list, 0, list.count, again.document)); /* it waits */
    fake_clock_advance(&h.clock, 1000);
    assert_ok(harness_read(&h, list_due, &list));
    assert_int_equal(list.count, LIMIT_CHECK_DUE);
    assert_memory_equal(list.rows[1].document.bytes, again.document.bytes, ID_BYTES);
    assert_true(list.rows[1].again);
}

static status count_verdicts(void *ctx, struct txn *txn)
{
    const struct filing *f = ctx;
    Hayat__Store__V1__StoredLifeCertificate certificate =
        HAYAT__STORE__V1__STORED_LIFE_CERTIFICATE__INIT;
    ProtobufCBinaryData ids[] = {{ID_BYTES, (uint8_t *)(uintptr_t)f->document.bytes}};
    struct document_verdicts verdicts;
    certificate.n_document_ids = 1;
    certificate.document_ids = ids;
    TRY(document_check_verdicts(txn, m.owner, &certificate, &verdicts));
    assert_int_equal(verdicts.pending, 1);
    assert_int_equal(verdicts.passed + verdicts.refused + verdicts.not_checked, 0);
    return STATUS_OK;
}

static void test_counting(void **state)
{
    (void)state;
    struct filing f = draft_with_form(9);
    assert_ok(harness_read(&h, count_verdicts, &f));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_pending_holds_nobody_up),
        TEST(test_refused_must_be_replaced),
        TEST(test_a_machine_that_failed_refuses_nothing),
        TEST(test_hints_are_shown),
        TEST(test_a_verdict_comes_once),
        TEST(test_every_upload_is_queued),
        TEST(test_files_take_turns),
        TEST(test_what_is_tried_again_has_its_turn),
        TEST(test_counting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
