/*
 * Device keys: only real points of the right group are keys; only the key's own signature of the very message verifies;
 * both halves of s are taken; the sign-in message is what phones are told to sign, to the byte.
 */
#include "auth/device_key.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <sodium.h>

#include "base/codec.h"
#include "tests/support/cm.h"

#define P256 HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256
#define ED25519 HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519
#define UNSPECIFIED HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_UNSPECIFIED

static const char message_text[] = "hayat sign-in v1 of a test";

static struct device_key key_of(Hayat__Store__V1__DeviceAlgorithm algorithm, const uint8_t *key,
                                size_t len)
{
    return (struct device_key){algorithm, bytes_of(key, len)};
}

struct p256 {
    EVP_PKEY *pkey;
    uint8_t point[DEVICE_P256_KEY_BYTES];
};

static struct p256 p256_new(void)
{
    struct p256 p = {EVP_EC_gen("P-256"), {0}};
    size_t len = 0;
    assert_non_null(p.pkey);
    assert_int_equal(EVP_PKEY_get_octet_string_param(p.pkey, OSSL_PKEY_PARAM_PUB_KEY, p.point,
                                                     sizeof p.point, &len),
                     1);
    assert_int_equal(len, sizeof p.point);
    return p;
}

static void p256_sign(const struct p256 *p, bytes message, uint8_t out[64])
{
    uint8_t der[80];
    const uint8_t *in = der;
    size_t len = sizeof der;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, p->pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, der, &len, message.ptr, message.len), 1);
    EVP_MD_CTX_free(ctx);
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &in, (long)len);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32), 32);
    ECDSA_SIG_free(sig);
}

/* s becomes n - s: the other half of the same signature. */
static void p256_other_half(uint8_t signature[64])
{
    BIGNUM *n = NULL, *s = BN_bin2bn(signature + 32, 32, NULL);
    assert_true(BN_hex2bn(&n, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551") >
                0);
    assert_int_equal(BN_sub(s, n, s), 1);
    assert_int_equal(BN_bn2binpad(s, signature + 32, 32), 32);
    BN_free(n);
    BN_free(s);
}

static void a_p256_signature_verifies_in_both_halves(void **state)
{
    (void)state;
    bytes message = bytes_str(message_text);
    for (int i = 0; i < 20; i++) { /* r or s begins with a zero now and then */
        struct p256 p = p256_new();
        uint8_t signature[64];
        struct device_key key = key_of(P256, p.point, sizeof p.point);
        assert_ok(device_key_check(&key));
        p256_sign(&p, message, signature);
        assert_ok(device_key_verify(&key, message, bytes_of(signature, sizeof signature)));
        p256_other_half(signature);
        assert_ok(device_key_verify(&key, message, bytes_of(signature, sizeof signature)));
        EVP_PKEY_free(p.pkey);
    }
}

static void any_other_p256_signature_does_not(void **state)
{
    (void)state;
    bytes message = bytes_str(message_text);
    struct p256 p = p256_new(), q = p256_new();
    uint8_t signature[64], zero[64] = {0}, ones[64];
    memset(ones, 0xff, sizeof ones);
    struct device_key key = key_of(P256, p.point, sizeof p.point),
                      other = key_of(P256, q.point, sizeof q.point);
    p256_sign(&p, message, signature);
    bytes good = bytes_of(signature, sizeof signature);
    assert_reason(device_key_verify(&other, message, good), SIGNATURE_INVALID);
    assert_reason(device_key_verify(&key, bytes_skip(message, 1), good), SIGNATURE_INVALID);
    assert_reason(device_key_verify(&key, message, bytes_head(good, 63)), SIGNATURE_INVALID);
    assert_reason(device_key_verify(&key, message, bytes_of(zero, 64)), SIGNATURE_INVALID);
    assert_reason(device_key_verify(&key, message, bytes_of(ones, 64)), SIGNATURE_INVALID);
    for (size_t at = 0; at < sizeof signature; at++) {
        signature[at] ^= 1;
        assert_reason(device_key_verify(&key, message, good), SIGNATURE_INVALID);
        signature[at] ^= 1;
    }
    EVP_PKEY_free(p.pkey);
    EVP_PKEY_free(q.pkey);
}

static void only_points_of_the_curve_are_p256_keys(void **state)
{
    (void)state;
    struct p256 p = p256_new();
    uint8_t infinity[DEVICE_P256_KEY_BYTES] = {0}, zero[DEVICE_P256_KEY_BYTES] = {4};
    struct device_key key = key_of(P256, p.point, sizeof p.point);
    p.point[64] ^= 1;
    assert_reason(device_key_check(&key), DEVICE_KEY_INVALID);
    p.point[64] ^= 1;
    p.point[0] = 6; /* hybrid form */
    assert_reason(device_key_check(&key), DEVICE_KEY_INVALID);
    p.point[0] = 2; /* compressed form */
    key.public_key.len = 33;
    assert_reason(device_key_check(&key), DEVICE_KEY_INVALID);
    key = key_of(P256, infinity, sizeof infinity);
    assert_reason(device_key_check(&key), DEVICE_KEY_INVALID);
    key = key_of(P256, zero, sizeof zero);
    assert_reason(device_key_check(&key), DEVICE_KEY_INVALID);
    key = key_of(P256, NULL, 0);
    assert_reason(device_key_check(&key), DEVICE_KEY_INVALID);
    EVP_PKEY_free(p.pkey);
}

static void an_ed25519_signature_verifies_and_no_other(void **state)
{
    (void)state;
    uint8_t public_key[32], secret_key[64], signature[64];
    bytes message = bytes_str(message_text);
    assert_int_equal(crypto_sign_keypair(public_key, secret_key), 0);
    struct device_key key = key_of(ED25519, public_key, sizeof public_key);
    assert_ok(device_key_check(&key));
    assert_int_equal(crypto_sign_detached(signature, NULL, message.ptr, message.len, secret_key),
                     0);
    bytes good = bytes_of(signature, sizeof signature);
    assert_ok(device_key_verify(&key, message, good));
    assert_reason(device_key_verify(&key, bytes_skip(message, 1), good), SIGNATURE_INVALID);
    for (size_t at = 0; at < sizeof signature; at++) {
        signature[at] ^= 1;
        assert_reason(device_key_verify(&key, message, good), SIGNATURE_INVALID);
        signature[at] ^= 1;
    }
}

static void only_points_of_the_group_are_ed25519_keys(void **state)
{
    (void)state;
    uint8_t identity[32] = {1}, junk[32];
    memset(junk, 0xff, sizeof junk);
    struct device_key small = key_of(ED25519, identity, sizeof identity),
                      bad = key_of(ED25519, junk, sizeof junk);
    struct device_key none = key_of(UNSPECIFIED, identity, sizeof identity);
    assert_reason(device_key_check(&small), DEVICE_KEY_INVALID);
    assert_reason(device_key_check(&bad), DEVICE_KEY_INVALID);
    assert_reason(device_key_check(&none), DEVICE_KEY_INVALID);
    assert_reason(device_key_verify(&none, bytes_str("x"), bytes_of((uint8_t[64]){0}, 64)),
                  SIGNATURE_INVALID);
}

static void the_sign_in_message_is_fixed(void **state)
{
    (void)state;
    uint8_t nonce[SIGN_IN_NONCE_BYTES], out[SIGN_IN_MESSAGE_MAX];
    char device_id[ID_TEXT_MAX];
    struct id device = {{0xab, 1, 2, 3}};
    memset(nonce, 0x5a, sizeof nonce);
    size_t len = sign_in_message(nonce, device, out);
    id_format(device, "dev", device_id);
    assert_int_equal(len, 16 + 1 + 32 + strlen(device_id));
    assert_memory_equal(out, "hayat sign-in v1\0", 17);
    assert_memory_equal(out + 17, nonce, 32);
    assert_memory_equal(out + 49, device_id, strlen(device_id));
}

static void decoys_are_keys(void **state)
{
    (void)state;
    struct device_key p256 = device_key_decoy(P256), ed25519 = device_key_decoy(ED25519);
    assert_ok(device_key_check(&p256));
    assert_ok(device_key_check(&ed25519));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_p256_signature_verifies_in_both_halves),
        cmocka_unit_test(any_other_p256_signature_does_not),
        cmocka_unit_test(only_points_of_the_curve_are_p256_keys),
        cmocka_unit_test(an_ed25519_signature_verifies_and_no_other),
        cmocka_unit_test(only_points_of_the_group_are_ed25519_keys),
        cmocka_unit_test(the_sign_in_message_is_fixed),
        cmocka_unit_test(decoys_are_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
