/*
 * The pipeline, streams: in which order a stream's functions run and where, that commits are committed before the next
 * message is asked for, that a revoked session stops a running stream (SEC-A5), that close runs once whatever happens.
 * The routes are this file's own.
 */
#include <pthread.h>

#include "base/array.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "hayat/store/v1/records.pb-c.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

typedef Google__Bytestream__WriteRequest Piece;
typedef Google__Bytestream__WriteResponse Written;
typedef Google__Bytestream__ReadRequest Question;
typedef Google__Bytestream__ReadResponse Answer;

static struct harness h;
static struct harness_member member;
static pthread_t test_thread;
static char trace[64]; /* one letter for each function that ran */

static void leave(char letter)
{
    size_t len = strlen(trace);
    assert_true(len + 1 < sizeof trace);
    trace[len] = letter;
}

static void close_any(void *state)
{
    (void)state;
    leave('x');
}

/* --- a client stream that adds up what it is sent: "name" starts with O open, M message, C commit, F finish --- */

struct sum {
    int64_t total, committed;
};

static status sum_open(struct rpc *rpc, void *state, const ProtobufCMessage *first)
{
    assert_non_null(first);
    assert_non_null(rpc->txn);
    assert_int_equal(((struct sum *)state)->total, 0);
    leave('O');
    return STATUS_OK;
}

static status sum_message(struct rpc *rpc, void *state, const ProtobufCMessage *request,
                          bool *ret_commit, bool *ret_finish)
{
    const Piece *piece = (const Piece *)request;
    struct sum *sum = state;
    assert_null(rpc->txn);
    assert_true(pthread_equal(test_thread, pthread_self()));
    leave('M');
    sum->total += piece->write_offset;
    *ret_commit = piece->data.len > 0;
    *ret_finish = piece->finish_write;
    return piece->write_offset == 13 ? FAIL(UPLOAD_OFFSET_MISMATCH) : STATUS_OK;
}

static struct cell note_cell(struct owner owner)
{
    return cell_of_owner(TABLE_card, owner, key_u32(key_owner(owner), 7));
}

static status sum_commit(struct rpc *rpc, void *state)
{
    struct sum *sum = state;
    Hayat__Store__V1__StoredCard note = HAYAT__STORE__V1__STORED_CARD__INIT;
    struct cell cell = note_cell(rpc->principal->owner);
    assert_false(pthread_equal(test_thread, pthread_self()));
    leave('C');
    note.update_ms = sum->total;
    TRY(table_put_record(rpc->txn, &cell, &note.base));
    sum->committed = sum->total;
    return sum->total == 99 ? FAIL(UPLOAD_TOO_LONG) : STATUS_OK;
}

static status sum_finish(struct rpc *rpc, void *state, ProtobufCMessage *response)
{
    assert_non_null(rpc->txn);
    leave('F');
    ((Written *)response)->committed_size = ((struct sum *)state)->total;
    return STATUS_OK;
}

static const struct client_stream sum_stream = {.state_size = sizeof(struct sum),
                                                .open = sum_open,
                                                .message = sum_message,
                                                .commit = sum_commit,
                                                .finish = sum_finish,
                                                .close = close_any};

/* --- a server stream that counts down from read_limit, waiting before 1 --- */

struct countdown {
    int64_t left;
    bool waited;
};

static status countdown_open(struct rpc *rpc, void *state, const ProtobufCMessage *request)
{
    assert_non_null(rpc->txn);
    ((struct countdown *)state)->left = ((const Question *)request)->read_limit;
    leave('O');
    return ((const Question *)request)->read_limit == 13 ? FAIL(NOT_FOUND) : STATUS_OK;
}

static status countdown_next(struct rpc *rpc, void *state, ProtobufCMessage *response,
                             enum stream_step *ret_step)
{
    struct countdown *countdown = state;
    assert_non_null(rpc->txn);
    leave('N');
    if (countdown->left == 0) {
        *ret_step = STREAM_END;
    } else if (countdown->left == 1 && !countdown->waited) {
        countdown->waited = true;
        *ret_step = STREAM_WAIT;
    } else {
        uint8_t *data = arena_alloc(rpc->arena, 1);
        data[0] = (uint8_t)countdown->left--;
        ((Answer *)response)->data = (ProtobufCBinaryData){1, data};
        *ret_step = STREAM_SEND;
    }
    return STATUS_OK;
}

static const struct server_stream countdown_stream = {.state_size = sizeof(struct countdown),
                                                      .poll_ms = 250,
                                                      .open = countdown_open,
                                                      .next = countdown_next,
                                                      .close = close_any};

/* --- a bidirectional stream that answers with how often it was asked --- */

static status echo_message(struct rpc *rpc, void *state, const ProtobufCMessage *request,
                           ProtobufCMessage *response)
{
    (void)rpc;
    leave('M');
    ((Written *)response)->committed_size = ++*(int64_t *)state;
    return ((const Piece *)request)->write_offset == 13 ? FAIL(NOT_FOUND) : STATUS_OK;
}

static const struct bidi_stream echo_stream = {
    .state_size = sizeof(int64_t), .message = echo_message, .close = close_any};

/* --- routes --- */

static const struct field_rule piece_fields[] = {
    {.name = "write_offset", .number = 2, .kind = FIELD_INT64},
    {.name = "finish_write", .number = 3, .kind = FIELD_BOOL},
    {.name = "data", .number = 10, .kind = FIELD_BYTES, .max_len = 1024},
};
static const struct message_rule piece_rule = {"test.Piece", piece_fields, ARRAY_LEN(piece_fields)};
static const struct field_rule question_fields[] = {
    {.name = "read_limit", .number = 3, .kind = FIELD_INT64},
};
static const struct message_rule question_rule = {"test.Question", question_fields,
                                                  ARRAY_LEN(question_fields)};

#define POLICY(transaction_)                                                                       \
    {                                                                                              \
        .callers = CALLER_MEMBER, .transaction = (transaction_),                                   \
        .idempotency = IDEMPOTENCY_NATURAL, .deadline_ms = 3600000, .max_request_bytes = 2048,     \
        .scopes = 0                                                                                \
    }

const struct route routes[] = {
    {.path = "/t/Countdown",
     .policy = POLICY(TRANSACTION_READ),
     .shape = SHAPE_SERVER_STREAM,
     .rule = &question_rule,
     .request = &google__bytestream__read_request__descriptor,
     .response = &google__bytestream__read_response__descriptor,
     .handler.server_stream = &countdown_stream},
    {.path = "/t/Echo",
     .policy = POLICY(TRANSACTION_NONE),
     .shape = SHAPE_BIDI_STREAM,
     .rule = &piece_rule,
     .request = &google__bytestream__write_request__descriptor,
     .response = &google__bytestream__write_response__descriptor,
     .handler.bidi_stream = &echo_stream},
    {.path = "/t/Sum",
     .policy = POLICY(TRANSACTION_WRITE),
     .shape = SHAPE_CLIENT_STREAM,
     .rule = &piece_rule,
     .request = &google__bytestream__write_request__descriptor,
     .response = &google__bytestream__write_response__descriptor,
     .handler.client_stream = &sum_stream},
};
const size_t route_count = ARRAY_LEN(routes);
const char *const rate_class_names[] = {"test"};
const size_t rate_class_count = 1;

/* --- the test's side --- */

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, "TEST-0001");
    test_thread = pthread_self();
    memset(trace, 0, sizeof trace);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static bool send_piece(struct harness_stream *s, int64_t number, bool commit, bool finish)
{
    uint8_t byte = 1;
    Piece piece;
    google__bytestream__write_request__init(&piece);
    piece.write_offset = number;
    piece.finish_write = finish;
    piece.data = (ProtobufCBinaryData){commit ? 1U : 0U, &byte};
    return harness_stream_send(s, &piece.base);
}

static int64_t stored_total(void)
{
    struct cell cell = note_cell(member.owner);
    struct txn *txn;
    ProtobufCMessage *note;
    assert_ok(txn_begin_read(h.app.db, &h.arena, &txn));
    status s = table_get_record(txn, &cell, &note);
    txn_end_read(txn);
    return ok(s) ? ((Hayat__Store__V1__StoredCard *)note)->update_ms : -1;
}

static void a_client_stream_commits_as_it_goes(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_true(send_piece(&s, 1, false, false));
    assert_int_equal(stored_total(), -1);
    assert_true(send_piece(&s, 2, true, false));
    assert_int_equal(stored_total(), 3);
    assert_null(s.call.reply.ptr);
    assert_true(send_piece(&s, 4, true, true));
    assert_true(s.call.finished);
    assert_int_equal(stored_total(), 7);
    struct harness_reply reply = harness_stream_close(&s);
    assert_int_equal(((Written *)reply.response)->committed_size, 7);
    assert_string_equal(trace, "OMMCMCFx");
}

static void a_half_close_finishes_a_client_stream(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_true(send_piece(&s, 5, false, false));
    assert_true(harness_stream_half_close(&s));
    assert_true(s.call.finished);
    assert_int_equal(((Written *)harness_stream_close(&s).response)->committed_size, 5);
    assert_string_equal(trace, "OMFx");
}

static void a_client_stream_without_a_message_is_told_so(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_false(harness_stream_half_close(&s));
    assert_reason(harness_stream_close(&s).result, MESSAGE_MISSING);
    assert_string_equal(trace, "");
}

static void a_failed_step_ends_a_client_stream(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_true(send_piece(&s, 1, true, false));
    assert_false(send_piece(&s, 98, true, true));
    struct harness_reply reply = harness_stream_close(&s);
    assert_reason(reply.result, UPLOAD_TOO_LONG);
    assert_null(reply.response);
    assert_int_equal(stored_total(), 1); /* what the failed commit wrote is gone */
    assert_string_equal(trace, "OMCMCx");
}

static void a_refused_message_commits_nothing(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_false(send_piece(&s, 13, true, true));
    assert_reason(harness_stream_close(&s).result, UPLOAD_OFFSET_MISMATCH);
    assert_string_equal(trace, "OMx");
}

static void an_abandoned_stream_is_closed_once(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_true(send_piece(&s, 1, false, false));
    harness_stream_abandon(&s);
    assert_string_equal(trace, "OMx");
}

static status end_session(void *ctx, struct txn *txn)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    (void)ctx;
    TRY(token_hash(txn_keys(txn), bytes_str(member.token), hash));
    return session_end(txn, hash);
}

static void a_revoked_session_commits_nothing_more(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Sum", member.token));
    assert_true(send_piece(&s, 1, true, false));
    assert_ok(harness_write(&h, end_session, NULL));
    assert_false(send_piece(&s, 2, true, false));
    assert_reason(harness_stream_close(&s).result, TOKEN_INVALID);
    assert_int_equal(stored_total(), 1);
}

static bool ask(struct harness_stream *s, int64_t limit)
{
    Question question;
    google__bytestream__read_request__init(&question);
    question.read_limit = limit;
    return harness_stream_send(s, &question.base);
}

static void a_server_stream_sends_waits_and_ends(void **state)
{
    (void)state;
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_open(&s, &h, "/t/Countdown", member.token));
    assert_true(ask(&s, 2));
    assert_true(harness_stream_next(&s, &response));
    assert_int_equal(((Answer *)response)->data.data[0], 2);
    response = NULL;
    assert_true(harness_stream_next(&s, &response));
    assert_null(response);
    assert_int_equal(s.call.wait_ms, 250);
    assert_true(harness_stream_next(&s, &response));
    assert_int_equal(((Answer *)response)->data.data[0], 1);
    assert_int_equal(s.call.wait_ms, 0);
    assert_false(harness_stream_next(&s, &response));
    assert_true(s.call.finished);
    assert_ok(harness_stream_close(&s).result);
    assert_string_equal(trace, "ONNNNx");
}

static void a_server_stream_may_refuse(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Countdown", member.token));
    assert_false(ask(&s, 13));
    assert_reason(harness_stream_close(&s).result, NOT_FOUND);
    assert_string_equal(trace, "Ox");
}

static void a_server_stream_without_a_message_is_told_so(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Countdown", member.token));
    assert_false(harness_stream_half_close(&s));
    assert_reason(harness_stream_close(&s).result, MESSAGE_MISSING);
}

static void a_revoked_session_reads_nothing_more(void **state)
{
    (void)state;
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_open(&s, &h, "/t/Countdown", member.token));
    assert_true(ask(&s, 5));
    assert_true(harness_stream_next(&s, &response));
    assert_ok(harness_write(&h, end_session, NULL));
    assert_false(harness_stream_next(&s, &response));
    assert_reason(harness_stream_close(&s).result, TOKEN_INVALID);
}

static void a_stream_past_its_deadline_ends(void **state)
{
    (void)state;
    struct harness_stream s;
    ProtobufCMessage *response = NULL;
    assert_true(harness_stream_open(&s, &h, "/t/Countdown", member.token));
    assert_true(ask(&s, 5));
    fake_clock_advance(&h.clock, 3600000);
    assert_false(harness_stream_next(&s, &response));
    assert_reason(harness_stream_close(&s).result, DEADLINE_EXCEEDED);
}

static void a_bidi_stream_answers_each_message(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Echo", member.token));
    assert_true(send_piece(&s, 1, false, false));
    assert_true(send_piece(&s, 1, false, false));
    assert_false(s.call.finished);
    assert_non_null(s.call.reply.ptr);
    assert_true(harness_stream_half_close(&s));
    assert_true(s.call.finished);
    assert_null(s.call.reply.ptr);
    assert_ok(harness_stream_close(&s).result);
    assert_string_equal(trace, "MMx");
}

static void a_bidi_stream_ends_with_a_failure(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, "/t/Echo", member.token));
    assert_false(send_piece(&s, 13, false, false));
    assert_reason(harness_stream_close(&s).result, NOT_FOUND);
    assert_string_equal(trace, "Mx");
}

static void a_stream_that_is_not_let_in_runs_nothing(void **state)
{
    (void)state;
    struct harness_stream s;
    assert_false(harness_stream_open(&s, &h, "/t/Sum", NULL));
    assert_reason(harness_stream_close(&s).result, TOKEN_MISSING);
    assert_string_equal(trace, "");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_client_stream_commits_as_it_goes),
        TEST(a_half_close_finishes_a_client_stream),
        TEST(a_client_stream_without_a_message_is_told_so),
        TEST(a_failed_step_ends_a_client_stream),
        TEST(a_refused_message_commits_nothing),
        TEST(an_abandoned_stream_is_closed_once),
        TEST(a_revoked_session_commits_nothing_more),
        TEST(a_server_stream_sends_waits_and_ends),
        TEST(a_server_stream_may_refuse),
        TEST(a_server_stream_without_a_message_is_told_so),
        TEST(a_revoked_session_reads_nothing_more),
        TEST(a_stream_past_its_deadline_ends),
        TEST(a_bidi_stream_answers_each_message),
        TEST(a_bidi_stream_ends_with_a_failure),
        TEST(a_stream_that_is_not_let_in_runs_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
