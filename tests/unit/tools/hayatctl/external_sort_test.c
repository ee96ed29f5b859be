/*
 * Promise: whatever does not fit in memory comes out in the order of its keys, whole, equal keys in the order they went in;
 * nothing is left on disk.
 */
#include "tools/hayatctl/external_sort.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/codec.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

enum { RECORDS = 60000, SMALL_MEMORY = 1024 * 1024 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static size_t payload_of(uint32_t number, uint8_t *out)
{
    size_t len = 4 + number % 300;
    memset(out, (int)(number % 251), len);
    put_be32(out, number);
    return len;
}

static void fill(struct external_sort *sort, uint32_t count, uint32_t distinct)
{
    uint8_t key[SORT_KEY_BYTES] = {0}, payload[512];
    uint32_t state = 7;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t value = next_random(&state) % distinct;
        put_be32(key, value / 16); /* the rest decides too */
        key[SORT_KEY_BYTES - 1] = (uint8_t)(value % 16);
        assert_ok(external_sort_add(sort, key, bytes_of(payload, payload_of(i, payload))));
    }
}

static void check_order(struct external_sort *sort, uint32_t count)
{
    uint8_t last[SORT_KEY_BYTES] = {0}, payload[512];
    uint32_t last_number = 0, seen = 0;
    bool *met = calloc(count > 0 ? count : 1, sizeof *met);
    for (;;) {
        struct sorted_record record;
        assert_ok(external_sort_next(sort, &record));
        if (record.key == NULL) {
            break;
        }
        uint32_t number = get_be32(record.payload.ptr);
        int order = memcmp(last, record.key, SORT_KEY_BYTES);
        assert_true(seen == 0 || order < 0 || (order == 0 && last_number < number));
        assert_true(number < count && !met[number]);
        met[number] = true;
        assert_true(bytes_equal(record.payload, bytes_of(payload, payload_of(number, payload))));
        memcpy(last, record.key, SORT_KEY_BYTES);
        last_number = number;
        seen++;
    }
    assert_int_equal(seen, count);
    free(met);
}

static void run(struct temp_store *t, uint32_t count, uint32_t distinct)
{
    struct external_sort *sort;
    assert_ok(external_sort_open(t->directory, SMALL_MEMORY, &sort));
    fill(sort, count, distinct);
    assert_ok(external_sort_finish(sort));
    check_order(sort, count);
    external_sort_close(sort);
}

static void everything_comes_out_in_order(void **state)
{
    struct temp_store *t = *state;
    run(t, 0, 1);
    run(t, 1, 1);
    run(t, 1000, 1000000); /* one run */
    run(t, RECORDS, 1000000);
    run(t, RECORDS, 50); /* mostly equal keys */
}

static void nothing_stays_on_disk(void **state)
{
    struct temp_store *t = *state;
    struct external_sort *sort;
    assert_ok(external_sort_open(t->directory, SMALL_MEMORY, &sort));
    fill(sort, RECORDS, 1000);
    DIR *directory = opendir(t->directory);
    assert_non_null(directory);
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory)) {
        assert_int_equal(entry->d_name[0], '.'); /* not even while it runs */
    }
    assert_int_equal(closedir(directory), 0);
    external_sort_close(sort); /* half way */
}

static void a_missing_directory_is_told(void **state)
{
    (void)state;
    struct external_sort *sort;
    assert_reason(external_sort_open("/proc/nowhere", SMALL_MEMORY, &sort), FILE_UNWRITABLE);
}

static int prepare(void **state)
{
    struct temp_store *t = calloc(1, sizeof(*t));
    assert_non_null(t);
    temp_store_prepare(t);
    *state = t;
    return 0;
}

static int clean_up(void **state)
{
    temp_store_remove(*state);
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_comes_out_in_order, prepare, clean_up),
        cmocka_unit_test_setup_teardown(nothing_stays_on_disk, prepare, clean_up),
        cmocka_unit_test(a_missing_directory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
