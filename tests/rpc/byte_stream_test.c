/*
 * Promise: a streamed upload survives anything a connection does: messages of any size, cuts anywhere, a second writer,
 * a restart; at most one chunk is sent again, and what is read back is what was sent, byte for byte.
 */
#include "tests/support/cm.h"

#include "service/message.h"
#include "storage/document_key.h"
#include "tests/support/fund.h"

#define CHUNK ((size_t)CHUNK_PLAIN_BYTES)

static struct harness h;
static struct harness_member m;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, "999000051");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static void open_write(struct harness_stream *s)
{
    assert_true(harness_stream_open(s, &h, BYTE_STREAM_METHOD("Write"), m.token));
}

static int64_t written(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    assert_non_null(reply->response);
    return ((Google__Bytestream__WriteResponse *)reply->response)->committed_size;
}

static struct harness_reply query(const char *token, const char *name)
{
    Google__Bytestream__QueryWriteStatusRequest request;
    google__bytestream__query_write_status_request__init(&request);
    request.resource_name = message_text(&h.arena, name);
    return harness_call(&h, BYTE_STREAM_METHOD("QueryWriteStatus"), token, &request.base);
}

static int64_t committed(const char *name)
{
    struct harness_reply reply = query(m.token, name);
    assert_ok(reply.result);
    return ((Google__Bytestream__QueryWriteStatusResponse *)reply.response)->committed_size;
}

static bool complete(const char *name)
{
    struct harness_reply reply = query(m.token, name);
    assert_ok(reply.result);
    return ((Google__Bytestream__QueryWriteStatusResponse *)reply.response)->complete;
}

static void assert_reads_back(const char *upload, bytes data)
{
    bytes read;
    assert_ok(
        fund_read(&h, m.token, fund_document_name(&h, upload), (struct fund_range){0, 0}, &read)
            .result);
    assert_true(bytes_equal(read, data));
}

/* Sends DATA from OFFSET in pieces of SIZE, the last with finish_write, and closes. */
static struct harness_reply write_all(const char *name, int64_t offset, bytes data, size_t size)
{
    struct harness_stream s;
    open_write(&s);
    for (size_t at = 0; at < data.len && !s.failed; at += size) {
        bytes piece = bytes_head(bytes_skip(data, at), size);
        (void)fund_stream_send(&s, at == 0 ? name : "", offset + (int64_t)at, piece,
                               at + piece.len == data.len);
    }
    return harness_stream_close(&s);
}

static void test_messages_of_any_size(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,         7,     1000,      4096,
                                   CHUNK - 1, CHUNK, CHUNK + 1, LIMIT_APPEND_BYTES};
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t len = sizes[i] == 1 ? CHUNK + 50 : 6 * CHUNK + 50;
        struct fund_file file = {draft, ITEM(OTHER), "application/pdf", fund_pdf(&h, len, i)};
        char *upload = fund_declare(&h, m.token, &file);
        struct harness_reply reply = write_all(fund_upload_name(&h, upload), 0, file.data,
                                               sizes[i]);
        assert_int_equal(written(&reply), (int64_t)len);
        assert_reads_back(upload, file.data);
    }
}

/* Cut at random places, each time in the middle of a message's worth of pieces; resumed at the committed offset. */
static void test_cuts_anywhere(void **state)
{
    (void)state;
    struct fake_random random;
    fake_random_init(&random, 11);
    bytes data = fund_pdf(&h, 20 * CHUNK + 17, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    for (int cuts = 0; !complete(name); cuts++) {
        struct harness_stream s;
        size_t at = (size_t)committed(name);
        uint32_t r[2];
        random_fill(&random.source, r, sizeof r);
        size_t stop = at + r[0] % 200000, piece_len = 1 + r[1] % 90000;
        open_write(&s);
        bool finish = false;
        while (!finish && at < stop) {
            bytes piece = bytes_head(bytes_skip(data, at), piece_len);
            finish = at + piece.len == data.len;
            assert_true(fund_stream_send(&s, name, (int64_t)at, piece, finish));
            at += piece.len;
        }
        harness_stream_abandon(&s);
        assert_true(at - (size_t)committed(name) < CHUNK); /* less than a chunk to send again */
        if (r[0] % 4 == 0) {
            harness_restart(&h);
        }
        assert_true(cuts < 1000);
    }
    assert_reads_back(upload, data);
}

static void test_half_close_without_finish_leaves_it_open(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_stream s;
    open_write(&s);
    assert_true(fund_stream_send(&s, name, 0, bytes_head(data, 300), false));
    assert_true(fund_stream_send(&s, name, 300, bytes_head(bytes_skip(data, 300), 300), false));
    assert_true(harness_stream_half_close(&s));
    struct harness_reply reply = harness_stream_close(&s);
    assert_int_equal(written(&reply), 600);
    assert_int_equal(committed(name), 600);
    assert_false(complete(name));
    reply = write_all(name, 600, bytes_skip(data, 600), 1000);
    assert_int_equal(written(&reply), 1000);
    assert_true(complete(name));
    assert_reads_back(upload, data);
}

static void test_no_message_at_all(void **state)
{
    (void)state;
    struct harness_stream s;
    open_write(&s);
    assert_false(harness_stream_half_close(&s));
    assert_reason(harness_stream_close(&s).result, MESSAGE_MISSING);
}

static void test_finishing_twice_is_the_same_answer(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_reply first = write_all(name, 0, data, 300);
    assert_int_equal(written(&first), 1000);
    struct harness_stream s;
    open_write(&s);
    assert_true(fund_stream_send(&s, name, 1000, bytes_of(NULL, 0), true));
    struct harness_reply again = harness_stream_close(&s);
    assert_int_equal(written(&again), 1000);
    struct harness_reply over = write_all(name, 0, data, 300);
    assert_reason(over.result, UPLOAD_OFFSET_MISMATCH);
    assert_string_equal(harness_error_value(&over, "committed_size"), "1000");
    assert_reads_back(upload, data);
}

static void test_wrong_offsets_change_nothing(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 3 * CHUNK, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    assert_ok(fund_append(&h, m.token, upload, (struct fund_piece){0, bytes_head(data, 100), false})
                  .result);
    static const int64_t wrong[] = {0, 99, 101, 3 * (int64_t)CHUNK, INT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct harness_reply reply = write_all(name, wrong[i], bytes_head(data, 50), 50);
        assert_reason(reply.result, UPLOAD_OFFSET_MISMATCH);
        assert_string_equal(harness_error_value(&reply, "committed_size"), "100");
        assert_int_equal(committed(name), 100);
    }
    struct harness_stream s; /* a later message that leaves a gap */
    open_write(&s);
    assert_true(fund_stream_send(&s, name, 100, bytes_head(bytes_skip(data, 100), 100), false));
    assert_false(fund_stream_send(&s, name, 201, bytes_head(bytes_skip(data, 201), 100), false));
    struct harness_reply gap = harness_stream_close(&s);
    assert_reason(gap.result, UPLOAD_OFFSET_MISMATCH);
    assert_string_equal(harness_error_value(&gap, "committed_size"),
                        "200"); /* what came before is kept */
    assert_int_equal(committed(name), 200);
    struct harness_reply longer = write_all(name, 200, data, LIMIT_APPEND_BYTES);
    assert_reason(longer.result, UPLOAD_TOO_LONG);
    assert_int_equal(committed(name), 200);
}

static void test_a_new_writer_fences_the_stale_one(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 4 * CHUNK, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_stream stale, fresh;
    open_write(&stale);
    assert_true(fund_stream_send(&stale, name, 0, bytes_head(data, 1000),
                                 false)); /* held, not a chunk yet */
    open_write(&fresh);
    assert_true(fund_stream_send(&fresh, name, 0, bytes_head(data, CHUNK), false));
    bytes rest = bytes_head(bytes_skip(data, 1000), CHUNK);
    assert_false(fund_stream_send(&stale, name, 1000, rest, false));
    assert_reason(harness_stream_close(&stale).result, UPLOAD_TAKEN_OVER);
    rest = bytes_skip(data, CHUNK);
    assert_true(fund_stream_send(&fresh, name, (int64_t)CHUNK, rest, true));
    struct harness_reply reply = harness_stream_close(&fresh);
    assert_int_equal(written(&reply), (int64_t)data.len);
    assert_reads_back(upload, data);
}

static void test_the_first_message_alone_fences(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 2000, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_stream stale, fresh;
    open_write(&stale);
    assert_true(fund_stream_send(&stale, name, 0, bytes_head(data, 500), false));
    open_write(&fresh);
    assert_true(fund_stream_send(&fresh, name, 0, bytes_of(NULL, 0), false));
    assert_false(harness_stream_half_close(&stale));
    assert_reason(harness_stream_close(&stale).result, UPLOAD_TAKEN_OVER);
    harness_stream_abandon(&fresh);
    assert_int_equal(committed(name), 0);
}

static void test_append_chunk_fences_a_stream(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 2000, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_stream stale;
    open_write(&stale);
    assert_true(fund_stream_send(&stale, name, 0, bytes_head(data, 500), false));
    assert_ok(fund_append(&h, m.token, upload, (struct fund_piece){0, bytes_head(data, 700), false})
                  .result);
    assert_false(fund_stream_send(&stale, name, 500, bytes_skip(data, 500), true));
    assert_reason(harness_stream_close(&stale).result, UPLOAD_TAKEN_OVER);
    assert_int_equal(committed(name), 700);
}

static void test_a_wrong_digest_starts_over(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 2 * CHUNK + 9, 5), wrong = fund_pdf(&h, data.len, 6);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_reply reply = write_all(name, 0, wrong, 10000);
    assert_reason(reply.result, UPLOAD_DIGEST_MISMATCH);
    assert_string_equal(harness_error_value(&reply, "committed_size"), "0");
    assert_int_equal(committed(name), 0);
    reply = write_all(name, 0, data, 10000);
    assert_int_equal(written(&reply), (int64_t)data.len);
    assert_reads_back(upload, data);
}

static void test_finishing_early_keeps_what_came(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_upload_name(&h, upload);
    struct harness_reply reply = write_all(name, 0, bytes_head(data, 600), 100);
    assert_reason(reply.result, UPLOAD_INCOMPLETE);
    assert_string_equal(harness_error_value(&reply, "committed_size"), "600");
    assert_int_equal(committed(name), 600);
    reply = write_all(name, 600, bytes_skip(data, 600), 100);
    assert_int_equal(written(&reply), 1000);
}

static void test_names(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "uploads/", "uploads/upl_x",
                                      "documents/doc_00000000000000000000000000",
                                      "upl_00000000000000000000000000"};
    bytes data = fund_pdf(&h, 1000, 5);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct harness_reply reply = write_all(bad[i], 0, data, 1000);
        assert_reason(reply.result, INVALID_FIELD);
        assert_string_equal(reply.bad_request->field_violations[0]->field, "resource_name");
    }
    assert_reason(query(m.token, "uploads/upl_x").result, INVALID_FIELD);
    char *name = fund_upload_name(&h, fund_declare_form(&h, m.token, data));
    struct harness_stream s;
    open_write(&s);
    assert_true(fund_stream_send(&s, name, 0, bytes_head(data, 500), false));
    assert_false(fund_stream_send(&s, "uploads/upl_00000000000000000000000000", 500,
                                  bytes_skip(data, 500), true));
    assert_reason(harness_stream_close(&s).result, INVALID_FIELD);
}

/* SEC-A3 */
static void test_anothers_upload_is_unknown_byte_for_byte(void **state)
{
    (void)state;
    struct harness_member owner = m, stranger = fund_pensioner(&h, "999000052");
    bytes data = fund_pdf(&h, 1000, 5);
    char *theirs = fund_upload_name(&h, fund_declare_form(&h, owner.token, data));
    char unknown[ID_TEXT_MAX];
    id_format(id_new(&random_system), "upl", unknown);
    char *nobodys = fund_upload_name(&h, unknown);
    m = stranger;
    struct harness_reply a = write_all(theirs, 0, data, 500), b = write_all(nobodys, 0, data, 500);
    assert_reason(a.result, NOT_FOUND);
    fund_assert_same_failure(&a, &b);
    a = query(stranger.token, theirs);
    b = query(stranger.token, nobodys);
    assert_reason(a.result, NOT_FOUND);
    fund_assert_same_failure(&a, &b);
}

/* --- Read --- */

static void test_reading_any_range(void **state)
{
    (void)state;
    struct fake_random random;
    fake_random_init(&random, 13);
    bytes data = fund_pdf(&h, 3 * CHUNK + 100, 5);
    char *upload = fund_declare_form(&h, m.token, data), *name = fund_document_name(&h, upload);
    assert_int_equal(committed(fund_upload_name(&h, upload)), 0);
    struct harness_reply reply = write_all(fund_upload_name(&h, upload), 0, data,
                                           LIMIT_APPEND_BYTES);
    assert_int_equal(written(&reply), (int64_t)data.len);
    for (int i = 0; i < 30; i++) {
        struct arena_mark mark = arena_mark(&h.arena);
        uint32_t r[2];
        random_fill(&random.source, r, sizeof r);
        size_t offset = r[0] % (data.len + 1), limit = r[1] % (2 * data.len);
        bytes expected = bytes_skip(data, offset), read;
        expected = limit == 0 ? expected : bytes_head(expected, limit);
        assert_ok(fund_read(&h, m.token, name, (struct fund_range){(int64_t)offset, (int64_t)limit},
                            &read)
                      .result);
        assert_true(bytes_equal(read, expected));
        arena_rewind(&h.arena, mark);
    }
    bytes none;
    assert_ok(
        fund_read(&h, m.token, name, (struct fund_range){(int64_t)data.len, 0}, &none).result);
    assert_int_equal(none.len, 0);
    assert_reason(
        fund_read(&h, m.token, name, (struct fund_range){(int64_t)data.len + 1, 0}, &none).result,
        READ_OUT_OF_RANGE);
    assert_reason(fund_read(&h, m.token, "documents/x", (struct fund_range){0, 0}, &none).result,
                  INVALID_FIELD);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_messages_of_any_size),
        TEST(test_cuts_anywhere),
        TEST(test_half_close_without_finish_leaves_it_open),
        TEST(test_no_message_at_all),
        TEST(test_finishing_twice_is_the_same_answer),
        TEST(test_wrong_offsets_change_nothing),
        TEST(test_a_new_writer_fences_the_stale_one),
        TEST(test_the_first_message_alone_fences),
        TEST(test_append_chunk_fences_a_stream),
        TEST(test_a_wrong_digest_starts_over),
        TEST(test_finishing_early_keeps_what_came),
        TEST(test_names),
        TEST(test_anothers_upload_is_unknown_byte_for_byte),
        TEST(test_reading_any_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
