/*
 * Promise: XChaCha20-Poly1305 is the same by either library at every length: what one seals the other opens, byte for byte,
 * and nothing that was touched opens or leaves a trace (SEC-D1).
 */
#include "storage/xchacha.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/array.h"
#include "tests/support/cm.h"

enum { MOST = 70000 };

static uint8_t key[XCHACHA_KEY_BYTES], nonce[XCHACHA_NONCE_BYTES], bound[90];
static uint8_t plain[MOST], ours[MOST + XCHACHA_TAG_BYTES], theirs[MOST + XCHACHA_TAG_BYTES];
static uint8_t opened[MOST];

/* Around the length where the library changes, around whole blocks, and whole chunks of documents. */
static const size_t lengths[] = {0,    1,    63,   64,   500,   1023, 1024,
                                 1025, 1040, 1600, 4096, 65475, MOST};

static void draw(void)
{
    randombytes_buf(key, sizeof key);
    randombytes_buf(nonce, sizeof nonce);
    randombytes_buf(bound, sizeof bound);
    randombytes_buf(plain, sizeof plain);
}

static void seal_both(size_t len, size_t bound_len)
{
    draw();
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(theirs, NULL, plain, len, bound, bound_len,
                                                     NULL, nonce, key);
    xchacha_seal(key, nonce, bytes_of(bound, bound_len), bytes_of(plain, len), ours);
}

static bool opens(size_t len, size_t bound_len)
{
    memset(opened, 0xEE, sizeof opened);
    return xchacha_open(key, nonce, bytes_of(bound, bound_len),
                        bytes_of(theirs, len + XCHACHA_TAG_BYTES), opened);
}

static void test_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (size_t bound_len = 0; bound_len <= sizeof bound; bound_len += sizeof bound) {
            seal_both(lengths[i], bound_len);
            assert_memory_equal(ours, theirs, lengths[i] + XCHACHA_TAG_BYTES);
            assert_true(opens(lengths[i], bound_len));
            assert_memory_equal(opened, plain, lengths[i]);
        }
    }
}

static void assert_refused(size_t len)
{
    assert_false(opens(len, sizeof bound));
    for (size_t i = 0; i < len; i++) {
        assert_true(opened[i] == 0 || opened[i] == 0xEE); /* nothing of the plain text is left */
    }
}

static void test_touched(void **state)
{
    (void)state;
    static const size_t short_and_long[] = {500, 4096};
    for (size_t i = 0; i < ARRAY_LEN(short_and_long); i++) {
        size_t len = short_and_long[i];
        uint8_t *const places[] = {&theirs[0],
                                   &theirs[len / 2],
                                   &theirs[len],
                                   &theirs[len + XCHACHA_TAG_BYTES - 1],
                                   &key[31],
                                   &nonce[0],
                                   &nonce[23],
                                   &bound[0],
                                   &bound[sizeof bound - 1]};
        seal_both(len, sizeof bound);
        for (size_t j = 0; j < ARRAY_LEN(places); j++) {
            *places[j] ^= 1;
            assert_refused(len);
            *places[j] ^= 1;
        }
        assert_true(opens(len, sizeof bound));
    }
    assert_false(xchacha_open(key, nonce, bytes_of(bound, 0), bytes_of(theirs, 15), opened));
}

static void *seal_and_open(void *arg)
{
    (void)arg;
    uint8_t text[2000] = {7}, sealed[sizeof text + XCHACHA_TAG_BYTES], out[sizeof text];
    bool same = true;
    for (int i = 0; i < 200 && same; i++) {
        text[0] = (uint8_t)i;
        xchacha_seal(key, nonce, bytes_of(bound, 5), bytes_of(text, sizeof text), sealed);
        same = xchacha_open(key, nonce, bytes_of(bound, 5), bytes_of(sealed, sizeof sealed), out) &&
               memcmp(text, out, sizeof text) == 0;
    }
    return same ? arg : NULL;
}

static void test_threads(void **state)
{
    pthread_t threads[4];
    void *result;
    draw();
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, seal_and_open, state), 0);
    }
    for (size_t i = 0; i < ARRAY_LEN(threads); i++) {
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, state);
    }
}

int main(void)
{
    if (sodium_init() < 0) {
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes),
        cmocka_unit_test(test_touched),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
