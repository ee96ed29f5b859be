/*
 * hayatctl keys: a domain gets a new key, which seals from then on; the old one is destroyed only when nothing is sealed
 * with it; another master key opens the same keyring (SEC-D3).  Exit codes: 0 fine, 1 refused, 2 usage, 3 failed.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

#include "auth/keyring.h"
#include "hayat/store/v1/records.pb-c.h"
#include "storage/erasure_keys.h"
#include "storage/reseal.h"
#include "tests/support/cm.h"
#include "tests/support/temp_store.h"
#include "tools/hayatctl/key_domains.h"
#include "tools/hayatctl/store_session.h"

static struct temp_store place; /* its directory alone */
static char state[80], master[96], keyring[96], new_master[96];

#define RUN(...)                                                                                   \
    run_words((const char *[]){"hayatctl", __VA_ARGS__, "--state", state,                          \
                               "--allow-test-file-systems", NULL})

/* The commands' words are not the test's. */
static enum exit_code run_words(const char **words)
{
    int count = 0, outputs[2] = {dup(STDOUT_FILENO), dup(STDERR_FILENO)};
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    while (words[count] != NULL) {
        count++;
    }
    (void)fflush(stdout);
    assert_true(dup2(null, STDOUT_FILENO) >= 0 && dup2(null, STDERR_FILENO) >= 0);
    enum exit_code code = command_main(count, words);
    (void)fflush(stdout);
    assert_true(dup2(outputs[0], STDOUT_FILENO) >= 0 && dup2(outputs[1], STDERR_FILENO) >= 0);
    (void)close(null);
    (void)close(outputs[0]);
    (void)close(outputs[1]);
    return code;
}

static int setup(void **unused)
{
    (void)unused;
    temp_store_prepare(&place);
    (void)snprintf(state, sizeof state, "%s/state", place.directory);
    (void)snprintf(master, sizeof master, "%s/master.key", state);
    (void)snprintf(keyring, sizeof keyring, "%s/keyring", state);
    (void)snprintf(new_master, sizeof new_master, "%s/new.key", state);
    return RUN("keys", "init") == EXIT_FINE ? 0 : -1;
}

static int teardown(void **unused)
{
    (void)unused;
    temp_store_remove(&place);
    return 0;
}

/* --- the store, as hayatd has it --- */

static struct store_session open_session(void)
{
    struct store_options options = {.state = state, .allow_test_file_systems = 1};
    struct store_paths paths;
    struct store_session session;
    assert_true(store_paths_find(&options, &paths));
    assert_true(store_session_open(&paths, false, &session));
    return session;
}

static status put_member(void *ctx, struct txn *txn)
{
    (void)ctx;
    struct owner owner = {"an owner"};
    struct cell cell = cell_of_owner(TABLE_member, owner, key_owner(owner));
    Hayat__Store__V1__StoredMember member = HAYAT__STORE__V1__STORED_MEMBER__INIT;
    return table_put_record(txn, &cell, &member.base);
}

static status step_identity(void *ctx, struct txn *txn)
{
    return reseal_step(txn, DOMAIN_IDENTITY, ctx);
}

static void in_store(status (*body)(void *ctx, struct txn *txn))
{
    struct store_session session = open_session();
    struct arena arena;
    bool more = false;
    arena_init(&arena, LIMIT_CHECK_ARENA_BYTES);
    assert_ok(writer_run(session.writer, &arena, body, &more));
    assert_false(more);
    arena_fini(&arena);
    store_session_close(&session);
}

static void test_from_one_key_to_the_next(void **unused)
{
    (void)unused;
    in_store(put_member);
    assert_int_equal(RUN("keys", "rotate", "--domain", "identity"), EXIT_FINE);
    assert_int_equal(RUN("keys", "status"), EXIT_FINE);
    assert_int_equal(RUN("keys", "retire", "--domain", "identity", "--epoch", "1"), EXIT_REFUSED);
    in_store(step_identity);
    assert_int_equal(RUN("keys", "status"), EXIT_FINE);
    assert_int_equal(RUN("db", "check"), EXIT_FINE);
    assert_int_equal(RUN("keys", "retire", "--domain", "identity", "--epoch", "1"), EXIT_FINE);
    assert_int_equal(RUN("db", "check"), EXIT_FINE); /* nothing needed it */
    assert_int_equal(RUN("keys", "retire", "--domain", "identity", "--epoch", "1"), EXIT_FAILED);
    assert_int_equal(RUN("keys", "retire", "--domain", "identity", "--epoch", "2"), EXIT_REFUSED);
}

static void test_usage(void **unused)
{
    (void)unused;
    assert_int_equal(RUN("keys", "rotate"), EXIT_USAGE);
    assert_int_equal(RUN("keys", "rotate", "--domain", "nonsense"), EXIT_USAGE);
    assert_int_equal(RUN("keys", "rotate", "--domain", "blind"), EXIT_USAGE); /* never rotates */
    assert_string_equal(key_domains_rotating(),
                        "identity, health, session, document, system, bank");
    assert_int_equal(RUN("keys", "retire", "--domain", "health"), EXIT_USAGE);
    assert_int_equal(RUN("keys", "rewrap"), EXIT_USAGE);
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

static void test_another_master(void **unused)
{
    (void)unused;
    struct seal_keys *before, *after;
    assert_ok(keyring_open(master, keyring, false, &before));
    assert_int_equal(RUN("keys", "rewrap", "--new-master", new_master), EXIT_FINE);
    assert_reason(keyring_open(master, keyring, false, &after), KEY_FILE_INVALID);
    assert_ok(keyring_open(new_master, keyring, false, &after));
    assert_same_keys(before, after);
    keyring_close(before);
    keyring_close(after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_from_one_key_to_the_next, setup, teardown),
        cmocka_unit_test_setup_teardown(test_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_master, setup, teardown),
    };
    return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
