/*
 * Codes and passphrases as stored (SEC-B1): only the right secret under the right pepper matches; two hashes of one secret differ; nothing
 * matches a decoy or what is no hash; the numbers are Argon2id's with two passes over 19 MiB.
 */
#include "auth/secret_hash.h"

#include <sodium.h>

#include "auth/keyring.h"
#include "tests/support/cm.h"

static struct seal_keys *keys;

static int setup(void **state)
{
    (void)state;
    return sodium_init() >= 0 && ok(keyring_generate(&random_system, &keys)) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    keyring_close(keys);
    return 0;
}

static struct secret_hash hash_of(const char *secret)
{
    struct secret_hash hash;
    assert_ok(secret_hash_make(keys, &random_system, bytes_str(secret), &hash));
    return hash;
}

static void only_the_secret_matches(void **state)
{
    (void)state;
    struct secret_hash hash = hash_of("0123456789AB");
    assert_true(secret_hash_matches(keys, &hash, bytes_str("0123456789AB")));
    assert_false(secret_hash_matches(keys, &hash, bytes_str("0123456789AC")));
    assert_false(secret_hash_matches(keys, &hash, (bytes){NULL, 0}));
    for (size_t i = 0; i < SECRET_HASH_BYTES; i += 16) { /* version, salt and tag */
        struct secret_hash changed = hash;
        changed.bytes[i] ^= 1;
        assert_false(secret_hash_matches(keys, &changed, bytes_str("0123456789AB")));
    }
}

static void every_hash_has_its_salt(void **state)
{
    (void)state;
    struct secret_hash a = hash_of("the same"), b = hash_of("the same");
    assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
}

static void the_store_alone_is_not_enough(void **state)
{
    (void)state;
    struct secret_hash hash = hash_of("the same");
    struct seal_keys *others;
    assert_ok(keyring_generate(&random_system, &others));
    assert_false(secret_hash_matches(others, &hash, bytes_str("the same")));
    keyring_close(others);
}

static void nothing_matches_a_decoy(void **state)
{
    (void)state;
    struct secret_hash decoy = secret_hash_decoy();
    struct secret_hash none = secret_hash_of(bytes_str("too short"));
    assert_memory_equal(decoy.bytes, none.bytes, sizeof decoy.bytes);
    assert_false(secret_hash_matches(keys, &decoy, bytes_str("anything")));
    struct secret_hash hash = hash_of("stored");
    struct secret_hash read = secret_hash_of(bytes_of(hash.bytes, sizeof hash.bytes));
    assert_true(secret_hash_matches(keys, &read, bytes_str("stored")));
}

/* The same by libsodium's front door, with its own defaults out of the way. */
static void the_cost_is_what_is_written(void **state)
{
    (void)state;
    struct secret_hash hash = hash_of("cost");
    uint8_t peppered[32], tag[SECRET_TAG_BYTES];
    const uint8_t *pepper = keys->key[DOMAIN_PEPPER][keys->current[DOMAIN_PEPPER]].bytes;
    assert_int_equal(
        crypto_generichash(peppered, sizeof peppered, (const uint8_t *)"cost", 4, pepper, 32), 0);
    assert_int_equal(crypto_pwhash(tag, sizeof tag, (const char *)peppered, sizeof peppered,
                                   hash.bytes + 1, 2, (size_t)19 << 20,
                                   crypto_pwhash_ALG_ARGON2ID13),
                     0);
    assert_memory_equal(tag, hash.bytes + 1 + SECRET_SALT_BYTES, sizeof tag);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_secret_matches),       cmocka_unit_test(every_hash_has_its_salt),
        cmocka_unit_test(the_store_alone_is_not_enough), cmocka_unit_test(nothing_matches_a_decoy),
        cmocka_unit_test(the_cost_is_what_is_written),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
