/* Promise: who watches a certificate sees it from the first byte of an upload to the decision, each change once; who comes back with a token is told
   when something has changed since, and not before. */
#include "tests/support/cm.h"

#include "service/message.h"
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

typedef Hayat__V1__WatchLifeCertificateResponse Seen;

static void watch(struct harness_stream *s, const char *token, const char *certificate,
                  const char *resume)
{
    Hayat__V1__WatchLifeCertificateRequest request =
        HAYAT__V1__WATCH_LIFE_CERTIFICATE_REQUEST__INIT;
    request.life_certificate_id = message_text(&h.arena, certificate);
    request.resume_token = message_text(&h.arena, resume);
    assert_true(harness_stream_open(s, &h, CERTIFICATE_METHOD("WatchLifeCertificate"), token));
    assert_true(harness_stream_send(s, &request.base));
}

/* The next message, or NULL when the stream waits. */
static const Seen *next(struct harness_stream *s)
{
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_next(s, &response));
    return (const Seen *)response;
}

static void test_from_the_first_byte_to_the_filing(void **state)
{
    (void)state;
    struct harness_member m = fund_pensioner(&h, "999000061");
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    struct harness_stream s;
    watch(&s, m.token, draft, "");
    const Seen *seen = next(&s);
    assert_int_equal(seen->life_certificate->state, 1);
    assert_int_equal(seen->n_uploads, 0);
    assert_null(next(&s));

    bytes pdf = fund_pdf(&h, 3000, 1);
    struct fund_file file = {draft, ITEM(FORM), "application/pdf", pdf};
    char *upload = fund_declare(&h, m.token, &file);
    seen = next(&s);
    assert_int_equal(seen->n_uploads, 1);
    assert_int_equal(seen->uploads[0]->committed_bytes, 0);
    assert_int_equal(seen->uploads[0]->size_bytes, 3000);
    assert_string_equal(seen->uploads[0]->upload_id, upload);
    assert_ok(
        fund_append(&h, m.token, upload, (struct fund_piece){0, bytes_of(pdf.ptr, 1000), false})
            .result);
    seen = next(&s);
    assert_int_equal(seen->uploads[0]->committed_bytes, 1000);
    assert_null(next(&s));
    const char *token = message_text(&h.arena, seen->resume_token);
    harness_stream_abandon(&s);

    watch(&s, m.token, draft, token); /* nothing since */
    assert_null(next(&s));
    assert_ok(fund_append(&h, m.token, upload,
                          (struct fund_piece){1000, bytes_of(pdf.ptr + 1000, 2000), true})
                  .result);
    seen = next(&s);
    assert_int_equal(seen->n_uploads, 0);
    assert_int_equal(seen->life_certificate->n_documents, 1);
    assert_ok(fund_submit(&h, m.token, draft).result);
    seen = next(&s);
    assert_int_not_equal(seen->life_certificate->state, 1);
    assert_non_null(seen->life_certificate->submit_time);
    harness_stream_abandon(&s);

    watch(&s, m.token, draft, token); /* missed, and told */
    assert_non_null(next(&s));
    harness_stream_abandon(&s);
}

static void test_others_changes_say_nothing(void **state)
{
    (void)state;
    struct harness_member a = fund_pensioner(&h, "999000062"), b = fund_pensioner(&h, "999000063");
    char *draft = fund_draft(&h, a.token, ROUTE(AUTHORITY_FORM));
    struct harness_stream s;
    watch(&s, a.token, draft, "");
    assert_non_null(next(&s));
    (void)fund_draft(&h, b.token, ROUTE(AUTHORITY_FORM));
    (void)fund_draft(&h, a.token, ROUTE(WITNESSED_FORM)); /* another of the same member */
    assert_null(next(&s));
    harness_stream_abandon(&s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_from_the_first_byte_to_the_filing),
        TEST(test_others_changes_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
