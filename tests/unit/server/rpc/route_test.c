/*
 * Promise: the generated table finds every method by its path and nothing else, every row is
 * complete, and reflection never serves a stored record's type.
 */
#include "tests/support/cm.h"

#include "base/arena.h"
#include "google/protobuf/descriptor.pb-c.h"
#include "rpc/route.h"

static void test_every_path_is_found_without_its_nul(void **state)
{
    (void)state;
    assert_true(route_count > 0);
    for (size_t i = 0; i < route_count; i++) {
        char copy[256];
        size_t len = strlen(routes[i].path);
        assert_true(len + 1 < sizeof copy);
        memcpy(copy, routes[i].path, len);
        copy[len] = 'X'; /* what follows the view must not matter */
        assert_ptr_equal(route_find(bytes_of(copy, len)), &routes[i]);
        assert_null(route_find(bytes_of(copy, len + 1)));
        assert_null(route_find(bytes_of(copy, len - 1)));
    }
}

static void test_other_paths_are_not(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "",
        "/",
        "hayat.v1.CardService/GetCard",
        "/hayat.v1.CardService/getcard",
        "/hayat.v1.CardService/",
        "/zzz",
        "/hayat.store.v1.StoredCard/Get",
    };
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_null(route_find(bytes_str(paths[i])));
    }
    assert_null(route_find(bytes_of("/hayat.v1.CardService/GetCard\0", 30)));
    assert_null(route_find((bytes){NULL, 0}));
}

static void test_every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < route_count; i++) {
        const struct route *route = &routes[i];
        assert_true(i == 0 || strcmp(routes[i - 1].path, route->path) < 0);
        assert_true(route->policy.callers != 0);
        assert_in_range(route->policy.transaction, TRANSACTION_NONE, TRANSACTION_MANUAL);
        assert_in_range(route->policy.idempotency, IDEMPOTENCY_READ_ONLY, IDEMPOTENCY_NATURAL);
        assert_true(route->policy.rate_class < rate_class_count);
        assert_true(route->policy.deadline_ms > 0 && route->policy.max_request_bytes > 0);
        assert_string_equal(route->rule->name, route->request->name);
        assert_int_equal(route->rule->field_count, route->request->n_fields);
        assert_non_null(route->response);
        assert_non_null(route->handler.unary);
        assert_int_equal(route->policy.idempotency == IDEMPOTENCY_REQUEST_ID,
                         route->request_id_field != 0);
    }
}

static void test_reflection_serves_public_files_whole(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 16 * 1024 * 1024);
    for (size_t i = 0; i < reflected_file_count; i++) {
        const struct reflected_file *file = &reflected_files[i];
        Google__Protobuf__FileDescriptorProto *proto =
            google__protobuf__file_descriptor_proto__unpack(&arena.allocator, file->descriptor.len,
                                                            file->descriptor.ptr);
        assert_non_null(proto);
        assert_string_equal(proto->name, file->name);
        assert_null(strstr(file->name, "store"));
        assert_null(proto->source_code_info);
        assert_int_equal(proto->n_dependency, file->dependency_count);
        for (size_t d = 0; d < file->dependency_count; d++) {
            assert_true(file->dependencies[d] < reflected_file_count);
            assert_string_equal(proto->dependency[d], reflected_files[file->dependencies[d]].name);
        }
    }
    arena_fini(&arena);
}

static bool has_symbol(const char *name)
{
    for (size_t i = 0; i < reflected_symbol_count; i++) {
        if (strcmp(reflected_symbols[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void test_symbols_are_sorted_and_of_every_kind(void **state)
{
    (void)state;
    for (size_t i = 0; i < reflected_symbol_count; i++) {
        assert_true(reflected_symbols[i].file < reflected_file_count);
        assert_true(i == 0 || strcmp(reflected_symbols[i - 1].name, reflected_symbols[i].name) < 0);
    }
    assert_true(has_symbol("hayat.v1.CardService"));
    assert_true(has_symbol("hayat.v1.CardService.GetCard"));
    assert_true(has_symbol("hayat.v1.Card"));
    assert_true(has_symbol("hayat.v1.Card.card_id"));
    assert_true(has_symbol("hayat.v1.CardState"));
    assert_true(has_symbol("hayat.v1.CARD_STATE_ACTIVE"));
    assert_true(has_symbol("hayat.policy.v1.method")); /* the extension itself */
    assert_true(has_symbol("grpc.reflection.v1alpha.ServerReflectionRequest.message_request"));
    for (size_t i = 0; i < reflected_service_count; i++) {
        assert_true(has_symbol(reflected_services[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_path_is_found_without_its_nul),
        cmocka_unit_test(test_other_paths_are_not),
        cmocka_unit_test(test_every_row_is_complete),
        cmocka_unit_test(test_reflection_serves_public_files_whole),
        cmocka_unit_test(test_symbols_are_sorted_and_of_every_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
