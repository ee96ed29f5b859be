/* Promise: a table's memory is zeroes from end to end, of any size, begins where large pages begin, and goes back whole. */
#include "base/table_memory.h"

#include <stdint.h>
#include <string.h>

#include "base/array.h"
#include "tests/support/cm.h"

enum { LARGE_PAGE_BYTES = 2 * 1024 * 1024 };

static void test_zeroes_from_end_to_end(void **state)
{
    (void)state;
    static const size_t sizes[] = {1,
                                   4096,
                                   LARGE_PAGE_BYTES - 1,
                                   LARGE_PAGE_BYTES,
                                   LARGE_PAGE_BYTES + 1,
                                   3 * LARGE_PAGE_BYTES};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        uint8_t *memory = table_memory_new(sizes[i]);
        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % LARGE_PAGE_BYTES, 0);
        for (size_t at = 0; at < sizes[i]; at++) {
            assert_int_equal(memory[at], 0);
        }
        memset(memory, 0xAA, sizes[i]);
        table_memory_free(memory, sizes[i]);
    }
    table_memory_free(NULL, 1);
}

static void test_more_than_there_is(void **state)
{
    (void)state;
    assert_null(table_memory_new(SIZE_MAX / 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zeroes_from_end_to_end),
        cmocka_unit_test(test_more_than_there_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
