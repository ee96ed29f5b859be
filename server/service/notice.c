#include "service/notice.h"

#include "auth/throttle.h"
#include "base/codec.h"
#include "service/notification.h"
#include "storage/member_store.h"
#include "storage/outbox_store.h"

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

static enum language preferred(const Hayat__Store__V1__StoredMember *member)
{
    if (strcmp(member->preferred_language, "ar") == 0) {
        return LANGUAGE_AR;
    }
    return strcmp(member->preferred_language, "en") == 0 ? LANGUAGE_EN : LANGUAGE_FR;
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

static status append(struct txn *txn, const struct notice *notice,
                     const Hayat__Store__V1__StoredMember *member, enum channel channel,
                     struct notice_rows *rows)
{
    Hayat__Store__V1__StoredMessage message;
    hayat__store__v1__stored_message__init(&message);
    message.kind = HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_NOTICE;
    message.language = (uint32_t)preferred(member);
    message.notice_kind = (uint32_t)notice->kind;
    message.address_version = member->address_version;
    if (notice->code != NULL) {
        message.code = arena_str(txn_arena(txn), bytes_str(notice->code));
        TRY(arena_check(txn_arena(txn)));
    }
    struct outbox_row row = {.queue = channel == CHANNEL_POST ? OUTBOX_POST : OUTBOX_SMS,
                             .owner = notice->owner,
                             .kind = OUTBOX_KIND_MESSAGE};
    TRY(delivery_pack(txn_arena(txn), &message, &row.payload));
    rows->rows[rows->count].channel = channel;
    return outbox_store_append_numbered(txn, &row, &rows->rows[rows->count++].sequence);
}

/* NULL when there is no such member. */
static status find_member(struct txn *txn, struct owner owner,
                          Hayat__Store__V1__StoredMember **ret_member)
{
    *ret_member = NULL;
    status found = member_store_get(txn, owner, ret_member);
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

/* What is about security is seen in the app too; what has steps of its own tells them itself. */
static status tell_in_app(struct txn *txn, const struct notice *notice)
{
    bool shown = notice->kind >= NOTICE_DEVICE_ADDED && notice->kind <= NOTICE_ADDRESS_CHANGED;
    struct notification notification = {
        .owner = notice->owner, .kind = (enum notification_kind)notice->kind, /* the same numbers */
    };
    return shown ? notification_add(txn, &notification) : STATUS_OK;
}

status notice_send(struct txn *txn, const struct notice *notice)
{
    Hayat__Store__V1__StoredMember *member;
    struct notice_rows rows = {.count = 0};
    bool within;
    TRY(find_member(txn, notice->owner, &member));
    if (member == NULL) {
        return STATUS_OK;
    }
    TRY(within_budget(txn, notice, &within));
    if (!within) {
        return STATUS_OK;
    }
    TRY(tell_in_app(txn, notice));
    enum channel channel = notice_channel(member->address[0] != '\0',
                                          member->phone_number[0] != '\0', notice->avoid);
    return channel == CHANNEL_NONE ? STATUS_OK : append(txn, notice, member, channel, &rows);
}

static status append_everywhere(struct txn *txn, const struct notice *notice,
                                struct notice_rows *rows)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(find_member(txn, notice->owner, &member));
    if (member != NULL && member->phone_number[0] != '\0') {
        TRY(append(txn, notice, member, CHANNEL_SMS, rows));
    }
    return member == NULL || member->address[0] == '\0'
               ? STATUS_OK
               : append(txn, notice, member, CHANNEL_POST, rows);
}

status notice_send_everywhere(struct txn *txn, const struct notice *notice)
{
    struct notice_rows rows = {.count = 0};
    return append_everywhere(txn, notice, &rows);
}

status notice_send_provably(struct txn *txn, const struct notice *notice,
                            struct notice_rows *ret_rows)
{
    *ret_rows = (struct notice_rows){.count = 0};
    return append_everywhere(txn, notice, ret_rows);
}
