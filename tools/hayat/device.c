#include "device.h"

#include <jansson.h>
#include <libgen.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/wipe.h"
#include "files.h"
#include "json_file.h"

enum { NONCE_MAX_BYTES = 64, SIGN_INPUT_MAX_BYTES = 160 };

static const char SIGN_IN_CONTEXT[] = "hayat sign-in v1"; /* its NUL is the separator */

static void free_ctx(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static void free_secret(char **text)
{
    if (*text != NULL) {
        wipe(*text, strlen(*text));
        free(*text);
    }
}

static EVP_PKEY *read_key(const char *pem, const char *algorithm)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio == NULL ? NULL : PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    (void)BIO_free(bio);
    char group[32] = "";
    bool p256 = key != NULL && strcmp(algorithm, "p256") == 0 && EVP_PKEY_is_a(key, "EC") &&
                EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1 &&
                strcmp(group, "prime256v1") == 0;
    bool ed25519 = key != NULL && strcmp(algorithm, "ed25519") == 0 &&
                   EVP_PKEY_is_a(key, "ED25519");
    if (!p256 && !ed25519) {
        EVP_PKEY_free(key);
        return NULL;
    }
    return key;
}

/* NAME as it is, or else beside the device file. */
static status resolve_ca(const char *name, const char *device_path, char out[PATH_MAX])
{
    char own[PATH_MAX], beside[PATH_MAX];
    if (realpath(name, out) != NULL) {
        return STATUS_OK;
    }
    if (snprintf(own, sizeof own, "%s", device_path) >= (int)sizeof own) {
        return FAIL(FILE_UNREADABLE);
    }
    TRY(path_join(dirname(own), name, beside));
    return realpath(beside, out) != NULL ? STATUS_OK : FAIL(FILE_UNREADABLE);
}

static status read_fields(const json_t *json, const char *path, struct device *device)
{
    (void)json_copy_text(json, "device_id", device->device_id, sizeof device->device_id);
    (void)json_copy_text(json, "server", device->server, sizeof device->server);
    const char *ca = json_string_value(json_object_get(json, "ca"));
    if (ca != NULL && ca[0] != '\0') {
        TRY(resolve_ca(ca, path, device->ca));
    }
    const char *algorithm = json_string_value(json_object_get(json, "algorithm"));
    const char *pem = json_string_value(json_object_get(json, "private_key"));
    if (algorithm != NULL && pem != NULL) {
        device->key = read_key(pem, algorithm);
    }
    return device->key != NULL ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

status device_load_key(const char *path, struct device *ret_device)
{
    DEFER(free_secret) char *text = NULL;
    TRY(file_read_private(path, &text));
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (!json_is_object(json)) {
        return FAIL(KEY_FILE_INVALID);
    }
    struct device device = {0};
    TRY(read_fields(json, path, &device));
    *ret_device = device;
    return STATUS_OK;
}

status device_from_pem(const char *pem, const char *algorithm, struct device *ret_device)
{
    *ret_device = (struct device){.key = read_key(pem, algorithm)};
    return ret_device->key != NULL ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

static void free_bio(BIO **bio)
{
    (void)BIO_free(*bio);
}

static void free_pkey(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

status device_key_generate(char ret_pem[KEY_PEM_MAX], uint8_t ret_public[32])
{
    size_t public_len = 32;
    DEFER(free_pkey) EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    DEFER(free_bio) BIO *bio = BIO_new(BIO_s_secmem());
    if (key == NULL || bio == NULL ||
        EVP_PKEY_get_raw_public_key(key, ret_public, &public_len) != 1 || public_len != 32 ||
        PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        return FAIL(KEY_FILE_INVALID);
    }
    int len = BIO_read(bio, ret_pem, KEY_PEM_MAX - 1);
    if (len <= 0 || BIO_pending(bio) > 0) {
        return FAIL(KEY_FILE_INVALID);
    }
    ret_pem[len] = '\0';
    return STATUS_OK;
}

status device_load(const char *path, struct device *ret_device)
{
    struct device device;
    TRY(device_load_key(path, &device));
    if (device.device_id[0] == '\0') {
        device_fini(&device);
        return FAIL(KEY_FILE_INVALID);
    }
    *ret_device = device;
    return STATUS_OK;
}

void device_fini(struct device *device)
{
    EVP_PKEY_free(device->key);
    device->key = NULL;
}

static bool der_to_raw(bytes der, uint8_t out[DEVICE_SIGNATURE_BYTES])
{
    const uint8_t *p = der.ptr;
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
    bool done = sig != NULL &&
                BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, DEVICE_SIGNATURE_BYTES / 2) > 0 &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + DEVICE_SIGNATURE_BYTES / 2,
                             DEVICE_SIGNATURE_BYTES / 2) > 0;
    ECDSA_SIG_free(sig);
    return done;
}

status device_sign_message(const struct device *device, bytes message,
                           uint8_t ret_signature[DEVICE_SIGNATURE_BYTES])
{
    uint8_t raw[128];
    size_t raw_len = sizeof raw;
    bool edwards = EVP_PKEY_is_a(device->key, "ED25519");
    DEFER(free_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    if (ctx == NULL ||
        EVP_DigestSignInit(ctx, NULL, edwards ? NULL : EVP_sha256(), NULL, device->key) != 1 ||
        EVP_DigestSign(ctx, raw, &raw_len, message.ptr, message.len) != 1) {
        return FAIL(KEY_FILE_INVALID);
    }
    if (edwards && raw_len == DEVICE_SIGNATURE_BYTES) {
        memcpy(ret_signature, raw, DEVICE_SIGNATURE_BYTES);
        return STATUS_OK;
    }
    return !edwards && der_to_raw(bytes_of(raw, raw_len), ret_signature) ? STATUS_OK
                                                                         : FAIL(KEY_FILE_INVALID);
}

status device_sign(const struct device *device, bytes nonce,
                   uint8_t ret_signature[DEVICE_SIGNATURE_BYTES])
{
    uint8_t input[SIGN_INPUT_MAX_BYTES];
    size_t id_len = strlen(device->device_id);
    if (nonce.len == 0 || nonce.len > NONCE_MAX_BYTES) {
        return FAIL(MALFORMED_REQUEST);
    }
    memcpy(input, SIGN_IN_CONTEXT, sizeof SIGN_IN_CONTEXT);
    memcpy(input + sizeof SIGN_IN_CONTEXT, nonce.ptr, nonce.len);
    memcpy(input + sizeof SIGN_IN_CONTEXT + nonce.len, device->device_id, id_len);
    size_t len = sizeof SIGN_IN_CONTEXT + nonce.len + id_len;
    return device_sign_message(device, bytes_of(input, len), ret_signature);
}
