#include "service/notice.h"

#include "storage/member_store.h"
#include "storage/outbox_store.h"

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

static status append(struct txn *txn, const struct notice *notice,
                     const Hayat__Store__V1__StoredMember *member, enum channel channel)
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
    return outbox_store_append(txn, &row);
}

/* NULL when there is no such member. */
static status find_member(struct txn *txn, struct owner owner,
                          Hayat__Store__V1__StoredMember **ret_member)
{
    *ret_member = NULL;
    status found = member_store_get(txn, owner, ret_member);
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

status notice_send(struct txn *txn, const struct notice *notice)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(find_member(txn, notice->owner, &member));
    enum channel channel = member == NULL
                               ? CHANNEL_NONE
                               : notice_channel(member->address[0] != '\0',
                                                member->phone_number[0] != '\0', notice->avoid);
    return channel == CHANNEL_NONE ? STATUS_OK : append(txn, notice, member, channel);
}

status notice_send_everywhere(struct txn *txn, const struct notice *notice)
{
    Hayat__Store__V1__StoredMember *member;
    TRY(find_member(txn, notice->owner, &member));
    if (member != NULL && member->phone_number[0] != '\0') {
        TRY(append(txn, notice, member, CHANNEL_SMS));
    }
    return member == NULL || member->address[0] == '\0' ? STATUS_OK
                                                        : append(txn, notice, member, CHANNEL_POST);
}
