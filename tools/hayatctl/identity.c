#include "tools/hayatctl/identity.h"

#include <fcntl.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/defer.h"

enum {
    DAY_SECONDS = 24 * 3600,
    CLOCK_SKEW_SECONDS = 300, /* a client's clock may be a little behind */
    SERIAL_BITS = 127,        /* RFC 5280: positive and at most 20 bytes */
};

static void free_number(BIGNUM **number)
{
    BN_free(*number);
}

static void free_extension(X509_EXTENSION **extension)
{
    X509_EXTENSION_free(*extension);
}

void identity_fini(struct identity *identity)
{
    EVP_PKEY_free(identity->key);
    X509_free(identity->certificate);
}

/* --- certificates --- */

static bool set_serial(X509 *certificate)
{
    DEFER(free_number) BIGNUM *serial = BN_new();
    return serial != NULL &&
           BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;
}

static bool set_life(X509 *certificate, const struct clock *clock, int days)
{
    time_t now = (time_t)(clock_wall_ms(clock) / 1000);
    time_t end = now + (time_t)days * DAY_SECONDS;
    return ASN1_TIME_set(X509_getm_notBefore(certificate), now - CLOCK_SKEW_SECONDS) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), end) != NULL;
}

static bool add_name(X509 *certificate, const char *name, const char *value)
{
    return X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), name, MBSTRING_UTF8,
                                      (const unsigned char *)value, -1, -1, 0) == 1;
}

bool identity_add_name(struct identity *identity, const char *name, const char *value)
{
    return add_name(identity->certificate, name, value);
}

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    DEFER(free_extension)
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    return extension != NULL && X509_add_ext(certificate, extension, -1) == 1;
}

bool identity_add_extensions(struct identity *identity, const struct identity *issuer,
                             const struct identity_extension *extensions, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!add_extension(identity->certificate, issuer->certificate, extensions[i].nid,
                           extensions[i].value)) {
            return false;
        }
    }
    return true;
}

bool identity_begin(struct identity *identity, const struct clock *clock, int days,
                    const char *common_name)
{
    if (identity->key == NULL) {
        identity->key = EVP_EC_gen("P-256");
    }
    identity->certificate = X509_new();
    X509 *certificate = identity->certificate;
    return identity->key != NULL && certificate != NULL &&
           X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_life(certificate, clock, days) &&
           add_name(certificate, "O", "Hayat (development)") &&
           add_name(certificate, "CN", common_name) &&
           X509_set_pubkey(certificate, identity->key) == 1;
}

bool identity_sign(struct identity *identity, const struct identity *issuer)
{
    return X509_set_issuer_name(identity->certificate,
                                X509_get_subject_name(issuer->certificate)) == 1 &&
           X509_sign(identity->certificate, issuer->key, EVP_sha256()) > 0;
}

/* --- files --- */

static bool write_pem(FILE *file, const struct identity *identity, int mode)
{
    return mode == WRITES_KEY
               ? PEM_write_PKCS8PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL) == 1
               : PEM_write_X509(file, identity->certificate) == 1;
}

status identity_write(const char *path, const struct identity *identity, int mode)
{
    char part[PATH_MAX];
    int len = snprintf(part, sizeof(part), "%s.part", path);
    if (len < 0 || (size_t)len >= sizeof(part)) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    DEFER(defer_fclose) FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL || !write_pem(file, identity, mode) || fflush(file) != 0 || fsync(fd) != 0 ||
        rename(part, path) != 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    return STATUS_OK;
}

static FILE *open_in(const char *directory, const char *name, const char *ending)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s%s", directory, name, ending);
    return len > 0 && (size_t)len < sizeof(path) ? fopen(path, "re") : NULL;
}

status identity_read(const char *directory, const char *name, struct identity *ret_identity)
{
    DEFER(defer_fclose) FILE *key = open_in(directory, name, ".key");
    DEFER(defer_fclose) FILE *certificate = open_in(directory, name, ".crt");
    if (key == NULL || certificate == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    ret_identity->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    ret_identity->certificate = PEM_read_X509(certificate, NULL, NULL, NULL);
    if (ret_identity->key == NULL || ret_identity->certificate == NULL ||
        X509_check_private_key(ret_identity->certificate, ret_identity->key) != 1) {
        return FAIL(CERTIFICATE_INVALID);
    }
    return STATUS_OK;
}
