/*
 * Promise: a row splits into its fields as RFC 4180 says, as libcsv does for files; what is broken is no row.
 */
#include "service/feed_csv.h"

#include <stdlib.h>

#include "tests/support/cm.h"

enum { MOST = 4 };

static struct arena arena;

static size_t split(const char *row, bytes fields[MOST])
{
    size_t count = 0;
    return feed_csv_split(&arena, bytes_str(row), fields, MOST, &count) ? count : 0;
}

static void good_rows(void **state)
{
    (void)state;
    static const struct {
        const char *row;
        size_t count;
        const char *fields[MOST];
    } cases[] = {
        {"", 1, {""}},
        {"a", 1, {"a"}},
        {"a,b,", 3, {"a", "b", ""}},
        {",,,", 4, {"", "", "", ""}},
        {"\"a,b\",c", 2, {"a,b", "c"}},
        {"\"\",\"x\"", 2, {"", "x"}},
        {"\"say \"\"yes\"\"\",z", 2, {"say \"yes\"", "z"}},
        {"\"\"\"\"", 1, {"\""}},
        {"\"two\nlines\",1", 2, {"two\nlines", "1"}},
        {" a , b ", 2, {" a ", " b "}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bytes fields[MOST];
        assert_int_equal(split(cases[i].row, fields), cases[i].count);
        for (size_t f = 0; f < cases[i].count; f++) {
            assert_true(bytes_equal_str(fields[f], cases[i].fields[f]));
        }
    }
}

static void broken_rows(void **state)
{
    (void)state;
    static const char *const rows[] = {"\"",      "\"a",    "a\"b",      "\"a\"b", "\"a\" ,b",
                                       "a,\"b,c", "\"\"\"", "1,2,3,4,5", "a,b\"\""};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        bytes fields[MOST];
        assert_int_equal(split(rows[i], fields), 0);
    }
}

static int prepare(void **state)
{
    (void)state;
    arena_init(&arena, 1 << 16);
    return 0;
}

static int clean_up(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_rows),
        cmocka_unit_test(broken_rows),
    };
    return cmocka_run_group_tests(tests, prepare, clean_up);
}
