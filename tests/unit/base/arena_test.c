/* Promise: a call's memory is capped, zeroed, aligned, and says when it ran dry; nothing overflows. */
#include "tests/support/cm.h"

#include "base/arena.h"
#include "base/limits.h"

static void test_cap_is_kept_and_remembered(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1000);
    assert_non_null(arena_alloc(&arena, 600));
    assert_ok(arena_check(&arena));
    assert_null(arena_alloc(&arena, 600));
    assert_true(arena_ran_dry(&arena));
    assert_reason(arena_check(&arena), ARENA_FULL);
    assert_non_null(
        arena_alloc(&arena, 100)); /* what fits still fits, and the arena stays marked */
    assert_true(arena_ran_dry(&arena));
    arena_fini(&arena);
}

static void test_every_size_is_aligned_and_zero(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t size = 0; size < 600; size++) {
        uint8_t *p = arena_alloc(&arena, size);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xAA, size);
    }
    arena_reset(&arena, 1 << 20); /* reuse must hand out zeroes again */
    uint8_t *p = arena_alloc(&arena, 64);
    for (size_t i = 0; i < 64; i++) {
        assert_int_equal(p[i], 0);
    }
    arena_fini(&arena);
}

static void test_overflowing_sizes_are_refused(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1000);
    assert_null(arena_array(&arena, SIZE_MAX / 2, 3));
    assert_null(arena_alloc(&arena, SIZE_MAX));
    assert_true(arena_ran_dry(&arena));
    arena_reset(&arena, 1000);
    assert_false(arena_ran_dry(&arena));
    arena_fini(&arena);
}

static void test_larger_than_a_block(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 1 << 20);
    assert_non_null(arena_alloc(&arena, 200000));
    assert_string_equal(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    bytes copy = arena_copy(&arena, bytes_str("abc"));
    assert_true(bytes_equal_str(copy, "abc"));
    assert_string_equal(arena_str(&arena, copy), "abc");
    arena_fini(&arena);
}

static void test_rewind_gives_back_what_came_after_the_mark(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100000);
    char *kept = arena_str(&arena, bytes_str("kept"));
    struct arena_mark mark = arena_mark(&arena);
    for (int i = 0; i < 100; i++) { /* 100 x 50,000 bytes through a cap of 100,000 */
        uint8_t *p = arena_alloc(&arena, 50000);
        assert_non_null(p);
        assert_int_equal(p[49999], 0);
        memset(p, 0xAA, 50000);
        arena_rewind(&arena, mark);
    }
    assert_string_equal(kept, "kept");
    uint8_t *p = arena_alloc(&arena, 100);
    assert_int_equal(p[0] | p[99], 0);
    assert_ok(arena_check(&arena));
    arena_fini(&arena);
}

static void test_rewind_to_the_empty_start(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, 100000);
    struct arena_mark mark = arena_mark(&arena);
    assert_non_null(arena_alloc(&arena, 20000));
    arena_rewind(&arena, mark);
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_alloc(&arena, 100000));
    arena_fini(&arena);
}

/* Takes COUNT blocks, fills each, and gives them back. */
static void use_blocks(uint8_t **first, size_t count)
{
    enum { MOST_OF_A_BLOCK = LIMIT_ARENA_BLOCK_BYTES - 256 };
    struct arena arena;
    arena_init(&arena, count * LIMIT_ARENA_BLOCK_BYTES);
    for (size_t i = 0; i < count; i++) {
        uint8_t *room = arena_room(&arena, MOST_OF_A_BLOCK);
        assert_non_null(room);
        if (*first == NULL) {
            *first = room;
        }
        memset(room, 0xAA, MOST_OF_A_BLOCK);
    }
    arena_fini(&arena);
}

static void test_a_kept_block_comes_back_wiped(void **state)
{
    (void)state;
    struct arena arena;
    uint8_t *first = NULL;
    arena_spares_begin();
    use_blocks(&first, 1);
    arena_init(&arena, LIMIT_ARENA_BLOCK_BYTES);
    uint8_t *room = arena_room(&arena, 1000);
    assert_ptr_equal(room, first);
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(room[i], 0);
    }
    arena_fini(&arena);
    arena_spares_end();
}

/* What is too much or too large to keep is freed: the leak checker looks. */
static void test_no_more_is_kept_than_the_limit(void **state)
{
    (void)state;
    uint8_t *first = NULL;
    struct arena arena;
    arena_spares_begin();
    use_blocks(&first, 2 * LIMIT_ARENA_SPARE_BLOCKS);
    use_blocks(&first, 3);
    arena_init(&arena, 10 * LIMIT_ARENA_BLOCK_BYTES);
    assert_non_null(arena_room(&arena, 2 * LIMIT_ARENA_BLOCK_BYTES));
    assert_non_null(arena_room(&arena, 100));
    arena_fini(&arena);
    arena_spares_end();
    use_blocks(&first, 1); /* as before: nothing is kept */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cap_is_kept_and_remembered),
        cmocka_unit_test(test_every_size_is_aligned_and_zero),
        cmocka_unit_test(test_overflowing_sizes_are_refused),
        cmocka_unit_test(test_larger_than_a_block),
        cmocka_unit_test(test_rewind_gives_back_what_came_after_the_mark),
        cmocka_unit_test(test_rewind_to_the_empty_start),
        cmocka_unit_test(test_a_kept_block_comes_back_wiped),
        cmocka_unit_test(test_no_more_is_kept_than_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
