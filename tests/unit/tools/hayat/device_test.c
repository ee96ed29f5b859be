/*
 * Promise: a device file of either algorithm signs "hayat sign-in v1" ‖ 0x00 ‖ nonce ‖ device_id in
 * 64 bytes that its public key verifies; a file that others can read, or that says something else,
 * is refused.
 */
#include "tests/support/cm.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/pem.h>

#include "scratch.h"
#include "tools/hayat/device.h"

static const uint8_t NONCE[32] = {1, 2, 3};

static int setup(void **state)
{
    *state = scratch_new();
    return 0;
}

static int teardown(void **state)
{
    scratch_free(*state);
    return 0;
}

static EVP_PKEY *new_key(const char *algorithm)
{
    return strcmp(algorithm, "p256") == 0 ? EVP_EC_gen("P-256")
                                          : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

/* The text of a device file for KEY, to be freed. */
static char *device_text(EVP_PKEY *key, const char *algorithm)
{
    char *pem;
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    long len = BIO_get_mem_data(bio, &pem);
    json_t *json = json_pack("{s:s, s:s, s:s%, s:s, s:s}", "device_id", "dev_invented", "algorithm",
                             algorithm, "private_key", pem, (size_t)len, "server", "127.0.0.1:8443",
                             "ca", "");
    char *text = json_dumps(json, 0);
    json_decref(json);
    BIO_free(bio);
    return text;
}

static bool verify(EVP_PKEY *key, const uint8_t *signature, bool edwards)
{
    static const char context[] = "hayat sign-in v1";
    uint8_t text[128];
    size_t len = sizeof context + sizeof NONCE + strlen("dev_invented");
    memcpy(text, context, sizeof context);
    memcpy(text + sizeof context, NONCE, sizeof NONCE);
    memcpy(text + sizeof context + sizeof NONCE, "dev_invented", strlen("dev_invented"));
    uint8_t der[128], *p = der;
    int der_len = DEVICE_SIGNATURE_BYTES;
    if (edwards) {
        memcpy(der, signature, DEVICE_SIGNATURE_BYTES);
    } else {
        ECDSA_SIG *sig = ECDSA_SIG_new();
        assert_int_equal(ECDSA_SIG_set0(sig, BN_bin2bn(signature, 32, NULL),
                                        BN_bin2bn(signature + 32, 32, NULL)),
                         1);
        der_len = i2d_ECDSA_SIG(sig, &p);
        ECDSA_SIG_free(sig);
    }
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, edwards ? NULL : EVP_sha256(), NULL, key), 1);
    int valid = EVP_DigestVerify(ctx, der, (size_t)der_len, text, len);
    EVP_MD_CTX_free(ctx);
    return valid == 1;
}

static void sign_with(const char *directory, const char *algorithm)
{
    EVP_PKEY *key = new_key(algorithm);
    char *text = device_text(key, algorithm);
    char *path = scratch_write(directory, algorithm, text, 0600);
    struct device device;
    uint8_t signature[DEVICE_SIGNATURE_BYTES];
    assert_ok(device_load(path, &device));
    assert_string_equal(device.device_id, "dev_invented");
    assert_string_equal(device.server, "127.0.0.1:8443");
    for (int i = 0; i < 20; i++) { /* r or s with leading zeroes come up now and then */
        assert_ok(device_sign(&device, bytes_of(NONCE, sizeof NONCE), signature));
        assert_true(verify(key, signature, strcmp(algorithm, "ed25519") == 0));
    }
    signature[5] ^= 1;
    assert_false(verify(key, signature, strcmp(algorithm, "ed25519") == 0));
    device_fini(&device);
    free(path);
    free(text);
    EVP_PKEY_free(key);
}

static void test_p256(void **state)
{
    sign_with(*state, "p256");
}

static void test_ed25519(void **state)
{
    sign_with(*state, "ed25519");
}

static void test_readable_by_others_is_refused(void **state)
{
    EVP_PKEY *key = new_key("ed25519");
    char *text = device_text(key, "ed25519");
    char *path = scratch_write(*state, "device", text, 0644);
    struct device device;
    assert_reason(device_load(path, &device), FILE_PERMISSIONS);
    free(path);
    free(text);
    EVP_PKEY_free(key);
}

static void test_other_content_is_refused(void **state)
{
    EVP_PKEY *key = new_key("ed25519");
    char *mislabelled = device_text(key, "p256");
    const char *const contents[] = {"", "{}", "[1]", "{\"device_id\": \"dev_x\"}", mislabelled};
    struct device device;
    for (size_t i = 0; i < sizeof contents / sizeof contents[0]; i++) {
        char *path = scratch_write(*state, "device", contents[i], 0600);
        assert_reason(device_load(path, &device), KEY_FILE_INVALID);
        free(path);
    }
    assert_reason(device_load("/nonexistent", &device), FILE_UNREADABLE);
    free(mislabelled);
    EVP_PKEY_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_p256, setup, teardown),
        cmocka_unit_test_setup_teardown(test_ed25519, setup, teardown),
        cmocka_unit_test_setup_teardown(test_readable_by_others_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_content_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
