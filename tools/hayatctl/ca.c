#include "tools/hayatctl/ca.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/defer.h"

enum {
    YEAR_SECONDS = 365 * 24 * 3600,
    CA_YEARS = 10,
    SERVER_YEARS = 1,
    CLOCK_SKEW_SECONDS = 300, /* a client's clock may be a little behind */
    SERIAL_BITS = 127,        /* RFC 5280: positive and at most 20 bytes */
    ALT_NAMES_BYTES = 4096,
};

static void free_key(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_certificate(X509 **certificate)
{
    X509_free(*certificate);
}

static void free_number(BIGNUM **number)
{
    BN_free(*number);
}

static void free_extension(X509_EXTENSION **extension)
{
    X509_EXTENSION_free(*extension);
}

struct identity {
    EVP_PKEY *key;
    X509 *certificate;
};

static void identity_fini(struct identity *identity)
{
    free_key(&identity->key);
    free_certificate(&identity->certificate);
}

/* --- certificates --- */

static bool set_serial(X509 *certificate)
{
    DEFER(free_number) BIGNUM *serial = BN_new();
    return serial != NULL &&
           BN_rand(serial, SERIAL_BITS, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
           BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL;
}

static bool set_life(X509 *certificate, const struct clock *clock, int years)
{
    time_t now = (time_t)(clock_wall_ms(clock) / 1000);
    time_t end = now + (time_t)years * YEAR_SECONDS;
    return ASN1_TIME_set(X509_getm_notBefore(certificate), now - CLOCK_SKEW_SECONDS) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), end) != NULL;
}

static bool set_subject(X509 *certificate, const char *common_name)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    const unsigned char *text = (const unsigned char *)common_name;
    static const unsigned char organisation[] = "Hayat (development)";
    return X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, organisation, -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1;
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

struct extension {
    int nid;
    const char *value;
};

static bool add_extensions(X509 *certificate, X509 *issuer, const struct extension *extensions,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!add_extension(certificate, issuer, extensions[i].nid, extensions[i].value)) {
            return false;
        }
    }
    return true;
}

/* A certificate with a fresh key, not signed yet. */
static bool begin(struct identity *identity, const struct clock *clock, int years,
                  const char *common_name)
{
    identity->key = EVP_EC_gen("P-256");
    identity->certificate = X509_new();
    X509 *certificate = identity->certificate;
    return identity->key != NULL && certificate != NULL &&
           X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           set_life(certificate, clock, years) && set_subject(certificate, common_name) &&
           X509_set_pubkey(certificate, identity->key) == 1;
}

static bool make_ca(struct identity *ca, const struct clock *clock)
{
    static const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
        {NID_key_usage, "critical,keyCertSign,cRLSign"},
        {NID_subject_key_identifier, "hash"},
    };
    return begin(ca, clock, CA_YEARS, "Hayat development CA") &&
           X509_set_issuer_name(ca->certificate, X509_get_subject_name(ca->certificate)) == 1 &&
           add_extensions(ca->certificate, ca->certificate, extensions, 3) &&
           X509_sign(ca->certificate, ca->key, EVP_sha256()) > 0;
}

static bool make_server(struct identity *server, const struct identity *ca,
                        const struct clock *clock, const char *alt_names)
{
    const struct extension extensions[] = {
        {NID_basic_constraints, "critical,CA:FALSE"},
        {NID_key_usage, "critical,digitalSignature"},
        {NID_ext_key_usage, "serverAuth"},
        {NID_subject_alt_name, alt_names},
        {NID_subject_key_identifier, "hash"},
        {NID_authority_key_identifier, "keyid:always"},
    };
    return begin(server, clock, SERVER_YEARS, "Hayat server") &&
           X509_set_issuer_name(server->certificate, X509_get_subject_name(ca->certificate)) == 1 &&
           add_extensions(server->certificate, ca->certificate, extensions, 6) &&
           X509_sign(server->certificate, ca->key, EVP_sha256()) > 0;
}

/* --- names --- */

static bool is_dns_name(const char *name)
{
    size_t len = strlen(name);
    return len > 0 && len <= 253 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == len;
}

static bool is_address(const char *text)
{
    unsigned char address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static bool append(char *out, size_t *used, const char *kind, const char *value)
{
    int len = snprintf(out + *used, ALT_NAMES_BYTES - *used, "%s%s:%s", *used == 0 ? "" : ",", kind,
                       value);
    *used += len > 0 ? (size_t)len : 0;
    return len > 0 && *used < ALT_NAMES_BYTES;
}

/* Only what was checked goes into OpenSSL's little language of extensions. */
static bool alt_names_text(const struct ca_names *names, char out[ALT_NAMES_BYTES])
{
    size_t used = 0;
    for (size_t i = 0; i < names->dns_count; i++) {
        if (!is_dns_name(names->dns[i]) || !append(out, &used, "DNS", names->dns[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < names->ip_count; i++) {
        if (!is_address(names->ip[i]) || !append(out, &used, "IP", names->ip[i])) {
            return false;
        }
    }
    return used > 0;
}

/* --- files --- */

enum { WRITES_KEY = 0600, WRITES_CERTIFICATE = 0644 };

static bool write_pem(FILE *file, const struct identity *identity, int mode)
{
    return mode == WRITES_KEY
               ? PEM_write_PKCS8PrivateKey(file, identity->key, NULL, NULL, 0, NULL, NULL) == 1
               : PEM_write_X509(file, identity->certificate) == 1;
}

static status write_file(const char *directory, const char *name, const struct identity *identity,
                         int mode)
{
    char path[PATH_MAX - 8], part[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (len < 0 || (size_t)len >= sizeof(path)) {
        return FAIL(FILE_UNWRITABLE);
    }
    (void)snprintf(part, sizeof(part), "%s.part", path);
    (void)unlink(part);
    int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
    DEFER(defer_fclose) FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (file == NULL || !write_pem(file, identity, mode) || fflush(file) != 0 || fsync(fd) != 0 ||
        rename(part, path) != 0) {
        return FAIL(FILE_UNWRITABLE);
    }
    return STATUS_OK;
}

static FILE *open_in(const char *directory, const char *name)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s/%s", directory, name);
    return len > 0 && (size_t)len < sizeof(path) ? fopen(path, "re") : NULL;
}

static status read_ca(const char *directory, struct identity *ca)
{
    DEFER(defer_fclose) FILE *key = open_in(directory, "ca.key");
    DEFER(defer_fclose) FILE *certificate = open_in(directory, "ca.crt");
    if (key == NULL || certificate == NULL) {
        return FAIL(FILE_UNREADABLE);
    }
    ca->key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
    ca->certificate = PEM_read_X509(certificate, NULL, NULL, NULL);
    if (ca->key == NULL || ca->certificate == NULL ||
        X509_check_private_key(ca->certificate, ca->key) != 1) {
        return FAIL(CERTIFICATE_INVALID);
    }
    return STATUS_OK;
}

/* The certificate comes last: a server that reloads sees the key first and the pair when both are
   there. */
static status issue_server(const char *directory, const struct identity *ca,
                           const struct ca_names *names, const struct clock *clock)
{
    char alt_names[ALT_NAMES_BYTES];
    if (!alt_names_text(names, alt_names)) {
        return FAIL(CONFIG_INVALID);
    }
    DEFER(identity_fini) struct identity server = {NULL, NULL};
    if (!make_server(&server, ca, clock, alt_names)) {
        return FAIL(INTERNAL);
    }
    TRY(write_file(directory, "server.key", &server, WRITES_KEY));
    return write_file(directory, "server.crt", &server, WRITES_CERTIFICATE);
}

status ca_make(const char *directory, const struct ca_names *names, const struct clock *clock)
{
    DEFER(identity_fini) struct identity ca = {NULL, NULL};
    if (!make_ca(&ca, clock)) {
        return FAIL(INTERNAL);
    }
    TRY(write_file(directory, "ca.key", &ca, WRITES_KEY));
    TRY(write_file(directory, "ca.crt", &ca, WRITES_CERTIFICATE));
    return issue_server(directory, &ca, names, clock);
}

status ca_renew_server(const char *directory, const struct ca_names *names,
                       const struct clock *clock)
{
    DEFER(identity_fini) struct identity ca = {NULL, NULL};
    TRY(read_ca(directory, &ca));
    return issue_server(directory, &ca, names, clock);
}
