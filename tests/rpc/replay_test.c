/*
 * Replays (SEC-G2): the same request under the same request_id gets the first answer byte for byte and does nothing
 * again, across restarts and in one commit; another request under it is refused; failures are not remembered; nobody
 * replays another's request; the answer is forgotten at its time.  The routes are this file's own.
 */
#include "base/array.h"
#include "google/bytestream/bytestream.pb-c.h"
#include "hayat/v1/upload.pb-c.h"
#include "storage/expiry_store.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

#define FIRST "0b6a2a0e-6d5f-4a35-9a3d-3c1d5f2f0a01"
#define SECOND "0b6a2a0e-6d5f-4a35-9a3d-3c1d5f2f0a02"

typedef Hayat__V1__CancelUploadRequest Request;
typedef Google__Bytestream__WriteResponse Response;

static struct harness h;
static struct harness_member member;
static _Atomic int64_t runs;

static status count(struct rpc *rpc, const ProtobufCMessage *request, ProtobufCMessage *response)
{
    (void)rpc;
    ((Response *)response)->committed_size = ++runs;
    return strcmp(((const Request *)request)->upload_id, "upl_fails") == 0 ? FAIL(NOT_FOUND)
                                                                           : STATUS_OK;
}

static status nothing(struct rpc *rpc, const ProtobufCMessage *request, ProtobufCMessage *response)
{
    (void)rpc, (void)request, (void)response;
    runs++;
    return STATUS_OK;
}

static const struct field_rule fields[] = {
    {.name = "request_id",
     .number = 1,
     .kind = FIELD_STRING,
     .format = FORMAT_UUID,
     .required = true,
     .max_len = 36},
    {.name = "upload_id", .number = 2, .kind = FIELD_STRING, .max_len = 40},
};
static const struct message_rule rule = {"test.Request", fields, ARRAY_LEN(fields)};

#define ROUTE(path_, handler_)                                                                     \
    {                                                                                              \
        .path = (path_), .rule = &rule, .request = &hayat__v1__cancel_upload_request__descriptor,  \
        .response = &google__bytestream__write_response__descriptor, .request_id_field = 1,        \
        .handler.unary = (handler_), .policy = {                                                   \
            .callers = CALLER_MEMBER,                                                              \
            .transaction = TRANSACTION_WRITE,                                                      \
            .idempotency = IDEMPOTENCY_REQUEST_ID,                                                 \
            .deadline_ms = 15000,                                                                  \
            .max_request_bytes = 1024,                                                             \
            .scopes = 0                                                                            \
        }                                                                                          \
    }

const struct route routes[] = {ROUTE("/t/Count", count), ROUTE("/t/Empty", nothing),
                               ROUTE("/t/Other", count)};
const size_t route_count = ARRAY_LEN(routes);
const char *const rate_class_names[] = {"test"};
const size_t rate_class_count = 1;

static int setup(void **state)
{
    (void)state;
    harness_start(&h);
    member = harness_member(&h, "TEST-0001");
    runs = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

static struct harness_reply call(const char *path, const char *token, const char *request_id,
                                 const char *upload_id)
{
    Request request;
    hayat__v1__cancel_upload_request__init(&request);
    request.request_id = arena_str(&h.arena, bytes_str(request_id));
    request.upload_id = arena_str(&h.arena, bytes_str(upload_id));
    return harness_call(&h, path, token, &request.base);
}

static void a_replay_gets_the_first_answer(void **state)
{
    (void)state;
    struct harness_reply first = call("/t/Count", member.token, FIRST, "upl_a");
    struct harness_reply again = call("/t/Count", member.token, FIRST, "upl_a");
    assert_ok(first.result);
    assert_ok(again.result);
    assert_true(bytes_equal(first.wire, again.wire));
    assert_int_equal(runs, 1);
    harness_restart(&h);
    assert_true(bytes_equal(first.wire, call("/t/Count", member.token, FIRST, "upl_a").wire));
    assert_int_equal(runs, 1);
}

static void an_empty_answer_is_replayed_too(void **state)
{
    (void)state;
    assert_non_null(call("/t/Empty", member.token, FIRST, "upl_a").response);
    assert_non_null(call("/t/Empty", member.token, FIRST, "upl_a").response);
    assert_int_equal(runs, 1);
}

static void another_request_under_the_id_is_refused(void **state)
{
    (void)state;
    assert_ok(call("/t/Count", member.token, FIRST, "upl_a").result);
    struct harness_reply reused = call("/t/Count", member.token, FIRST, "upl_b");
    assert_reason(reused.result, REQUEST_ID_REUSED);
    assert_null(reused.response);
    assert_int_equal(runs, 1);
    assert_ok(call("/t/Count", member.token, FIRST, "upl_a").result);
}

static void other_ids_methods_and_members_are_apart(void **state)
{
    (void)state;
    struct harness_member other = harness_member(&h, "TEST-0002");
    assert_ok(call("/t/Count", member.token, FIRST, "upl_a").result);
    assert_ok(call("/t/Count", member.token, SECOND, "upl_b").result);
    assert_ok(call("/t/Other", member.token, FIRST, "upl_b").result);
    assert_ok(call("/t/Count", other.token, FIRST, "upl_b").result);
    assert_int_equal(runs, 4);
}

static void a_failure_is_not_remembered(void **state)
{
    (void)state;
    assert_reason(call("/t/Count", member.token, FIRST, "upl_fails").result, NOT_FOUND);
    assert_reason(call("/t/Count", member.token, FIRST, "upl_fails").result, NOT_FOUND);
    assert_int_equal(runs, 2);
    assert_ok(call("/t/Count", member.token, FIRST, "upl_a").result);
}

static status no_upload(struct txn *txn, struct owner owner, bytes id)
{
    (void)txn, (void)owner, (void)id;
    return STATUS_OK;
}

static status expire(void *ctx, struct txn *txn)
{
    struct expiry_ends ends = {.upload = no_upload};
    return expiry_run(txn, txn_now_ms(txn), LIMIT_EXPIRY_ROWS, &ends, ctx);
}

static void an_answer_is_forgotten_at_its_time(void **state)
{
    (void)state;
    struct expiry_ran ran;
    assert_ok(call("/t/Count", member.token, FIRST, "upl_a").result);
    fake_clock_advance(&h.clock, LIMIT_REQUEST_ID_LIFE_MS);
    member = harness_member(&h, "TEST-0001"); /* the first session is over too */
    assert_ok(call("/t/Count", member.token, FIRST, "upl_b").result);
    assert_int_equal(runs, 2);
    fake_clock_advance(&h.clock, LIMIT_REQUEST_ID_LIFE_MS);
    assert_ok(harness_write(&h, expire, &ran));
    assert_false(ran.more);
    member = harness_member(&h, "TEST-0001");
    assert_ok(call("/t/Count", member.token, FIRST, "upl_a").result);
    assert_int_equal(runs, 3);
}

/* Two copies of a request waiting for the same commit: a phone that retried while the first was on its way. */
struct waiting {
    struct call call;
    sem_t done;
};

static void post_done(struct call *call)
{
    (void)sem_post(call->owner);
}

static void submit(struct waiting *w, bytes request)
{
    struct call_headers headers = {
        .path = bytes_str("/t/Count"), .peer = bytes_str("unix:"), .deadline_us = INT64_MAX};
    headers.authorization = bytes_str(arena_printf(&h.arena, "Bearer %s", member.token));
    assert_int_equal(sem_init(&w->done, 0, 0), 0);
    w->call.resume = post_done;
    w->call.owner = &w->done;
    assert_ok(pipeline_start(&h.pipeline, &headers, &w->call));
    assert_int_equal(pipeline_message(&w->call, request), STEP_PENDING);
}

static void copies_in_flight_together_run_once(void **state)
{
    (void)state;
    enum { COPIES = 16 };
    static struct waiting copies[COPIES];
    Request request;
    hayat__v1__cancel_upload_request__init(&request);
    request.request_id = arena_str(&h.arena, bytes_str(FIRST));
    uint8_t packed[128];
    bytes wire = bytes_of(packed, hayat__v1__cancel_upload_request__pack(&request, packed));
    for (size_t i = 0; i < COPIES; i++) {
        submit(&copies[i], wire);
    }
    for (size_t i = 0; i < COPIES; i++) {
        while (sem_wait(&copies[i].done) != 0) {
        }
        assert_ok(copies[i].call.result);
        assert_true(bytes_equal(copies[i].call.reply, copies[0].call.reply));
    }
    for (size_t i = 0; i < COPIES; i++) {
        pipeline_end(&copies[i].call, STATUS_OK);
        pipeline_leave(&copies[i].call);
        (void)sem_destroy(&copies[i].done);
    }
    assert_int_equal(runs, 1);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_replay_gets_the_first_answer),
        TEST(an_empty_answer_is_replayed_too),
        TEST(another_request_under_the_id_is_refused),
        TEST(other_ids_methods_and_members_are_apart),
        TEST(a_failure_is_not_remembered),
        TEST(an_answer_is_forgotten_at_its_time),
        TEST(copies_in_flight_together_run_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
