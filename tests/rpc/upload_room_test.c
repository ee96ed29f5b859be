/*
 * Promise: a member's documents take bounded room, but what was filed long ago keeps nobody from filing, and what a person of the fund asked for
 * always finds room: bytes, rows, and a place in its certificate, however full that is.
 */
#include "base/limits.h"
#include "service/life_certificate_state.h"
#include "service/message.h"
#include "storage/document_store.h"
#include "storage/life_certificate_store.h"
#include "storage/txn.h"
#include "tests/support/cm.h"
#include "tests/support/fund.h"

#define DOCUMENT(name) HAYAT__STORE__V1__DOCUMENT_STATE__DOCUMENT_STATE_##name
#define LARGEST ((int64_t)LIMIT_UPLOAD_BYTES)
#define DAYS(n) ((n)*24LL * 3600 * 1000)

static struct harness h;
static struct harness_member m;
static char *draft;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, "999000043");
    draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- what is there --- */

/* COUNT documents of SIZE bytes, declared so long ago; of no certificate that is there when CERTIFICATE is NULL. */
struct had {
    size_t count;
    uint64_t size;
    int64_t age_ms;
    Hayat__Store__V1__DocumentState state;
    const char *certificate;
};

static status put_had(void *ctx, struct txn *txn)
{
    const struct had *had = ctx;
    struct id certificate = id_new(txn_random(txn));
    Hayat__Store__V1__StoredDocument row = HAYAT__STORE__V1__STORED_DOCUMENT__INIT;
    if (had->certificate != NULL) {
        assert_true(id_parse(bytes_str(had->certificate), "lc", &certificate));
    }
    struct id id = id_new(txn_random(txn));
    row.document_id = (ProtobufCBinaryData){ID_BYTES, id.bytes};
    row.life_certificate_id = (ProtobufCBinaryData){ID_BYTES, certificate.bytes};
    row.item = ITEM(OTHER);
    row.size_bytes = had->size;
    row.state = had->state;
    row.create_ms = txn_now_ms(txn) - had->age_ms;
    return document_store_put(txn, m.owner, &row);
}

static void have(struct had had)
{
    for (size_t i = 0; i < had.count; i++) {
        assert_ok(harness_write(&h, put_had, &had));
    }
}

/* As a person's decision leaves it. */
static status ask_for_more(void *ctx, struct txn *txn)
{
    struct id id;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    Hayat__Store__V1__StoredCertificateDecision decision =
        HAYAT__STORE__V1__STORED_CERTIFICATE_DECISION__INIT;
    uint32_t items[] = {ITEM(FORM), ITEM(IDENTITY), ITEM(OTHER)};
    assert_true(id_parse(bytes_str(ctx), "lc", &id));
    TRY(life_certificate_store_get(txn, m.owner, id, &certificate));
    decision.missing_items = items;
    decision.n_missing_items = sizeof items / sizeof items[0];
    certificate->decision = &decision;
    certificate->state = CERTIFICATE(MORE_NEEDED);
    return life_certificate_store_put(txn, m.owner, certificate);
}

static void more_is_needed(void)
{
    assert_ok(harness_write(&h, ask_for_more, draft));
}

static struct harness_reply declare_size(const char *certificate, int64_t size)
{
    uint8_t digest[32] = {1};
    Hayat__V1__CreateUploadRequest request = HAYAT__V1__CREATE_UPLOAD_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.life_certificate_id = message_text(&h.arena, certificate);
    request.item = ITEM(OTHER);
    request.media_type = message_text(&h.arena, "application/pdf");
    request.size_bytes = size;
    request.sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    return harness_call(&h, UPLOAD_METHOD("CreateUpload"), m.token, &request.base);
}

static void assert_quota(const struct harness_reply *reply, size_t index, const char *subject,
                         long long most)
{
    assert_reason(reply->result, UPLOAD_SPACE);
    assert_non_null(reply->quota);
    assert_in_range(index, 0, reply->quota->n_violations - 1);
    assert_string_equal(reply->quota->violations[index]->subject, subject);
    assert_non_null(strstr(reply->quota->violations[index]->description,
                           arena_printf(&h.arena, ": %lld", most)));
}

/* --- bytes --- */

static const struct had all_filed = {
    .count = (size_t)(LIMIT_UPLOAD_BYTES_PER_MEMBER / LIMIT_UPLOAD_BYTES),
    .size = LIMIT_UPLOAD_BYTES,
    .age_ms = DAYS(700),
    .state = DOCUMENT(FILED)};

static void what_was_filed_long_ago_takes_no_room(void **state)
{
    (void)state;
    have(all_filed);
    struct harness_reply full = declare_size(draft, 1);
    assert_quota(&full, 0, "bytes_per_member", (long long)LIMIT_UPLOAD_BYTES_PER_MEMBER);
    assert_int_equal(full.quota->n_violations, 1);
    fake_clock_advance(&h.clock, LIMIT_UPLOAD_COUNTED_MS - DAYS(700));
    m = harness_member(&h, "999000043"); /* the session is over by now */
    assert_ok(declare_size(draft, 1).result);
}

/* Not filed: it ends with its draft, not by growing old. */
static void what_is_not_filed_counts_however_old(void **state)
{
    (void)state;
    struct had kept = all_filed;
    kept.state = DOCUMENT(COMPLETE);
    kept.age_ms = 2 * LIMIT_UPLOAD_COUNTED_MS;
    have(kept);
    assert_reason(declare_size(draft, 1).result, UPLOAD_SPACE);
}

static void what_a_person_asked_for_finds_room(void **state)
{
    (void)state;
    have(all_filed);
    char *other = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    more_is_needed();
    assert_reason(declare_size(other, 1).result, UPLOAD_SPACE); /* nobody asked for that */
    assert_ok(declare_size(draft, LARGEST).result);
    have((struct had){.count = LIMIT_UPLOAD_BYTES_ASKED / LIMIT_UPLOAD_BYTES - 2,
                      .size = LIMIT_UPLOAD_BYTES,
                      .state = DOCUMENT(COMPLETE),
                      .certificate = draft});
    assert_ok(declare_size(draft, LARGEST - 1).result);
    struct harness_reply full = declare_size(draft, 2);
    assert_quota(&full, 0, "bytes_per_member", (long long)LIMIT_UPLOAD_BYTES_PER_MEMBER);
    assert_quota(&full, 1, "bytes_asked", (long long)LIMIT_UPLOAD_BYTES_ASKED);
    assert_ok(declare_size(draft, 1).result);
}

/* --- rows --- */

static void the_last_rows_are_for_what_was_asked_for(void **state)
{
    (void)state;
    have((struct had){.count = LIMIT_DOCUMENTS_PER_MEMBER - LIMIT_DOCUMENTS_ASKED,
                      .size = 1000,
                      .state = DOCUMENT(FILED)});
    assert_reason(declare_size(draft, 1).result, UPLOAD_QUOTA);
    more_is_needed();
    assert_ok(declare_size(draft, 1).result);
    have((struct had){.count = LIMIT_DOCUMENTS_ASKED - 1, .size = 1000, .state = DOCUMENT(FILED)});
    assert_reason(declare_size(draft, 1).result, UPLOAD_QUOTA);
}

/* --- a place in its certificate --- */

static char *uploaded(Hayat__V1__DocumentItem item, uint64_t seed)
{
    struct fund_file file = {draft, item, "application/pdf", fund_pdf(&h, 300, seed), NULL};
    return fund_upload(&h, m.token, &file);
}

static Hayat__V1__LifeCertificate *now(void)
{
    Hayat__V1__GetLifeCertificateRequest request = HAYAT__V1__GET_LIFE_CERTIFICATE_REQUEST__INIT;
    request.life_certificate_id = draft;
    return ((Hayat__V1__GetLifeCertificateResponse *)fund_call(
                &h, CERTIFICATE_METHOD("GetLifeCertificate"), m.token, &request.base))
        ->life_certificate;
}

static bool has(const Hayat__V1__LifeCertificate *certificate, const char *upload)
{
    bool found = false;
    for (size_t i = 0; i < certificate->n_documents; i++) {
        found |= strcmp(certificate->documents[i]->document_id + strlen("doc"),
                        upload + strlen("upl")) == 0;
    }
    return found;
}

/* What reviewers see beside: oldest first. */
static status assert_made_way(void *ctx, struct txn *txn)
{
    char *const *old = ctx;
    struct id id;
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    assert_true(id_parse(bytes_str(draft), "lc", &id));
    TRY(life_certificate_store_get(txn, m.owner, id, &certificate));
    assert_int_equal(certificate->n_earlier_document_ids, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(id_parse(bytes_str(old[i]), "upl", &id));
        assert_true(bytes_equal(bytes_of_binary(certificate->earlier_document_ids[i]),
                                bytes_of(id.bytes, ID_BYTES)));
    }
    return STATUS_OK;
}

static void a_full_certificate_takes_what_was_asked_for(void **state)
{
    (void)state;
    char *old[LIMIT_DOCUMENTS_PER_CERTIFICATE];
    old[0] = uploaded(ITEM(FORM), 1);
    old[1] = uploaded(ITEM(IDENTITY), 2);
    for (int i = 2; i < LIMIT_DOCUMENTS_PER_CERTIFICATE; i++) {
        old[i] = uploaded(ITEM(OTHER), (uint64_t)i + 1);
    }
    assert_ok(fund_submit(&h, m.token, draft).result);
    more_is_needed();
    char *form = uploaded(ITEM(FORM), 21), *identity = uploaded(ITEM(IDENTITY), 22);
    assert_int_equal(now()->n_documents, LIMIT_DOCUMENTS_PER_CERTIFICATE);
    char *other = uploaded(ITEM(OTHER), 23), *second = uploaded(ITEM(OTHER), 24);
    assert_ok(fund_submit(&h, m.token, draft).result);
    const Hayat__V1__LifeCertificate *filed = now();
    assert_int_equal(filed->n_documents, LIMIT_DOCUMENTS_PER_CERTIFICATE);
    assert_true(has(filed, form) && has(filed, identity) && has(filed, other) &&
                has(filed, second));
    assert_false(has(filed, old[2]) || has(filed, old[3])); /* the oldest made way ... */
    assert_true(has(filed, old[4]));                        /* ... and no more than that */
    assert_ok(harness_read(&h, assert_made_way, &old[2]));
}

static status put_earlier(void *ctx, struct txn *txn)
{
    const size_t *count = ctx;
    struct id id, some = id_new(txn_random(txn));
    ProtobufCBinaryData ids[LIMIT_DOCUMENTS_EARLIER];
    Hayat__Store__V1__StoredLifeCertificate *certificate;
    assert_true(id_parse(bytes_str(draft), "lc", &id));
    TRY(life_certificate_store_get(txn, m.owner, id, &certificate));
    for (size_t i = 0; i < *count; i++) {
        ids[i] = (ProtobufCBinaryData){ID_BYTES, some.bytes};
    }
    certificate->earlier_document_ids = ids;
    certificate->n_earlier_document_ids = *count;
    return life_certificate_store_put(txn, m.owner, certificate);
}

/* Nothing that was filed is hidden: then no more is taken, and it is said why. */
static void so_many_make_way_and_no_more(void **state)
{
    (void)state;
    size_t count = LIMIT_DOCUMENTS_EARLIER;
    assert_ok(harness_write(&h, put_earlier, &count));
    struct harness_reply full = declare_size(draft, 300);
    assert_reason(full.result, UPLOAD_QUOTA);
    assert_string_equal(full.quota->violations[0]->subject, "papers_per_certificate");
    assert_non_null(strstr(full.quota->violations[0]->description,
                           arena_printf(&h.arena, ": %d", LIMIT_DOCUMENTS_EARLIER)));
    (void)uploaded(ITEM(FORM), 1);
    count--;
    assert_ok(harness_write(&h, put_earlier, &count));
    assert_ok(declare_size(draft, 300).result);
}

static void cancel(const char *upload)
{
    Hayat__V1__CancelUploadRequest request = HAYAT__V1__CANCEL_UPLOAD_REQUEST__INIT;
    request.request_id = fund_request_id(&h);
    request.upload_id = message_text(&h.arena, upload);
    (void)fund_call(&h, UPLOAD_METHOD("CancelUpload"), m.token, &request.base);
}

static void it_takes_no_more_than_ten_at_a_time(void **state)
{
    char *last = NULL;
    (void)state;
    (void)uploaded(ITEM(FORM), 1);
    assert_ok(fund_submit(&h, m.token, draft).result);
    more_is_needed();
    for (int i = 1; i < LIMIT_DOCUMENTS_PER_CERTIFICATE; i++) { /* beside the form of before */
        last = uploaded(ITEM(OTHER), (uint64_t)i + 1);
    }
    assert_reason(declare_size(draft, 300).result, UPLOAD_QUOTA);
    (void)uploaded(ITEM(FORM), 22); /* instead of the one of before */
    assert_reason(declare_size(draft, 300).result, UPLOAD_QUOTA);
    cancel(last);
    assert_ok(declare_size(draft, 300).result);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_was_filed_long_ago_takes_no_room),
        TEST(what_is_not_filed_counts_however_old),
        TEST(what_a_person_asked_for_finds_room),
        TEST(the_last_rows_are_for_what_was_asked_for),
        TEST(a_full_certificate_takes_what_was_asked_for),
        TEST(so_many_make_way_and_no_more),
        TEST(it_takes_no_more_than_ten_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
