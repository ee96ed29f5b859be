#include "rpc/peer.h"

#include <grpc/grpc_security.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "base/bytes.h"
#include "base/defer.h"

static void free_context(grpc_auth_context **context)
{
    if (*context != NULL) {
        grpc_auth_context_release(*context);
    }
}

static void free_bio(BIO **bio)
{
    BIO_free(*bio);
}

static void free_x509(X509 **certificate)
{
    X509_free(*certificate);
}

static bytes property(const grpc_auth_context *context, const char *name)
{
    grpc_auth_property_iterator it = grpc_auth_context_find_properties_by_name(context, name);
    const grpc_auth_property *found = grpc_auth_property_iterator_next(&it);
    return found == NULL ? (bytes){NULL, 0} : bytes_of(found->value, found->value_length);
}

static bool hash_key(bytes pem, uint8_t out[CERTIFICATE_KEY_BYTES])
{
    unsigned len = 0;
    if (pem.len == 0 || pem.len > INT_MAX) {
        return false;
    }
    DEFER(free_bio) BIO *bio = BIO_new_mem_buf(pem.ptr, (int)pem.len);
    DEFER(free_x509)
    X509 *certificate = bio == NULL ? NULL : PEM_read_bio_X509(bio, NULL, NULL, NULL);
    unsigned char *der = NULL;
    int der_len = certificate == NULL ? -1
                                      : i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    bool good = der_len > 0 && EVP_Digest(der, (size_t)der_len, out, &len, EVP_sha256(), NULL) == 1;
    OPENSSL_free(der);
    ERR_clear_error();
    return good && len == CERTIFICATE_KEY_BYTES;
}

bool peer_certificate(grpc_call *call, uint8_t ret_key_hash[CERTIFICATE_KEY_BYTES])
{
    DEFER(free_context) grpc_auth_context *context = grpc_call_auth_context(call);
    if (context == NULL ||
        !bytes_equal_str(property(context, GRPC_TRANSPORT_SECURITY_TYPE_PROPERTY_NAME),
                         GRPC_SSL_TRANSPORT_SECURITY_TYPE)) {
        return false;
    }
    return hash_key(property(context, GRPC_X509_PEM_CERT_PROPERTY_NAME), ret_key_hash);
}
