/*
 * Promise: hayatctl retention run --dry-run and retention show change no byte of the store or its keys; run takes what the dry run
 * told of; both count what is damaged; the defaults it prints are a file that import takes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/erasure_keys.h"
#include "tests/support/cm.h"
#include "tests/support/whole_member.h"
#include "tools/hayatctl/command.h"

enum { LEFT = 4 };

static struct kept_store s;
static char out_path[112];

static int setup(void **state)
{
    (void)state;
    kept_store_start(&s);
    (void)snprintf(out_path, sizeof out_path, "%s/out", s.place.directory);
    const int64_t year_2000_ms = 946684800000;
    struct whole_member member = {
        .number = LEFT, .left_ms = year_2000_ms, .event_ms = TEMP_STORE_WALL_MS, .cine = "ZZ1"};
    for (uint32_t number = 1; number <= 3; number++) {
        kept_put_document(&s, &(struct kept_document){
                                  .number = number,
                                  .chunks = 2,
                                  .decide_ms = number == 2 ? year_2000_ms : TEMP_STORE_WALL_MS});
    }
    whole_member_put(&s, &member);
    kept_store_close(&s);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    kept_store_open(&s);
    kept_store_stop(&s);
    return 0;
}

static uint8_t *read_file(const char *path, size_t *ret_len)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    uint8_t *data = calloc(1, (size_t)st.st_size + 1);
    assert_non_null(data);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    *ret_len = fread(data, 1, (size_t)st.st_size, file);
    (void)fclose(file);
    return data;
}

/* Its standard output, which the caller frees. */
static char *run(const char *const *words, enum exit_code expected)
{
    const char *all[16] = {"hayatctl"};
    int count = 1;
    while (words[count - 1] != NULL) {
        all[count] = words[count - 1];
        count++;
    }
    (void)fflush(stdout);
    int before = dup(STDOUT_FILENO);
    int file = open(out_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(before >= 0 && file >= 0 && dup2(file, STDOUT_FILENO) >= 0);
    enum exit_code code = command_main(count, all);
    (void)fflush(stdout);
    assert_true(dup2(before, STDOUT_FILENO) >= 0);
    (void)close(before);
    (void)close(file);
    assert_int_equal(code, expected);
    size_t len;
    return (char *)read_file(out_path, &len);
}

#define STORE                                                                                      \
    "--db", s.place.db_directory, "--master", s.master, "--keyring", s.keyring,                    \
        "--allow-test-file-systems"
#define RUN(...) run((const char *const[]){__VA_ARGS__, NULL}, EXIT_FINE)

struct image {
    uint8_t *store, *erasure;
    size_t store_len, erasure_len;
};

static struct image image_of(void)
{
    struct image image;
    image.store = temp_store_file(&s.place, &image.store_len);
    image.erasure = read_file(s.erasure, &image.erasure_len);
    return image;
}

static void test_dry_run_changes_nothing(void **state)
{
    (void)state;
    struct image before = image_of();
    unsigned long long told;
    char *text = RUN("retention", "run", "--dry-run", STORE);
    assert_non_null(strstr(text, "document           documents        2000-01-01 "));
    assert_non_null(strstr(text, "member             insured          2000-01-01 "));
    const char *with = strstr(text, " and "); /* the member's other rows: one number here ... */
    assert_non_null(with);
    told = strtoull(with + strlen(" and "), NULL, 10);
    assert_true(told > 70); /* the inbox alone */
    char all[64];
    (void)snprintf(all, sizeof all, "%llu records would go; nothing was changed", told + 2);
    assert_non_null(strstr(text, all));
    free(text);
    text = RUN("retention", "show", STORE);
    assert_non_null(strstr(text, "periods by RETENTION-1"));
    assert_non_null(strstr(text, "erasures   0 members under way"));
    assert_non_null(
        strstr(text, "documents         120 months          3          0          1  2000-01-01"));
    assert_non_null(
        strstr(text, "insured            36 months          3          0          1  2000-01-01"));
    assert_non_null(strstr(text, "biometric          60 days            0          0          0"));
    free(text);
    struct image after = image_of();
    assert_int_equal(before.store_len, after.store_len);
    assert_memory_equal(before.store, after.store, before.store_len);
    assert_int_equal(before.erasure_len, after.erasure_len);
    assert_memory_equal(before.erasure, after.erasure, before.erasure_len);
    free(before.store);
    free(before.erasure);
    free(after.store);
    free(after.erasure);
}

static void test_run_takes_what_was_told(void **state)
{
    (void)state;
    char *text = RUN("retention", "run", "--dry-run", STORE), all[64];
    unsigned long long told = strtoull(strstr(text, " and ") + strlen(" and "), NULL, 10);
    free(text);
    text = RUN("retention", "run", STORE);
    assert_non_null(strstr(text, "document                    1\n"));
    assert_non_null(strstr(text, "inbox                      70\n"));
    (void)snprintf(all, sizeof all, "%llu records went", told + 2); /* ... and the same there */
    assert_non_null(strstr(text, all));
    free(text);
    text = RUN("retention", "run", "--dry-run", STORE); /* its certificate is next */
    assert_non_null(strstr(text, "life_certificate   certificates     2000-01-01 "));
    free(text);
    kept_store_open(&s);
    assert_reason(kept_read(&s, 2), NOT_FOUND);
    assert_ok(kept_read(&s, 1));
    assert_true(erasure_is_erased(s.keys->erasure, 2));
    kept_store_close(&s);
}

static void test_damaged_records_are_counted(void **state)
{
    (void)state;
    struct id id = kept_id(2);
    kept_store_open(&s);
    temp_store_damage(s.db, TABLE_document,
                      key_bytes(key_owner(kept_owner(2)), bytes_of(id.bytes, ID_BYTES)), 31);
    kept_store_close(&s);
    static const char *const acts[][2] = {{"show", NULL}, {"run", "--dry-run"}, {"run", NULL}};
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        char *text = acts[i][1] == NULL ? RUN("retention", acts[i][0], STORE)
                                        : RUN("retention", acts[i][0], STORE, acts[i][1]);
        assert_non_null(strstr(text, "\n2 damaged records were passed over and stay: "));
        free(text);
    }
}

/* Where the pass stands is shown when it can be read; all else is shown anyway, and the next pass is a new one. */
static void test_a_damaged_place_hides_nothing_else(void **state)
{
    (void)state;
    free(RUN("retention", "run", STORE));
    kept_store_open(&s);
    temp_store_damage(s.db, TABLE_retention, key_u32(key_empty(), 1), 31);
    kept_store_close(&s);
    char *text = RUN("retention", "show", STORE);
    assert_non_null(strstr(text, "\npass       unknown, its row is damaged"));
    assert_non_null(strstr(text, "periods by RETENTION-1"));
    free(text);
    text = RUN("retention", "run", STORE);
    assert_null(strstr(text, "damaged")); /* it stays no longer */
    free(text);
    text = RUN("retention", "show", STORE);
    assert_non_null(strstr(text, "\npass       1, "));
    free(text);
}

static void test_defaults_can_be_imported(void **state)
{
    (void)state;
    char path[112];
    char *text = RUN("retention", "defaults");
    (void)snprintf(path, sizeof path, "%s/retention_periods.csv", s.place.directory);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    (void)fclose(file);
    free(text);
    text = RUN("import", STORE, "retention_periods", path);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_dry_run_changes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_run_takes_what_was_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damaged_records_are_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_place_hides_nothing_else, setup, teardown),
        cmocka_unit_test_setup_teardown(test_defaults_can_be_imported, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
