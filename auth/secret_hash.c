#include "auth/secret_hash.h"

#include <sodium.h>

#include "base/wipe.h"

enum {
    VERSION = 1,
    SALT_AT = 1,
    TAG_AT = SALT_AT + SECRET_SALT_BYTES,
    PASSES = 2,
    MEMORY_BYTES = 19 * 1024 * 1024,
};

_Static_assert((int)SECRET_SALT_BYTES == (int)crypto_pwhash_argon2id_SALTBYTES, "Argon2id's salt");

static bool argon2id(const struct seal_keys *keys, bytes secret, const uint8_t *salt, uint8_t *tag)
{
    const struct seal_key *pepper = &keys->key[DOMAIN_PEPPER][keys->current[DOMAIN_PEPPER]];
    uint8_t peppered[crypto_generichash_BYTES];
    crypto_generichash(peppered, sizeof peppered, secret.ptr, secret.len, pepper->bytes,
                       sizeof pepper->bytes);
    int rc = crypto_pwhash_argon2id(tag, SECRET_TAG_BYTES, (const char *)peppered, sizeof peppered,
                                    salt, PASSES, MEMORY_BYTES,
                                    crypto_pwhash_argon2id_ALG_ARGON2ID13);
    wipe(peppered, sizeof peppered);
    return rc == 0;
}

status secret_hash_make(const struct seal_keys *keys, struct random_source *random, bytes secret,
                        struct secret_hash *out)
{
    struct secret_hash hash = {{VERSION}};
    random_fill(random, hash.bytes + SALT_AT, SECRET_SALT_BYTES);
    if (!argon2id(keys, secret, hash.bytes + SALT_AT, hash.bytes + TAG_AT)) {
        return FAIL(OVERLOADED);
    }
    *out = hash;
    return STATUS_OK;
}

bool secret_hash_matches(const struct seal_keys *keys, const struct secret_hash *hash, bytes secret)
{
    uint8_t tag[SECRET_TAG_BYTES];
    bool same = argon2id(keys, secret, hash->bytes + SALT_AT, tag) &&
                sodium_memcmp(tag, hash->bytes + TAG_AT, sizeof tag) == 0;
    wipe(tag, sizeof tag);
    return same && hash->bytes[0] == VERSION;
}

struct secret_hash secret_hash_decoy(void)
{
    return (struct secret_hash){
        {VERSION}}; /* a tag of zeros: nobody knows what it would be made of */
}

struct secret_hash secret_hash_of(bytes stored)
{
    struct secret_hash hash = secret_hash_decoy();
    if (stored.len == SECRET_HASH_BYTES) {
        memcpy(hash.bytes, stored.ptr, SECRET_HASH_BYTES);
    }
    return hash;
}
