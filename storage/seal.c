#include "storage/seal.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/wipe.h"
#include "storage/xchacha.h"

enum {
    SEAL_VERSION = 1,
    HEADER_BYTES = 1 + 4,
    /* version, table, key length, key, owner, record type, chunk index and count, epoch */
    BINDING_MAX = 1 + 4 + 4 + LIMIT_KEY_BYTES + OWNER_BYTES + 4 + 4 + 4 + 4,
};

_Static_assert((int)SEAL_KEY_BYTES == (int)XCHACHA_KEY_BYTES, "key size");
_Static_assert((int)SEAL_NONCE_BYTES == (int)XCHACHA_NONCE_BYTES, "nonce size");
_Static_assert((int)SEAL_TAG_BYTES == (int)XCHACHA_TAG_BYTES, "tag size");

/* The associated data: every part has a fixed size or its length in front, so no two places read
   alike (SEC-D1). */
static size_t bind(const struct seal_place *place, uint8_t *out)
{
    assert(place->key.len <= LIMIT_KEY_BYTES);
    uint8_t *at = out;
    *at++ = SEAL_VERSION;
    put_be32(at, place->table);
    put_be32(at + 4, (uint32_t)place->key.len);
    at += 8;
    if (place->key.len > 0) {
        memcpy(at, place->key.ptr, place->key.len);
        at += place->key.len;
    }
    memcpy(at, place->owner.bytes, OWNER_BYTES);
    at += OWNER_BYTES;
    put_be32(at, place->record_type);
    put_be32(at + 4, place->chunk_index);
    put_be32(at + 8, place->chunk_count);
    put_be32(at + 12, place->epoch);
    return (size_t)(at + 16 - out);
}

void seal_cell(const struct seal_key *key, const struct seal_place *place,
               struct random_source *random, bytes plain, uint8_t *out)
{
    uint8_t binding[BINDING_MAX];
    size_t binding_len = bind(place, binding);
    uint8_t *nonce = out + HEADER_BYTES;
    out[0] = SEAL_VERSION;
    put_be32(out + 1, place->epoch);
    random_fill(random, nonce, SEAL_NONCE_BYTES);
    xchacha_seal(key->bytes, nonce, bytes_of(binding, binding_len), plain,
                 nonce + SEAL_NONCE_BYTES);
}

status seal_cell_epoch(bytes cell, uint32_t *ret_epoch)
{
    if (cell.len < SEAL_OVERHEAD || cell.ptr[0] != SEAL_VERSION) {
        return FAIL(STORE_CORRUPT);
    }
    *ret_epoch = get_be32(cell.ptr + 1);
    return STATUS_OK;
}

status open_cell(const struct seal_key *key, const struct seal_place *place, bytes cell,
                 uint8_t *out)
{
    uint32_t written = 0;
    TRY(seal_cell_epoch(cell, &written));
    if (written != place->epoch) {
        return FAIL(STORE_CORRUPT);
    }
    uint8_t binding[BINDING_MAX];
    size_t binding_len = bind(place, binding);
    const uint8_t *nonce = cell.ptr + HEADER_BYTES;
    bytes sealed = bytes_skip(cell, HEADER_BYTES + SEAL_NONCE_BYTES);
    bool opened = xchacha_open(key->bytes, nonce, bytes_of(binding, binding_len), sealed, out);
    return opened ? STATUS_OK : FAIL(STORE_CORRUPT);
}

void seal_blind(const struct seal_keys *keys, const char *label, bytes input, uint8_t *out,
                size_t out_len)
{
    assert(out_len >= 16 && out_len <= crypto_generichash_BYTES_MAX);
    uint32_t epoch = keys->current[DOMAIN_BLIND];
    assert(epoch > 0 && epoch < SEAL_EPOCHS_MAX);
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, keys->key[DOMAIN_BLIND][epoch].bytes, SEAL_KEY_BYTES,
                                  out_len);
    (void)crypto_generichash_update(&state, (const uint8_t *)label,
                                    strlen(label) + 1); /* its NUL separates */
    if (input.len > 0) {
        (void)crypto_generichash_update(&state, input.ptr, input.len);
    }
    (void)crypto_generichash_final(&state, out, out_len);
    wipe(&state, sizeof state);
}

static const char *const domain_names[DOMAIN_MAX] = {
    [DOMAIN_IDENTITY] = "identity", [DOMAIN_HEALTH] = "health",   [DOMAIN_SESSION] = "session",
    [DOMAIN_DOCUMENT] = "document", [DOMAIN_SYSTEM] = "system",   [DOMAIN_BLIND] = "blind",
    [DOMAIN_TOKEN] = "token",       [DOMAIN_RECEIPT] = "receipt", [DOMAIN_AUDIT] = "audit",
    [DOMAIN_PEPPER] = "pepper",     [DOMAIN_BANK] = "bank",       [DOMAIN_ERASURE] = "erasure"};

const char *seal_domain_name(enum key_domain domain)
{
    return domain_names[domain];
}

struct owner owner_of_registration(const struct seal_keys *keys, bytes registration_number)
{
    struct owner owner;
    seal_blind(keys, "member", registration_number, owner.bytes, sizeof owner.bytes);
    return owner;
}
