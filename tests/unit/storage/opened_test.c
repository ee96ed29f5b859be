/*
 * Promise: a session's row is taken from memory only when it is, byte for byte and under its own key, the row that was opened
 * before (SEC-A5): gone, replaced, moved or touched, it is not.
 */
#include "storage/opened.h"

#include <stdlib.h>
#include <string.h>

#include "tests/support/cm.h"

enum { PLAIN = 70, SEALED = PLAIN + SEAL_OVERHEAD };

struct fixture {
    struct opened_cells *opened;
    uint8_t key[OPENED_KEY_BYTES], sealed[OPENED_PLAIN_BYTES + SEAL_OVERHEAD + 1];
    uint8_t plain[OPENED_PLAIN_BYTES + 1], out[OPENED_PLAIN_BYTES + 1];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->opened = calloc(1, sizeof *f->opened);
    memset(f->key, 'k', sizeof f->key);
    memset(f->sealed, 's', sizeof f->sealed);
    memset(f->plain, 'p', sizeof f->plain);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->opened);
    free(f);
    return 0;
}

static bool found(struct fixture *f, size_t sealed_len)
{
    return opened_find(f->opened, bytes_of(f->key, sizeof f->key), bytes_of(f->sealed, sealed_len),
                       f->out);
}

static void keep(struct fixture *f, size_t plain_len)
{
    opened_keep(f->opened, bytes_of(f->key, sizeof f->key),
                bytes_of(f->sealed, plain_len + SEAL_OVERHEAD), bytes_of(f->plain, plain_len));
}

static void test_the_same_row_alone(void **state)
{
    struct fixture *f = *state;
    assert_false(found(f, SEALED));
    keep(f, PLAIN);
    assert_true(found(f, SEALED));
    assert_memory_equal(f->out, f->plain, PLAIN);
    assert_false(found(f, SEALED - 1));
    for (size_t i = 0; i < SEALED; i++) {
        f->sealed[i] ^= 1;
        assert_false(found(f, SEALED));
        f->sealed[i] ^= 1;
    }
    for (size_t i = 0; i < sizeof f->key;
         i++) { /* the bytes after the fourth lead to the same place */
        f->key[i] ^= 1;
        assert_false(found(f, SEALED));
        f->key[i] ^= 1;
    }
    assert_true(found(f, SEALED));
}

static void test_the_next_takes_the_place(void **state)
{
    struct fixture *f = *state;
    keep(f, PLAIN);
    f->key[31] = 'x';
    keep(f, PLAIN);
    assert_true(found(f, SEALED));
    f->key[31] = 'k';
    assert_false(found(f, SEALED));
}

static void test_what_is_too_long_is_not_kept(void **state)
{
    struct fixture *f = *state;
    keep(f, OPENED_PLAIN_BYTES);
    assert_true(found(f, OPENED_PLAIN_BYTES + SEAL_OVERHEAD));
    keep(f, OPENED_PLAIN_BYTES + 1);
    assert_false(found(f, OPENED_PLAIN_BYTES + SEAL_OVERHEAD + 1));
    assert_false(opened_find(f->opened, bytes_of(f->key, 31), bytes_of(f->sealed, SEALED), f->out));
    assert_false(found(f, SEAL_OVERHEAD)); /* an empty place is no row of nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_same_row_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_next_takes_the_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_too_long_is_not_kept, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
