/* Promise: columns stay aligned whatever the script: marks and direction signs take no room. */
#include "tests/support/cm.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/hayat/table.h"

static void test_columns(void **state)
{
    (void)state;
    assert_int_equal(table_columns(""), 0);
    assert_int_equal(table_columns("Remboursé"), 9);
    assert_int_equal(table_columns("مؤدى"), 4);
    assert_int_equal(table_columns("مُؤَدًّى"), 4); /* with its vowels */
    assert_int_equal(table_columns("\u2068مؤدى\u2069"), 4);
    assert_int_equal(table_columns("1\u00a0234,50"), 8);
    assert_int_equal(table_columns("\xff\xfe"), 2); /* not UTF-8: never past the end */
}

/* What table_print writes, from a file in place of standard output. */
static void printed(const struct table *table, char *out, size_t size)
{
    char path[] = "/tmp/hayat-table.XXXXXX";
    int file = mkstemp(path), kept = dup(STDOUT_FILENO);
    assert_true(file >= 0 && kept >= 0);
    (void)fflush(stdout);
    assert_true(dup2(file, STDOUT_FILENO) >= 0);
    table_print(table);
    (void)fflush(stdout);
    assert_true(dup2(kept, STDOUT_FILENO) >= 0);
    (void)close(kept);
    ssize_t len = pread(file, out, size - 1, 0);
    assert_true(len >= 0);
    out[len] = '\0';
    (void)close(file);
    (void)unlink(path);
}

static void test_aligned(void **state)
{
    (void)state;
    char out[512];
    struct arena arena;
    struct table table;
    arena_init(&arena, 1 << 16);
    assert_ok(table_init(&table, &arena, 3, 3));
    table.right[1] = true;
    table_add(&table, (const char *const[]){"État", "Facturé", "Numéro"});
    table_add(&table, (const char *const[]){"مُؤَدًّى", "5,00", "A"});
    table_add(&table, (const char *const[]){NULL, "1512,00", "B\x1b"});
    printed(&table, out, sizeof out);
    assert_string_equal(out, "État  Facturé  Numéro\n"
                             "\u2068مُؤَدًّى\u2069     5,00  A\n"
                             "      1512,00  B?\n"); /* nothing drives the terminal */
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_aligned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
