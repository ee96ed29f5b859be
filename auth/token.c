#include "auth/token.h"

#include <sodium.h>

#include "base/codec.h"

#define SUCCESSOR_CONTEXT "hayat refresh v1"
enum { PREFIX_LEN = 4 };

static const char *prefix_of(enum token_kind kind)
{
    return kind == TOKEN_ACCESS ? "hyt_" : "hyr_";
}

/* Never rotates: a new key would end every session. */
static const struct seal_key *key_of(const struct seal_keys *keys)
{
    return &keys->key[DOMAIN_TOKEN][keys->current[DOMAIN_TOKEN]];
}

struct token token_new(struct random_source *random)
{
    struct token token;
    random_fill(random, token.bytes, sizeof token.bytes);
    return token;
}

status token_parse(enum token_kind kind, bytes text, struct token *ret_token)
{
    if (text.len != TOKEN_TEXT_LEN || !bytes_starts_with(text, prefix_of(kind)) ||
        !base32_decode(bytes_skip(text, PREFIX_LEN), ret_token->bytes, TOKEN_BYTES)) {
        return FAIL(TOKEN_INVALID);
    }
    return STATUS_OK;
}

void token_format(enum token_kind kind, const struct token *token, char out[TOKEN_TEXT_LEN + 1])
{
    memcpy(out, prefix_of(kind), PREFIX_LEN);
    base32_encode(bytes_of(token->bytes, TOKEN_BYTES), out + PREFIX_LEN);
}

void token_store_key(const struct seal_keys *keys, const struct token *token,
                     uint8_t ret_hash[TOKEN_HASH_BYTES])
{
    const struct seal_key *key = key_of(keys);
    crypto_generichash(ret_hash, TOKEN_HASH_BYTES, token->bytes, TOKEN_BYTES, key->bytes,
                       sizeof key->bytes);
}

/* Longer than any input of token_store_key, so the two uses of the key cannot meet. */
struct token token_successor(const struct seal_keys *keys, enum token_kind kind,
                             const struct token_origin *origin)
{
    struct token next;
    crypto_generichash_state state;
    const struct seal_key *key = key_of(keys);
    crypto_generichash_init(&state, key->bytes, sizeof key->bytes, TOKEN_BYTES);
    crypto_generichash_update(&state, (const uint8_t *)SUCCESSOR_CONTEXT, sizeof SUCCESSOR_CONTEXT);
    crypto_generichash_update(&state, (const uint8_t *)prefix_of(kind), PREFIX_LEN);
    crypto_generichash_update(&state, origin->old->bytes, TOKEN_BYTES);
    crypto_generichash_update(&state, origin->salt.ptr, origin->salt.len);
    crypto_generichash_update(&state, origin->rotation_id.ptr, origin->rotation_id.len);
    crypto_generichash_final(&state, next.bytes, TOKEN_BYTES);
    sodium_memzero(&state, sizeof state);
    return next;
}
