#include "storage/xchacha.h"

#include <assert.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/wipe.h"

/* Where OpenSSL's cost for each text is won back; measured with AVX2 and with AVX-512. */
enum { LONG_TEXT_BYTES = 1024, BLOCK_BYTES = 64, IV_BYTES = 16, PAD_BYTES = 16, BOUND_MAX = 128 };

_Static_assert((int)XCHACHA_KEY_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "key");
_Static_assert((int)XCHACHA_NONCE_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
               "nonce");
_Static_assert((int)XCHACHA_TAG_BYTES == (int)crypto_aead_xchacha20poly1305_ietf_ABYTES, "tag");

/* --- contexts for each thread --- */

struct tools {
    EVP_CIPHER_CTX *cipher;
    EVP_MAC_CTX *mac;
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t tools_of_threads;
static EVP_CIPHER *chacha; /* NULL: this OpenSSL has none, or may not */
static EVP_MAC *poly;

static void free_tools(void *ptr)
{
    struct tools *tools = ptr;
    EVP_CIPHER_CTX_free(tools->cipher);
    EVP_MAC_CTX_free(tools->mac);
    free(tools);
}

static void prepare(void)
{
    if (pthread_key_create(&tools_of_threads, free_tools) == 0) {
        chacha = EVP_CIPHER_fetch(NULL, "ChaCha20", NULL);
        poly = EVP_MAC_fetch(NULL, "POLY1305", NULL);
    }
}

static bool make(struct tools *tools)
{
    tools->cipher = EVP_CIPHER_CTX_new();
    tools->mac = EVP_MAC_CTX_new(poly);
    return tools->cipher != NULL && tools->mac != NULL &&
           EVP_CipherInit_ex2(tools->cipher, chacha, NULL, NULL, 1, NULL) == 1 &&
           pthread_setspecific(tools_of_threads, tools) == 0;
}

/* This thread's; NULL when there are none: libsodium does everything then. */
static struct tools *take_tools(void)
{
    (void)pthread_once(&once, prepare);
    if (chacha == NULL || poly == NULL) {
        return NULL;
    }
    struct tools *tools = pthread_getspecific(tools_of_threads);
    if (tools != NULL) {
        return tools;
    }
    tools = calloc(1, sizeof *tools);
    if (tools != NULL && !make(tools)) {
        free_tools(tools);
        tools = NULL;
    }
    return tools;
}

/* --- one long text --- */

struct text {
    const uint8_t *key, *nonce;
    bytes bound, in; /* without the tag */
    uint8_t *out;
};

static bool is_long(bytes text, bytes bound)
{
    return text.len >= LONG_TEXT_BYTES && text.len <= INT_MAX && bound.len <= BOUND_MAX;
}

/* The draft's section 2.3: HChaCha20 of key and 16 bytes of nonce is the key, the other 8 are the nonce.  RFC 8439 2.6: the
   key stream's block 0 begins with the key of the tag; the text begins with block 1. */
static bool begin(const struct tools *tools, const struct text *text)
{
    static const uint8_t zeroes[BLOCK_BYTES];
    uint8_t key[crypto_core_hchacha20_OUTPUTBYTES], iv[IV_BYTES] = {0}, block[BLOCK_BYTES];
    int len = 0;
    (void)crypto_core_hchacha20(key, text->nonce, text->key, NULL);
    memcpy(iv + 8, text->nonce + crypto_core_hchacha20_INPUTBYTES, 8);
    bool begun = EVP_CipherInit_ex2(tools->cipher, NULL, key, iv, 1, NULL) == 1 &&
                 EVP_CipherUpdate(tools->cipher, block, &len, zeroes, sizeof zeroes) == 1 &&
                 EVP_MAC_init(tools->mac, block, crypto_onetimeauth_poly1305_KEYBYTES, NULL) == 1;
    wipe(key, sizeof key);
    wipe(block, sizeof block);
    return begun;
}

static void put_le64(uint8_t *out, uint64_t value)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (8 * i));
    }
}

static size_t padded(size_t len)
{
    return (len + PAD_BYTES - 1) / PAD_BYTES * PAD_BYTES;
}

/* RFC 8439 2.8: what is bound, the sealed text, and how long they are; each but the last filled up to blocks with zeroes.  In as few steps as can
   be: OpenSSL's short ones cost as much as long ones. */
static bool make_tag(const struct tools *tools, bytes bound, bytes sealed,
                     uint8_t tag[XCHACHA_TAG_BYTES])
{
    uint8_t head[BOUND_MAX] = {0}, tail[2 * PAD_BYTES] = {0};
    size_t over = sealed.len % PAD_BYTES, lengths = padded(over), len = 0;
    if (bound.len > 0) {
        memcpy(head, bound.ptr, bound.len);
    }
    memcpy(tail, sealed.ptr + sealed.len - over, over);
    put_le64(tail + lengths, bound.len);
    put_le64(tail + lengths + 8, sealed.len);
    return (bound.len == 0 || EVP_MAC_update(tools->mac, head, padded(bound.len)) == 1) &&
           EVP_MAC_update(tools->mac, sealed.ptr, sealed.len - over) == 1 &&
           EVP_MAC_update(tools->mac, tail, lengths + PAD_BYTES) == 1 &&
           EVP_MAC_final(tools->mac, tag, &len, XCHACHA_TAG_BYTES) == 1 && len == XCHACHA_TAG_BYTES;
}

static bool cross(const struct tools *tools, const struct text *text)
{
    int len = 0;
    return EVP_CipherUpdate(tools->cipher, text->out, &len, text->in.ptr, (int)text->in.len) == 1 &&
           (size_t)len == text->in.len;
}

static bool seal_long(const struct tools *tools, const struct text *text)
{
    return begin(tools, text) && cross(tools, text) &&
           make_tag(tools, text->bound, bytes_of(text->out, text->in.len),
                    text->out + text->in.len);
}

/* The tag first: what was touched is not opened at all. */
static bool open_long(const struct tools *tools, const struct text *text)
{
    uint8_t tag[XCHACHA_TAG_BYTES];
    return begin(tools, text) && make_tag(tools, text->bound, text->in, tag) &&
           sodium_memcmp(tag, text->in.ptr + text->in.len, sizeof tag) == 0 && cross(tools, text);
}

/* --- either way --- */

void xchacha_seal(const uint8_t key[XCHACHA_KEY_BYTES], const uint8_t nonce[XCHACHA_NONCE_BYTES],
                  bytes bound, bytes plain, uint8_t *out)
{
    const struct tools *tools = is_long(plain, bound) ? take_tools() : NULL;
    const struct text text = {key, nonce, bound, plain, out};
    if (tools != NULL && seal_long(tools, &text)) {
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
    const struct tools *tools = is_long(secret, bound) ? take_tools() : NULL;
    if (tools != NULL) {
        const struct text text = {key, nonce, bound, secret, out};
        return open_long(tools, &text);
    }
    return crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, sealed.ptr, sealed.len,
                                                      bound.ptr, bound.len, nonce, key) == 0;
}
