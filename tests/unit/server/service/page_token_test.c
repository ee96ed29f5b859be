/* Promise: a page token opens for its owner and its method, and nothing else opens. */
#include "tests/support/cm.h"

#include <sodium.h>

#include "service/app.h"
#include "service/page_token.h"

struct fixture {
    struct arena arena;
    struct seal_keys keys;
    struct app app;
    struct principal principal;
    struct rpc rpc;
};

static int setup(void **state)
{
    static struct fixture f;
    arena_init(&f.arena, 16 << 20);
    f.keys.current[DOMAIN_TOKEN] = 1;
    f.keys.key[DOMAIN_TOKEN][1].bytes[0] = 9;
    f.app = (struct app){.keys = &f.keys, .random = &random_system};
    f.principal.owner.bytes[3] = 5;
    f.rpc = (struct rpc){.app = &f.app, .arena = &f.arena, .principal = &f.principal};
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    arena_fini(&((struct fixture *)*state)->arena);
    return 0;
}

static void test_every_length_comes_back(void **state)
{
    struct fixture *f = *state;
    for (int len = 1; len <= PAGE_CURSOR_MAX; len++) {
        struct page_cursor cursor = {.len = (uint8_t)len}, read;
        char *token;
        memset(cursor.bytes, len, (size_t)len);
        assert_ok(page_token_make(&f->rpc, "A.List", &cursor, &token));
        assert_true(strlen(token) <= 256);
        assert_ok(page_token_read(&f->rpc, "A.List", token, &read));
        assert_int_equal(read.len, len);
        assert_memory_equal(read.bytes, cursor.bytes, (size_t)len);
    }
    struct page_cursor first;
    assert_ok(page_token_read(&f->rpc, "A.List", "", &first));
    assert_int_equal(first.len, 0);
}

static void test_nothing_else_opens(void **state)
{
    struct fixture *f = *state;
    struct page_cursor cursor = {.len = 4, .bytes = {1, 2, 3, 4}}, read;
    char *token;
    assert_ok(page_token_make(&f->rpc, "A.List", &cursor, &token));
    assert_reason(page_token_read(&f->rpc, "B.List", token, &read), PAGE_TOKEN_INVALID);
    f->principal.owner.bytes[3] = 6;
    assert_reason(page_token_read(&f->rpc, "A.List", token, &read), PAGE_TOKEN_INVALID);
    f->principal.owner.bytes[3] = 5;
    for (size_t i = 0; i < strlen(token); i++) {
        char was = token[i];
        token[i] = was == 'a' ? 'b' : 'a';
        assert_reason(page_token_read(&f->rpc, "A.List", token, &read), PAGE_TOKEN_INVALID);
        token[i] = was;
    }
    assert_reason(page_token_read(&f->rpc, "A.List", "x", &read), PAGE_TOKEN_INVALID);
    assert_reason(page_token_read(&f->rpc, "A.List", "é", &read), PAGE_TOKEN_INVALID);
    char longest[257];
    memset(longest, 'a', 256);
    longest[256] = '\0';
    assert_reason(page_token_read(&f->rpc, "A.List", longest, &read), PAGE_TOKEN_INVALID);
}

static void test_page_sizes(void **state)
{
    (void)state;
    assert_int_equal(page_size_of(0), LIMIT_PAGE_DEFAULT);
    assert_int_equal(page_size_of(-5), LIMIT_PAGE_DEFAULT);
    assert_int_equal(page_size_of(1), 1);
    assert_int_equal(page_size_of(LIMIT_PAGE_MAX), LIMIT_PAGE_MAX);
    assert_int_equal(page_size_of(INT32_MAX), LIMIT_PAGE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length_comes_back),
        cmocka_unit_test(test_nothing_else_opens),
        cmocka_unit_test(test_page_sizes),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, setup, teardown);
}
