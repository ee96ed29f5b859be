#include "tests/support/certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/support/cm.h"

ProtobufCBinaryData fresh_certificate(struct harness *h, int64_t end_ms)
{
    return fresh_certificate_of(h, end_ms, NULL);
}

ProtobufCBinaryData fresh_certificate_of(struct harness *h, int64_t end_ms,
                                         const char *staff_number)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    BIO *out = BIO_new(BIO_s_mem());
    char *text = NULL;
    assert_non_null(ASN1_TIME_set(X509_getm_notBefore(certificate), 0));
    assert_non_null(ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)(end_ms / 1000)));
    if (staff_number != NULL) {
        assert_int_equal(X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate),
                                                    NID_serialNumber, MBSTRING_UTF8,
                                                    (const unsigned char *)staff_number, -1, -1, 0),
                         1);
    }
    assert_int_equal(X509_set_pubkey(certificate, key), 1);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_bio_X509(out, certificate), 1);
    size_t len = (size_t)BIO_get_mem_data(out, &text);
    uint8_t *copy = arena_alloc(&h->arena, len);
    assert_non_null(copy);
    memcpy(copy, text, len);
    BIO_free(out);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return (ProtobufCBinaryData){len, copy};
}
