#include "auth/step_up.h"

#include <sodium.h>

#include "auth/session.h"
#include "auth/throttle.h"
#include "base/codec.h"
#include "base/field.h"
#include "storage/db.h"
#include "storage/expiry_store.h"
#include "storage/passphrase_store.h"
#include "storage/step_up_store.h"

static bool is_by_passphrase(const struct session_family *family)
{
    return family->row->route == HAYAT__STORE__V1__SESSION_ROUTE__SESSION_ROUTE_PASSPHRASE;
}

/* --- asking --- */

static status file(struct txn *txn, const struct step_up_act *act,
                   const struct step_up_challenge *challenge)
{
    uint8_t body_hash[SIGNED_CALL_HASH_BYTES];
    step_up_row row = HAYAT__STORE__V1__STORED_STEP_UP__INIT;
    signed_call_body(act->text, act->request, body_hash);
    row.owner = field_bytes(bytes_of(act->principal->owner.bytes, OWNER_BYTES));
    row.session = field_bytes(bytes_of(act->principal->token_hash, TOKEN_HASH_BYTES));
    row.method = field_text(act->method);
    row.nonce = field_bytes(bytes_of(challenge->nonce, sizeof challenge->nonce));
    row.body_hash = field_bytes(bytes_of(body_hash, sizeof body_hash));
    row.language = (uint32_t)act->language;
    row.expire_ms = challenge->expire_ms;
    TRY(step_up_store_put(txn, challenge->id, &row));
    return expiry_store_add(
        txn, &(struct expiry){.time_ms = row.expire_ms,
                              .kind = HAYAT__STORE__V1__EXPIRY_KIND__EXPIRY_KIND_STEP_UP,
                              .id = bytes_of(challenge->id.bytes, ID_BYTES)});
}

status step_up_ask(struct txn *txn, const struct step_up_act *act,
                   struct step_up_challenge *ret_challenge)
{
    struct session_family family;
    TRY(session_of(txn, act->principal, &family));
    ret_challenge->id = id_new(txn_random(txn));
    random_fill(txn_random(txn), ret_challenge->nonce, sizeof ret_challenge->nonce);
    ret_challenge->expire_ms = txn_now_ms(txn) + LIMIT_STEP_UP_MS;
    ret_challenge->needs_code = is_by_passphrase(&family);
    return file(txn, act, ret_challenge);
}

/* --- confirming --- */

static status find(struct txn *txn, struct id id, step_up_row **ret_row)
{
    status s = step_up_store_get(txn, id, ret_row);
    return s.why == REASON_NOT_FOUND ? FAIL(STEP_UP_INVALID) : s;
}

status step_up_language(struct txn *txn, const struct step_up_proof *proof,
                        enum language *ret_language)
{
    step_up_row *row;
    TRY(find(txn, proof->id, &row));
    *ret_language = row->language <= LANGUAGE_AR ? (enum language)row->language : LANGUAGE_FR;
    return STATUS_OK;
}

static bool is_same(ProtobufCBinaryData stored, const uint8_t *ours, size_t len)
{
    return stored.len == len && sodium_memcmp(stored.data, ours, len) == 0;
}

/* Whose it is, before anything is done with it: nobody uses up another's. */
static bool is_of(const step_up_row *row, const struct step_up_act *act)
{
    return is_same(row->owner, act->principal->owner.bytes, OWNER_BYTES) &&
           is_same(row->session, act->principal->token_hash, TOKEN_HASH_BYTES);
}

/* Dynamic linking: what is about to be done is what was asked for. */
static bool is_for(const step_up_row *row, const struct step_up_act *act, int64_t now_ms)
{
    uint8_t body_hash[SIGNED_CALL_HASH_BYTES];
    signed_call_body(act->text, act->request, body_hash);
    return row->expire_ms > now_ms && strcmp(row->method, act->method) == 0 &&
           is_same(row->body_hash, body_hash, sizeof body_hash);
}

static status check_signature(struct txn *txn, const struct session_family *family,
                              const step_up_row *row, const struct step_up_proof *proof)
{
    uint8_t message[SIGNED_CALL_MESSAGE_MAX];
    struct device_key key;
    struct signed_call call = {.method = row->method};
    if (row->nonce.len != sizeof call.nonce || row->body_hash.len != sizeof call.body_hash) {
        return FAIL(STORE_CORRUPT);
    }
    memcpy(call.nonce, row->nonce.data, sizeof call.nonce);
    memcpy(call.token_digest, proof->token_digest, sizeof call.token_digest);
    memcpy(call.body_hash, row->body_hash.data, sizeof call.body_hash);
    size_t len = signed_call_message(&call, message);
    TRY(session_signer(txn, family, &key));
    return device_key_verify(&key, bytes_of(message, len),
                             bytes_of(proof->signature, sizeof proof->signature));
}

/* The passphrase session's second half: its key may lie on a borrowed computer. */
static status check_code(struct txn *txn, struct owner owner, const char *code)
{
    static const struct throttle_rule rule = {THROTTLE_STEP_UP_CODE, LIMIT_STEP_UP_CODES,
                                              LIMIT_STEP_UP_CODES_MS};
    passphrase_row *row;
    int64_t retry_after_ms;
    TRY(throttle_take(txn, &rule, bytes_of(owner.bytes, OWNER_BYTES), &retry_after_ms));
    status s = passphrase_store_get(txn, owner, &row);
    if (s.why == REASON_NOT_FOUND) {
        return FAIL(STEP_UP_INVALID);
    }
    TRY(s);
    struct totp_try attempt = {bytes_of(row->code_key.data, row->code_key.len), bytes_str(code),
                               txn_now_ms(txn), row->last_step};
    if (!totp_find(&attempt, &row->last_step)) {
        return FAIL(STEP_UP_INVALID);
    }
    return passphrase_store_put(txn, owner, row);
}

status step_up_confirm(struct txn *txn, const struct step_up_act *act,
                       const struct step_up_proof *proof)
{
    step_up_row *row;
    struct session_family family;
    TRY(find(txn, proof->id, &row));
    if (!is_of(row, act)) {
        return FAIL(STEP_UP_INVALID);
    }
    TRY(step_up_store_delete(txn, proof->id)); /* good once */
    if (!is_for(row, act, txn_now_ms(txn))) {
        return FAIL(STEP_UP_INVALID);
    }
    TRY(session_of(txn, act->principal, &family));
    TRY(check_signature(txn, &family, row, proof));
    return is_by_passphrase(&family) ? check_code(txn, act->principal->owner, proof->code)
                                     : STATUS_OK;
}

/* --- the metadata --- */

/* Takes what comes before a space off TEXT. */
static bytes word(bytes *text)
{
    size_t len = 0;
    while (len < text->len && text->ptr[len] != ' ') {
        len++;
    }
    bytes found = bytes_head(*text, len);
    *text = bytes_skip(*text, len + 1);
    return found;
}

status step_up_parse(bytes text, struct step_up_proof *ret_proof)
{
    bytes id = word(&text), signature = word(&text), code = word(&text);
    bool good = id_parse(id, "stp", &ret_proof->id) &&
                hex_decode(signature, ret_proof->signature, sizeof ret_proof->signature) &&
                (code.len == 0 || code.len == TOTP_DIGITS) && text.len == 0;
    if (!good) {
        return FAIL(STEP_UP_INVALID);
    }
    memset(ret_proof->code, 0, sizeof ret_proof->code);
    if (code.len > 0) {
        memcpy(ret_proof->code, code.ptr, code.len);
    }
    return STATUS_OK;
}
