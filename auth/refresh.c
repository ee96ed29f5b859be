#include "auth/refresh.h"

#include "base/field.h"
#include "base/wipe.h"
#include "storage/db.h"
#include "storage/refresh_store.h"

/* The token's row and its session. */
struct found {
    refresh_row *row;
    struct session_family family;
};

static status find_family(struct txn *txn, const refresh_row *row, struct session_family *ret)
{
    if (row->owner.len != OWNER_BYTES || row->family_id.len != ID_BYTES ||
        row->nonce.len != SIGNED_CALL_NONCE_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(ret->owner.bytes, row->owner.data, OWNER_BYTES);
    memcpy(ret->id.bytes, row->family_id.data, ID_BYTES);
    return session_family_store_get(txn, ret->owner, ret->id, &ret->row);
}

static status find(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES], struct found *ret)
{
    status s = refresh_store_get(txn, hash, &ret->row);
    if (ok(s)) {
        s = find_family(txn, ret->row, &ret->family);
    }
    return s.why == REASON_NOT_FOUND ? FAIL(TOKEN_INVALID) : s;
}

/* --- before --- */

static status keep_signer(struct txn *txn, const struct found *found, struct refresh *refresh)
{
    struct device_key key;
    TRY(session_signer(txn, &found->family, &key));
    if (key.public_key.len > sizeof refresh->public_key) {
        return FAIL(STORE_CORRUPT);
    }
    refresh->algorithm = key.algorithm;
    refresh->public_key_len = key.public_key.len;
    memcpy(refresh->public_key, key.public_key.ptr, key.public_key.len);
    return STATUS_OK;
}

status refresh_read(struct txn *txn, struct refresh *refresh)
{
    struct found found;
    TRY(token_parse(TOKEN_REFRESH, refresh->token_text, &refresh->token));
    token_store_key(txn_keys(txn), &refresh->token, refresh->hash);
    TRY(find(txn, refresh->hash, &found));
    memcpy(refresh->nonce, found.row->nonce.data, sizeof refresh->nonce);
    return keep_signer(txn, &found, refresh);
}

/* --- between --- */

void refresh_verify(struct refresh *refresh)
{
    uint8_t message[SIGNED_CALL_MESSAGE_MAX];
    struct signed_call call = {.method = REFRESH_METHOD};
    memcpy(call.nonce, refresh->nonce, sizeof call.nonce);
    signed_call_digest(refresh->token_text, call.token_digest);
    signed_call_digest(refresh->rotation_id, call.body_hash);
    size_t len = signed_call_message(&call, message);
    struct device_key key = {refresh->algorithm,
                             bytes_of(refresh->public_key, refresh->public_key_len)};
    refresh->signature_good = ok(
        device_key_verify(&key, bytes_of(message, len), refresh->signature));
}

/* --- the act --- */

/* The tokens that follow; the row says what they are made of. */
static void derive(struct txn *txn, struct refresh *refresh, const refresh_row *row,
                   struct token ret[2])
{
    struct token_origin origin = {&refresh->token, refresh->rotation_id,
                                  bytes_of(row->salt.data, row->salt.len)};
    ret[TOKEN_ACCESS] = token_successor(txn_keys(txn), TOKEN_ACCESS, &origin);
    ret[TOKEN_REFRESH] = token_successor(txn_keys(txn), TOKEN_REFRESH, &origin);
    token_format(TOKEN_ACCESS, &ret[TOKEN_ACCESS], refresh->tokens.access.text);
    token_format(TOKEN_REFRESH, &ret[TOKEN_REFRESH], refresh->tokens.refresh.text);
}

static status mark_used(struct txn *txn, struct refresh *refresh, refresh_row *row)
{
    uint8_t *salt = arena_alloc(txn_arena(txn), TOKEN_SALT_BYTES);
    if (salt == NULL) {
        return FAIL(ARENA_FULL);
    }
    random_fill(txn_random(txn), salt, TOKEN_SALT_BYTES);
    row->salt = (ProtobufCBinaryData){TOKEN_SALT_BYTES, salt};
    row->rotation_id = field_bytes(refresh->rotation_id);
    row->rotate_ms = txn_now_ms(txn);
    row->access_expire_ms = refresh->tokens.access.expire_ms;
    return refresh_store_put(txn, refresh->hash, row);
}

static status add_tokens(struct txn *txn, struct refresh *refresh, struct found *found,
                         const struct token next[2])
{
    uint8_t hash[TOKEN_HASH_BYTES];
    struct session_tokens *tokens = &refresh->tokens;
    token_store_key(txn_keys(txn), &next[TOKEN_ACCESS], hash);
    TRY(session_add_access(txn, &found->family, hash, tokens->access.expire_ms));
    token_store_key(txn_keys(txn), &next[TOKEN_REFRESH], hash);
    TRY(session_add_refresh(txn, &found->family, hash, tokens->refresh.expire_ms, tokens->nonce));
    found->family.row->refresh_ms = txn_now_ms(txn);
    found->family.row->rotations++;
    return session_family_store_put(txn, found->family.owner, found->family.id, found->family.row);
}

static status rotate(struct txn *txn, struct refresh *refresh, struct found *found)
{
    struct token next[2];
    struct session_tokens *tokens = &refresh->tokens;
    int64_t now_ms = txn_now_ms(txn), end_ms = found->family.row->end_ms;
    int64_t expire_ms = now_ms + refresh->access_ms;
    tokens->end_ms = end_ms;
    tokens->access.expire_ms = expire_ms < end_ms ? expire_ms : end_ms;
    tokens->refresh.expire_ms = session_idle_ms(now_ms, tokens->access.expire_ms, end_ms);
    TRY(mark_used(txn, refresh, found->row));
    derive(txn, refresh, found->row, next);
    status s = add_tokens(txn, refresh, found, next);
    wipe(next, sizeof next);
    return s;
}

/* What was told the first time, whatever became of those tokens since. */
static status repeat(struct txn *txn, struct refresh *refresh, const struct found *found)
{
    struct token next[2];
    uint8_t hash[TOKEN_HASH_BYTES];
    refresh_row *successor;
    derive(txn, refresh, found->row, next);
    token_store_key(txn_keys(txn), &next[TOKEN_REFRESH], hash);
    wipe(next, sizeof next);
    status s = refresh_store_get(txn, hash, &successor);
    if (s.why == REASON_NOT_FOUND || (ok(s) && successor->nonce.len != SIGNED_CALL_NONCE_BYTES)) {
        return FAIL(STORE_CORRUPT); /* the two rows were written together and end together */
    }
    TRY(s);
    struct session_tokens *tokens = &refresh->tokens;
    memcpy(tokens->nonce, successor->nonce.data, sizeof tokens->nonce);
    tokens->access.expire_ms = found->row->access_expire_ms;
    tokens->refresh.expire_ms = successor->idle_ms;
    tokens->end_ms = found->family.row->end_ms;
    return STATUS_OK;
}

static enum refresh_verdict judge(struct txn *txn, const struct refresh *refresh,
                                  const struct found *found)
{
    const refresh_row *row = found->row;
    struct refresh_facts facts = {
        .used = row->rotation_id.len > 0,
        .same_wish = bytes_equal(bytes_of(row->rotation_id.data, row->rotation_id.len),
                                 refresh->rotation_id),
        .signature_good = refresh->signature_good,
        .now_ms = txn_now_ms(txn),
        .idle_ms = row->idle_ms,
        .rotate_ms = row->rotate_ms,
        .end_ms = found->family.row->end_ms,
        .rotations = found->family.row->rotations,
    };
    return refresh_judge(&facts);
}

/* The device may have been revoked since the signature was verified (SEC-A5). */
static status find_again(struct txn *txn, struct refresh *refresh, struct found *ret)
{
    struct device_key key;
    TRY(find(txn, refresh->hash, ret));
    TRY(session_signer(txn, &ret->family, &key));
    refresh->owner = ret->family.owner;
    if (ret->family.row->device_id.len == ID_BYTES) {
        memcpy(refresh->device.bytes, ret->family.row->device_id.data, ID_BYTES);
    }
    return bytes_equal(key.public_key, bytes_of(refresh->public_key, refresh->public_key_len))
               ? STATUS_OK
               : FAIL(TOKEN_INVALID);
}

status refresh_settle(struct txn *txn, struct refresh *refresh)
{
    struct found found;
    TRY(find_again(txn, refresh, &found));
    switch (judge(txn, refresh, &found)) {
    case REFRESH_OVER:
        return FAIL(TOKEN_INVALID);
    case REFRESH_NOT_SIGNED:
        return FAIL(SIGNATURE_INVALID);
    case REFRESH_ROTATE:
        return rotate(txn, refresh, &found);
    case REFRESH_REPEAT:
        return repeat(txn, refresh, &found);
    case REFRESH_REUSED:
        TRY(session_end_family(txn, found.family.owner, found.family.id));
        return FAIL(TOKEN_REUSED);
    }
    return FAIL(INTERNAL);
}
