#include "storage/xchacha.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <string.h>

#include "base/wipe.h"

/* Where OpenSSL's cost for each text, a microsecond, is won back; measured with AVX2 and with AVX-512. */
enum { LONG_TEXT_BYTES = 1536, INNER_NONCE_BYTES = 12 };

_Static_assert((int)XCHACHA_KEY_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert((int)XCHACHA_NONCE_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "nonce");
_Static_assert((int)XCHACHA_TAG_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

/* --- a context for each thread --- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t contexts;
static EVP_CIPHER *cipher; /* NULL: this OpenSSL has none, or may not */

static void free_context(void *context)
{
    EVP_CIPHER_CTX_free(context);
}

static void prepare(void)
{
    if (pthread_key_create(&contexts, free_context) == 0) {
        cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
    }
}

/* This thread's; NULL when there is none: libsodium does everything then. */
static EVP_CIPHER_CTX *context_of_thread(void)
{
    (void)pthread_once(&once, prepare);
    if (cipher == NULL) {
        return NULL;
    }
    EVP_CIPHER_CTX *context = pthread_getspecific(contexts);
    if (context == NULL) {
        context = EVP_CIPHER_CTX_new();
        if (context == NULL || EVP_CipherInit_ex2(context, cipher, NULL, NULL, 1, NULL) != 1 ||
            pthread_setspecific(contexts, context) != 0) {
            EVP_CIPHER_CTX_free(context);
            return NULL;
        }
    }
    return context;
}

/* --- one long text --- */

struct text {
    const uint8_t *key, *nonce;
    bytes bound, in; /* without the tag */
    uint8_t *out;
};

static bool is_long(bytes text)
{
    return text.len >= LONG_TEXT_BYTES && text.len <= INT_MAX;
}

/* The draft's section 2.3: HChaCha20 of key and 16 bytes of nonce is the key, the other 8 are the nonce. */
static bool begin(EVP_CIPHER_CTX *context, const struct text *text, bool encrypts)
{
    uint8_t key[crypto_core_hchacha20_OUTPUTBYTES], nonce[INNER_NONCE_BYTES] = {0};
    (void)crypto_core_hchacha20(key, text->nonce, text->key, NULL);
    memcpy(nonce + 4, text->nonce + crypto_core_hchacha20_INPUTBYTES, 8);
    int begun = EVP_CipherInit_ex2(context, NULL, key, nonce, encrypts ? 1 : 0, NULL);
    wipe(key, sizeof key);
    return begun == 1;
}

static bool pass(EVP_CIPHER_CTX *context, const struct text *text)
{
    int len = 0, rest = 0;
    bool bound = text->bound.len == 0 ||
                 EVP_CipherUpdate(context, NULL, &len, text->bound.ptr, (int)text->bound.len) == 1;
    return bound &&
           EVP_CipherUpdate(context, text->out, &len, text->in.ptr, (int)text->in.len) == 1 &&
           EVP_CipherFinal_ex(context, text->out + len, &rest) == 1;
}

static bool seal_long(EVP_CIPHER_CTX *context, const struct text *text)
{
    return begin(context, text, true) && pass(context, text) &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, XCHACHA_TAG_BYTES,
                               text->out + text->in.len) == 1;
}

static bool open_long(EVP_CIPHER_CTX *context, const struct text *text)
{
    uint8_t tag[XCHACHA_TAG_BYTES]; /* a copy: OpenSSL wants to write where it only reads */
    memcpy(tag, text->in.ptr + text->in.len, sizeof tag);
    bool opened = begin(context, text, false) &&
                  EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, XCHACHA_TAG_BYTES, tag) ==
                      1 &&
                  pass(context, text);
    if (!opened) {
        wipe(text->out, text->in.len); /* it was written before the tag was looked at */
    }
    return opened;
}

/* --- either way --- */

void xchacha_seal(const uint8_t key[XCHACHA_KEY_BYTES], const uint8_t nonce[XCHACHA_NONCE_BYTES],
                  bytes bound, bytes plain, uint8_t *out)
{
    EVP_CIPHER_CTX *context = is_long(plain) ? context_of_thread() : NULL;
    const struct text text = {key, nonce, bound, plain, out};
    if (context != NULL && seal_long(context, &text)) {
        return;
    }
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out, NULL, plain.ptr, plain.len, bound.ptr,
                                                     bound.len, NULL, nonce, key);
}

bool xchacha_open(const uint8_t key[XCHACHA_KEY_BYTES], const uint8_t nonce[XCHACHA_NONCE_BYTES],
                  bytes bound, bytes sealed, uint8_t *out)
{
    if (sealed.len < XCHACHA_TAG_BYTES) {
        return false;
    }
    bytes secret = bytes_head(sealed, sealed.len - XCHACHA_TAG_BYTES);
    EVP_CIPHER_CTX *context = is_long(secret) ? context_of_thread() : NULL;
    if (context != NULL) {
        const struct text text = {key, nonce, bound, secret, out};
        return open_long(context, &text);
    }
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.ptr, sealed.len,
                                                      bound.ptr, bound.len, nonce, key) == 0;
}
