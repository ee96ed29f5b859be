/*
 * Promise: reading an upload back for its digest holds up nobody's write; only the bytes that were read complete it; and
 * whatever happens meanwhile, an answer comes and nothing that was acknowledged is lost.
 *
 * The workers stand behind a gate, so that the moment between the two transactions of a finish lasts as long as needed.
 */
#include "tests/support/cm.h"

#include "service/message.h"
#include "storage/document_store.h"
#include "storage/session_store.h"
#include "tests/support/fund.h"

#define CHUNK ((size_t)CHUNK_PLAIN_BYTES)
#define COMPLETE HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_COMPLETE
#define OPEN HAYAT__V1__UPLOAD_STATE__UPLOAD_STATE_OPEN

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

/* --- the gate --- */

static struct worker_job held[LIMIT_WORKERS + LIMIT_WORK_QUEUE];
static sem_t arrived, gate;
static int held_count;

static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) != 0) {
    }
}

static void stand(struct worker_job *job)
{
    (void)job;
    (void)sem_post(&arrived);
    wait_for(&gate);
}

/* Every worker stands, with WAITING jobs behind them. */
static void close_gate(int waiting)
{
    assert_int_equal(sem_init(&arrived, 0, 0), 0);
    assert_int_equal(sem_init(&gate, 0, 0), 0);
    held_count = LIMIT_WORKERS + waiting;
    for (int i = 0; i < held_count; i++) {
        held[i].run = stand;
        assert_ok(worker_pool_submit(h.pipeline.workers, &held[i]));
        if (i < LIMIT_WORKERS) {
            wait_for(&arrived);
        }
    }
}

static void open_gate(void)
{
    for (int i = 0; i < held_count; i++) {
        (void)sem_post(&gate);
    }
}

/* --- a finish that is on its way --- */

static Google__Bytestream__WriteRequest piece(const char *name, bytes data)
{
    Google__Bytestream__WriteRequest request;
    google__bytestream__write_request__init(&request);
    request.resource_name = message_text(&h.arena, name);
    request.data = message_bytes(&h.arena, data);
    request.finish_write = true;
    return request;
}

static bytes packed(const ProtobufCMessage *message)
{
    uint8_t *out = arena_alloc(&h.arena, protobuf_c_message_get_packed_size(message));
    assert_non_null(out);
    return bytes_of(out, protobuf_c_message_pack(message, out));
}

/* Sends DATA and the finish, and does not wait.  Its first bytes come before, so that the stream cannot have hashed them. */
static void start_finish(struct harness_stream *s, const char *upload, bytes data)
{
    enum { BEFORE = 10 };
    struct fund_piece first = {0, bytes_head(data, BEFORE), false};
    assert_ok(fund_append(&h, m.token, upload, first).result);
    Google__Bytestream__WriteRequest request = piece(fund_upload_name(&h, upload),
                                                     bytes_skip(data, BEFORE));
    request.write_offset = BEFORE;
    assert_true(harness_stream_open(s, &h, BYTE_STREAM_METHOD("Write"), m.token));
    assert_int_equal(pipeline_message(&s->call, packed(&request.base)), STEP_PENDING);
}

static struct harness_reply await_finish(struct harness_stream *s)
{
    wait_for(&s->resumed);
    s->failed = !ok(s->call.result);
    return harness_stream_close(s);
}

static const Hayat__V1__Upload *look(const char *upload)
{
    struct harness_reply reply = fund_get_upload(&h, m.token, upload);
    assert_ok(reply.result);
    return ((Hayat__V1__GetUploadResponse *)reply.response)->upload;
}

static struct id id_of(const char *upload)
{
    struct id id;
    assert_true(id_parse(bytes_str(upload), "upl", &id));
    return id;
}

/* Its first transaction is over: the bytes are there. */
static void await_bytes(const char *upload, bytes data)
{
    for (int i = 0; i < 5000 && look(upload)->committed_size < (int64_t)data.len; i++) {
        const struct timespec pause = {.tv_nsec = 1000000};
        (void)nanosleep(&pause, NULL);
    }
    assert_int_equal(look(upload)->committed_size, (int64_t)data.len);
    assert_int_equal(look(upload)->state, OPEN);
}

/* --- tests --- */

/* SEC-E4: the writer is free while 20 MiB are read back. */
static void test_nobodys_write_waits(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, 2 * CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(0);
    start_finish(&s, upload, data);
    await_bytes(upload, data);
    (void)fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)); /* a write of the same member */
    assert_int_equal(sem_trywait(&s.resumed), -1);        /* not answered before it is complete */
    assert_int_equal(look(upload)->state, OPEN);
    open_gate();
    struct harness_reply reply = await_finish(&s);
    assert_ok(reply.result);
    assert_int_equal(look(upload)->state, COMPLETE);
    harness_restart(&h);
    assert_int_equal(look(upload)->state, COMPLETE);
}

static void test_many_chunks_go_in_many_steps(void **state)
{
    (void)state;
    struct fund_file file = {fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), ITEM(FORM),
                             "application/pdf", fund_pdf(&h, 2 * LIMIT_CHUNKS_PER_HASH * CHUNK, 1)};
    for (size_t extra = 0; extra < 2; extra++) {
        file.data.len -= extra; /* the last chunk whole, and not */
        char *upload = fund_upload(&h, m.token, &file);
        assert_int_equal(look(upload)->state, COMPLETE);
        file.item = ITEM(OTHER);
    }
}

static status spoil_chunk(void *ctx, struct txn *txn)
{
    const char *upload = ctx;
    Hayat__Store__V1__StoredDocument *record;
    struct document_chunks chunks;
    bytes data;
    TRY(document_store_get(txn, m.owner, id_of(upload), &record));
    TRY(document_chunks_open(txn, m.owner, record, &chunks));
    TRY(document_chunks_get(txn, &chunks, 1, &data));
    uint8_t *other = arena_alloc(txn_arena(txn), data.len);
    memcpy(other, data.ptr, data.len);
    other[0] ^= 1;
    status s = document_chunks_put(txn, &chunks, 1, bytes_of(other, data.len));
    document_chunks_close(&chunks);
    return s;
}

/* What counts is what is on disk. */
static void test_what_is_on_disk_is_hashed(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, 2 * CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(0);
    start_finish(&s, upload, data);
    await_bytes(upload, data);
    assert_ok(harness_write(&h, spoil_chunk, upload));
    open_gate();
    struct harness_reply reply = await_finish(&s);
    assert_reason(reply.result, UPLOAD_DIGEST_MISMATCH);
    assert_string_equal(harness_error_value(&reply, "committed_size"), "0");
    assert_int_equal(look(upload)->committed_size, 0);
}

static status take_over(void *ctx, struct txn *txn)
{
    Hayat__Store__V1__StoredDocument *record;
    TRY(document_store_get(txn, m.owner, id_of(ctx), &record));
    record->writer_generation++;
    return document_store_put(txn, m.owner, record);
}

/* The hash is of bytes that may be others by now. */
static void test_another_writer_meanwhile(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(0);
    start_finish(&s, upload, data);
    await_bytes(upload, data);
    assert_ok(harness_write(&h, take_over, upload));
    open_gate();
    assert_reason(await_finish(&s).result, UPLOAD_TAKEN_OVER);
    assert_int_equal(look(upload)->state, OPEN);
    assert_ok(
        fund_append(&h, m.token, upload, (struct fund_piece){(int64_t)data.len, {NULL, 0}, true})
            .result);
    assert_int_equal(look(upload)->state, COMPLETE);
}

static void test_cancelled_meanwhile(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    Hayat__V1__CancelUploadRequest request;
    hayat__v1__cancel_upload_request__init(&request);
    request.request_id = fund_request_id(&h);
    request.upload_id = upload;
    close_gate(0);
    start_finish(&s, upload, data);
    await_bytes(upload, data);
    assert_ok(harness_call(&h, UPLOAD_METHOD("CancelUpload"), m.token, &request.base).result);
    open_gate();
    assert_reason(await_finish(&s).result, NOT_FOUND);
}

/* A connection broke and the client asks again: neither undoes the other. */
static void test_two_finish_at_once(void **state)
{
    (void)state;
    struct harness_stream first, second;
    bytes data = fund_pdf(&h, CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(0);
    start_finish(&first, upload, data);
    await_bytes(upload, data);
    struct harness_stream *s = &second;
    Google__Bytestream__WriteRequest request = piece(fund_upload_name(&h, upload), bytes_str(""));
    request.write_offset = (int64_t)data.len;
    assert_true(harness_stream_open(s, &h, BYTE_STREAM_METHOD("Write"), m.token));
    assert_int_equal(pipeline_message(&s->call, packed(&request.base)), STEP_PENDING);
    while (writer_stats(h.app.writer).waiting > 0) {
    }
    open_gate();
    assert_ok(await_finish(&first).result);
    assert_ok(await_finish(&second).result);
    assert_int_equal(look(upload)->state, COMPLETE);
}

/* SEC-E4: full means no at once; the bytes stay, and the next try needs none of them again. */
static void test_no_worker_is_free(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(LIMIT_WORK_QUEUE);
    start_finish(&s, upload, data);
    struct harness_reply reply = await_finish(&s);
    assert_reason(reply.result, OVERLOADED);
    assert_non_null(reply.retry_info);
    open_gate();
    assert_int_equal(look(upload)->committed_size, (int64_t)data.len);
    struct harness_reply again;
    do {
        again = fund_append(&h, m.token, upload,
                            (struct fund_piece){(int64_t)data.len, {NULL, 0}, true});
    } while (again.result.why == REASON_OVERLOADED);
    assert_ok(again.result);
}

static status end_sessions(void *ctx, struct txn *txn)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    (void)ctx;
    TRY(token_hash(h.keys, bytes_str(m.token), hash));
    return session_end(txn, hash);
}

/* SEC-A5 */
static void test_the_session_ends_meanwhile(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(0);
    start_finish(&s, upload, data);
    await_bytes(upload, data);
    assert_ok(harness_write(&h, end_sessions, NULL));
    open_gate();
    assert_reason(await_finish(&s).result, TOKEN_INVALID);
}

static void test_the_deadline_passes_meanwhile(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, CHUNK + 5, 1);
    char *upload = fund_declare_form(&h, m.token, data);
    close_gate(0);
    start_finish(&s, upload, data);
    await_bytes(upload, data);
    fake_clock_advance(&h.clock, LIMIT_STREAM_DEADLINE_MS + 1);
    open_gate();
    assert_reason(await_finish(&s).result, DEADLINE_EXCEEDED);
    assert_int_equal(look(upload)->state, OPEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_nobodys_write_waits),
        TEST(test_many_chunks_go_in_many_steps),
        TEST(test_what_is_on_disk_is_hashed),
        TEST(test_another_writer_meanwhile),
        TEST(test_cancelled_meanwhile),
        TEST(test_two_finish_at_once),
        TEST(test_no_worker_is_free),
        TEST(test_the_session_ends_meanwhile),
        TEST(test_the_deadline_passes_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
