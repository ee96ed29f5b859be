/* Promise: reflection, v1 and v1alpha alike, finds every file by any name in it, with all it
   imports, and nothing that is stored; what it cannot answer is an error inside the stream. */
#include "tests/support/cm.h"

#include "gen/handlers.h"
#include "rpc/route.h"
#include "tests/support/harness.h"

typedef Grpc__Reflection__V1__ServerReflectionRequest request_t;
typedef Grpc__Reflection__V1__ServerReflectionResponse response_t;

#define ASKS(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_REQUEST__MESSAGE_REQUEST_##what
#define ANSWERS(what) GRPC__REFLECTION__V1__SERVER_REFLECTION_RESPONSE__MESSAGE_RESPONSE_##what

static struct harness h;

/* Both versions have one wire format: v1alpha's answer is read as v1's. */
static response_t *ask(const char *version, const request_t *request)
{
    char path[96];
    struct harness_stream stream;
    (void)snprintf(path, sizeof path, "/grpc.reflection.%s.ServerReflection/ServerReflectionInfo",
                   version);
    assert_true(harness_stream_open(&stream, &h, path, NULL));
    assert_true(harness_stream_send(&stream, &request->base));
    bytes wire = arena_copy(&h.arena, stream.call.reply);
    harness_stream_abandon(&stream);
    response_t *response = grpc__reflection__v1__server_reflection_response__unpack(
        &h.arena.allocator, wire.len, wire.ptr);
    assert_non_null(response);
    return response;
}

static response_t *ask_symbol(const char *version, char *symbol)
{
    request_t request;
    grpc__reflection__v1__server_reflection_request__init(&request);
    request.message_request_case = ASKS(FILE_CONTAINING_SYMBOL);
    request.file_containing_symbol = symbol;
    response_t *response = ask(version, &request);
    assert_string_equal(response->original_request->file_containing_symbol, symbol);
    return response;
}

/* "\n" ‖ length ‖ name begins every FileDescriptorProto. */
static bool is_file(const ProtobufCBinaryData *file, const char *name)
{
    size_t len = strlen(name);
    return file->len > len + 2 && file->data[1] == len && memcmp(file->data + 2, name, len) == 0;
}

static bool has_file(const response_t *response, const char *name)
{
    const Grpc__Reflection__V1__FileDescriptorResponse *files = response->file_descriptor_response;
    for (size_t i = 0; i < files->n_file_descriptor_proto; i++) {
        if (is_file(&files->file_descriptor_proto[i], name)) {
            return true;
        }
    }
    return false;
}

static const char *const versions[] = {"v1", "v1alpha"};

static void test_services(void **state)
{
    (void)state;
    char anything[] = "";
    for (size_t v = 0; v < 2; v++) {
        request_t request;
        grpc__reflection__v1__server_reflection_request__init(&request);
        request.message_request_case = ASKS(LIST_SERVICES);
        request.list_services = anything;
        response_t *response = ask(versions[v], &request);
        assert_int_equal(response->message_response_case, ANSWERS(LIST_SERVICES_RESPONSE));
        assert_int_equal(response->list_services_response->n_service, reflected_service_count);
    }
}

static void test_symbols_of_every_kind(void **state)
{
    (void)state;
    static const char *const names[] = {"hayat.v1.CardService", "hayat.v1.CardService.GetCard",
                                        "hayat.v1.Card", "hayat.v1.Card.card_id", ".hayat.v1.Card"};
    for (size_t v = 0; v < 2; v++) {
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            char symbol[64];
            (void)snprintf(symbol, sizeof symbol, "%s", names[i]);
            response_t *response = ask_symbol(versions[v], symbol);
            assert_int_equal(response->message_response_case, ANSWERS(FILE_DESCRIPTOR_RESPONSE));
            assert_true(is_file(&response->file_descriptor_response->file_descriptor_proto[0],
                                "hayat/v1/card.proto"));
            assert_true(
                has_file(response, "google/protobuf/descriptor.proto")); /* two imports away */
        }
    }
}

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < reflected_file_count; i++) {
        char name[128];
        request_t request;
        grpc__reflection__v1__server_reflection_request__init(&request);
        (void)snprintf(name, sizeof name, "%s", reflected_files[i].name);
        request.message_request_case = ASKS(FILE_BY_FILENAME);
        request.file_by_filename = name;
        response_t *response = ask("v1", &request);
        assert_int_equal(response->message_response_case, ANSWERS(FILE_DESCRIPTOR_RESPONSE));
        assert_true(has_file(response, reflected_files[i].name));
        assert_null(strstr(reflected_files[i].name, "store"));
    }
}

static void assert_error(const response_t *response, enum grpc_code code)
{
    assert_int_equal(response->message_response_case, ANSWERS(ERROR_RESPONSE));
    assert_int_equal(response->error_response->error_code, code);
}

static void test_errors_stay_inside(void **state)
{
    (void)state;
    char unknown[] = "hayat.v1.Nothing", stored[] = "hayat.store.v1.StoredCard", type[] = "x.Y";
    assert_error(ask_symbol("v1", unknown), CODE_NOT_FOUND);
    assert_error(ask_symbol("v1alpha", stored), CODE_NOT_FOUND);
    request_t request;
    grpc__reflection__v1__server_reflection_request__init(&request);
    assert_error(ask("v1", &request), CODE_INVALID_ARGUMENT);
    request.message_request_case = ASKS(ALL_EXTENSION_NUMBERS_OF_TYPE);
    request.all_extension_numbers_of_type = type;
    assert_error(ask("v1", &request), CODE_UNIMPLEMENTED);
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
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_symbols_of_every_kind),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_errors_stay_inside),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
