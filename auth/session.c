#include "auth/session.h"

#include <assert.h>

#include "base/field.h"
#include "base/wipe.h"
#include "storage/db.h"
#include "storage/device_store.h"
#include "storage/expiry_store.h"
#include "storage/refresh_store.h"
#include "storage/session_store.h"

_Static_assert((int)TOKEN_HASH_BYTES == (int)SESSION_KEY_BYTES,
               "a session is keyed by its token's hash");

static bool id_from(ProtobufCBinaryData b, struct id *ret_id)
{
    if (b.len != ID_BYTES) {
        return false;
    }
    memcpy(ret_id->bytes, b.data, ID_BYTES);
    return true;
}

static bool is_none(struct id id)
{
    static const struct id none;
    return memcmp(id.bytes, none.bytes, ID_BYTES) == 0;
}

/* --- rows of a family --- */

static status put_access(struct txn *txn, const struct session_family *family, bytes hash,
                         int64_t expire_ms)
{
    Hayat__Store__V1__StoredSession session = HAYAT__STORE__V1__STORED_SESSION__INIT;
    session.owner = field_bytes(bytes_of(family->owner.bytes, OWNER_BYTES));
    session.device_id = family->row->device_id;
    session.create_ms = txn_now_ms(txn);
    session.expire_ms = expire_ms;
    session.family_id = field_bytes(bytes_of(family->id.bytes, ID_BYTES));
    TRY(session_store_put(txn, hash.ptr, &session));
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = expire_ms,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_SESSION,
                              .id = hash});
}

/* Ends the family's oldest access token. */
static status drop_oldest(struct txn *txn, session_family_row *row)
{
    assert(row->n_access_hashes > 0);
    if (row->access_hashes[0].len != TOKEN_HASH_BYTES) {
        return FAIL(STORE_CORRUPT);
    }
    TRY(session_store_delete(txn, row->access_hashes[0].data));
    row->access_hashes++;
    row->n_access_hashes--;
    return STATUS_OK;
}

status session_add_access(struct txn *txn, const struct session_family *family,
                          const uint8_t hash[TOKEN_HASH_BYTES], int64_t expire_ms)
{
    session_family_row *row = family->row;
    while (row->n_access_hashes >= LIMIT_ACCESS_PER_SESSION) {
        TRY(drop_oldest(txn, row));
    }
    bytes kept = arena_copy(txn_arena(txn), bytes_of(hash, TOKEN_HASH_BYTES));
    ProtobufCBinaryData *hashes = arena_array(txn_arena(txn), row->n_access_hashes + 1,
                                              sizeof *hashes);
    if (hashes == NULL || kept.ptr == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (row->n_access_hashes > 0) {
        memcpy(hashes, row->access_hashes, row->n_access_hashes * sizeof *hashes);
    }
    hashes[row->n_access_hashes++] = field_bytes(kept);
    row->access_hashes = hashes;
    return put_access(txn, family, kept, expire_ms);
}

status session_add_refresh(struct txn *txn, const struct session_family *family,
                           const uint8_t hash[TOKEN_HASH_BYTES], int64_t idle_ms,
                           uint8_t ret_nonce[SIGNED_CALL_NONCE_BYTES])
{
    refresh_row refresh = HAYAT__STORE__V1__STORED_REFRESH__INIT;
    random_fill(txn_random(txn), ret_nonce, SIGNED_CALL_NONCE_BYTES);
    refresh.owner = field_bytes(bytes_of(family->owner.bytes, OWNER_BYTES));
    refresh.family_id = field_bytes(bytes_of(family->id.bytes, ID_BYTES));
    refresh.nonce = field_bytes(bytes_of(ret_nonce, SIGNED_CALL_NONCE_BYTES));
    refresh.idle_ms = idle_ms;
    TRY(refresh_store_put(txn, hash, &refresh));
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = family->row->end_ms,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_REFRESH,
                              .id = bytes_of(hash, TOKEN_HASH_BYTES)});
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t session_idle_ms(int64_t now_ms, int64_t access_expire_ms, int64_t end_ms)
{
    int64_t idle_ms = now_ms + LIMIT_SESSION_IDLE_MS;
    /* A demonstration's access tokens live longer than that. */
    return least(idle_ms > access_expire_ms ? idle_ms : access_expire_ms, end_ms);
}

/* --- opening --- */

/* One place must be free: the session that was silent longest makes way. */
static status make_room(struct txn *txn, struct owner owner)
{
    struct session_families list;
    TRY(session_family_store_list(txn, owner, &list));
    if (list.count < LIMIT_SESSIONS_PER_MEMBER) {
        return STATUS_OK;
    }
    size_t oldest = 0;
    for (size_t i = 1; i < list.count; i++) {
        oldest = list.rows[i]->refresh_ms < list.rows[oldest]->refresh_ms ? i : oldest;
    }
    return session_end_family(txn, owner, list.ids[oldest]);
}

static void fill_row(session_family_row *row, const struct session_options *options, int64_t now_ms)
{
    bool has_device = options->key == NULL;
    row->route = has_device ? HAYAT__STORE__V1__SESSION_ROUTE__SESSION_ROUTE_DEVICE
                            : HAYAT__STORE__V1__SESSION_ROUTE__SESSION_ROUTE_PASSPHRASE;
    if (has_device) {
        row->device_id = field_bytes(bytes_of(options->device.bytes, ID_BYTES));
    } else {
        row->algorithm = options->key->algorithm;
        row->public_key = field_bytes(options->key->public_key);
    }
    row->create_ms = row->refresh_ms = now_ms;
    row->end_ms = now_ms +
                  (options->access_ms > LIMIT_SESSION_MS ? options->access_ms : LIMIT_SESSION_MS);
}

static status put_family(struct txn *txn, const struct session_family *family)
{
    TRY(session_family_store_put(txn, family->owner, family->id, family->row));
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = family->row->end_ms,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_SESSION_FAMILY,
                              .owner = family->owner,
                              .id = bytes_of(family->id.bytes, ID_BYTES)});
}

static void draw(struct txn *txn, enum token_kind kind, struct session_token *ret_token,
                 uint8_t ret_hash[TOKEN_HASH_BYTES])
{
    struct token token = token_new(txn_random(txn));
    token_store_key(txn_keys(txn), &token, ret_hash);
    token_format(kind, &token, ret_token->text);
    wipe(&token, sizeof token);
}

status session_open(struct txn *txn, const struct session_options *options,
                    struct session_tokens *ret_tokens)
{
    uint8_t access_hash[TOKEN_HASH_BYTES], refresh_hash[TOKEN_HASH_BYTES];
    int64_t now_ms = txn_now_ms(txn);
    session_family_row row = HAYAT__STORE__V1__STORED_SESSION_FAMILY__INIT;
    struct session_family family = {options->owner, id_new(txn_random(txn)), &row};
    assert(is_none(options->device) == (options->key != NULL));
    TRY(make_room(txn, options->owner));
    fill_row(&row, options, now_ms);
    draw(txn, TOKEN_ACCESS, &ret_tokens->access, access_hash);
    draw(txn, TOKEN_REFRESH, &ret_tokens->refresh, refresh_hash);
    ret_tokens->end_ms = row.end_ms;
    ret_tokens->access.expire_ms = least(now_ms + options->access_ms, row.end_ms);
    ret_tokens->refresh.expire_ms = session_idle_ms(now_ms, ret_tokens->access.expire_ms,
                                                    row.end_ms);
    TRY(session_add_access(txn, &family, access_hash, ret_tokens->access.expire_ms));
    TRY(session_add_refresh(txn, &family, refresh_hash, ret_tokens->refresh.expire_ms,
                            ret_tokens->nonce));
    return put_family(txn, &family);
}

status session_create(struct txn *txn, struct owner owner, struct id device, int64_t access_ms,
                      struct session_token *ret_token)
{
    struct session_options options = {.owner = owner, .device = device, .access_ms = access_ms};
    struct session_tokens tokens;
    TRY(session_open(txn, &options, &tokens));
    *ret_token = tokens.access;
    wipe(&tokens, sizeof tokens);
    return STATUS_OK;
}

/* --- checking --- */

status token_hash(const struct seal_keys *keys, bytes text, uint8_t ret_hash[TOKEN_HASH_BYTES])
{
    struct token token;
    TRY(token_parse(TOKEN_ACCESS, text, &token));
    token_store_key(keys, &token, ret_hash);
    wipe(&token, sizeof token);
    return STATUS_OK;
}

static status get_session(struct txn *txn, const uint8_t *hash,
                          Hayat__Store__V1__StoredSession **ret_session)
{
    status s = session_store_get(txn, hash, ret_session);
    return s.why == REASON_NOT_FOUND ? FAIL(TOKEN_INVALID) : s;
}

status session_check(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES],
                     struct principal *principal)
{
    Hayat__Store__V1__StoredSession *session;
    TRY(get_session(txn, hash, &session));
    struct id device = {{0}}; /* stays so without one */
    bool device_ok = session->device_id.len == 0 || id_from(session->device_id, &device);
    if (session->owner.len != OWNER_BYTES || !device_ok) {
        return FAIL(STORE_CORRUPT);
    }
    if (session->expire_ms <= txn_now_ms(txn)) {
        return FAIL(TOKEN_INVALID);
    }
    principal->kind = CALLER_MEMBER;
    memcpy(principal->owner.bytes, session->owner.data, OWNER_BYTES);
    principal->device = device;
    memmove(principal->token_hash, hash, TOKEN_HASH_BYTES);
    principal->session_expire_ms = session->expire_ms;
    return STATUS_OK;
}

status session_of(struct txn *txn, const struct principal *principal,
                  struct session_family *ret_family)
{
    Hayat__Store__V1__StoredSession *session;
    TRY(get_session(txn, principal->token_hash, &session));
    ret_family->owner = principal->owner;
    if (!id_from(session->family_id, &ret_family->id)) {
        return FAIL(TOKEN_INVALID);
    }
    status s = session_family_store_get(txn, ret_family->owner, ret_family->id, &ret_family->row);
    return s.why == REASON_NOT_FOUND ? FAIL(TOKEN_INVALID) : s;
}

status session_signer(struct txn *txn, const struct session_family *family,
                      struct device_key *ret_key)
{
    struct id device;
    const session_family_row *row = family->row;
    if (row->route == HAYAT__STORE__V1__SESSION_ROUTE__SESSION_ROUTE_PASSPHRASE) {
        *ret_key = (struct device_key){row->algorithm,
                                       bytes_of(row->public_key.data, row->public_key.len)};
        return STATUS_OK;
    }
    if (!id_from(row->device_id, &device)) {
        return FAIL(STORE_CORRUPT);
    }
    Hayat__Store__V1__StoredDevice *stored;
    status s = device_store_get(txn, family->owner, device, &stored);
    if (s.why == REASON_NOT_FOUND || (ok(s) && stored->revoked)) {
        return FAIL(TOKEN_INVALID);
    }
    TRY(s);
    *ret_key = (struct device_key){stored->algorithm,
                                   bytes_of(stored->public_key.data, stored->public_key.len)};
    return STATUS_OK;
}

/* --- ending --- */

static status end_row(struct txn *txn, const struct session_family *family)
{
    while (family->row->n_access_hashes > 0) {
        TRY(drop_oldest(txn, family->row));
    }
    return session_family_store_delete(txn, family->owner, family->id);
}

status session_end_family(struct txn *txn, struct owner owner, struct id id)
{
    struct session_family family = {.owner = owner, .id = id};
    status s = session_family_store_get(txn, owner, id, &family.row);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    return end_row(txn, &family);
}

status session_end(struct txn *txn, const uint8_t hash[TOKEN_HASH_BYTES])
{
    Hayat__Store__V1__StoredSession *session;
    status s = session_store_get(txn, hash, &session);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    struct owner owner;
    struct id family;
    if (session->owner.len == OWNER_BYTES && id_from(session->family_id, &family)) {
        memcpy(owner.bytes, session->owner.data, OWNER_BYTES);
        TRY(session_end_family(txn, owner, family));
    }
    return session_store_delete(txn,
                                hash); /* also what an older version opened, without a family */
}

/* DEVICE NULL: all of them. */
static status end_many(struct txn *txn, struct owner owner, const struct id *device)
{
    struct session_families list;
    TRY(session_family_store_list(txn, owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        struct session_family family = {owner, list.ids[i], list.rows[i]};
        struct id whose;
        if (device == NULL || (id_from(list.rows[i]->device_id, &whose) &&
                               memcmp(whose.bytes, device->bytes, ID_BYTES) == 0)) {
            TRY(end_row(txn, &family));
        }
    }
    return STATUS_OK;
}

status session_end_all(struct txn *txn, struct owner owner)
{
    return end_many(txn, owner, NULL);
}

status session_end_device(struct txn *txn, struct owner owner, struct id device)
{
    return end_many(txn, owner, &device);
}
