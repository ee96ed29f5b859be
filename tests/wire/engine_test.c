/*
 * Promise: the engine drives every shape of call over a real connection, also when a step goes on
 * elsewhere, answers itself at the deadline, ends cleanly when the peer goes away or the server
 * drains, and ends every call exactly once.
 *
 * The pipeline here is the test's own: it echoes bytes, so that only the engine is under test.
 */
#include "tests/support/cm.h"

#include <google/bytestream/bytestream.pb-c.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/clock.h"
#include "rpc/client/client.h"
#include "rpc/core.h"
#include "rpc/health.h"

/* --- a pipeline that echoes --- */

enum { LATER_MS = 20, SLOW_MS = 800, SHORT_DEADLINE_MS = 100, COUNT_TO = 3 };

static const struct route test_routes[] = {
    {.path = "/t/Now", .shape = SHAPE_UNARY, .policy.deadline_ms = 5000},
    {.path = "/t/Later", .shape = SHAPE_UNARY, .policy.deadline_ms = 5000},
    {.path = "/t/Slow", .shape = SHAPE_UNARY, .policy.deadline_ms = SHORT_DEADLINE_MS},
    {.path = "/t/Fail", .shape = SHAPE_UNARY, .policy.deadline_ms = 5000},
    {.path = "/t/Sum", .shape = SHAPE_CLIENT_STREAM, .policy.deadline_ms = 5000},
    {.path = "/t/Count", .shape = SHAPE_SERVER_STREAM, .policy.deadline_ms = 5000},
    {.path = "/t/Wait", .shape = SHAPE_SERVER_STREAM, .policy.deadline_ms = 5000},
    {.path = "/t/Chat", .shape = SHAPE_BIDI_STREAM, .policy.deadline_ms = 5000},
};

static struct app app = {.clock = &clock_system, .random = &random_system};
static struct pipeline pipeline = {.app = &app};
static _Atomic int started, ended;
static _Atomic enum reason last_end;

void health_set_serving(bool serving)
{
    (void)serving;
}

static bool is(const struct call *call, const char *path)
{
    return strcmp(call->route->path, path) == 0;
}

status pipeline_start(struct pipeline *p, const struct call_headers *headers, struct call *call)
{
    started++;
    p->in_flight++;
    call_clear(call);
    call->pipeline = p;
    arena_init(&call->arena, 1 << 20);
    (void)snprintf(call->rpc.request_id, sizeof call->rpc.request_id, "req_test");
    for (size_t i = 0; i < ARRAY_LEN(test_routes); i++) {
        if (bytes_equal_str(headers->path, test_routes[i].path)) {
            call->route = &test_routes[i];
            int64_t own_us = clock_mono_us(&clock_system) +
                             call->route->policy.deadline_ms * 1000LL;
            call->rpc.deadline_us = headers->deadline_us < own_us ? headers->deadline_us : own_us;
            return p->draining ? FAIL(DRAINING) : STATUS_OK;
        }
    }
    return FAIL(UNKNOWN_METHOD);
}

static void *resume_later(void *arg)
{
    struct call *call = arg;
    (void)poll(NULL, 0, is(call, "/t/Slow") ? SLOW_MS : LATER_MS);
    call->result = STATUS_OK;
    call->resume(call);
    return NULL;
}

static enum step go_elsewhere(struct call *call)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, resume_later, call), 0);
    (void)pthread_detach(thread);
    return STEP_PENDING;
}

enum step pipeline_message(struct call *call, bytes request)
{
    call->result = STATUS_OK;
    call->reply = (bytes){NULL, 0};
    call->bytes_in += request.len;
    if (is(call, "/t/Fail")) {
        call->result = FAIL(OVERLOADED);
        call->rpc.details.retry_after_ms = 70;
        return STEP_READY;
    }
    if (call->route->shape == SHAPE_UNARY || call->route->shape == SHAPE_BIDI_STREAM) {
        call->reply = arena_copy(&call->arena, request);
    }
    return is(call, "/t/Later") || is(call, "/t/Slow") || is(call, "/t/Sum") ? go_elsewhere(call)
                                                                             : STEP_READY;
}

enum step pipeline_half_close(struct call *call)
{
    Google__Bytestream__QueryWriteStatusResponse sum;
    google__bytestream__query_write_status_response__init(&sum);
    sum.committed_size = (int64_t)call->bytes_in;
    uint8_t *packed = arena_alloc(&call->arena, 64);
    call->reply = (bytes){NULL, 0};
    call->result = call->route->shape == SHAPE_UNARY ? FAIL(MESSAGE_MISSING) : STATUS_OK;
    call->finished = true;
    if (is(call, "/t/Sum")) {
        call->reply = bytes_of(packed, protobuf_c_message_pack(&sum.base, packed));
    }
    return STEP_READY;
}

bool pipeline_waits(const struct call *call)
{
    (void)call;
    return false;
}

bool pipeline_busy(const struct call *call)
{
    (void)call;
    return false;
}

enum step pipeline_landed(struct call *call, bool decided)
{
    (void)call;
    (void)decided;
    return STEP_READY;
}

bool pipeline_salvage(struct call *call, status final)
{
    (void)call;
    (void) final;
    return false;
}

enum step pipeline_next(struct call *call)
{
    call->result = STATUS_OK;
    call->reply = (bytes){NULL, 0};
    call->wait_ms = 0;
    if (is(call, "/t/Wait") || call->bytes_out % 2 == 1) { /* a pause after each message */
        call->bytes_out += call->bytes_out % 2;
        call->wait_ms = 5;
    } else if (call->bytes_out == (uint64_t)COUNT_TO * 2) {
        call->finished = true;
    } else {
        call->bytes_out++;
        call->reply = bytes_str("\x08\x07"); /* committed_size: 7 */
    }
    return STEP_READY;
}

struct wire_status pipeline_status(struct call *call)
{
    return (struct wire_status){.code = reason_code(call->result.why),
                                .message = reason_name(call->result.why)};
}

void pipeline_end(struct call *call, status final)
{
    last_end = final.why;
    arena_fini(&call->arena);
    ended++;
}

void pipeline_rest(struct call *call)
{
    (void)call;
}

bool pipeline_idle(struct call *call)
{
    (void)call;
    return false;
}

void pipeline_park(struct call *call)
{
    (void)call;
}

void pipeline_leave(struct call *call)
{
    call->pipeline->in_flight--;
}

/* --- calls --- */

static struct engine *engine;
static struct channel *channel;
static struct arena arena;

static void wait_until_ended(int count)
{
    for (int i = 0; i < 2000 && ended < count; i++) {
        (void)poll(NULL, 0, 1);
    }
    assert_int_equal(ended, count);
}

static enum grpc_code unary(const char *path, const char *name, int64_t timeout_ms,
                            struct rpc_error *error)
{
    Google__Bytestream__QueryWriteStatusRequest request;
    google__bytestream__query_write_status_request__init(&request);
    const struct call_options options = {
        .path = path,
        .timeout_ms = timeout_ms,
        .response = &google__bytestream__query_write_status_request__descriptor};
    struct rpc_reply reply = {0};
    request.resource_name = (char *)(uintptr_t)name;
    arena_reset(&arena, 4 << 20);
    status s = channel_unary(channel, &options, &request.base, &arena, &reply);
    *error = reply.error;
    if (ok(s)) {
        assert_string_equal(
            ((Google__Bytestream__QueryWriteStatusRequest *)reply.message)->resource_name, name);
        return CODE_OK;
    }
    return error->code;
}

static void test_unary(void **state)
{
    (void)state;
    struct rpc_error error;
    int before = ended;
    static char long_name[200000]; /* several slices: gathered */
    memset(long_name, 'n', sizeof long_name - 1);
    assert_int_equal(unary("/t/Now", "at once", 5000, &error), CODE_OK);
    assert_int_equal(unary("/t/Now", "", 5000, &error), CODE_OK);
    assert_int_equal(unary("/t/Now", long_name, 5000, &error), CODE_OK);
    assert_int_equal(unary("/t/Later", "elsewhere", 5000, &error), CODE_OK);
    wait_until_ended(before + 4);
    assert_int_equal(last_end, REASON_OK);
}

static void test_failures_carry_code_and_text(void **state)
{
    (void)state;
    struct rpc_error error;
    int before = ended;
    assert_int_equal(unary("/t/Nowhere", "x", 5000, &error), CODE_UNIMPLEMENTED);
    assert_string_equal(error.message, "UNKNOWN_METHOD");
    assert_int_equal(unary("/t/Fail", "x", 5000, &error), CODE_RESOURCE_EXHAUSTED);
    assert_string_equal(error.message, "OVERLOADED");
    wait_until_ended(before + 2);
}

static void test_the_server_answers_at_its_deadline(void **state)
{
    (void)state;
    struct rpc_error error;
    int before = ended;
    int64_t start_us = clock_mono_us(&clock_system);
    assert_int_equal(unary("/t/Slow", "late", 5000, &error), CODE_DEADLINE_EXCEEDED);
    int64_t took_ms = (clock_mono_us(&clock_system) - start_us) / 1000;
    assert_string_equal(error.message, "DEADLINE_EXCEEDED");
    assert_in_range(took_ms, SHORT_DEADLINE_MS - 1, SLOW_MS - 100);
    assert_int_equal(ended, before); /* its step still runs */
    wait_until_ended(before + 1);
    assert_int_equal(last_end, REASON_DEADLINE_EXCEEDED);
}

static void test_a_peer_that_leaves_while_a_step_runs(void **state)
{
    (void)state;
    struct rpc_error error;
    assert_int_equal(unary("/t/Later", "gone", LATER_MS / 4, &error), CODE_DEADLINE_EXCEEDED);
    (void)poll(NULL, 0, LATER_MS * 2);
    wait_until_ended(started); /* on a slow machine it may not even have begun */
}

static struct stream *open_stream(const char *path, int writes)
{
    const struct call_options options = {.path = path, .timeout_ms = 5000};
    Google__Bytestream__QueryWriteStatusRequest request;
    google__bytestream__query_write_status_request__init(&request);
    struct stream *stream = NULL;
    char name[] = "hello";
    request.resource_name = name;
    assert_ok(channel_stream(channel, &options, &stream));
    for (int i = 0; i < writes; i++) {
        assert_ok(stream_write(stream, &request.base));
    }
    return stream;
}

static int64_t read_size(struct stream *stream)
{
    ProtobufCMessage *message = NULL;
    arena_reset(&arena, 1 << 20);
    assert_ok(stream_read(stream, &google__bytestream__query_write_status_response__descriptor,
                          &arena, &message));
    return message == NULL
               ? -1
               : ((Google__Bytestream__QueryWriteStatusResponse *)message)->committed_size;
}

static void test_client_stream(void **state)
{
    (void)state;
    struct rpc_error error = {0};
    int before = ended;
    struct stream *stream = open_stream("/t/Sum", 5);
    assert_ok(stream_writes_done(stream));
    assert_int_equal(read_size(stream), 5 * 7);
    assert_ok(stream_close(stream, &error));
    wait_until_ended(before + 1);
}

static void test_server_stream(void **state)
{
    (void)state;
    struct rpc_error error = {0};
    int before = ended;
    struct stream *stream = open_stream("/t/Count", 1);
    assert_ok(stream_writes_done(stream));
    for (int i = 0; i < COUNT_TO; i++) {
        assert_int_equal(read_size(stream), 7);
    }
    assert_int_equal(read_size(stream), -1);
    assert_ok(stream_close(stream, &error));
    wait_until_ended(before + 1);
    assert_int_equal(last_end, REASON_OK);
}

static void test_a_waiting_stream_ends_when_the_peer_leaves(void **state)
{
    (void)state;
    struct rpc_error error = {0};
    int before = ended;
    struct stream *stream = open_stream("/t/Wait", 1);
    (void)poll(NULL, 0, 30);
    (void)ok(stream_close(stream, &error));
    wait_until_ended(before + 1);
    assert_int_equal(last_end, REASON_CANCELLED);
}

static void test_bidi_stream(void **state)
{
    (void)state;
    struct rpc_error error = {0};
    ProtobufCMessage *message = NULL;
    int before = ended;
    struct stream *stream = open_stream("/t/Chat", 3);
    assert_ok(stream_writes_done(stream));
    arena_reset(&arena, 1 << 20);
    for (int i = 0; i < 3; i++) {
        assert_ok(stream_read(stream, &google__bytestream__query_write_status_request__descriptor,
                              &arena, &message));
        assert_string_equal(((Google__Bytestream__QueryWriteStatusRequest *)message)->resource_name,
                            "hello");
    }
    assert_ok(stream_read(stream, &google__bytestream__query_write_status_request__descriptor,
                          &arena, &message));
    assert_null(message);
    assert_ok(stream_close(stream, &error));
    wait_until_ended(before + 1);
}

static void *drain(void *arg)
{
    return engine_drain(arg) ? arg : NULL;
}

/* Last: a waiting stream hears DRAINING, a running step is waited for, every call ended once, the
   engine is empty. */
static void test_drain(void **state)
{
    (void)state;
    struct rpc_error error = {0};
    pthread_t thread;
    void *drained = NULL;
    struct stream *waiting = open_stream("/t/Wait", 1), *open = open_stream("/t/Sum", 1);
    (void)poll(NULL, 0, 50);
    assert_int_equal(pthread_create(&thread, NULL, drain, engine), 0);
    assert_false(
        ok(stream_close(open, &error))); /* closing first may cancel: only that it ends matters */
    ProtobufCMessage *message = NULL;
    (void)ok(stream_read(waiting, &google__bytestream__query_write_status_response__descriptor,
                         &arena, &message));
    assert_false(ok(stream_close(waiting, &error)));
    assert_int_equal(error.code, CODE_UNAVAILABLE);
    assert_string_equal(error.message, "DRAINING");
    assert_int_equal(pthread_join(thread, &drained), 0);
    assert_ptr_equal(drained, engine);
    assert_int_equal(started, ended);
    assert_int_equal(pipeline.in_flight, 0);
}

static int start(void **state)
{
    (void)state;
    char target[32];
    const struct engine_options options = {.pipeline = &pipeline, .listen = "127.0.0.1:0"};
    if (!ok(engine_start(&options, &engine))) {
        return -1;
    }
    rpc_client_init();
    (void)snprintf(target, sizeof target, "127.0.0.1:%d", engine_port(engine));
    const struct channel_options to = {.target = target};
    arena_init(&arena, 1 << 20);
    return ok(channel_open(&to, &channel)) ? 0 : -1;
}

static int stop(void **state)
{
    (void)state;
    channel_close(channel);
    engine_stop(engine);
    rpc_client_shutdown();
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unary),
        cmocka_unit_test(test_failures_carry_code_and_text),
        cmocka_unit_test(test_the_server_answers_at_its_deadline),
        cmocka_unit_test(test_a_peer_that_leaves_while_a_step_runs),
        cmocka_unit_test(test_client_stream),
        cmocka_unit_test(test_server_stream),
        cmocka_unit_test(test_a_waiting_stream_ends_when_the_peer_leaves),
        cmocka_unit_test(test_bidi_stream),
        cmocka_unit_test(test_drain),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
