/*
 * Promise: what AppendChunk acknowledged is on disk; a wrong offset changes nothing and tells the right one; retries are
 * safe; a wrong digest starts over; quotas and expiry hold; strangers see nothing.
 */
#include "tests/support/cm.h"

#include "service/message.h"
#include "storage/document_store.h"
#include "storage/expiry_store.h"
#include "storage/txn.h"
#include "tests/support/fund.h"

static struct harness h;
static struct harness_member m;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, "999000041");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* The limits as the types they are used with. */
#define CHUNK ((size_t)CHUNK_PLAIN_BYTES)
#define MESSAGE ((size_t)LIMIT_APPEND_BYTES)
#define LARGEST ((int64_t)LIMIT_UPLOAD_BYTES)
#define DAYS(n) ((n)*24LL * 3600 * 1000)

static const Hayat__V1__Upload *upload_of(const struct harness_reply *reply)
{
    assert_ok(reply->result);
    return ((Hayat__V1__AppendChunkResponse *)reply->response)
        ->upload; /* all three responses are one field */
}

static int64_t committed_size(const char *upload)
{
    struct harness_reply reply = fund_get_upload(&h, m.token, upload);
    return upload_of(&reply)->committed_size;
}

static struct harness_reply cancel(const char *token, const char *upload)
{
    Hayat__V1__CancelUploadRequest request;
    hayat__v1__cancel_upload_request__init(&request);
    request.request_id = fund_request_id(&h);
    request.upload_id = message_text(&h.arena, upload);
    return harness_call(&h, UPLOAD_METHOD("CancelUpload"), token, &request.base);
}

static void assert_reads_back(const char *upload, bytes data)
{
    bytes read;
    assert_ok(
        fund_read(&h, m.token, fund_document_name(&h, upload), (struct fund_range){0, 0}, &read)
            .result);
    assert_true(bytes_equal(read, data));
}

static struct harness_reply append(const char *upload, int64_t offset, bytes data, bool finish)
{
    return fund_append(&h, m.token, upload, (struct fund_piece){offset, data, finish});
}

/* --- bytes --- */

static void test_sizes_around_a_chunk(void **state)
{
    (void)state;
    static const size_t sizes[] = {5, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, MESSAGE, MESSAGE + 7};
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct fund_file file = {draft, ITEM(OTHER), "application/pdf", fund_pdf(&h, sizes[i], i)};
        char *upload = fund_upload(&h, m.token, &file);
        struct harness_reply reply = fund_get_upload(&h, m.token, upload);
        assert_int_equal(upload_of(&reply)->state, HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE);
        assert_reads_back(upload, file.data);
    }
}

static void test_pieces_of_every_kind_give_the_same_bytes(void **state)
{
    (void)state;
    struct fake_random random;
    fake_random_init(&random, 7);
    bytes data = fund_pdf(&h, 5 * CHUNK + 321, 3);
    char *upload = fund_declare_form(&h, m.token, data);
    for (size_t at = 0; at < data.len;) {
        uint32_t r;
        random_fill(&random.source, &r, sizeof r);
        bytes piece = bytes_head(bytes_skip(data, at), r % 3 == 0 ? 1 + r % 50 : 1 + r % 150000);
        bool last = at + piece.len == data.len;
        struct harness_reply reply = append(upload, (int64_t)at, piece, last);
        at += piece.len;
        assert_int_equal(upload_of(&reply)->committed_size, (int64_t)at);
        if (r % 5 == 0) {
            harness_restart(&h); /* acknowledged means on disk */
        }
    }
    assert_reads_back(upload, data);
}

static void test_a_wrong_offset_changes_nothing(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    assert_ok(append(upload, 0, bytes_head(data, 400), false).result);
    static const int64_t wrong[] = {1, 399, 401, 1000, 1001, INT64_MAX};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct harness_reply reply = append(upload, wrong[i], bytes_head(data, 500), true);
        assert_reason(reply.result, UPLOAD_OFFSET_MISMATCH);
        assert_int_equal(reply.code, CODE_OUT_OF_RANGE);
        assert_string_equal(harness_error_value(&reply, "committed_size"), "400");
        assert_int_equal(committed_size(upload), 400);
    }
    struct harness_reply longer = append(upload, 400, bytes_head(data, 601), false);
    assert_reason(longer.result, UPLOAD_TOO_LONG);
    assert_int_equal(committed_size(upload), 400);
    assert_ok(append(upload, 400, bytes_skip(data, 400), true).result);
    assert_reads_back(upload, data);
}

static void test_retries_are_acknowledged_again(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    assert_ok(append(upload, 0, bytes_head(data, 600), false).result);
    struct harness_reply again = append(upload, 0, bytes_head(data, 600), false);
    assert_int_equal(upload_of(&again)->committed_size, 600);
    again = append(upload, 100, bytes_head(bytes_skip(data, 100), 200), false);
    assert_int_equal(upload_of(&again)->committed_size, 600);
    struct harness_reply last = append(upload, 600, bytes_skip(data, 600), true);
    struct harness_reply twice = append(upload, 600, bytes_skip(data, 600), true);
    assert_ok(last.result);
    assert_ok(twice.result);
    assert_int_equal(last.wire.len, twice.wire.len);
    assert_memory_equal(last.wire.ptr, twice.wire.ptr, last.wire.len);
    assert_ok(append(upload, 1000, bytes_of(NULL, 0), true).result);
    assert_reads_back(upload, data);
}

static void test_finishing_early_keeps_what_came(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    struct harness_reply early = append(upload, 0, bytes_head(data, 600), true);
    assert_reason(early.result, UPLOAD_INCOMPLETE);
    assert_string_equal(harness_error_value(&early, "committed_size"), "600");
    assert_int_equal(committed_size(upload), 600);
    assert_ok(append(upload, 600, bytes_skip(data, 600), false).result);
    assert_ok(append(upload, 1000, bytes_of(NULL, 0), true).result);
    assert_reads_back(upload, data);
}

static void test_a_wrong_digest_starts_over(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, CHUNK + 500, 1);
    bytes wrong = fund_pdf(&h, CHUNK + 500, 2);
    char *upload = fund_declare_form(&h, m.token, data);
    struct harness_reply reply = append(upload, 0, wrong, true);
    assert_reason(reply.result, UPLOAD_DIGEST_MISMATCH);
    assert_int_equal(reply.code, CODE_DATA_LOSS);
    assert_string_equal(harness_error_value(&reply, "committed_size"), "0");
    assert_int_equal(committed_size(upload), 0);
    assert_ok(append(upload, 0, bytes_head(data, 10), false).result);
    assert_ok(append(upload, 10, bytes_skip(data, 10), true).result);
    assert_reads_back(upload, data);
}

/* SEC-E6: what it says it is, by its first bytes, however small the pieces. */
static void test_the_beginning_must_fit_the_type(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    bytes html = bytes_str("<html><script>invented</script></html>");
    struct fund_file file = {draft, ITEM(FORM), "application/pdf", html};
    char *upload = fund_declare(&h, m.token, &file);
    assert_reason(append(upload, 0, html, true).result, MEDIA_TYPE_REFUSED);
    assert_reason(append(upload, 0, bytes_head(html, 1), false).result, MEDIA_TYPE_REFUSED);
    assert_int_equal(committed_size(upload), 0);
    assert_ok(append(upload, 0, bytes_str("%P"), false).result);
    assert_reason(append(upload, 2, bytes_str("NG"), false).result, MEDIA_TYPE_REFUSED);
    assert_int_equal(committed_size(upload), 2);
    file = (struct fund_file){draft, ITEM(OTHER), "text/html", html};
    struct harness_reply refused = fund_try_declare(&h, m.token, &file);
    assert_reason(refused.result, MEDIA_TYPE_REFUSED);
    assert_string_equal(refused.bad_request->field_violations[0]->field, "media_type");
}

/* --- quota --- */

static void test_one_live_upload_per_item(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    struct fund_file form = {draft, ITEM(FORM), "application/pdf", fund_pdf(&h, 100, 1)};
    char *upload = fund_declare(&h, m.token, &form);
    assert_reason(fund_try_declare(&h, m.token, &form).result, UPLOAD_ITEM_TAKEN);
    assert_ok(append(upload, 0, form.data, true).result);
    assert_reason(fund_try_declare(&h, m.token, &form).result, UPLOAD_ITEM_TAKEN);
    assert_ok(cancel(m.token, upload).result); /* replaced by another file */
    assert_reason(fund_get_upload(&h, m.token, upload).result, NOT_FOUND);
    assert_reason(cancel(m.token, upload).result, NOT_FOUND);
    assert_reason(fund_submit(&h, m.token, draft).result, CERTIFICATE_INCOMPLETE);
    (void)fund_upload(&h, m.token, &form);
    assert_ok(fund_submit(&h, m.token, draft).result);
    assert_reason(cancel(m.token, upload).result, NOT_FOUND);
}

static void test_a_filed_document_stays(void **state)
{
    (void)state;
    struct fund_file form = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                             "application/pdf", fund_pdf(&h, 100, 1)};
    char *upload = fund_upload(&h, m.token, &form);
    assert_ok(fund_submit(&h, m.token, form.certificate).result);
    assert_reason(cancel(m.token, upload).result, UPLOAD_COMPLETE);
    assert_reads_back(upload, form.data);
}

static void test_few_open_uploads_at_a_time(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    struct fund_file other = {draft, ITEM(OTHER), "application/pdf", fund_pdf(&h, 100, 1)};
    char *uploads[LIMIT_UPLOADS_OPEN];
    for (int i = 0; i < LIMIT_UPLOADS_OPEN; i++) {
        uploads[i] = fund_declare(&h, m.token, &other);
    }
    assert_reason(fund_try_declare(&h, m.token, &other).result, UPLOAD_QUOTA);
    assert_ok(cancel(m.token, uploads[0]).result);
    uploads[0] = fund_declare(&h, m.token, &other);
    assert_reason(fund_try_declare(&h, m.token, &other).result, UPLOAD_QUOTA);
    assert_ok(append(uploads[1], 0, other.data, true).result);
    assert_ok(fund_try_declare(&h, m.token, &other).result);
}

static struct harness_reply declare_size(const char *draft, int64_t size)
{
    uint8_t digest[32] = {1};
    Hayat__V1__CreateUploadRequest request;
    hayat__v1__create_upload_request__init(&request);
    request.request_id = fund_request_id(&h);
    request.life_certificate_id = message_text(&h.arena, draft);
    request.item = ITEM(OTHER);
    request.media_type = message_text(&h.arena, "application/pdf");
    request.size_bytes = size;
    request.sha256 = (ProtobufCBinaryData){sizeof digest, digest};
    return harness_call(&h, UPLOAD_METHOD("CreateUpload"), m.token, &request.base);
}

static void test_so_many_bytes_a_day(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_reason(declare_size(draft, LARGEST + 1).result, INVALID_FIELD);
    struct harness_reply first = declare_size(draft, LARGEST);
    assert_ok(first.result);
    assert_ok(declare_size(draft, LARGEST).result);
    struct harness_reply third = declare_size(draft, LARGEST - 100);
    assert_ok(third.result);
    assert_ok(cancel(m.token, upload_of(&third)->upload_id).result); /* nothing came: given back */
    assert_ok(declare_size(draft, LARGEST - 100).result);
    assert_ok(cancel(m.token, upload_of(&first)->upload_id).result);
    assert_ok(declare_size(draft, LARGEST).result);
    fake_clock_advance(&h.clock, DAYS(1));
    assert_reason(declare_size(draft, 1000).result, UPLOAD_QUOTA); /* three are open */
}

static void set_usage(uint64_t declared_bytes)
{
    Hayat__Store__V1__StoredUploadUsage usage = HAYAT__STORE__V1__STORED_UPLOAD_USAGE__INIT;
    usage.declared_bytes = declared_bytes;
    uint32_t today = (uint32_t)(clock_wall_ms(&h.clock.clock) / DAYS(1));
    harness_put(&h, TABLE_upload_usage, m.owner, key_u32(key_owner(m.owner), today), &usage.base);
}

/* Or one upload could be sent, refused and sent again for ever. */
static void test_bytes_that_were_wrong_count_again(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1), wrong = fund_pdf(&h, 1000, 2);
    set_usage((uint64_t)LIMIT_UPLOAD_BYTES_PER_DAY - 2500);
    char *upload = fund_declare_form(&h, m.token, data);
    assert_reason(append(upload, 0, wrong, true).result, UPLOAD_DIGEST_MISMATCH);
    struct harness_reply last = append(upload, 0, wrong, true);
    assert_reason(last.result, UPLOAD_QUOTA);
    assert_reason(append(upload, 0, data, true).result, NOT_FOUND);
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_reason(declare_size(draft, 501).result, UPLOAD_QUOTA);
    assert_ok(declare_size(draft, 500).result);
}

static void test_cancelling_gives_back_only_what_never_came(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1), wrong = fund_pdf(&h, 1000, 2);
    set_usage((uint64_t)LIMIT_UPLOAD_BYTES_PER_DAY - 2000);
    char *upload = fund_declare_form(&h, m.token, data);
    assert_reason(append(upload, 0, wrong, true).result, UPLOAD_DIGEST_MISMATCH);
    assert_ok(cancel(m.token, upload).result);
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_reason(declare_size(draft, 1001).result, UPLOAD_QUOTA);
    assert_ok(declare_size(draft, 1000).result);
}

static void test_so_many_uploads_a_day(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    for (int i = 0; i < LIMIT_UPLOADS_PER_DAY; i++) {
        fake_clock_advance(&h.clock, 1000); /* within the rate */
        struct harness_reply reply = declare_size(draft, 1);
        assert_ok(cancel(m.token, upload_of(&reply)->upload_id).result);
    }
    assert_reason(declare_size(draft, 1).result, UPLOAD_QUOTA);
    fake_clock_advance(&h.clock, DAYS(1));
    assert_ok(declare_size(draft, 1).result);
}

static bool count_key(void *ctx, struct key key, const ProtobufCMessage *record)
{
    size_t *count = ctx;
    (void)key;
    (void)record;
    (*count)++;
    return true;
}

static status count_usage(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_upload_usage,
                        .owner = m.owner,
                        .prefix = key_owner(m.owner),
                        .keys_only = true};
    return table_scan(txn, &scan, count_key, ctx);
}

static void test_usage_is_kept_two_days(void **state)
{
    (void)state;
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    for (int day = 0; day < 5; day++) {
        struct harness_reply reply = declare_size(draft, 1000);
        assert_ok(cancel(m.token, upload_of(&reply)->upload_id).result);
        size_t rows = 0;
        assert_ok(harness_read(&h, count_usage, &rows));
        assert_int_equal(rows, day == 0 ? 1 : 2);
        fake_clock_advance(&h.clock, DAYS(1));
    }
}

static uint64_t little_disk(const struct db *db)
{
    (void)db;
    return LIMIT_FREE_DISK_UPLOAD_BYTES - 1;
}

/* SEC-D5: uploads stop first, what came stays, and the rest of the service goes on. */
static void test_a_nearly_full_disk_takes_no_uploads(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    assert_ok(append(upload, 0, bytes_head(data, 500), false).result);
    uint64_t (*truth)(const struct db *db) = h.app.db->free_disk_bytes;
    h.app.db->free_disk_bytes = little_disk;
    assert_reason(append(upload, 500, bytes_skip(data, 500), true).result, STORE_FULL);
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM));
    assert_reason(declare_size(draft, 1000).result, STORE_FULL);
    assert_int_equal(committed_size(upload), 500);
    h.app.db->free_disk_bytes = truth;
    assert_ok(append(upload, 500, bytes_skip(data, 500), true).result);
    assert_reads_back(upload, data);
}

/* --- expiry --- */

static status run_expiry(void *ctx, struct txn *txn)
{
    struct expiry_ends ends = {.upload = document_store_expire};
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS, &ends, ctx);
}

/* The scheduler's rounds, as many as the largest upload needs. */
static void expire_all(void)
{
    for (int round = 0; round < 400; round++) {
        struct expiry_ran ran;
        assert_ok(harness_write(&h, run_expiry, &ran));
        fake_clock_advance(&h.clock, 10);
    }
}

static status count_chunks(void *ctx, struct txn *txn)
{
    struct scan scan = {.table = TABLE_document_chunk,
                        .owner = m.owner,
                        .prefix = key_owner(m.owner),
                        .keys_only = true};
    return table_scan(txn, &scan, count_key, ctx);
}

static size_t chunks_on_disk(void)
{
    size_t count = 0;
    assert_ok(harness_read(&h, count_chunks, &count));
    return count;
}

static void test_late_uploads_are_refused_then_dropped(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 7 * CHUNK, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    assert_ok(append(upload, 0, bytes_head(data, 200000), false).result);
    fake_clock_advance(&h.clock, LIMIT_UPLOAD_LIFE_MS - 1);
    assert_ok(append(upload, 200000, bytes_head(bytes_skip(data, 200000), 200000), false).result);
    expire_all();
    assert_int_equal(chunks_on_disk(), 0); /* the clock went on by more than 1 ms meanwhile */
    assert_reason(fund_get_upload(&h, m.token, upload).result, NOT_FOUND);
}

static void test_late_is_told_before_it_is_dropped(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 1000, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    fake_clock_advance(&h.clock, LIMIT_UPLOAD_LIFE_MS);
    assert_reason(append(upload, 0, data, true).result, UPLOAD_EXPIRED);
    assert_reason(fund_get_upload(&h, m.token, upload).result, UPLOAD_EXPIRED);
}

static void test_complete_uploads_do_not_expire(void **state)
{
    (void)state;
    struct fund_file form = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                             "application/pdf", fund_pdf(&h, 1000, 1)};
    char *upload = fund_upload(&h, m.token, &form);
    fake_clock_advance(&h.clock, LIMIT_UPLOAD_LIFE_MS + 1);
    expire_all();
    assert_reads_back(upload, form.data);
    assert_ok(fund_submit(&h, m.token, form.certificate).result);
}

static void test_a_large_upload_is_dropped_in_steps(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 100 * CHUNK, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    for (size_t at = 0; at < data.len; at += MESSAGE) {
        bytes piece = bytes_head(bytes_skip(data, at), MESSAGE);
        assert_ok(append(upload, (int64_t)at, piece, false).result);
    }
    assert_int_equal(chunks_on_disk(), 100);
    assert_ok(cancel(m.token, upload).result);
    assert_int_equal(chunks_on_disk(), 100 - LIMIT_CHUNKS_PER_STEP);
    assert_reason(fund_get_upload(&h, m.token, upload).result, NOT_FOUND);
    expire_all();
    assert_int_equal(chunks_on_disk(), 0);
}

/* --- strangers: SEC-A3 --- */

static void test_anothers_upload_is_unknown_byte_for_byte(void **state)
{
    (void)state;
    struct harness_member b = fund_pensioner(&h, "999000042");
    bytes data = fund_pdf(&h, 1000, 1), none;
    char *upload = fund_declare_form(&h, m.token, data);
    char unknown[ID_TEXT_MAX];
    id_format(id_new(&random_system), "upl", unknown);
    char *theirs = fund_document_name(&h, upload), *nobodys = fund_document_name(&h, unknown);
    const struct harness_reply pairs[][2] = {
        {fund_get_upload(&h, b.token, upload), fund_get_upload(&h, b.token, unknown)},
        {fund_append(&h, b.token, upload, (struct fund_piece){0, data, true}),
         fund_append(&h, b.token, unknown, (struct fund_piece){0, data, true})},
        {cancel(b.token, upload), cancel(b.token, unknown)},
        {fund_read(&h, b.token, theirs, (struct fund_range){0, 0}, &none),
         fund_read(&h, b.token, nobodys, (struct fund_range){0, 0}, &none)},
        {fund_read(&h, m.token, theirs, (struct fund_range){0, 0}, &none),
         fund_read(&h, m.token, nobodys, (struct fund_range){0, 0}, &none)},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        assert_reason(pairs[i][0].result, NOT_FOUND);
        fund_assert_same_failure(&pairs[i][0], &pairs[i][1]);
    }
    assert_int_equal(committed_size(upload), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sizes_around_a_chunk),
        TEST(test_pieces_of_every_kind_give_the_same_bytes),
        TEST(test_a_wrong_offset_changes_nothing),
        TEST(test_retries_are_acknowledged_again),
        TEST(test_finishing_early_keeps_what_came),
        TEST(test_a_wrong_digest_starts_over),
        TEST(test_the_beginning_must_fit_the_type),
        TEST(test_one_live_upload_per_item),
        TEST(test_a_filed_document_stays),
        TEST(test_few_open_uploads_at_a_time),
        TEST(test_so_many_bytes_a_day),
        TEST(test_bytes_that_were_wrong_count_again),
        TEST(test_cancelling_gives_back_only_what_never_came),
        TEST(test_so_many_uploads_a_day),
        TEST(test_usage_is_kept_two_days),
        TEST(test_a_nearly_full_disk_takes_no_uploads),
        TEST(test_late_uploads_are_refused_then_dropped),
        TEST(test_late_is_told_before_it_is_dropped),
        TEST(test_complete_uploads_do_not_expire),
        TEST(test_a_large_upload_is_dropped_in_steps),
        TEST(test_anothers_upload_is_unknown_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
