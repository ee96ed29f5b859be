#include "auth/certificate_read.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <time.h>

#include "base/defer.h"

static void free_bio(BIO **bio)
{
    BIO_free(*bio);
}

static void free_x509(X509 **certificate)
{
    X509_free(*certificate);
}

static X509 *parse(bytes text)
{
    const unsigned char *der = text.ptr;
    if (text.len == 0 || text.len > INT_MAX) {
        return NULL;
    }
    if (!bytes_starts_with(text, "-----")) {
        return d2i_X509(NULL, &der, (long)text.len);
    }
    DEFER(free_bio) BIO *bio = BIO_new_mem_buf(text.ptr, (int)text.len);
    return bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
}

static bool hash_key(const X509 *certificate, uint8_t out[CERTIFICATE_KEY_BYTES])
{
    unsigned len = 0;
    unsigned char *der = NULL;
    int der_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    bool good = der_len > 0 && EVP_Digest(der, (size_t)der_len, out, &len, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    return good && len == CERTIFICATE_KEY_BYTES;
}

static bool end_of(const X509 *certificate, int64_t *ret_ms)
{
    struct tm end;
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) {
        return false;
    }
    *ret_ms = (int64_t)timegm(&end) * 1000;
    return true;
}

/* One at most; what is more is nobody's. */
static void read_staff_number(const X509 *certificate, struct certificate_facts *facts)
{
    unsigned char *text = NULL;
    X509_NAME *subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_serialNumber, -1);
    facts->names_staff = at >= 0;
    facts->staff_number[0] = '\0';
    if (at < 0 || X509_NAME_get_index_by_NID(subject, NID_serialNumber, at) >= 0) {
        return;
    }
    const int len = ASN1_STRING_to_UTF8(&text,
                                        X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (len > 0 && len <= LIMIT_CALLER_TEXT_BYTES) {
        memcpy(facts->staff_number, text, (size_t)len); /* up to a zero, if there is one */
        facts->staff_number[len] = '\0';
    }
    OPENSSL_free(text);
}

status certificate_read(bytes certificate, struct certificate_facts *ret_facts)
{
    DEFER(free_x509) X509 *parsed = parse(certificate);
    struct certificate_facts facts = {.expire_ms = 0};
    bool good = parsed != NULL && hash_key(parsed, facts.key_hash) &&
                end_of(parsed, &facts.expire_ms);
    ERR_clear_error();
    if (!good) {
        return FAIL(CERTIFICATE_UNREADABLE);
    }
    read_staff_number(parsed, &facts);
    ERR_clear_error();
    *ret_facts = facts;
    return STATUS_OK;
}
