/*
 * Promise: a stream that is read ahead of its commits keeps what an upload promises: what was acknowledged is on disk, what arrived is
 * kept when the line breaks, a fenced writer writes nothing more, and what waits for the disk is bounded, for one stream and for all.
 *
 * The writer stands behind a gate, so that a commit lasts as long as needed.
 */
#include "tests/support/cm.h"

#include "base/block_pool.h"
#include "service/message.h"
#include "service/upload_window.h"
#include "tests/support/fund.h"

#define CHUNK ((size_t)CHUNK_PLAIN_BYTES)

static struct harness h;
static struct harness_member m;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    m = fund_pensioner(&h, "999000071");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

/* --- the gate --- */

static struct gate {
    struct write_job job;
    struct arena arena;
    sem_t closed, open, done;
} gate;

static void wait_for(sem_t *sem)
{
    while (sem_wait(sem) != 0) {
    }
}

static status stand(struct write_job *job, struct txn *txn)
{
    (void)job;
    (void)txn;
    (void)sem_post(&gate.closed);
    wait_for(&gate.open);
    return STATUS_OK;
}

static void passed(struct write_job *job, status result)
{
    (void)job;
    (void)result;
    (void)sem_post(&gate.done);
}

static void close_gate(void)
{
    assert_int_equal(sem_init(&gate.closed, 0, 0), 0);
    assert_int_equal(sem_init(&gate.open, 0, 0), 0);
    assert_int_equal(sem_init(&gate.done, 0, 0), 0);
    arena_init(&gate.arena, 65536);
    gate.job = (struct write_job){.run = stand, .done = passed, .arena = &gate.arena};
    assert_ok(writer_submit(h.app.writer, &gate.job));
    wait_for(&gate.closed);
}

static void open_gate(void)
{
    (void)sem_post(&gate.open);
    wait_for(&gate.done);
    arena_fini(&gate.arena);
}

/* --- a stream on a fast line --- */

static char *declare(const char *draft, bytes data)
{
    struct fund_file file = {(char *)(uintptr_t)draft, ITEM(OTHER), "application/pdf", data};
    return fund_upload_name(&h, fund_declare(&h, m.token, &file));
}

static void open_write(struct harness_stream *s)
{
    assert_true(harness_stream_open(s, &h, BYTE_STREAM_METHOD("Write"), m.token));
}

static bool send(struct harness_stream *s, const char *name, size_t offset, bytes data)
{
    struct arena_mark mark = arena_mark(&h.arena);
    Google__Bytestream__WriteRequest request;
    google__bytestream__write_request__init(&request);
    request.resource_name = message_text(&h.arena, name);
    request.write_offset = (int64_t)offset;
    request.data = message_bytes(&h.arena, data);
    bool sent = harness_stream_send_ahead(s, &request.base);
    arena_rewind(&h.arena, mark);
    return sent;
}

/* As much of DATA from OFFSET as the stream takes while no commit ends; how much that was. */
static size_t send_while_it_may(struct harness_stream *s, const char *name, size_t offset,
                                bytes data)
{
    size_t at = offset;
    while (at < data.len && !pipeline_waits(&s->call)) {
        bytes piece = bytes_head(bytes_skip(data, at), LIMIT_APPEND_BYTES);
        assert_true(send(s, name, at, piece));
        at += piece.len;
    }
    return at - offset;
}

static int64_t committed(const char *name)
{
    Google__Bytestream__QueryWriteStatusRequest request;
    google__bytestream__query_write_status_request__init(&request);
    request.resource_name = message_text(&h.arena, name);
    struct harness_reply reply = harness_call(&h, BYTE_STREAM_METHOD("QueryWriteStatus"), m.token,
                                              &request.base);
    assert_ok(reply.result);
    return ((Google__Bytestream__QueryWriteStatusResponse *)reply.response)->committed_size;
}

/* Sends the rest and finishes; what is read back is DATA. */
static void finish_and_read(const char *name, bytes data)
{
    struct harness_stream s;
    size_t from = (size_t)committed(name);
    open_write(&s);
    do {
        bytes piece = bytes_head(bytes_skip(data, from), LIMIT_APPEND_BYTES);
        (void)fund_stream_send(&s, name, (int64_t)from, piece, from + piece.len == data.len);
        from += piece.len;
    } while (from < data.len && !s.failed);
    assert_ok(harness_stream_close(&s).result);
    bytes read;
    struct fund_range whole = {0, 0};
    assert_ok(
        fund_read(&h, m.token, fund_document_name(&h, strchr(name, '/') + 1), whole, &read).result);
    assert_true(bytes_equal(read, data));
}

/* --- tests --- */

static void test_messages_are_taken_while_a_commit_runs(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, 12 * CHUNK + 7, 1);
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    open_write(&s);
    close_gate();
    size_t sent = send_while_it_may(&s, name, 0, data);
    assert_int_equal(sent, data.len);     /* all of it, and no commit has ended */
    assert_int_equal(committed(name), 0); /* so nothing is told as committed */
    assert_int_equal(pipeline_half_close(&s.call), STEP_READY);
    assert_false(s.call.finished); /* nor acknowledged */
    open_gate();
    assert_true(harness_stream_settle(&s));
    struct harness_reply reply = harness_stream_close(&s);
    assert_int_equal(((Google__Bytestream__WriteResponse *)reply.response)->committed_size,
                     data.len);
    harness_restart(&h);
    assert_int_equal(committed(name), data.len);
    finish_and_read(name, data);
}

static void test_what_arrived_before_a_cut_is_kept(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 14 * CHUNK + 7, 2);
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    struct fake_random random;
    fake_random_init(&random, 3);
    for (size_t at = 0; at + CHUNK < data.len; at = (size_t)committed(name)) {
        struct harness_stream s;
        uint32_t r;
        random_fill(&random.source, &r, sizeof r);
        size_t end = at;
        open_write(&s);
        for (uint32_t i = 0; i <= r % 3 && end < data.len; i++) {
            bytes piece = bytes_head(bytes_skip(data, end), 1 + r % 100000);
            assert_true(send(&s, name, end, piece));
            end += piece.len;
        }
        harness_stream_abandon(&s);
        assert_int_equal(committed(name), end); /* a chunk that is not full, too */
    }
    harness_restart(&h);
    finish_and_read(name, data);
}

static status end_session(void *ctx, struct txn *txn)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    (void)ctx;
    TRY(token_hash(h.keys, bytes_str(m.token), hash));
    return session_end(txn, hash);
}

/* Its session ended meanwhile: what is still to be committed is not (SEC-A5). */
static void test_nothing_is_kept_for_who_may_no_more(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 3 * CHUNK, 3);
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    struct harness_stream s;
    open_write(&s);
    assert_true(send(&s, name, 0, bytes_head(data, 1000)));
    assert_true(harness_stream_settle(&s));
    assert_ok(harness_write(&h, end_session, NULL));
    harness_stream_abandon(&s);
    m = harness_member(&h, "999000071"); /* another session */
    assert_int_equal(committed(name), 0);
}

static void test_a_fenced_stream_writes_nothing_more(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 12 * CHUNK, 4), other = fund_pdf(&h, 12 * CHUNK, 5);
    memcpy((uint8_t *)(uintptr_t)other.ptr, data.ptr,
           2 * CHUNK); /* the stale one has other bytes after that */
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    struct harness_stream stale, fresh;
    open_write(&stale);
    assert_true(send(&stale, name, 0, bytes_head(other, 2 * CHUNK)));
    assert_true(harness_stream_settle(&stale));
    open_write(&fresh);
    assert_true(
        fund_stream_send(&fresh, name, 2 * (int64_t)CHUNK, bytes_of(NULL, 0), false)); /* claims */
    bytes more = bytes_head(bytes_skip(other, 2 * CHUNK), 3 * CHUNK);
    assert_true(send(&stale, name, 2 * CHUNK, more)); /* taken in, not committed */
    assert_false(harness_stream_settle(&stale));
    assert_reason(harness_stream_close(&stale).result, UPLOAD_TAKEN_OVER);
    assert_int_equal(committed(name), 2 * CHUNK);
    harness_stream_abandon(&fresh);
    finish_and_read(name, data);
}

/* The line of the stale one is cut after it was fenced: what it had is not salvaged over the new writer. */
static void test_a_fenced_stream_is_not_salvaged(void **state)
{
    (void)state;
    bytes data = fund_pdf(&h, 6 * CHUNK, 6);
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    struct harness_stream stale, fresh;
    open_write(&stale);
    assert_true(send(&stale, name, 0, bytes_head(data, 500)));
    assert_true(harness_stream_settle(&stale));
    open_write(&fresh);
    assert_true(fund_stream_send(&fresh, name, 0, bytes_head(data, CHUNK), false));
    harness_stream_abandon(&stale);
    assert_int_equal(committed(name), CHUNK);
    harness_stream_abandon(&fresh);
    finish_and_read(name, data);
}

static void test_what_waits_is_bounded(void **state)
{
    (void)state;
    struct harness_stream s;
    bytes data = fund_pdf(&h, 60 * CHUNK, 7);
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    open_write(&s);
    close_gate();
    size_t window = send_while_it_may(&s, name, 0, data);
    assert_true(window > 16 * CHUNK && window <= LIMIT_UPLOAD_WINDOW_CHUNKS * CHUNK);
    open_gate();
    assert_true(harness_stream_settle(&s));
    assert_true(committed(name) + (int64_t)CHUNK > (int64_t)window);
    harness_stream_abandon(&s);
    finish_and_read(name, data);
}

/* Everybody's blocks are out: a stream goes on with its own. */
static void test_others_leave_nothing(void **state)
{
    (void)state;
    static void *blocks[LIMIT_UPLOAD_SHARED_CHUNKS];
    struct harness_stream s;
    bytes data = fund_pdf(&h, 40 * CHUNK, 8);
    char *name = declare(fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), data);
    for (size_t i = 0; i < LIMIT_UPLOAD_SHARED_CHUNKS; i++) {
        blocks[i] = block_pool_take(h.app.upload_blocks);
        assert_non_null(blocks[i]);
    }
    assert_null(block_pool_take(h.app.upload_blocks));
    open_write(&s);
    close_gate();
    size_t window = send_while_it_may(&s, name, 0, data);
    assert_true(window > 0 && window <= LIMIT_UPLOAD_OWN_CHUNKS * CHUNK);
    open_gate();
    assert_true(harness_stream_settle(&s));
    harness_stream_abandon(&s);
    finish_and_read(name, data);
    for (size_t i = 0; i < LIMIT_UPLOAD_SHARED_CHUNKS; i++) {
        block_pool_give(h.app.upload_blocks, blocks[i]);
    }
}

/* Streams give back what they borrowed, however they end. */
static void test_everything_borrowed_comes_back(void **state)
{
    (void)state;
    enum { STREAMS = 3 };
    struct harness_stream s[STREAMS];
    bytes data = fund_pdf(&h, 60 * CHUNK, 9);
    char *draft = fund_draft(&h, m.token, ROUTE(AUTHORITY_FORM)), *names[STREAMS];
    for (size_t i = 0; i < STREAMS; i++) {
        names[i] = declare(draft, data);
        open_write(&s[i]);
    }
    close_gate();
    for (size_t i = 0; i < STREAMS; i++) {
        assert_true(send_while_it_may(&s[i], names[i], 0, data) > 16 * CHUNK);
    }
    open_gate();
    for (size_t i = 0; i < STREAMS; i++) {
        harness_stream_abandon(&s[i]);
    }
    static void *blocks[LIMIT_UPLOAD_SHARED_CHUNKS];
    for (size_t i = 0; i < LIMIT_UPLOAD_SHARED_CHUNKS; i++) {
        blocks[i] = block_pool_take(h.app.upload_blocks);
        assert_non_null(blocks[i]);
    }
    for (size_t i = 0; i < LIMIT_UPLOAD_SHARED_CHUNKS; i++) {
        block_pool_give(h.app.upload_blocks, blocks[i]);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_messages_are_taken_while_a_commit_runs),
        TEST(test_what_arrived_before_a_cut_is_kept),
        TEST(test_nothing_is_kept_for_who_may_no_more),
        TEST(test_a_fenced_stream_writes_nothing_more),
        TEST(test_a_fenced_stream_is_not_salvaged),
        TEST(test_what_waits_is_bounded),
        TEST(test_others_leave_nothing),
        TEST(test_everything_borrowed_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
