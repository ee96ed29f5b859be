/*
 * Promise: rows come out of a CSV file whole, with their line numbers and original bytes; a broken
 * row is one row and never hides the ones after it.
 */
#include "tools/hayatctl/csv_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

struct fixture {
    struct temp_store store;
    char path[100];
    struct csv_rows *rows;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    temp_store_prepare(&f->store);
    (void)snprintf(f->path, sizeof(f->path), "%s/rows.csv", f->store.directory);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    csv_rows_close(f->rows);
    temp_store_remove(&f->store);
    free(f);
    return 0;
}

static void open_rows(struct fixture *f, const void *content, size_t len)
{
    FILE *file = fopen(f->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
    csv_rows_close(f->rows);
    assert_ok(csv_rows_open(f->path, &f->rows));
}

static void open_text(struct fixture *f, const char *content)
{
    open_rows(f, content, strlen(content));
}

static void expect_row(struct fixture *f, enum csv_state how, uint64_t line, const char *raw)
{
    struct csv_row row;
    assert_ok(csv_rows_next(f->rows, &row));
    assert_int_equal(row.state, how);
    assert_int_equal(row.line, line);
    if (raw != NULL) {
        assert_true(bytes_equal_str(row.raw, raw));
    }
}

static void expect_field(const struct csv_row *row, size_t index, const char *value)
{
    assert_true(index < row->field_count);
    assert_true(bytes_equal_str(row->fields[index], value));
}

static void test_line_ends_and_last_line(void **state)
{
    struct fixture *f = *state;
    open_text(f, "a,b\nc,d\r\n\r\n\ne,f");
    expect_row(f, CSV_ROW_GOOD, 1, "a,b");
    expect_row(f, CSV_ROW_GOOD, 2, "c,d");
    expect_row(f, CSV_ROW_GOOD, 5, "e,f");
    expect_row(f, CSV_ROWS_END, 6, NULL);
    expect_row(f, CSV_ROWS_END, 6, NULL);
}

static void test_quotes(void **state)
{
    struct fixture *f = *state;
    open_text(f, "\"a, \"\"b\"\"\",\"\",  c ,\"two\nlines\"\nnext\n");
    struct csv_row row;
    assert_ok(csv_rows_next(f->rows, &row));
    assert_int_equal(row.field_count, 4);
    expect_field(&row, 0, "a, \"b\"");
    expect_field(&row, 1, "");
    expect_field(&row, 2, "  c ");
    expect_field(&row, 3, "two\nlines");
    assert_int_equal(row.next_line, 3);
    expect_row(f, CSV_ROW_GOOD, 3, "next");
}

static void test_broken_rows_hide_nothing(void **state)
{
    struct fixture *f = *state;
    open_text(
        f, "good,1\n\"open,2\ngood,3\nx\"y,4\n\"z\"w,5\ngood,6\na\rb,7\ngood,8\n\"open to the end");
    expect_row(f, CSV_ROW_GOOD, 1, "good,1");
    expect_row(f, CSV_ROW_BROKEN, 2, "\"open,2");
    expect_row(f, CSV_ROW_GOOD, 3, "good,3");
    expect_row(f, CSV_ROW_BROKEN, 4, "x\"y,4");
    expect_row(f, CSV_ROW_BROKEN, 5, "\"z\"w,5");
    expect_row(f, CSV_ROW_GOOD, 6, "good,6");
    expect_row(f, CSV_ROW_BROKEN, 7, "a\rb,7");
    expect_row(f, CSV_ROW_GOOD, 8, "good,8");
    expect_row(f, CSV_ROW_BROKEN, 9, "\"open to the end");
    expect_row(f, CSV_ROWS_END, 10, NULL);
}

static void test_an_open_quote_is_given_up_after_some_lines(void **state)
{
    struct fixture *f = *state;
    char content[256] = "\"open\n";
    for (int i = 0; i < 2 * CSV_ROW_LINES_MAX; i++) {
        memcpy(content + strlen(content), "r,s\n", 5);
    }
    open_text(f, content);
    expect_row(f, CSV_ROW_BROKEN, 1, "\"open");
    for (uint64_t line = 2; line < 2 + 2 * CSV_ROW_LINES_MAX; line++) {
        expect_row(f, CSV_ROW_GOOD, line, "r,s");
    }
    expect_row(f, CSV_ROWS_END, 2 + 2 * CSV_ROW_LINES_MAX, NULL);
}

static void test_endless_lines_are_bounded(void **state)
{
    struct fixture *f = *state;
    size_t len = 3 * CSV_ROW_BYTES_MAX;
    char *content = malloc(len + 8);
    assert_non_null(content);
    memset(content, 'x', len);
    memcpy(content + len, "\nok\n", 4);
    open_rows(f, content, len + 4);
    expect_row(f, CSV_ROW_TOO_LONG, 1, NULL);
    expect_row(f, CSV_ROW_GOOD, 2, "ok");
    memset(content, ',', len); /* nothing but fields */
    open_rows(f, content, CSV_ROW_BYTES_MAX - 1);
    struct csv_row row;
    assert_ok(csv_rows_next(f->rows, &row));
    assert_int_equal(row.field_count, CSV_ROW_BYTES_MAX);
    free(content);
}

static void test_nul_is_data(void **state)
{
    struct fixture *f = *state;
    open_rows(f, "a\0b,c\n", 6);
    struct csv_row row;
    assert_ok(csv_rows_next(f->rows, &row));
    assert_int_equal(row.fields[0].len, 3);
    assert_memory_equal(row.fields[0].ptr, "a\0b", 3);
}

static void test_byte_order_mark_is_skipped(void **state)
{
    struct fixture *f = *state;
    open_text(f, "\xef\xbb\xbfyear,x\n1,2\n");
    struct csv_row row;
    assert_ok(csv_rows_next(f->rows, &row));
    expect_field(&row, 0, "year");
    expect_row(f, CSV_ROW_GOOD, 2, "1,2");
}

static void test_skip_to_a_line(void **state)
{
    struct fixture *f = *state;
    open_text(f, "h\na\n\"b\nb\"\nc\nd");
    expect_row(f, CSV_ROW_GOOD, 1, "h");
    assert_ok(csv_rows_skip_to(f->rows, 5));
    expect_row(f, CSV_ROW_GOOD, 5, "c");
    expect_row(f, CSV_ROW_GOOD, 6, "d");
    open_text(f, "h\na\nb");
    assert_ok(csv_rows_skip_to(f->rows, 4)); /* past the last line, which has no end */
    expect_row(f, CSV_ROWS_END, 4, NULL);
}

static void test_only_regular_files(void **state)
{
    struct fixture *f = *state;
    struct csv_rows *rows;
    assert_reason(csv_rows_open(f->store.directory, &rows), FILE_UNREADABLE);
    assert_reason(csv_rows_open("/nonexistent", &rows), FILE_UNREADABLE);
    assert_reason(csv_rows_open("/dev/null", &rows), FILE_UNREADABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_line_ends_and_last_line),
        TEST(test_quotes),
        TEST(test_broken_rows_hide_nothing),
        TEST(test_an_open_quote_is_given_up_after_some_lines),
        TEST(test_endless_lines_are_bounded),
        TEST(test_nul_is_data),
        TEST(test_byte_order_mark_is_skipped),
        TEST(test_skip_to_a_line),
        TEST(test_only_regular_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
