/*
 * Promise: a receipt is checked with nothing but its file and the fund's public key, in each of the
 * forms the key comes in; a changed receipt, another key or a file that is no receipt is refused.
 */
#include "tests/support/cm.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "base/codec.h"
#include "hayat/v1/life_certificate.pb-c.h"
#include "scratch.h"
#include "service/receipt_verify.h"
#include "tools/hayat/hayat.h"

struct fixture {
    char *directory;
    uint8_t public_key[32], secret_key[64];
    char key_hex[65];
    char *receipt; /* path */
};

/* A receipt as `receipt get` writes it, over an invented payload. */
static char *receipt_text(const struct fixture *f)
{
    Hayat__V1__ReceiptPayload payload = HAYAT__V1__RECEIPT_PAYLOAD__INIT;
    char kind[] = RECEIPT_KIND, key_id[RECEIPT_KEY_ID_LEN + 1], payload64[256], signature64[128];
    static const char context[] = "hayat receipt v1";
    uint8_t text[256], signature[64];
    payload.kind = kind;
    memcpy(text, context, sizeof context);
    size_t len = hayat__v1__receipt_payload__pack(&payload, text + sizeof context);
    (void)crypto_sign_detached(signature, NULL, text, sizeof context + len, f->secret_key);
    receipt_key_id(f->public_key, key_id);
    (void)sodium_bin2base64(payload64, sizeof payload64, text + sizeof context, len,
                            sodium_base64_VARIANT_ORIGINAL);
    (void)sodium_bin2base64(signature64, sizeof signature64, signature, sizeof signature,
                            sodium_base64_VARIANT_ORIGINAL);
    char *json = malloc(1024);
    assert_true(snprintf(json, 1024,
                         "{\"payload\": \"%s\", \"signature\": \"%s\", \"key_id\": \"%s\"}",
                         payload64, signature64, key_id) > 0);
    return json;
}

static int setup(void **state)
{
    static struct fixture f;
    assert_true(sodium_init() >= 0);
    f.directory = scratch_new();
    (void)crypto_sign_keypair(f.public_key, f.secret_key);
    hex_encode(bytes_of(f.public_key, sizeof f.public_key), f.key_hex);
    char *text = receipt_text(&f);
    f.receipt = scratch_write(f.directory, "receipt.json", text, 0644);
    free(text);
    *state = &f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->receipt);
    scratch_free(f->directory);
    return 0;
}

static status verify(char *key, char *key_hex, char *receipt)
{
    static struct hayat hayat;
    hayat = (struct hayat){
        .arguments = {.key = key, .key_hex = key_hex, .operand = receipt, .json = 1},
    };
    arena_init(&hayat.arena, 1 << 20);
    status s = command_receipt_verify(&hayat);
    arena_fini(&hayat.arena);
    return s;
}

static void test_every_form_of_the_key(void **state)
{
    struct fixture *f = *state;
    char listing[160], *pem_text;
    assert_ok(verify(NULL, f->key_hex, f->receipt));

    (void)snprintf(listing, sizeof listing, "key_id 0123\npublic_key %s\n", f->key_hex);
    char *path = scratch_write(f->directory, "listing", listing, 0644);
    assert_ok(verify(path, NULL, f->receipt));
    free(path);

    (void)snprintf(listing, sizeof listing, " %s\n", f->key_hex);
    path = scratch_write(f->directory, "hex", listing, 0644);
    assert_ok(verify(path, NULL, f->receipt));
    free(path);

    EVP_PKEY *key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, f->public_key, 32);
    BIO *bio = BIO_new(BIO_s_mem());
    assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
    assert_int_equal(BIO_write(bio, "", 1), 1);
    (void)BIO_get_mem_data(bio, &pem_text);
    path = scratch_write(f->directory, "pem", pem_text, 0644);
    assert_ok(verify(path, NULL, f->receipt));
    free(path);
    BIO_free(bio);
    EVP_PKEY_free(key);
}

static void test_a_changed_receipt(void **state)
{
    struct fixture *f = *state;
    char *text = receipt_text(f);
    char *value = strstr(text, "\"signature\": \"") + strlen("\"signature\": \"");
    value[4] = value[4] == 'A' ? 'B' : 'A';
    char *path = scratch_write(f->directory, "changed", text, 0644);
    assert_reason(verify(NULL, f->key_hex, path), RECEIPT_INVALID);
    free(path);
    free(text);
}

static void test_what_is_no_receipt(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {"", "[]", "{}", "{\"key_id\": \"x\", \"payload\": \"%%\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *path = scratch_write(f->directory, "other", texts[i], 0644);
        assert_reason(verify(NULL, f->key_hex, path), RECEIPT_INVALID);
        free(path);
    }
}

static void test_other_keys(void **state)
{
    struct fixture *f = *state;
    char other[65], short_hex[] = "abcd";
    memcpy(other, f->key_hex, sizeof other);
    other[0] = other[0] == '0' ? '1' : '0';
    assert_reason(verify(NULL, other, f->receipt), KEY_OTHER);
    assert_reason(verify(NULL, short_hex, f->receipt), KEY_FILE_INVALID);
    assert_reason(verify(f->receipt, NULL, f->receipt), KEY_FILE_INVALID);
    assert_reason(verify(NULL, NULL, f->receipt), USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_form_of_the_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_changed_receipt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_receipt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_keys, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
