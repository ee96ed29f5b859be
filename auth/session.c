#include "auth/session.h"

#include <sodium.h>

#include "base/codec.h"
#include "base/wipe.h"
#include "storage/db.h"
#include "storage/expiry_store.h"
#include "storage/session_store.h"

#define TOKEN_PREFIX "hyt_"
enum { TOKEN_PREFIX_LEN = sizeof TOKEN_PREFIX - 1 };

_Static_assert((int)TOKEN_HASH_BYTES == (int)SESSION_KEY_BYTES,
               "a session is keyed by its token's hash");

static void hash_raw(const struct seal_keys *keys, const uint8_t raw[TOKEN_BYTES],
                     uint8_t *ret_hash)
{
    /* Never rotates: a new key would end every session. */
    const struct seal_key *key = &keys->key[DOMAIN_TOKEN][keys->current[DOMAIN_TOKEN]];
    crypto_generichash(ret_hash, TOKEN_HASH_BYTES, raw, TOKEN_BYTES, key->bytes, sizeof key->bytes);
}

status token_hash(const struct seal_keys *keys, bytes text, uint8_t ret_hash[TOKEN_HASH_BYTES])
{
    uint8_t raw[TOKEN_BYTES];
    if (text.len != TOKEN_TEXT_LEN || !bytes_starts_with(text, TOKEN_PREFIX) ||
        !base32_decode(bytes_skip(text, TOKEN_PREFIX_LEN), raw, sizeof raw)) {
        return FAIL(TOKEN_INVALID);
    }
    hash_raw(keys, raw, ret_hash);
    wipe(raw, sizeof raw);
    return STATUS_OK;
}

static void token_draw(struct txn *txn, struct session_token *ret_token, uint8_t *ret_hash)
{
    uint8_t raw[TOKEN_BYTES];
    random_fill(txn_random(txn), raw, sizeof raw);
    hash_raw(txn_keys(txn), raw, ret_hash);
    memcpy(ret_token->text, TOKEN_PREFIX, TOKEN_PREFIX_LEN);
    base32_encode(bytes_of(raw, sizeof raw), ret_token->text + TOKEN_PREFIX_LEN);
    wipe(raw, sizeof raw);
}

status session_create(struct txn *txn, struct owner owner, struct id device, int64_t life_ms,
                      struct session_token *ret_token)
{
    uint8_t hash[TOKEN_HASH_BYTES];
    token_draw(txn, ret_token, hash);
    int64_t now_ms = txn_now_ms(txn);
    ret_token->expire_ms = now_ms + life_ms;

    Hayat__Store__V1__StoredSession session = HAYAT__STORE__V1__STORED_SESSION__INIT;
    session.owner = (ProtobufCBinaryData){OWNER_BYTES, owner.bytes};
    session.device_id = (ProtobufCBinaryData){ID_BYTES, device.bytes};
    session.create_ms = now_ms;
    session.expire_ms = ret_token->expire_ms;
    TRY(session_store_put(txn, hash, &session));
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = ret_token->expire_ms,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_SESSION,
                              .id = bytes_of(hash, sizeof hash)});
}

status session_check(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES],
                     struct principal *principal)
{
    Hayat__Store__V1__StoredSession *session;
    status s = session_store_get(txn, hash, &session);
    if (s.why == REASON_NOT_FOUND) {
        return FAIL(TOKEN_INVALID);
    }
    TRY(s);
    if (session->owner.len != OWNER_BYTES || session->device_id.len != ID_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    if (session->expire_ms <= txn_now_ms(txn)) {
        return FAIL(TOKEN_INVALID);
    }
    principal->kind = CALLER_MEMBER;
    memcpy(principal->owner.bytes, session->owner.data, OWNER_BYTES);
    memcpy(principal->device.bytes, session->device_id.data, ID_BYTES);
    memmove(principal->token_hash, hash, TOKEN_HASH_BYTES);
    principal->session_expire_ms = session->expire_ms;
    return STATUS_OK;
}

status session_end(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES])
{
    return session_store_delete(txn, hash);
}
