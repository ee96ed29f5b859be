#include "service/page_token.h"

#include <assert.h>
#include <sodium.h>

#include "base/codec.h"
#include "base/wipe.h"
#include "service/app.h"

enum {
    NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    SEALED_MAX = NONCE + PAGE_CURSOR_MAX + TAG,
    METHOD_MAX = 96,
};

struct binding {
    size_t len;
    uint8_t bytes[OWNER_BYTES + METHOD_MAX];
};

static struct binding bind(const struct rpc *rpc, const char *method)
{
    struct binding binding = {.len = OWNER_BYTES + strlen(method)};
    assert(strlen(method) <= METHOD_MAX);
    struct owner account = principal_account(rpc->principal);
    memcpy(binding.bytes, account.bytes, OWNER_BYTES);
    memcpy(binding.bytes + OWNER_BYTES, method, strlen(method));
    return binding;
}

static void derive_key(const struct seal_keys *keys, uint8_t ret_key[SEAL_KEY_BYTES])
{
    static const char label[] = "hayat page token v1";
    const struct seal_key *from = &keys->key[DOMAIN_TOKEN][keys->current[DOMAIN_TOKEN]];
    (void)crypto_generichash(ret_key, SEAL_KEY_BYTES, (const uint8_t *)label, sizeof label,
                             from->bytes, SEAL_KEY_BYTES);
}

/* Fetched in advance: a token each page would enter the kernel for each. */
static void draw_nonce(struct random_source *random, uint8_t out[NONCE])
{
    enum { BATCH = 32 };
    static _Thread_local uint8_t batch[BATCH][NONCE];
    static _Thread_local size_t left;
    if (left == 0) {
        random_fill(random, batch, sizeof batch);
        left = BATCH;
    }
    memcpy(out, batch[--left], NONCE);
}

status page_token_make(struct rpc *rpc, const char *method, const struct page_cursor *cursor,
                       char **ret_token)
{
    uint8_t sealed[SEALED_MAX], key[SEAL_KEY_BYTES];
    struct binding binding = bind(rpc, method);
    size_t len = NONCE + (size_t)cursor->len + TAG;
    draw_nonce(rpc->app->random, sealed);
    derive_key(rpc->app->keys, key);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, cursor->bytes,
                                                     cursor->len, binding.bytes, binding.len, NULL,
                                                     sealed, key);
    wipe(key, sizeof key);
    char *token = arena_alloc(rpc->arena, base32_len(len) + 1);
    if (token == NULL) {
        return FAIL(ARENA_FULL);
    }
    base32_encode(bytes_of(sealed, len), token);
    *ret_token = token;
    return STATUS_OK;
}

/* The bytes a base32 text stands for; 0 when it cannot be a token. */
static size_t sealed_len(size_t text_len)
{
    size_t len = text_len * 5 / 8;
    return len >= NONCE + TAG && len <= SEALED_MAX ? len : 0;
}

status page_token_read(struct rpc *rpc, const char *method, const char *token,
                       struct page_cursor *ret_cursor)
{
    uint8_t sealed[SEALED_MAX], key[SEAL_KEY_BYTES];
    struct page_cursor cursor = {.len = 0};
    bytes text = bytes_str(token);
    if (text.len == 0) {
        *ret_cursor = cursor;
        return STATUS_OK;
    }
    size_t len = sealed_len(text.len);
    if (len == 0 || !base32_decode(text, sealed, len)) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    struct binding binding = bind(rpc, method);
    derive_key(rpc->app->keys, key);
    int opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
        cursor.bytes, NULL, NULL, sealed + NONCE, len - NONCE, binding.bytes, binding.len, sealed,
        key);
    wipe(key, sizeof key);
    if (opened != 0) {
        return FAIL(PAGE_TOKEN_INVALID);
    }
    cursor.len = (uint8_t)(len - NONCE - TAG);
    *ret_cursor = cursor;
    return STATUS_OK;
}

size_t page_size_of(int32_t asked)
{
    if (asked <= 0) {
        return LIMIT_PAGE_DEFAULT;
    }
    return asked > LIMIT_PAGE_MAX ? LIMIT_PAGE_MAX : (size_t)asked;
}
