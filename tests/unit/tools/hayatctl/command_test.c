/*
 * Promise: hayatctl's commands end with the documented exit codes (0 fine, 1 refused, 2 usage, 3
 * failed), never overwrite keys, and hand a device file that fits the device in the store.
 */
#include "tools/hayatctl/command.h"

#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"

struct fixture {
    struct temp_store place; /* only its directory */
    char state[80], fund[100], device[100], registration[16];
    int outputs[2]; /* what stdout and stderr were */
};

/* The commands' words are not the test's. */
static void be_quiet(struct fixture *f)
{
    (void)fflush(stdout);
    f->outputs[0] = dup(STDOUT_FILENO);
    f->outputs[1] = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    assert_true(null >= 0 && dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0);
    (void)close(null);
}

static void speak_again(struct fixture *f)
{
    (void)fflush(stdout);
    assert_true(dup2(f->outputs[0], STDOUT_FILENO) >= 0 && dup2(f->outputs[1], STDERR_FILENO) >= 0);
    (void)close(f->outputs[0]);
    (void)close(f->outputs[1]);
}

#define RUN(f, ...) run_words((f), (const char *[]){"hayatctl", __VA_ARGS__, NULL})

static enum exit_code run_words(struct fixture *f, const char **words)
{
    int count = 0;
    while (words[count] != NULL) {
        count++;
    }
    be_quiet(f);
    enum exit_code code = command_main(count, words);
    speak_again(f);
    return code;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    temp_store_prepare(&f->place);
    (void)snprintf(f->state, sizeof(f->state), "%s/state", f->place.directory);
    (void)snprintf(f->fund, sizeof(f->fund), "%s/fund", f->state);
    (void)snprintf(f->device, sizeof(f->device), "%s/device.json", f->state);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    temp_store_remove(&f->place);
    free(f);
    return 0;
}

static void test_usage(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "help"), EXIT_FINE);
    assert_int_equal(RUN(f, "unknown"), EXIT_USAGE);
    assert_int_equal(RUN(f, "keys"), EXIT_USAGE);
    assert_int_equal(RUN(f, "keys", "init"), EXIT_USAGE);
    assert_int_equal(RUN(f, "keys", "init", "--state", f->state, "more"), EXIT_USAGE);
    assert_int_equal(RUN(f, "keys", "init", "--state", f->state, "--config", "x"), EXIT_USAGE);
    assert_int_equal(RUN(f, "ca", "init"), EXIT_USAGE);
    assert_int_equal(RUN(f, "ca", "init", "--state", f->state, "--ip", "localhost"), EXIT_USAGE);
    assert_int_equal(RUN(f, "demo", "generate", "--members", "5"), EXIT_USAGE);
    assert_int_equal(RUN(f, "demo", "generate", "--out", f->fund, "--members", "1000001"),
                     EXIT_USAGE);
    assert_int_equal(RUN(f, "demo", "generate", "--out", f->fund, "--today", "yesterday"),
                     EXIT_USAGE);
    assert_int_equal(RUN(f, "import", "--state", f->state), EXIT_USAGE);
    assert_int_equal(RUN(f, "import", "--state", f->state, "members"), EXIT_USAGE);
    assert_int_equal(RUN(f, "import", "--state", f->state, "--cine-pattern", "[", "members", "x"),
                     EXIT_USAGE);
    assert_int_equal(RUN(f, "enrol", "--state", f->state), EXIT_USAGE);
    assert_int_equal(RUN(f, "enrol", "--state", f->state, "--member", "1", "--algorithm", "rsa"),
                     EXIT_USAGE);
    assert_int_equal(RUN(f, "db", "check"), EXIT_USAGE);
    assert_int_equal(RUN(f, "health"), EXIT_USAGE);
}

static void test_failures(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(RUN(f, "db", "check", "--state", f->state), EXIT_FAILED);
    assert_int_equal(RUN(f, "receipt-key", "--state", f->state), EXIT_FAILED);
    assert_int_equal(RUN(f, "health", "--server", "127.0.0.1:9", "--timeout-ms", "200"),
                     EXIT_FAILED);
    assert_int_equal(RUN(f, "keys", "init", "--state", f->state), EXIT_FINE);
    assert_int_equal(RUN(f, "keys", "init", "--state", f->state),
                     EXIT_FAILED); /* never overwritten */
    assert_int_equal(RUN(f, "keys", "status", "--state", f->state), EXIT_FINE);
    assert_int_equal(RUN(f, "ca", "init", "--state", f->state), EXIT_FINE);
    assert_int_equal(RUN(f, "ca", "init", "--state", f->state), EXIT_FAILED);
    assert_int_equal(RUN(f, "ca", "init", "--state", f->state, "--renew", "--name", "h.test"),
                     EXIT_FINE);
    assert_int_equal(RUN(f, "receipt-key", "--state", f->state, "--json"), EXIT_FINE);
}

static void make_state(struct fixture *f)
{
    assert_int_equal(RUN(f, "keys", "init", "--state", f->state), EXIT_FINE);
    assert_int_equal(RUN(f, "demo", "generate", "-q", "--out", f->fund, "--members", "30",
                         "--today", "2026-01-15"),
                     EXIT_FINE);
    assert_int_equal(
        RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems", f->fund),
        EXIT_FINE);
    char path[120];
    (void)snprintf(path, sizeof(path), "%s/demo.json", f->fund);
    json_t *demo = json_load_file(path, 0, NULL);
    assert_non_null(demo);
    const char *number = json_string_value(json_object_get(demo, "registration_number"));
    (void)snprintf(f->registration, sizeof(f->registration), "%s", number);
    json_decref(demo);
}

static void check_device_file(struct fixture *f, const char *algorithm)
{
    struct stat info;
    assert_int_equal(stat(f->device, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    json_t *device = json_load_file(f->device, 0, NULL);
    assert_non_null(device);
    assert_string_equal(json_string_value(json_object_get(device, "algorithm")), algorithm);
    assert_memory_equal(json_string_value(json_object_get(device, "device_id")), "dev_", 4);
    assert_string_equal(json_string_value(json_object_get(device, "server")), "127.0.0.1:9");
    const char *pem = json_string_value(json_object_get(device, "private_key"));
    assert_non_null(pem);
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    assert_non_null(key);
    assert_true(EVP_PKEY_is_a(key, strcmp(algorithm, "p256") == 0 ? "EC" : "ED25519"));
    EVP_PKEY_free(key);
    (void)BIO_free(bio);
    json_decref(device);
}

static enum exit_code enrol(struct fixture *f, const char *algorithm)
{
    return RUN(f, "enrol", "--state", f->state, "--allow-test-file-systems", "--member",
               f->registration, "--algorithm", algorithm, "--server", "127.0.0.1:9", "--out",
               f->device);
}

static void test_from_nothing_to_a_device(void **state)
{
    struct fixture *f = *state;
    make_state(f);
    assert_int_equal(enrol(f, "p256"), EXIT_FINE);
    check_device_file(f, "p256");
    assert_int_equal(enrol(f, "ed25519"), EXIT_FINE);
    check_device_file(f, "ed25519");
    assert_int_equal(enrol(f, "p256"), EXIT_FINE);
    assert_int_equal(enrol(f, "p256"), EXIT_FAILED); /* SEC-B5: three devices */
    (void)snprintf(f->registration, sizeof(f->registration), "123456789");
    assert_int_equal(enrol(f, "p256"), EXIT_FAILED);
    assert_int_equal(RUN(f, "db", "check", "--state", f->state, "--allow-test-file-systems"),
                     EXIT_FINE);
    assert_int_equal(
        RUN(f, "db", "stat", "--json", "--state", f->state, "--allow-test-file-systems"),
        EXIT_FINE);
}

static void test_import_ends_with_1_when_rows_are_refused(void **state)
{
    struct fixture *f = *state;
    make_state(f);
    char path[120];
    (void)snprintf(path, sizeof(path), "%s/one.csv", f->state);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("year,open_date,due_date,grace_end_date\n2026,2026-01-01,never,2027-01-01\n", file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(
        RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems", "campaigns", path),
        EXIT_REFUSED);
    assert_int_equal(
        RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems", "members", path),
        EXIT_FAILED);
    assert_int_equal(RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems",
                         f->place.directory),
                     EXIT_FAILED); /* no file of a feed in it */
}

/* Claims come with their lines: the files beside are taken too, or the operator is told which is missing. */
static void test_import_of_claims_alone(void **state)
{
    struct fixture *f = *state;
    make_state(f);
    static const struct {
        const char *word, *file, *companion;
    } parts[] = {{"claims", "claims", "claim_lines"},
                 {"claim_lines", "claim_lines", "claims"},
                 {"authorizations", "prior_authorizations", "prior_authorization_lines"}};
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        char path[120], beside[120], away[120];
        (void)snprintf(path, sizeof(path), "%s/%s.csv", f->fund, parts[i].file);
        (void)snprintf(beside, sizeof(beside), "%s/%s.csv", f->fund, parts[i].companion);
        (void)snprintf(away, sizeof(away), "%s/away.csv", f->fund);
        assert_int_equal(RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems",
                             parts[i].word, path),
                         EXIT_FINE);
        assert_int_equal(rename(beside, away), 0);
        assert_int_equal(RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems",
                             parts[i].word, path),
                         EXIT_FAILED);
        assert_int_equal(rename(away, beside), 0);
    }
    char payments[120];
    (void)snprintf(payments, sizeof(payments), "%s/payments.csv", f->fund);
    assert_int_equal(RUN(f, "import", "-q", "--state", f->state, "--allow-test-file-systems",
                         "payments", payments),
                     EXIT_FINE);
}

/* One bit of a large value: its page of LMDB's says so in the flags at byte 10. */
static void turn_a_bit(struct fixture *f)
{
    enum { PAGE = 4096, FLAGS_AT = 10, LARGE_VALUE = 0x04, FLAG_BYTES = 2 };
    char path[120];
    (void)snprintf(path, sizeof(path), "%s/db/data.mdb", f->state);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    uint8_t page[PAGE] = {0};
    off_t at = 2 * PAGE; /* after the two meta pages */
    assert_true(fd >= 0);
    for (; memcmp(page + FLAGS_AT, (uint8_t[]){LARGE_VALUE, 0}, FLAG_BYTES) != 0; at += PAGE) {
        assert_int_equal(pread(fd, page, PAGE, at), PAGE);
    }
    uint8_t turned = page[PAGE / 2] ^ 1;
    assert_int_equal(pwrite(fd, &turned, 1, at - PAGE + PAGE / 2), 1);
    (void)close(fd);
}

static void test_check_finds_what_was_altered(void **state)
{
    struct fixture *f = *state;
    make_state(f);
    turn_a_bit(f);
    assert_int_equal(
        RUN(f, "db", "check", "--json", "--state", f->state, "--allow-test-file-systems"),
        EXIT_REFUSED);
    assert_int_equal(RUN(f, "db", "check", "--state", f->state, "--allow-test-file-systems"),
                     EXIT_REFUSED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    if (sodium_init() < 0) {
        return EXIT_FAILED;
    }
    const struct CMUnitTest tests[] = {
        TEST(test_usage),
        TEST(test_failures),
        TEST(test_from_nothing_to_a_device),
        TEST(test_import_ends_with_1_when_rows_are_refused),
        TEST(test_check_finds_what_was_altered),
        TEST(test_import_of_claims_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
