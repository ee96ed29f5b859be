/* What a member changes about signing in: revoking a device, setting the passphrase.  The pipeline has both confirmed (auth/step_up.h). */
#include <sodium.h>

#include "auth/secret_hash.h"
#include "auth/session.h"
#include "auth/throttle.h"
#include "auth/totp.h"
#include "gen/handlers.h"
#include "service/app.h"
#include "service/calendar_rules.h"
#include "service/message.h"
#include "service/passphrase_rules.h"
#include "service/session_notice.h"
#include "service/session_texts.h"
#include "storage/device_store.h"
#include "storage/member_store.h"
#include "storage/passphrase_store.h"
#include "storage/preferences_store.h"

/* --- RevokeDevice --- */

static status find_device(struct rpc *rpc, const char *device_id, struct id *ret_id,
                          Hayat__Store__V1__StoredDevice **ret_device)
{
    return id_parse(bytes_str(device_id), "dev", ret_id)
               ? device_store_get(rpc->txn, rpc->principal->owner, *ret_id, ret_device)
               : FAIL(NOT_FOUND);
}

/* What can be done again and again is counted, for each time is an entry of the audit chain, which ends never; once it is confirmed,
   so that a stolen token alone keeps nobody from it. */
static const struct throttle_rule revoked_again = {THROTTLE_REVOKED_AGAIN, LIMIT_REVOKED_AGAIN,
                                                   MS_PER_DAY},
                                  changes = {THROTTLE_PASSPHRASE_CHANGES, LIMIT_PASSPHRASE_CHANGES,
                                             MS_PER_DAY};

static status count(struct rpc *rpc, const struct throttle_rule *rule)
{
    return throttle_take(rpc->txn, rule, bytes_of(rpc->principal->owner.bytes, OWNER_BYTES),
                         &rpc->details.retry_after_ms);
}

status session_revoke_device_step_up(struct rpc *rpc, const Hayat__V1__RevokeDeviceRequest *request,
                                     const char **ret_text)
{
    struct id id;
    Hayat__Store__V1__StoredDevice *device;
    TRY(find_device(rpc, request->device_id, &id, &device));
    struct date enrolled = date_from_wall_ms(device->create_ms, rpc->app->utc_offset_minutes);
    *ret_text = session_text_revoke(rpc->arena, rpc->language, request->device_id, enrolled);
    return STATUS_OK;
}

status session_revoke_device(struct rpc *rpc, const Hayat__V1__RevokeDeviceRequest *request,
                             Hayat__V1__RevokeDeviceResponse *response)
{
    struct id id;
    Hayat__Store__V1__StoredDevice *device;
    (void)response;
    TRY(find_device(rpc, request->device_id, &id, &device));
    rpc_audit_object(rpc, "dev", id);
    bool was_revoked = device->revoked;
    TRY(was_revoked ? count(rpc, &revoked_again) : STATUS_OK);
    device->revoked = true;
    device->revoke_ms = was_revoked ? device->revoke_ms : rpc->now_ms;
    TRY(device_store_put(rpc->txn, rpc->principal->owner, device));
    TRY(preferences_store_forget_device(rpc->txn, rpc->principal->owner, id));
    TRY(session_end_device(rpc->txn, rpc->principal->owner, id)); /* SEC-A5 */
    return was_revoked ? STATUS_OK
                       : session_notice(rpc, rpc->principal->owner, NOTICE_DEVICE_REVOKED);
}

/* --- ChangePassphrase: Argon2id aside, on the secrets' pool (SEC-B2) --- */

struct change {
    bytes passphrase;
    struct secret_hash hash;
};

static status make_hash(struct rpc *rpc, void *state, bool *ret_more)
{
    struct change *change = state;
    *ret_more = false;
    return secret_hash_make(rpc->app->keys, rpc->app->random, change->passphrase, &change->hash);
}

static void close_change(void *state)
{
    (void)state; /* the arena is wiped at the call's end */
}

static status check_passphrase(struct rpc *rpc, bytes passphrase)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(member_store_get(rpc->txn, rpc->principal->owner, &member));
    const char *fault = passphrase_fault(passphrase, bytes_str(member->registration_number));
    if (fault != NULL) {
        rpc_violation(rpc, "new_passphrase", fault);
        return FAIL(INVALID_FIELD);
    }
    return STATUS_OK;
}

/* A new row when there is none yet. */
static status find_row(struct rpc *rpc, passphrase_row *fresh, passphrase_row **ret_row)
{
    status s = passphrase_store_get(rpc->txn, rpc->principal->owner, ret_row);
    if (s.why == REASON_NOT_FOUND) {
        *ret_row = fresh;
        return STATUS_OK;
    }
    return s;
}

status session_change_passphrase_step_up(struct rpc *rpc,
                                         const Hayat__V1__ChangePassphraseRequest *request,
                                         const char **ret_text)
{
    passphrase_row fresh = HAYAT__STORE__V1__STORED_PASSPHRASE__INIT, *row;
    TRY(check_passphrase(rpc, bytes_str(request->new_passphrase)));
    TRY(find_row(rpc, &fresh, &row));
    *ret_text = session_text_passphrase(rpc->language,
                                        request->new_code_key || row->code_key.len == 0);
    return STATUS_OK;
}

static status begin_change(struct rpc *rpc, const Hayat__V1__ChangePassphraseRequest *request)
{
    struct change *change = arena_alloc(rpc->arena, sizeof *change);
    if (change == NULL) {
        return FAIL(ARENA_FULL);
    }
    change->passphrase = bytes_str(request->new_passphrase);
    rpc->aside = (struct aside){
        .pool = ASIDE_SECRETS, .step = make_hash, .close = close_change, .state = change};
    return rpc_go_aside(rpc);
}

/* RFC 4648 base32, as code generators read it. */
static char *code_key_text(struct arena *arena, bytes key)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char text[TOTP_KEY_BYTES * 8 / 5 + 1] = "";
    for (size_t i = 0; i < sizeof text - 1; i++) {
        unsigned value = 0;
        for (size_t bit = i * 5; bit < i * 5 + 5; bit++) {
            value = value << 1 | ((unsigned)key.ptr[bit / 8] >> (7 - bit % 8) & 1U);
        }
        text[i] = alphabet[value];
    }
    char *out = message_text(arena, text);
    sodium_memzero(text, sizeof text);
    return out;
}

static status draw_code_key(struct rpc *rpc, passphrase_row *row,
                            Hayat__V1__ChangePassphraseResponse *response)
{
    uint8_t *key = arena_alloc(rpc->arena, TOTP_KEY_BYTES);
    if (key == NULL) {
        return FAIL(ARENA_FULL);
    }
    random_fill(rpc->app->random, key, TOTP_KEY_BYTES);
    row->code_key = (ProtobufCBinaryData){TOTP_KEY_BYTES, key};
    row->last_step = 0;
    response->code_key = code_key_text(rpc->arena, bytes_of(key, TOTP_KEY_BYTES));
    response->code_key_uri = arena_printf(rpc->arena, "otpauth://totp/Hayat?secret=%s&issuer=Hayat",
                                          response->code_key);
    return arena_check(rpc->arena);
}

/* Whoever knew the old passphrase is out; the caller stays in. */
static status end_others(struct rpc *rpc)
{
    struct session_family own;
    struct session_families list;
    TRY(session_of(rpc->txn, rpc->principal, &own));
    TRY(session_family_store_list(rpc->txn, rpc->principal->owner, &list));
    for (size_t i = 0; i < list.count; i++) {
        bool is_own = memcmp(list.ids[i].bytes, own.id.bytes, ID_BYTES) == 0;
        if (!is_own &&
            list.rows[i]->route == HAYAT__STORE__V1__SESSION_ROUTE__SESSION_ROUTE_PASSPHRASE) {
            TRY(session_end_family(rpc->txn, rpc->principal->owner, list.ids[i]));
        }
    }
    return STATUS_OK;
}

static status settle_change(struct rpc *rpc, const Hayat__V1__ChangePassphraseRequest *request,
                            struct change *change, Hayat__V1__ChangePassphraseResponse *response)
{
    passphrase_row fresh = HAYAT__STORE__V1__STORED_PASSPHRASE__INIT, *row;
    TRY(count(rpc, &changes));
    TRY(find_row(rpc, &fresh, &row));
    if (request->new_code_key || row->code_key.len == 0) {
        TRY(draw_code_key(rpc, row, response));
    }
    row->hash = (ProtobufCBinaryData){sizeof change->hash.bytes, change->hash.bytes};
    row->change_ms = rpc->now_ms;
    TRY(passphrase_store_put(rpc->txn, rpc->principal->owner, row));
    TRY(end_others(rpc));
    return session_notice(rpc, rpc->principal->owner, NOTICE_FACTOR_CHANGED);
}

status session_change_passphrase(struct rpc *rpc, const Hayat__V1__ChangePassphraseRequest *request,
                                 Hayat__V1__ChangePassphraseResponse *response)
{
    struct change *change = rpc->aside.state;
    return change == NULL ? begin_change(rpc, request)
                          : settle_change(rpc, request, change, response);
}
