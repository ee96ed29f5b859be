/*
 * Every method of the server stands behind its policy (SEC-A2): for each route and each kind of caller, the headers alone
 * decide; and every policy is one the pipeline can keep.
 */
#include "base/array.h"
#include "grpc/reflection/v1/reflection.pb-c.h"
#include "hayat/v1/session.pb-c.h"
#include "rpc/route.h"
#include "tests/support/cm.h"
#include "tests/support/harness.h"

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

static status knock(const char *path, const char *token)
{
    struct harness_stream s;
    (void)harness_stream_open(&s, &h, path, token);
    status result = s.call.result;
    harness_stream_abandon(&s);
    fake_clock_advance(&h.clock, 1); /* so that thirty methods do not meet one rate */
    return result;
}

static void nobody_gets_past_a_gate_without_a_session(void **state)
{
    (void)state;
    struct harness_member ended = harness_member(&h, "TEST-0001");
    fake_clock_advance(&h.clock, LIMIT_ACCESS_TOKEN_MS);
    for (size_t i = 0; i < route_count; i++) {
        if ((routes[i].policy.callers & CALLER_ANONYMOUS) != 0) {
            assert_ok(knock(routes[i].path, NULL));
            assert_ok(knock(routes[i].path, "hyt_bad"));
        } else {
            assert_reason(knock(routes[i].path, NULL), TOKEN_MISSING);
            assert_reason(knock(routes[i].path, "hyt_bad"), TOKEN_INVALID);
            assert_reason(knock(routes[i].path, ended.token), TOKEN_INVALID);
        }
    }
}

static void a_member_gets_where_members_may(void **state)
{
    (void)state;
    struct harness_member member = harness_member(&h, "TEST-0001");
    for (size_t i = 0; i < route_count; i++) {
        bool may = (routes[i].policy.callers & (CALLER_MEMBER | CALLER_ANONYMOUS)) != 0;
        status result = knock(routes[i].path, member.token);
        assert_int_equal(result.why, may ? REASON_OK : REASON_PERMISSION_DENIED);
    }
}

static bool transaction_fits(const struct route *route)
{
    enum transaction_kind kind = route->policy.transaction;
    switch (route->shape) {
    case SHAPE_UNARY:
        return true;
    case SHAPE_CLIENT_STREAM:
        return kind == TRANSACTION_WRITE;
    case SHAPE_SERVER_STREAM:
        if (kind == TRANSACTION_WRITE) {
            return route->handler.server_stream->look != NULL;
        }
        return kind == TRANSACTION_READ || kind == TRANSACTION_NONE;
    case SHAPE_BIDI_STREAM:
        return kind == TRANSACTION_READ || kind == TRANSACTION_NONE;
    }
    return false;
}

static void every_policy_can_be_kept(void **state)
{
    (void)state;
    assert_true(route_count > 0);
    for (size_t i = 0; i < route_count; i++) {
        const struct policy *policy = &routes[i].policy;
        assert_true(transaction_fits(&routes[i]));
        assert_true(policy->callers != 0);
        assert_true(policy->rate_per_minute > 0 && policy->rate_burst > 0 &&
                    policy->rate_class < rate_class_count);
        assert_true(policy->deadline_ms > 0 && policy->deadline_ms <= LIMIT_STREAM_DEADLINE_MS);
        assert_true(policy->max_request_bytes > 0 &&
                    policy->max_request_bytes <= LIMIT_RECEIVE_BYTES);
        assert_true((policy->idempotency == IDEMPOTENCY_REQUEST_ID) ==
                    (routes[i].request_id_field != 0));
        assert_true(policy->idempotency != IDEMPOTENCY_REQUEST_ID ||
                    (policy->callers & CALLER_ANONYMOUS) == 0); /* remembered by caller */
        assert_true(policy->idempotency != IDEMPOTENCY_READ_ONLY ||
                    policy->transaction <= TRANSACTION_READ);
    }
}

/* The pipeline knows sign-out by its path (SEC-D5). */
static void sign_out_is_where_the_pipeline_looks_for_it(void **state)
{
    (void)state;
    const struct route *route = route_find(bytes_str("/hayat.v1.SessionService/EndSession"));
    assert_non_null(route);
    assert_int_equal(route->policy.transaction, TRANSACTION_WRITE);
}

/* --- what a caller holds at one time --- */

enum { STREAMS_MAX = LIMIT_CALLER_LARGE };

static void nobody_holds_all_of_the_server(void **state)
{
    (void)state;
    static const char *const write = "/google.bytestream.ByteStream/Write";
    struct harness_member one = harness_member(&h, "TEST-0001"), two = harness_member(&h, "TEST-2");
    static struct harness_stream streams[STREAMS_MAX], more;
    for (size_t i = 0; i < STREAMS_MAX; i++) {
        assert_true(harness_stream_open(&streams[i], &h, write, one.token));
    }
    assert_false(harness_stream_open(&more, &h, write, one.token));
    struct harness_reply reply = harness_stream_close(&more);
    assert_reason(reply.result, RATE_LIMITED);
    assert_non_null(reply.retry_info);
    assert_ok(knock(write, two.token));
    assert_ok(knock("/hayat.v1.CardService/GetCard", one.token)); /* small ones are counted apart */
    assert_ok(knock("/grpc.health.v1.Health/Check", NULL));
    assert_reason(knock("/hayat.v1.UploadService/AppendChunk", one.token), RATE_LIMITED);
    /* Its end is not enough while the peer has not taken the answer. */
    pipeline_end(&streams[0].call, STATUS_OK);
    assert_reason(knock(write, one.token), RATE_LIMITED);
    pipeline_leave(&streams[0].call);
    assert_ok(knock(write, one.token));
    for (size_t i = 1; i < STREAMS_MAX; i++) {
        harness_stream_abandon(&streams[i]);
    }
    assert_int_equal(h.pipeline.in_flight, 0);
}

/* A stream of questions is not a way around the rate. */
static void each_question_of_a_stream_counts(void **state)
{
    (void)state;
    const struct route *route = route_find(
        bytes_str("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo"));
    Grpc__Reflection__V1__ServerReflectionRequest request;
    grpc__reflection__v1__server_reflection_request__init(&request);
    struct harness_stream s;
    assert_true(harness_stream_open(&s, &h, route->path, NULL));
    for (int i = 0; i < route->policy.rate_burst; i++) { /* the first is the call itself */
        assert_true(harness_stream_send(&s, &request.base));
    }
    assert_false(harness_stream_send(&s, &request.base));
    assert_reason(harness_stream_close(&s).result, RATE_LIMITED);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(nobody_gets_past_a_gate_without_a_session),
        TEST(a_member_gets_where_members_may),
        TEST(every_policy_can_be_kept),
        TEST(sign_out_is_where_the_pipeline_looks_for_it),
        TEST(nobody_holds_all_of_the_server),
        TEST(each_question_of_a_stream_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
