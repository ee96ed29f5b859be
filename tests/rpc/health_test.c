/* Promise: grpc.health.v1 as its proto says: NOT_FOUND from Check, SERVICE_UNKNOWN from Watch,
   which tells each change. */
#include "tests/support/cm.h"

#include "gen/handlers.h"
#include "rpc/health.h"
#include "tests/support/harness.h"

typedef Grpc__Health__V1__HealthCheckRequest request_t;
typedef Grpc__Health__V1__HealthCheckResponse response_t;

static struct harness h;

static request_t request_for(char *service)
{
    request_t request;
    grpc__health__v1__health_check_request__init(&request);
    request.service = service;
    return request;
}

static int serving_status(const ProtobufCMessage *message)
{
    return (int)((const response_t *)message)->status;
}

static void assert_check(char *service, int expected)
{
    request_t request = request_for(service);
    struct harness_reply reply = harness_call(&h, "/grpc.health.v1.Health/Check", NULL,
                                              &request.base);
    assert_ok(reply.result);
    assert_int_equal(serving_status(reply.response), expected);
}

static void test_check(void **state)
{
    (void)state;
    char all[] = "", card[] = "hayat.v1.CardService", none[] = "hayat.v1.Card",
         partly[] = "hayat.v1";
    health_set_serving(true);
    assert_check(all, GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING);
    assert_check(card, GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING);
    char audit[] = "hayat.backoffice.v1.AuditService";
    health_set_audit_late(true); /* of heads that cannot be exported: nobody else minds */
    assert_check(audit, GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING);
    assert_check(all, GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING);
    health_set_audit_late(false);
    assert_check(audit, GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING);
    health_set_serving(false);
    assert_check(card, GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING);
    char *const unknown[] = {none, partly};
    for (size_t i = 0; i < 2; i++) {
        request_t request = request_for(unknown[i]);
        struct harness_reply reply = harness_call(&h, "/grpc.health.v1.Health/Check", NULL,
                                                  &request.base);
        assert_int_equal(reply.code, CODE_NOT_FOUND);
    }
}

static int next_status(struct harness_stream *stream)
{
    ProtobufCMessage *message = NULL;
    assert_true(harness_stream_next(stream, &message));
    return serving_status(message);
}

static void test_watch(void **state)
{
    (void)state;
    struct harness_stream stream;
    char all[] = "";
    request_t request = request_for(all);
    health_set_serving(true);
    assert_true(harness_stream_open(&stream, &h, "/grpc.health.v1.Health/Watch", NULL));
    assert_true(harness_stream_send(&stream, &request.base));
    assert_int_equal(next_status(&stream),
                     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVING);
    assert_int_equal(pipeline_next(&stream.call), STEP_READY); /* nothing new: wait */
    assert_null(stream.call.reply.ptr);
    assert_true(stream.call.wait_ms > 0);
    health_set_serving(false);
    assert_int_equal(next_status(&stream),
                     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__NOT_SERVING);
    harness_stream_abandon(&stream);
}

static void test_watch_of_an_unknown_service_stays(void **state)
{
    (void)state;
    struct harness_stream stream;
    char none[] = "nobody";
    request_t request = request_for(none);
    assert_true(harness_stream_open(&stream, &h, "/grpc.health.v1.Health/Watch", NULL));
    assert_true(harness_stream_send(&stream, &request.base));
    assert_int_equal(next_status(&stream),
                     GRPC__HEALTH__V1__HEALTH_CHECK_RESPONSE__SERVING_STATUS__SERVICE_UNKNOWN);
    assert_int_equal(pipeline_next(&stream.call), STEP_READY);
    assert_ok(stream.call.result);
    assert_false(stream.call.finished);
    harness_stream_abandon(&stream);
}

static int start(void **state)
{
    (void)state;
    harness_start(&h);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    harness_stop(&h);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_watch_of_an_unknown_service_stays),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
