#include "tools/hayatctl/device_file.h"

#include <assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/defer.h"
#include "base/wipe.h"

enum { PEM_BYTES_MAX = 4096 };

static const char *algorithm_name(Hayat__Store__V1__DeviceAlgorithm algorithm)
{
    return algorithm == HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519 ? "ed25519"
                                                                                     : "p256";
}

bool device_algorithm_parse(const char *name, Hayat__Store__V1__DeviceAlgorithm *ret)
{
    bool p256 = strcmp(name, "p256") == 0;
    if (!p256 && strcmp(name, "ed25519") != 0) {
        return false;
    }
    *ret = p256 ? HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256
                : HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519;
    return true;
}

/* The form records.proto says: an uncompressed point, or 32 bytes. */
static bool public_half(struct device_pair *pair)
{
    if (pair->algorithm == HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519) {
        pair->public_key_len = sizeof(pair->public_key);
        return EVP_PKEY_get_raw_public_key(pair->key, pair->public_key, &pair->public_key_len) == 1;
    }
    unsigned char *point = NULL;
    size_t len = EVP_PKEY_get1_encoded_public_key(pair->key, &point);
    bool good = len > 0 && len <= sizeof(pair->public_key);
    if (good) {
        memcpy(pair->public_key, point, len);
        pair->public_key_len = len;
    }
    OPENSSL_free(point);
    return good;
}

status device_pair_make(Hayat__Store__V1__DeviceAlgorithm algorithm, struct device_pair *ret_pair)
{
    *ret_pair = (struct device_pair){.algorithm = algorithm};
    bool ed25519 = algorithm == HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519;
    ret_pair->key = ed25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen("P-256");
    if (ret_pair->key == NULL || !public_half(ret_pair)) {
        device_pair_fini(ret_pair);
        return FAIL(INTERNAL);
    }
    return STATUS_OK;
}

void device_pair_fini(struct device_pair *pair)
{
    EVP_PKEY_free(pair->key);
    pair->key = NULL;
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
    if (len <= 0) {
        return false;
    }
    out[len] = '\0';
    return true;
}

static void free_json(json_t **json)
{
    json_decref(*json);
}

static bool write_whole(int fd, const json_t *json)
{
    return json_dumpfd(json, fd, JSON_INDENT(2)) == 0 && write(fd, "\n", 1) == 1 && fsync(fd) == 0;
}

static status write_json(const char *path, const json_t *json)
{
    char part[PATH_MAX];
    int len = snprintf(part, sizeof(part), "%s.part", path);
    if (len < 0 || (size_t)len >= sizeof(part)) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)unlink(part);
    DEFER(defer_close) int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 || !write_whole(fd, json) || rename(part, path) != 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    return STATUS_OK;
}

status device_file_write(const char *path, const struct device_pair *pair,
                         const struct device_file *file)
{
    char pem[PEM_BYTES_MAX];
    if (!private_pem(pair->key, pem)) {
        return FAIL(INTERNAL);
    }
    DEFER(free_json)
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s}", "device_id", file->device_id, "algorithm",
                             algorithm_name(pair->algorithm), "private_key", pem, "server",
                             file->server, "ca", file->ca);
    wipe(pem, sizeof(pem));
    return json != NULL ? write_json(path, json) : FAIL(INTERNAL);
}
