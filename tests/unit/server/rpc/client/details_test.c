/*
 * Promise: what the server says about a failure reaches the caller whole and bounded, and foreign
 * or damaged details change nothing but the text.
 */
#include "tests/support/cm.h"

#include <stdlib.h>

#include "google/protobuf/any.pb-c.h"
#include "google/rpc/error_details.pb-c.h"
#include "google/rpc/status.pb-c.h"
#include "rpc/client/call.h"

enum { STATUS_MAX_BYTES = 8192 };

static Google__Protobuf__Any any_of(const char *name, const ProtobufCMessage *message,
                                    uint8_t *buffer)
{
    static char urls[4][80];
    static unsigned next;
    char *url = urls[next++ % 4];
    (void)snprintf(url, sizeof urls[0], "type.googleapis.com/google.rpc.%s", name);
    Google__Protobuf__Any any = GOOGLE__PROTOBUF__ANY__INIT;
    any.type_url = url;
    any.value.data = buffer;
    any.value.len = protobuf_c_message_pack(message, buffer);
    return any;
}

static struct rpc_error decode(int32_t code, Google__Protobuf__Any *details, size_t count)
{
    uint8_t packed[STATUS_MAX_BYTES];
    Google__Protobuf__Any *list[4];
    Google__Rpc__Status rich = GOOGLE__RPC__STATUS__INIT;
    for (size_t i = 0; i < count; i++) {
        list[i] = &details[i];
    }
    rich.code = code;
    rich.n_details = count;
    rich.details = list;
    size_t len = google__rpc__status__pack(&rich, packed);
    struct rpc_error error = {.code = CODE_OUT_OF_RANGE, .message = "plain", .committed_size = -1};
    details_decode(bytes_of(packed, len), &error);
    return error;
}

static Google__Protobuf__Any error_info(const char *domain, const char *committed, uint8_t *buffer)
{
    Google__Rpc__ErrorInfo info = GOOGLE__RPC__ERROR_INFO__INIT;
    Google__Rpc__ErrorInfo__MetadataEntry entry = GOOGLE__RPC__ERROR_INFO__METADATA_ENTRY__INIT;
    Google__Rpc__ErrorInfo__MetadataEntry *entries[] = {&entry};
    char key[] = "committed_size", reason[] = "UPLOAD_OFFSET_MISMATCH";
    entry.key = key;
    entry.value = (char *)(uintptr_t)committed;
    info.reason = reason;
    info.domain = (char *)(uintptr_t)domain;
    info.n_metadata = 1;
    info.metadata = entries;
    return any_of("ErrorInfo", &info.base, buffer);
}

static void test_all_details(void **state)
{
    (void)state;
    static uint8_t buffers[4][STATUS_MAX_BYTES];
    Google__Rpc__BadRequest__FieldViolation violation =
        GOOGLE__RPC__BAD_REQUEST__FIELD_VIOLATION__INIT;
    Google__Rpc__BadRequest__FieldViolation *violations[] = {&violation, &violation};
    Google__Rpc__BadRequest bad = GOOGLE__RPC__BAD_REQUEST__INIT;
    Google__Protobuf__Duration delay = GOOGLE__PROTOBUF__DURATION__INIT;
    Google__Rpc__RetryInfo retry = GOOGLE__RPC__RETRY_INFO__INIT;
    Google__Rpc__LocalizedMessage localized = GOOGLE__RPC__LOCALIZED_MESSAGE__INIT;
    char path[] = "upload.sha256", why[] = "32 bytes", text[] = "Réessayez";
    violation.field = path;
    violation.description = why;
    bad.n_field_violations = 2;
    bad.field_violations = violations;
    delay.seconds = 2;
    delay.nanos = 500000000;
    retry.retry_delay = &delay;
    localized.message = text;
    Google__Protobuf__Any details[] = {
        error_info("hayat", "65475", buffers[0]),
        any_of("BadRequest", &bad.base, buffers[1]),
        any_of("RetryInfo", &retry.base, buffers[2]),
        any_of("LocalizedMessage", &localized.base, buffers[3]),
    };
    struct rpc_error error = decode(CODE_OUT_OF_RANGE, details, 4);
    assert_string_equal(error.reason, "UPLOAD_OFFSET_MISMATCH");
    assert_int_equal(error.committed_size, 65475);
    assert_int_equal(error.retry_after_ms, 2500);
    assert_string_equal(error.message, "Réessayez");
    assert_string_equal(error.fields, "upload.sha256: 32 bytes\nupload.sha256: 32 bytes\n");
    assert_reason(details_reason(error.code, error.reason), UPLOAD_OFFSET_MISMATCH);
}

static void test_foreign_details(void **state)
{
    (void)state;
    static uint8_t buffer[STATUS_MAX_BYTES];
    static const char *const numbers[] = {"", "-5", "12x", "99999999999999999999"};
    Google__Protobuf__Any foreign = error_info("elsewhere", "5", buffer);
    struct rpc_error error = decode(CODE_OUT_OF_RANGE, &foreign, 1);
    assert_string_equal(error.reason, "");
    assert_int_equal(error.committed_size, -1);
    Google__Protobuf__Any ours = error_info("hayat", "5", buffer);
    error = decode(CODE_NOT_FOUND, &ours, 1); /* not the call's own code */
    assert_string_equal(error.reason, "");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        ours = error_info("hayat", numbers[i], buffer);
        error = decode(CODE_OUT_OF_RANGE, &ours, 1);
        assert_int_equal(error.committed_size, -1);
    }
    details_decode(bytes_of("\xFF\xFF\xFF", 3), &error);
}

static void test_long_texts_are_cut_between_characters(void **state)
{
    (void)state;
    static uint8_t buffer[STATUS_MAX_BYTES];
    static char text[2001];
    for (size_t i = 0; i + 1 < sizeof text; i += 2) {
        memcpy(text + i, "é", 2);
    }
    Google__Rpc__LocalizedMessage localized = GOOGLE__RPC__LOCALIZED_MESSAGE__INIT;
    localized.message = text;
    Google__Protobuf__Any detail = any_of("LocalizedMessage", &localized.base, buffer);
    struct rpc_error error = decode(CODE_OUT_OF_RANGE, &detail, 1);
    assert_int_equal(strlen(error.message), (sizeof error.message - 1) / 2 * 2);
    assert_true(bytes_is_text(bytes_str(error.message)));
}

static void test_reasons_by_code(void **state)
{
    (void)state;
    assert_ok(details_reason(CODE_OK, ""));
    assert_reason(details_reason(CODE_UNAVAILABLE, ""), CONNECTION_FAILED);
    assert_reason(details_reason(CODE_UNAVAILABLE, "DRAINING"), DRAINING);
    assert_reason(details_reason(CODE_NOT_FOUND, "A_REASON_OF_TOMORROW"), NOT_FOUND);
    for (int code = CODE_CANCELLED; code <= CODE_UNAUTHENTICATED; code++) {
        assert_false(ok(details_reason((enum grpc_code)code, "")));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_details),
        cmocka_unit_test(test_foreign_details),
        cmocka_unit_test(test_long_texts_are_cut_between_characters),
        cmocka_unit_test(test_reasons_by_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
