#include "auth/device_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "base/defer.h"

#define SIGN_IN_CONTEXT "hayat sign-in v1"

enum { P256_SCALAR_BYTES = 32, P256_SIGNATURE_DER_MAX = 80 };

static void free_pkey(EVP_PKEY **key)
{
    EVP_PKEY_free(*key);
}

static void free_pkey_ctx(EVP_PKEY_CTX **ctx)
{
    EVP_PKEY_CTX_free(*ctx);
}

static void free_md_ctx(EVP_MD_CTX **ctx)
{
    EVP_MD_CTX_free(*ctx);
}

static void free_sig(ECDSA_SIG **sig)
{
    ECDSA_SIG_free(*sig);
}

/* OpenSSL's parameters are not const though it does not write to them. */
static OSSL_PARAM point_param(bytes point)
{
    union {
        const uint8_t *in;
        uint8_t *out;
    } unconst = {.in = point.ptr};
    return OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, unconst.out, point.len);
}

/* NULL unless POINT is an uncompressed point of the curve; fromdata checks that it satisfies the equation. */
static EVP_PKEY *p256_key(bytes point)
{
    if (point.len != DEVICE_P256_KEY_BYTES || point.ptr[0] != POINT_CONVERSION_UNCOMPRESSED) {
        return NULL;
    }
    char group[] = "prime256v1";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                           point_param(point), OSSL_PARAM_construct_end()};
    EVP_PKEY *key = NULL;
    DEFER(free_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) <= 0 ||
        EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0) {
        return NULL;
    }
    return key;
}

static status p256_check(bytes point)
{
    DEFER(free_pkey) EVP_PKEY *key = p256_key(point);
    if (key == NULL) {
        return FAIL(DEVICE_KEY_INVALID);
    }
    DEFER(free_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    return ctx != NULL && EVP_PKEY_public_check(ctx) == 1 ? STATUS_OK : FAIL(DEVICE_KEY_INVALID);
}

/* OpenSSL wants the signature in DER: writes it and returns its length, or 0. */
static int p256_signature_der(bytes raw, uint8_t out[P256_SIGNATURE_DER_MAX])
{
    DEFER(free_sig) ECDSA_SIG *sig = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(raw.ptr, P256_SCALAR_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(raw.ptr + P256_SCALAR_BYTES, P256_SCALAR_BYTES, NULL);
    if (sig == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(sig, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        return 0;
    }
    uint8_t *end = out;
    int len = i2d_ECDSA_SIG(sig, NULL);
    return len > 0 && len <= P256_SIGNATURE_DER_MAX ? i2d_ECDSA_SIG(sig, &end) : 0;
}

static bool p256_verify(bytes point, bytes message, bytes signature)
{
    uint8_t der[P256_SIGNATURE_DER_MAX];
    int der_len = p256_signature_der(signature, der);
    DEFER(free_pkey) EVP_PKEY *key = p256_key(point);
    DEFER(free_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    return der_len > 0 && key != NULL && ctx != NULL &&
           EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
           EVP_DigestVerify(ctx, der, (size_t)der_len, message.ptr, message.len) == 1;
}

static bool ed25519_point_ok(bytes point)
{
    return point.len == DEVICE_ED25519_KEY_BYTES &&
           crypto_core_ed25519_is_valid_point(point.ptr) == 1;
}

status device_key_check(const struct device_key *key)
{
    switch (key->algorithm) {
    case HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256:
        return p256_check(key->public_key);
    case HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519:
        return ed25519_point_ok(key->public_key) ? STATUS_OK : FAIL(DEVICE_KEY_INVALID);
    case HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_UNSPECIFIED:
    case _HAYAT__STORE__V1__DEVICE_ALGORITHM_IS_INT_SIZE:
        break;
    }
    return FAIL(DEVICE_KEY_INVALID);
}

static bool verify(const struct device_key *key, bytes message, bytes signature)
{
    switch (key->algorithm) {
    case HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256:
        return p256_verify(key->public_key, message, signature);
    case HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_ED25519:
        return key->public_key.len == DEVICE_ED25519_KEY_BYTES &&
               crypto_sign_verify_detached(signature.ptr, message.ptr, message.len,
                                           key->public_key.ptr) == 0;
    case HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_UNSPECIFIED:
    case _HAYAT__STORE__V1__DEVICE_ALGORITHM_IS_INT_SIZE:
        break;
    }
    return false;
}

status device_key_verify(const struct device_key *key, bytes message, bytes signature)
{
    return signature.len == DEVICE_SIGNATURE_BYTES && verify(key, message, signature)
               ? STATUS_OK
               : FAIL(SIGNATURE_INVALID);
}

size_t sign_in_message(const uint8_t nonce[SIGN_IN_NONCE_BYTES], struct id device,
                       uint8_t out[SIGN_IN_MESSAGE_MAX])
{
    char device_id[ID_TEXT_MAX];
    id_format(device, "dev", device_id);
    size_t device_len = strlen(device_id), at = sizeof SIGN_IN_CONTEXT; /* with its NUL: the 0x00 */
    memcpy(out, SIGN_IN_CONTEXT, at);
    memcpy(out + at, nonce, SIGN_IN_NONCE_BYTES);
    at += SIGN_IN_NONCE_BYTES;
    memcpy(out + at, device_id, device_len);
    return at + device_len;
}

struct device_key device_key_decoy(Hayat__Store__V1__DeviceAlgorithm algorithm)
{
    /* The groups' generators (FIPS 186-4 D.1.2.3, RFC 8032 5.1): anybody can sign for the first,
       since its private half is 1. */
    static const uint8_t p256[DEVICE_P256_KEY_BYTES] = {
        0x04, 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5,
        0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4,
        0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a,
        0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33,
        0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};
    static const uint8_t ed25519[DEVICE_ED25519_KEY_BYTES] = {
        0x58, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
        0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66};
    bool is_p256 = algorithm == HAYAT__STORE__V1__DEVICE_ALGORITHM__DEVICE_ALGORITHM_P256;
    bytes point = is_p256 ? bytes_of(p256, sizeof p256) : bytes_of(ed25519, sizeof ed25519);
    return (struct device_key){algorithm, point};
}
