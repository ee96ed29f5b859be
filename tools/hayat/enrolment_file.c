#include "enrolment_file.h"

#include <jansson.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/defer.h"
#include "base/wipe.h"
#include "files.h"
#include "json_file.h"
#include "usage.h"

enum { PEM_BYTES_MAX = 4096 };

static bool is_edwards(const struct enrolment_file *file)
{
    return strcmp(file->algorithm, "ed25519") == 0;
}

status enrolment_file_new(const char *algorithm, struct enrolment_file *ret_file)
{
    struct enrolment_file file = {.algorithm = ""};
    int n = snprintf(file.algorithm, sizeof file.algorithm, "%s", algorithm);
    if (n >= (int)sizeof file.algorithm ||
        (!is_edwards(&file) && strcmp(file.algorithm, "p256") != 0)) {
        return usage_wrong("--algorithm", TEXT_USE_ALGORITHM);
    }
    file.device.key = is_edwards(&file) ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                        : EVP_EC_gen("P-256");
    *ret_file = file;
    return file.device.key != NULL ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

void enrolment_file_fini(struct enrolment_file *file)
{
    device_fini(&file->device);
}

status enrolment_public_key(const struct enrolment_file *file, uint8_t out[PUBLIC_KEY_MAX_BYTES],
                            size_t *ret_len)
{
    *ret_len = PUBLIC_KEY_MAX_BYTES;
    if (is_edwards(file)) {
        return EVP_PKEY_get_raw_public_key(file->device.key, out, ret_len) == 1
                   ? STATUS_OK
                   : FAIL(KEY_FILE_INVALID);
    }
    unsigned char *point = NULL;
    size_t len = EVP_PKEY_get1_encoded_public_key(file->device.key, &point);
    bool fits = len > 0 && len <= PUBLIC_KEY_MAX_BYTES;
    if (fits) {
        memcpy(out, point, len);
        *ret_len = len;
    }
    OPENSSL_free(point);
    return fits ? STATUS_OK : FAIL(KEY_FILE_INVALID);
}

/* --- on disk --- */

static status read_json(const char *path, struct enrolment_file *file)
{
    char *text = NULL;
    TRY(file_read_private(path, &text));
    DEFER(json_decrefp) json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    wipe(text, strlen(text));
    free(text);
    if (!json_copy_text(json, "algorithm", file->algorithm, sizeof file->algorithm)) {
        return FAIL(KEY_FILE_INVALID);
    }
    (void)json_copy_text(json, "enrolment_id", file->enrolment_id, sizeof file->enrolment_id);
    return STATUS_OK;
}

status enrolment_file_load(const char *path, struct enrolment_file *ret_file)
{
    struct enrolment_file file = {.algorithm = ""};
    TRY(read_json(path, &file));
    TRY(device_load_key(path, &file.device));
    *ret_file = file;
    return STATUS_OK;
}

static void free_bio(BIO **bio)
{
    (void)BIO_free(*bio);
}

static bool private_pem(EVP_PKEY *key, char out[PEM_BYTES_MAX])
{
    DEFER(free_bio) BIO *bio = BIO_new(BIO_s_secmem());
    if (bio == NULL || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
        return false;
    }
    int len = BIO_read(bio, out, PEM_BYTES_MAX - 1);
    out[len > 0 ? len : 0] = '\0';
    return len > 0;
}

status enrolment_file_save(const char *path, const struct enrolment_file *file)
{
    char pem[PEM_BYTES_MAX];
    bool enrolled = file->device.device_id[0] != '\0';
    if (!private_pem(file->device.key, pem)) {
        return FAIL(KEY_FILE_INVALID);
    }
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s}", enrolled ? "device_id" : "enrolment_id",
                             enrolled ? file->device.device_id : file->enrolment_id, "algorithm",
                             file->algorithm, "private_key", pem, "server", file->device.server,
                             "ca", file->device.ca);
    wipe(pem, sizeof pem);
    return json_replace_file(path, json);
}
