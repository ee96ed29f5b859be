#include "service/preferences_email.h"

#include <sodium.h>

#include "auth/enrolment_code.h"
#include "auth/throttle.h"
#include "base/codec.h"
#include "base/wipe.h"
#include "service/app.h"
#include "service/calendar_rules.h"
#include "service/delivery.h"
#include "service/email_rules.h"
#include "service/message.h"
#include "service/notice.h"
#include "storage/member_store.h"

typedef Hayat__Store__V1__StoredPreferences preferences_row;

enum { HASH_BYTES = 32 };

static char no_text[] = "";

static void forget_pending(preferences_row *preferences)
{
    preferences->pending_email = no_text;
    preferences->pending_hash.len = 0;
    preferences->pending_end_ms = 0;
    preferences->pending_tries = 0;
}

const char *preferences_email_pending(const struct txn *txn, const preferences_row *preferences)
{
    bool lives = preferences->pending_end_ms > txn_steady_ms(txn);
    return lives ? preferences->pending_email : "";
}

/* Of the owner, the address and the code: it confirms nothing else. */
static void hash_code(struct rpc *rpc, const char *address, bytes digits, uint8_t *ret_hash)
{
    uint8_t input[OWNER_BYTES + CODE_DIGITS + LIMIT_EMAIL_BYTES];
    size_t address_len = strlen(address);
    memcpy(input, rpc->principal->owner.bytes, OWNER_BYTES);
    memcpy(input + OWNER_BYTES, digits.ptr, CODE_DIGITS);
    memcpy(input + OWNER_BYTES + CODE_DIGITS, address, address_len);
    seal_blind(rpc->app->keys, "email code",
               bytes_of(input, OWNER_BYTES + CODE_DIGITS + address_len), ret_hash, HASH_BYTES);
    wipe(input, sizeof input);
}

/* --- the wish --- */

static status take(struct rpc *rpc, const struct throttle_rule *rule, bytes key)
{
    int64_t retry_after_ms = 0;
    status s = throttle_take(rpc->txn, rule, key, &retry_after_ms);
    if (s.why == REASON_RATE_LIMITED) {
        rpc_retry_after(rpc, retry_after_ms);
    }
    return s;
}

static status within_budget(struct rpc *rpc, const char *address)
{
    static const struct throttle_rule by_member = {THROTTLE_EMAIL_CODES, LIMIT_EMAIL_CODES_A_DAY,
                                                   MS_PER_DAY},
                                      by_address = {THROTTLE_EMAIL_ADDRESS,
                                                    LIMIT_EMAIL_CODES_AN_ADDRESS, MS_PER_DAY};
    TRY(take(rpc, &by_member, bytes_of(rpc->principal->owner.bytes, OWNER_BYTES)));
    return take(rpc, &by_address, bytes_str(address));
}

static status member_language(struct rpc *rpc, const preferences_row *preferences,
                              enum language *ret_language)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(member_store_get(rpc->txn, rpc->principal->owner, &member));
    *ret_language = preferences_language(preferences, member->preferred_language);
    return STATUS_OK;
}

static status send_code(struct rpc *rpc, preferences_row *preferences, const char *address)
{
    struct code_message message = {.owner = rpc->principal->owner,
                                   .channel = CHANNEL_EMAIL,
                                   .email = address,
                                   .expire_ms = rpc->now_ms + LIMIT_EMAIL_CODE_MS,
                                   .try_count = LIMIT_EMAIL_CODE_TRIES};
    uint8_t hash[HASH_BYTES];
    struct enrolment_code code = enrolment_code_draw(
        txn_random(rpc->txn), HAYAT__STORE__V1__ENROLMENT_CHANNEL__ENROLMENT_CHANNEL_SMS);
    hash_code(rpc, address, bytes_str(code.text), hash);
    preferences->pending_email = message_text(rpc->arena, address);
    preferences->pending_hash = message_bytes(rpc->arena, bytes_of(hash, sizeof hash));
    preferences->pending_end_ms = txn_steady_ms(rpc->txn) + LIMIT_EMAIL_CODE_MS;
    preferences->pending_tries = 0;
    message.code = code.text;
    status s = member_language(rpc, preferences, &message.language);
    s = ok(s) ? delivery_send_code(rpc->txn, &message) : s;
    wipe(&code, sizeof code);
    TRY(s);
    return arena_check(rpc->arena);
}

status preferences_email_wish(struct rpc *rpc, preferences_row *preferences, const char *address,
                              const char **ret_old, bool *ret_changed)
{
    char folded[LIMIT_EMAIL_BYTES + 1];
    const char *fault = address[0] == '\0' ? NULL : email_fault(bytes_str(address));
    *ret_old = "";
    *ret_changed = false;
    if (fault != NULL) {
        rpc_violation(rpc, "preferences.email_address", fault);
        return FAIL(INVALID_FIELD);
    }
    email_fold(bytes_str(address), folded);
    if (strcmp(folded, preferences->email) == 0) {
        forget_pending(preferences);
        return STATUS_OK;
    }
    if (folded[0] != '\0') {
        TRY(within_budget(rpc, folded));
        return send_code(rpc, preferences, folded);
    }
    forget_pending(preferences);
    *ret_old = preferences->email;
    *ret_changed = true;
    preferences->email = no_text;
    preferences->email_confirm_ms = 0;
    return STATUS_OK;
}

/* --- the code --- */

static bool is_code(struct rpc *rpc, const preferences_row *preferences, const char *typed)
{
    char digits[CODE_DIGITS];
    uint8_t hash[HASH_BYTES];
    if (preferences->pending_hash.len != HASH_BYTES ||
        !base32_typed(bytes_str(typed), digits, CODE_DIGITS)) {
        return false;
    }
    hash_code(rpc, preferences->pending_email, bytes_of(digits, CODE_DIGITS), hash);
    wipe(digits, sizeof digits);
    return sodium_memcmp(hash, preferences->pending_hash.data, HASH_BYTES) == 0;
}

static status count_try(struct rpc *rpc, preferences_row *preferences)
{
    if (++preferences->pending_tries >= LIMIT_EMAIL_CODE_TRIES) {
        forget_pending(preferences);
    } else {
        rpc_detail_int(rpc, "tries_left",
                       LIMIT_EMAIL_CODE_TRIES - (int64_t)preferences->pending_tries);
    }
    TRY(preferences_store_put(rpc->txn, rpc->principal->owner, preferences));
    rpc->keep_writes = true;
    return FAIL(EMAIL_CODE_INVALID);
}

status preferences_email_confirm(struct rpc *rpc, preferences_row *preferences, const char *typed,
                                 const char **ret_old)
{
    if (preferences_email_pending(rpc->txn, preferences)[0] == '\0') {
        return FAIL(EMAIL_CODE_INVALID);
    }
    if (!is_code(rpc, preferences, typed)) {
        return count_try(rpc, preferences);
    }
    *ret_old = preferences->email;
    preferences->email = preferences->pending_email;
    preferences->email_confirm_ms = rpc->now_ms;
    forget_pending(preferences);
    return STATUS_OK;
}

status preferences_email_tell(struct rpc *rpc, const char *old)
{
    struct notice notice = {
        .owner = rpc->principal->owner, .kind = NOTICE_EMAIL_CHANGED, .avoid = CHANNEL_EMAIL};
    TRY(notice_send(rpc->txn, &notice));
    return old[0] == '\0' ? STATUS_OK : notice_send_to_email(rpc->txn, &notice, old);
}
