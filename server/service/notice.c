#include "service/notice.h"

#include "auth/throttle.h"
#include "base/codec.h"
#include "service/preferences.h"
#include "storage/member_store.h"

_Static_assert((int)NOTICE_DEVICE_ADDED == (int)NOTIFICATION_DEVICE_ADDED &&
                   (int)NOTICE_ADDRESS_CHANGED == (int)NOTIFICATION_ADDRESS_CHANGED,
               "notices of security have one number");

/* SEC-B8 */
enum channel notice_channel(bool has_address, bool has_phone, enum channel avoid)
{
    if (has_phone && (avoid != CHANNEL_SMS || !has_address)) {
        return CHANNEL_SMS;
    }
    return has_address ? CHANNEL_POST : CHANNEL_NONE;
}

/* Whom a notice is for. */
struct reached {
    Hayat__Store__V1__StoredMember *member; /* NULL: there is no such member */
    Hayat__Store__V1__StoredPreferences *preferences;
};

static bool has_phone(const struct reached *whom)
{
    return whom->member->phone_number[0] != '\0';
}

static bool has_address(const struct reached *whom)
{
    return whom->member->address[0] != '\0';
}

/* Whether one more of this kind says anything new.  Counted by kind, so that many of one cannot hide another. */
static status within_budget(struct txn *txn, const struct notice *notice, bool *ret_within)
{
    static const struct throttle_rule rule = {THROTTLE_NOTICES, LIMIT_NOTICES_OF_A_KIND,
                                              LIMIT_NOTICES_MS};
    uint8_t key[OWNER_BYTES + 4];
    int64_t retry_after_ms;
    memcpy(key, notice->owner.bytes, OWNER_BYTES);
    put_be32(key + OWNER_BYTES, (uint32_t)notice->kind);
    status s = throttle_take(txn, &rule, bytes_of(key, sizeof key), &retry_after_ms);
    *ret_within = s.why != REASON_RATE_LIMITED;
    bool counted = ok(s) || s.why == REASON_RATE_LIMITED;
    return counted || s.why == REASON_OVERLOADED ? STATUS_OK
                                                 : s; /* no room to count: better once too often */
}

static status fill(struct txn *txn, const struct notice *notice, const struct reached *whom,
                   Hayat__Store__V1__StoredMessage *message)
{
    hayat__store__v1__stored_message__init(message);
    message->kind = HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_NOTICE;
    message->language = (uint32_t)preferences_language(whom->preferences,
                                                       whom->member->preferred_language);
    message->notice_kind = (uint32_t)notice->kind;
    message->address_version = whom->member->address_version;
    if (notice->code != NULL) {
        message->code = arena_str(txn_arena(txn), bytes_str(notice->code));
    }
    return arena_check(txn_arena(txn));
}

static status append(struct txn *txn, const struct notice *notice, const struct reached *whom,
                     enum channel channel, struct notice_rows *rows)
{
    Hayat__Store__V1__StoredMessage message;
    TRY(fill(txn, notice, whom, &message));
    rows->rows[rows->count].channel = channel;
    return delivery_append(txn, channel == CHANNEL_POST ? OUTBOX_POST : OUTBOX_SMS, notice->owner,
                           &message, &rows->rows[rows->count++].sequence);
}

static status find(struct txn *txn, struct owner owner, struct reached *ret_whom)
{
    ret_whom->member = NULL;
    status found = member_store_get(txn, owner, &ret_whom->member);
    if (found.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(found);
    return preferences_store_get(txn, owner, &ret_whom->preferences);
}

/* What is about security is seen in the app too; what has steps of its own tells them itself. */
static status tell_in_app(struct txn *txn, const struct notice *notice)
{
    struct notification notification = {
        .owner = notice->owner, .kind = (enum notification_kind)notice->kind, /* the same numbers */
    };
    if (notice->kind == NOTICE_EMAIL_CHANGED) {
        notification.kind = NOTIFICATION_EMAIL_CHANGED;
    } else if (notice->kind > NOTICE_ADDRESS_CHANGED) {
        return STATUS_OK;
    }
    return notification_add(txn, &notification);
}

status notice_send(struct txn *txn, const struct notice *notice)
{
    struct reached whom;
    struct notice_rows rows = {.count = 0};
    bool within;
    TRY(find(txn, notice->owner, &whom));
    if (whom.member == NULL) {
        return STATUS_OK;
    }
    TRY(within_budget(txn, notice, &within));
    if (!within) {
        return STATUS_OK;
    }
    TRY(tell_in_app(txn, notice));
    enum channel channel = notice_channel(has_address(&whom), has_phone(&whom), notice->avoid);
    return channel == CHANNEL_NONE ? STATUS_OK : append(txn, notice, &whom, channel, &rows);
}

/* On each of CHANNELS (bits of enum preferred_channel) that the member has on file. */
static status append_on(struct txn *txn, const struct notice *notice, const struct reached *whom,
                        uint32_t channels, struct notice_rows *rows)
{
    if ((channels & PREFER_SMS) != 0 && has_phone(whom)) {
        TRY(append(txn, notice, whom, CHANNEL_SMS, rows));
    }
    return (channels & PREFER_POST) != 0 && has_address(whom)
               ? append(txn, notice, whom, CHANNEL_POST, rows)
               : STATUS_OK;
}

status notice_send_everywhere(struct txn *txn, const struct notice *notice)
{
    struct notice_rows rows;
    return notice_send_on(txn, notice, PREFER_ALL, &rows);
}

status notice_send_provably(struct txn *txn, const struct notice *notice,
                            struct notice_rows *ret_rows)
{
    struct reached whom;
    *ret_rows = (struct notice_rows){.count = 0};
    TRY(find(txn, notice->owner, &whom));
    if (whom.member == NULL) {
        return STATUS_OK;
    }
    uint32_t wished = preferences_channels(whom.preferences, TOPIC_LIFE_CERTIFICATE);
    TRY(append_on(txn, notice, &whom, wished, ret_rows));
    return ret_rows->count > 0 ? STATUS_OK : append_on(txn, notice, &whom, PREFER_ALL, ret_rows);
}

status notice_send_on(struct txn *txn, const struct notice *notice, uint32_t channels,
                      struct notice_rows *ret_rows)
{
    struct reached whom;
    *ret_rows = (struct notice_rows){.count = 0};
    TRY(find(txn, notice->owner, &whom));
    return whom.member == NULL ? STATUS_OK : append_on(txn, notice, &whom, channels, ret_rows);
}

status notice_send_to_email(struct txn *txn, const struct notice *notice, const char *email)
{
    struct reached whom;
    uint64_t sequence;
    Hayat__Store__V1__StoredMessage message;
    TRY(find(txn, notice->owner, &whom));
    if (whom.member == NULL) {
        return STATUS_OK;
    }
    TRY(fill(txn, notice, &whom, &message));
    message.email = arena_str(txn_arena(txn), bytes_str(email));
    TRY(arena_check(txn_arena(txn)));
    return delivery_append(txn, OUTBOX_EMAIL, notice->owner, &message, &sequence);
}
