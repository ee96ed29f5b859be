/*
 * The keyring: what was written opens again with the same keys and only with its master; a master key others may touch
 * is refused; nothing in the file shows a key; rotation and re-wrapping keep every old key (SEC-D3).
 */
#include "auth/keyring.h"

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hayat/store/v1/records.pb-c.h"
#include "storage/erasure_keys.h"
#include "tests/support/cm.h"

static char directory[64], master[80], other_master[80], ring[80], erasure[96];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/hayat-keyring-XXXXXX");
    if (mkdtemp(directory) == NULL) {
        return -1;
    }
    (void)snprintf(master, sizeof master, "%s/master", directory);
    (void)snprintf(other_master, sizeof other_master, "%s/other", directory);
    (void)snprintf(ring, sizeof ring, "%s/keyring", directory);
    (void)snprintf(erasure, sizeof erasure, "%s.erasure", ring);
    return ok(keyring_create_master(master, &random_system)) &&
                   ok(keyring_create_master(other_master, &random_system))
               ? 0
               : -1;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(master);
    (void)unlink(other_master);
    (void)unlink(ring);
    (void)unlink(erasure);
    return rmdir(directory); /* fails when a temporary file was left */
}

static size_t read_file(const char *path, uint8_t *out, size_t size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t len = fread(out, 1, size, file);
    (void)fclose(file);
    return len;
}

static void write_file(const char *path, const void *content, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, len, file), len);
    (void)fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

/* The keys and, by one leaf of it, the tree of documents' erasure keys. */
static void assert_same_keys(const struct seal_keys *a, const struct seal_keys *b)
{
    struct seal_key one, other;
    assert_memory_equal(a, b, offsetof(struct seal_keys, erasure));
    assert_ok(erasure_key_of(a->erasure, 7, &one));
    assert_ok(erasure_key_of(b->erasure, 7, &other));
    assert_memory_equal(one.bytes, other.bytes, SEAL_KEY_BYTES);
}

static void the_same_keys_come_back(void **state)
{
    (void)state;
    struct seal_keys *first, *again;
    assert_ok(keyring_open(master, ring, true, &first));
    assert_ok(keyring_open(master, ring, false, &again));
    assert_same_keys(first, again);
    for (size_t domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
        assert_int_equal(first->current[domain], 1);
        for (size_t other = DOMAIN_IDENTITY; other < domain; other++) {
            assert_memory_not_equal(&first->key[domain][1], &first->key[other][1], SEAL_KEY_BYTES);
        }
    }
    keyring_close(first);
    keyring_close(again);
}

static void a_missing_keyring_is_made_only_when_asked(void **state)
{
    (void)state;
    struct seal_keys *keys;
    assert_reason(keyring_open(master, ring, false, &keys), FILE_UNREADABLE);
    assert_reason(keyring_open("/nonexistent/master", ring, true, &keys), FILE_UNREADABLE);
    assert_int_equal(access(ring, F_OK), -1);
}

static void another_master_opens_nothing(void **state)
{
    (void)state;
    struct seal_keys *keys;
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    assert_reason(keyring_open(other_master, ring, true, &keys), KEY_FILE_INVALID);
}

static void the_file_shows_no_key(void **state)
{
    (void)state;
    static uint8_t file[65536];
    struct seal_keys *keys;
    assert_ok(keyring_open(master, ring, true, &keys));
    size_t len = read_file(ring, file, sizeof file);
    for (size_t at = 0; at + SEAL_KEY_BYTES <= len; at++) {
        for (size_t domain = DOMAIN_IDENTITY; domain < DOMAIN_MAX; domain++) {
            assert_memory_not_equal(file + at, &keys->key[domain][1], SEAL_KEY_BYTES);
        }
    }
    keyring_close(keys);
}

static void any_flipped_bit_is_found(void **state)
{
    (void)state;
    static uint8_t file[65536];
    struct seal_keys *keys;
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    size_t len = read_file(ring, file, sizeof file);
    size_t opened = 0;
    for (size_t at = 0; at < len; at++) {
        file[at] ^= 0x04;
        write_file(ring, file, len);
        if (ok(keyring_open(master, ring, false, &keys))) {
            opened++; /* a time of creation, or a field's number made unknown: no key came of it */
            keyring_close(keys);
        }
        file[at] ^= 0x04;
    }
    assert_true(opened < len / 8);
}

static void a_master_others_may_touch_is_refused(void **state)
{
    (void)state;
    struct seal_keys *keys;
    static const mode_t bad[] = {0640, 0604, 0620, 0602, 0610, 0601};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(chmod(master, bad[i]), 0);
        assert_reason(keyring_open(master, ring, true, &keys), FILE_PERMISSIONS);
    }
    assert_int_equal(chmod(master, 0400), 0);
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
}

/* As user 65534 of GROUP, in a process of its own, with a keyring there is. */
static status opened_by_another(gid_t group)
{
    int how = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct seal_keys *keys;
        if (setgroups(0, NULL) != 0 || setgid(group) != 0 || setuid(65534) != 0) {
            _exit(255);
        }
        status s = keyring_open(master, ring, false, &keys);
        _exit(s.why == REASON_FILE_PERMISSIONS ? 1 : ok(s) ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFEXITED(how));
    assert_in_range(WEXITSTATUS(how), 0, 1);
    return WEXITSTATUS(how) == 0 ? STATUS_OK : FAIL(FILE_PERMISSIONS);
}

/* A credential of systemd is root's, and the service's user reads it by an access list, which shows as root's group's right. */
static void a_master_that_root_hands_over_opens(void **state)
{
    (void)state;
    struct seal_keys *keys;
    if (geteuid() != 0) {
        skip();
    }
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    assert_int_equal(chmod(directory, 0755), 0);
    assert_int_equal(chown(ring, 65534, 65534), 0);
    assert_int_equal(chown(erasure, 65534, 65534), 0);
    assert_int_equal(chmod(master, 0440), 0);
    assert_ok(opened_by_another(0));
    static const mode_t bad[] = {0460, 0450, 0444};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(chmod(master, bad[i]), 0);
        assert_reason(opened_by_another(0), FILE_PERMISSIONS);
    }
    assert_int_equal(chmod(master, 0440), 0);
    assert_int_equal(chown(master, 0, 65534),
                     0); /* another group's right is no access list of root's */
    assert_reason(opened_by_another(65534), FILE_PERMISSIONS);
}

static void what_is_no_file_is_refused(void **state)
{
    (void)state;
    struct seal_keys *keys;
    assert_reason(keyring_open(directory, ring, true, &keys), FILE_PERMISSIONS);
    assert_int_equal(unlink(master), 0);
    assert_int_equal(mkfifo(master, 0600), 0);
    assert_reason(keyring_open(master, ring, true, &keys), FILE_PERMISSIONS);
}

static void a_master_is_64_hex_characters_and_a_newline(void **state)
{
    (void)state;
    struct seal_keys *keys;
    uint8_t text[66];
    assert_int_equal(read_file(master, text, sizeof text), 65);
    write_file(master, text, 64);
    assert_reason(keyring_open(master, ring, true, &keys), KEY_FILE_INVALID);
    text[65] = '\n';
    write_file(master, text, 66);
    assert_reason(keyring_open(master, ring, true, &keys), FILE_UNREADABLE);
    text[3] = 'x';
    write_file(master, text, 65);
    assert_reason(keyring_open(master, ring, true, &keys), KEY_FILE_INVALID);
    write_file(master, "", 0);
    assert_reason(keyring_open(master, ring, true, &keys), KEY_FILE_INVALID);
}

static void a_master_is_never_overwritten(void **state)
{
    (void)state;
    uint8_t before[65], after[65];
    struct stat st;
    (void)read_file(master, before, sizeof before);
    assert_reason(keyring_create_master(master, &random_system), FILE_UNWRITABLE);
    (void)read_file(master, after, sizeof after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(stat(master, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_reason(keyring_create_master("/nonexistent/x", &random_system), FILE_UNWRITABLE);
}

static void rotation_adds_an_epoch_and_keeps_the_old(void **state)
{
    (void)state;
    struct seal_keys *before, *after;
    assert_ok(keyring_open(master, ring, true, &before));
    assert_ok(keyring_rotate(master, ring, DOMAIN_HEALTH));
    assert_ok(keyring_open(master, ring, false, &after));
    assert_int_equal(after->current[DOMAIN_HEALTH], 2);
    assert_int_equal(after->current[DOMAIN_IDENTITY], 1);
    assert_memory_equal(&before->key[DOMAIN_HEALTH][1], &after->key[DOMAIN_HEALTH][1],
                        SEAL_KEY_BYTES);
    assert_memory_not_equal(&after->key[DOMAIN_HEALTH][1], &after->key[DOMAIN_HEALTH][2],
                            SEAL_KEY_BYTES);
    keyring_close(before);
    keyring_close(after);
}

static void rotation_is_bounded_and_leaves_names_alone(void **state)
{
    (void)state;
    struct seal_keys *keys;
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    assert_reason(keyring_rotate(master, ring, DOMAIN_BLIND), KEY_FILE_INVALID);
    assert_reason(keyring_rotate(master, ring, DOMAIN_TOKEN), KEY_FILE_INVALID);
    assert_reason(keyring_rotate(master, ring, DOMAIN_RECEIPT), KEY_FILE_INVALID);
    for (int epoch = 2; epoch < SEAL_EPOCHS_MAX; epoch++) {
        assert_ok(keyring_rotate(master, ring, DOMAIN_SYSTEM));
    }
    assert_reason(keyring_rotate(master, ring, DOMAIN_SYSTEM), KEY_FILE_INVALID);
}

static void rewrapping_changes_the_master_alone(void **state)
{
    (void)state;
    struct seal_keys *before, *after;
    assert_ok(keyring_open(master, ring, true, &before));
    assert_ok(keyring_rewrap(master, other_master, ring));
    assert_reason(keyring_open(master, ring, false, &after), KEY_FILE_INVALID);
    assert_ok(keyring_open(other_master, ring, false, &after));
    assert_same_keys(before, after);
    keyring_close(before);
    keyring_close(after);
}

/* As an older version wrote it: without the domains that came later. */
static void forget_domains(const uint32_t *domains, size_t count)
{
    static uint8_t file[65536];
    size_t len = read_file(ring, file, sizeof file);
    Hayat__Store__V1__Keyring *all = hayat__store__v1__keyring__unpack(NULL, len, file);
    assert_non_null(all);
    Hayat__Store__V1__WrappedKey *rows[64];
    Hayat__Store__V1__Keyring some = HAYAT__STORE__V1__KEYRING__INIT;
    some.keys = rows;
    for (size_t i = 0; i < all->n_keys; i++) {
        bool dropped = false;
        for (size_t d = 0; d < count; d++) {
            dropped |= all->keys[i]->domain == domains[d];
        }
        if (!dropped) {
            rows[some.n_keys++] = all->keys[i];
        }
    }
    len = hayat__store__v1__keyring__pack(&some, file);
    write_file(ring, file, len);
    hayat__store__v1__keyring__free_unpacked(all, NULL);
}

static void an_older_keyring_gains_the_later_domains(void **state)
{
    (void)state;
    struct seal_keys *before, *after, *again;
    assert_ok(keyring_open(master, ring, true, &before));
    forget_domains((const uint32_t[]){DOMAIN_AUDIT, DOMAIN_PEPPER}, 2);
    assert_reason(keyring_open(master, ring, false, &after), KEY_FILE_INVALID);
    assert_ok(keyring_upgrade(master, ring));
    assert_ok(keyring_open(master, ring, false, &after));
    for (size_t domain = DOMAIN_IDENTITY; domain < DOMAIN_AUDIT; domain++) {
        assert_memory_equal(&before->key[domain][1], &after->key[domain][1], SEAL_KEY_BYTES);
    }
    assert_int_equal(after->current[DOMAIN_AUDIT], 1);
    assert_int_equal(after->current[DOMAIN_PEPPER], 1);
    assert_memory_not_equal(&before->key[DOMAIN_AUDIT][1], &after->key[DOMAIN_AUDIT][1],
                            SEAL_KEY_BYTES);
    assert_ok(keyring_upgrade(master, ring)); /* nothing to add: the keys stay */
    assert_ok(keyring_open(master, ring, false, &again));
    assert_same_keys(after, again);
    keyring_close(before);
    keyring_close(after);
    keyring_close(again);
}

/* Documents hang on the erasure file: a keyring that knows of it does not open without, and an older one does not replace it. */
static void the_erasure_file_is_never_made_anew(void **state)
{
    (void)state;
    static uint8_t before[4096], after[4096];
    struct seal_keys *keys;
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    size_t len = read_file(erasure, before, sizeof before);
    forget_domains((const uint32_t[]){DOMAIN_ERASURE}, 1);
    assert_reason(keyring_upgrade(master, ring), FILE_UNWRITABLE);
    assert_int_equal(read_file(erasure, after, sizeof after), len);
    assert_memory_equal(before, after, len);
    assert_int_equal(unlink(erasure), 0); /* as it is when the keyring is from before it */
    assert_ok(keyring_upgrade(master, ring));
    assert_ok(keyring_open(master, ring, false, &keys));
    keyring_close(keys);
    assert_int_equal(unlink(erasure), 0);
    assert_ok(keyring_upgrade(master, ring));
    assert_reason(keyring_open(master, ring, false, &keys), FILE_UNREADABLE);
}

static void a_lost_domain_is_not_made_anew(void **state)
{
    (void)state;
    struct seal_keys *keys;
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    forget_domains((const uint32_t[]){DOMAIN_HEALTH}, 1);
    assert_ok(keyring_upgrade(master, ring));
    assert_reason(keyring_open(master, ring, false, &keys), KEY_FILE_INVALID);
}

static void assert_fault(enum keyring_file file, const char *path, const char *text)
{
    struct keyring_fault fault;
    keyring_examine(master, ring, &fault);
    assert_int_equal(fault.file, file);
    assert_string_equal(fault.path, path);
    assert_string_equal(keyring_fault_text(&fault), text);
}

/* Who restores three files must hear which one it was. */
static void the_file_that_does_not_open_is_named(void **state)
{
    (void)state;
    struct seal_keys *keys;
    struct keyring_fault fault;
    assert_ok(keyring_open(master, ring, true, &keys));
    keyring_close(keys);
    keyring_examine(master, ring, &fault);
    assert_ok(fault.why);
    assert_int_equal(chmod(erasure, 0644), 0);
    assert_fault(KEYRING_ERASURE, erasure,
                 "is open to others than its owner, or is no regular file");
    assert_int_equal(unlink(erasure), 0);
    assert_fault(KEYRING_ERASURE, erasure, "is missing");
    keyring_examine(other_master, ring, &fault);
    assert_int_equal(fault.file, KEYRING_RING);
    assert_string_equal(keyring_fault_text(&fault),
                        "does not open with this master key, or is damaged");
    assert_int_equal(unlink(ring), 0);
    assert_fault(KEYRING_RING, ring, "is missing");
    assert_int_equal(chmod(master, 0640), 0);
    assert_fault(KEYRING_MASTER, master, "is open to others than its owner, or is no regular file");
    assert_int_equal(unlink(master), 0);
    assert_fault(KEYRING_MASTER, master, "is missing");
}

static void a_keyring_in_use_takes_up_new_epochs(void **state)
{
    (void)state;
    struct seal_keys *used, *fresh;
    assert_ok(keyring_open(master, ring, true, &used));
    struct seal_key first = used->key[DOMAIN_HEALTH][1];
    assert_ok(keyring_rotate(master, ring, DOMAIN_HEALTH));
    assert_ok(keyring_rotate(master, ring, DOMAIN_HEALTH));
    assert_ok(keyring_reload(master, ring, used));
    assert_ok(keyring_open(master, ring, false, &fresh));
    assert_same_keys(used, fresh);
    assert_int_equal(used->current[DOMAIN_HEALTH], 3);
    assert_memory_equal(&used->key[DOMAIN_HEALTH][1], &first, sizeof first);
    keyring_close(fresh);
    assert_ok(keyring_retire(master, ring, DOMAIN_HEALTH, 1));
    assert_ok(keyring_reload(master, ring, used)); /* a reader may be in the middle of a cell */
    assert_memory_equal(&used->key[DOMAIN_HEALTH][1], &first, sizeof first);
    keyring_close(used);
}

static void retiring_destroys_a_past_epoch_alone(void **state)
{
    (void)state;
    struct seal_keys *before, *after;
    static const struct seal_key none;
    assert_ok(keyring_open(master, ring, true, &before));
    assert_reason(keyring_retire(master, ring, DOMAIN_HEALTH, 1), KEY_FILE_INVALID);
    assert_ok(keyring_rotate(master, ring, DOMAIN_HEALTH));
    assert_reason(keyring_retire(master, ring, DOMAIN_HEALTH, 2), KEY_FILE_INVALID);
    assert_reason(keyring_retire(master, ring, DOMAIN_BLIND, 1), KEY_FILE_INVALID);
    assert_ok(keyring_retire(master, ring, DOMAIN_HEALTH, 1));
    assert_reason(keyring_retire(master, ring, DOMAIN_HEALTH, 1), KEY_FILE_INVALID);
    assert_ok(keyring_open(master, ring, false, &after));
    assert_int_equal(after->current[DOMAIN_HEALTH], 2);
    assert_memory_equal(&after->key[DOMAIN_HEALTH][1], &none, sizeof none);
    assert_memory_equal(&after->key[DOMAIN_SYSTEM][1], &before->key[DOMAIN_SYSTEM][1],
                        SEAL_KEY_BYTES);
    keyring_close(before);
    keyring_close(after);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_same_keys_come_back),
        TEST(a_missing_keyring_is_made_only_when_asked),
        TEST(another_master_opens_nothing),
        TEST(the_file_shows_no_key),
        TEST(any_flipped_bit_is_found),
        TEST(a_master_others_may_touch_is_refused),
        TEST(a_master_that_root_hands_over_opens),
        TEST(what_is_no_file_is_refused),
        TEST(a_master_is_64_hex_characters_and_a_newline),
        TEST(a_master_is_never_overwritten),
        TEST(rotation_adds_an_epoch_and_keeps_the_old),
        TEST(rotation_is_bounded_and_leaves_names_alone),
        TEST(rewrapping_changes_the_master_alone),
        TEST(an_older_keyring_gains_the_later_domains),
        TEST(the_erasure_file_is_never_made_anew),
        TEST(a_lost_domain_is_not_made_anew),
        TEST(the_file_that_does_not_open_is_named),
        TEST(a_keyring_in_use_takes_up_new_epochs),
        TEST(retiring_destroys_a_past_epoch_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
