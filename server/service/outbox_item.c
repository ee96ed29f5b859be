#include "service/outbox_item.h"

#include "base/codec.h"
#include "base/scope.h"
#include "service/app.h"
#include "service/delivery.h"
#include "service/message.h"
#include "service/preferences.h"
#include "storage/member_store.h"

#define MESSAGE(name) HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_##name
#define NOTHING(name) HAYAT__BACKOFFICE__V1__NOTHING_REASON__NOTHING_REASON_##name
#define CONTENT(name) HAYAT__BACKOFFICE__V1__OUTBOX_ITEM__CONTENT_##name

enum { SEQUENCE_BYTES = 8 };

bool outbox_may_take(const struct principal *principal, enum outbox_queue queue)
{
    static const uint32_t scopes[] = {
        [OUTBOX_CORE] = SCOPE_OUTBOX_CORE, [OUTBOX_POST] = SCOPE_OUTBOX_POST,
        [OUTBOX_SMS] = SCOPE_OUTBOX_SMS,   [OUTBOX_EMAIL] = SCOPE_OUTBOX_EMAIL,
        [OUTBOX_PUSH] = SCOPE_OUTBOX_PUSH,
    };
    return queue >= OUTBOX_CORE && queue <= OUTBOX_PUSH &&
           (principal->scopes & (SCOPE_OUTBOX | scopes[queue])) != 0;
}

/* --- ids --- */

static struct id id_of_sequence(struct rpc *rpc, uint64_t sequence)
{
    struct id id;
    uint8_t hash[16];
    put_be64(id.bytes, sequence);
    seal_blind(rpc->app->keys, "outbox id", bytes_of(id.bytes, SEQUENCE_BYTES), hash, sizeof hash);
    memcpy(id.bytes + SEQUENCE_BYTES, hash, ID_BYTES - SEQUENCE_BYTES);
    return id;
}

char *outbox_id_text(struct rpc *rpc, uint64_t sequence)
{
    return message_id_of(rpc->arena, "obx", id_of_sequence(rpc, sequence));
}

bool outbox_id_parse(struct rpc *rpc, const char *text, uint64_t *ret_sequence)
{
    struct id id;
    if (!id_parse(bytes_str(text), "obx", &id)) {
        return false;
    }
    uint64_t sequence = get_be64(id.bytes);
    struct id made = id_of_sequence(rpc, sequence);
    *ret_sequence = sequence;
    return memcmp(made.bytes, id.bytes, ID_BYTES) == 0;
}

/* --- rules --- */

/* Of that device, while it has one. */
static const char *push_token_of(const Hayat__Store__V1__StoredMessage *message,
                                 const struct outbox_person *person)
{
    struct id device;
    const Hayat__Store__V1__StoredPushToken *token = NULL;
    if (id_of_binary(message->device_id, &device)) {
        token = preferences_push_token(person->preferences, device);
    }
    return token == NULL ? "" : token->token;
}

/* Where the message goes now; "" when there is no such place. */
static const char *place_of(const Hayat__Store__V1__StoredMessage *message, enum outbox_queue queue,
                            const struct outbox_person *person)
{
    switch (queue) {
    case OUTBOX_SMS:
        return message->phone_number[0] != '\0' ? message->phone_number
                                                : person->member->phone_number;
    case OUTBOX_EMAIL:
        return message->email[0] != '\0' ? message->email : person->preferences->email;
    case OUTBOX_PUSH:
        return push_token_of(message, person);
    case OUTBOX_POST:
        return person->member->address;
    case OUTBOX_CORE:
        break;
    }
    return "";
}

/* SEC-B1: a code goes to the address it is bound to, while it works. */
Hayat__Backoffice__V1__NothingReason outbox_nothing_reason(
    const Hayat__Store__V1__StoredMessage *message, enum outbox_queue queue,
    const struct outbox_person *person, int64_t now_ms)
{
    bool is_code = message->kind == MESSAGE(CODE);
    if (message->kind == MESSAGE(DECOY)) {
        return NOTHING(DECOY);
    }
    if (is_code && message->expire_ms <= now_ms) {
        return NOTHING(EXPIRED);
    }
    if (person->member == NULL) {
        return NOTHING(UNREACHABLE);
    }
    if (queue == OUTBOX_POST && is_code &&
        message->address_version != person->member->address_version) {
        return NOTHING(ADDRESS_CHANGED);
    }
    return place_of(message, queue, person)[0] == '\0' ? NOTHING(UNREACHABLE)
                                                       : NOTHING(UNSPECIFIED);
}

/* --- messages --- */

static status find_person(struct rpc *rpc, struct owner owner, struct outbox_person *ret_person)
{
    Hayat__Store__V1__StoredMember *member = NULL;
    Hayat__Store__V1__StoredPreferences *preferences = NULL;
    status s = member_store_get(rpc->txn, owner, &member);
    if (s.why == REASON_NOT_FOUND) {
        *ret_person = (struct outbox_person){NULL, NULL};
        return STATUS_OK;
    }
    TRY(s);
    TRY(preferences_store_get(rpc->txn, owner, &preferences));
    *ret_person = (struct outbox_person){member, preferences};
    return STATUS_OK;
}

static status fill_name(struct rpc *rpc, struct owner owner,
                        Hayat__Backoffice__V1__OutboxRecipient *recipient)
{
    Hayat__Store__V1__StoredBeneficiary *holder;
    status s = member_store_get_beneficiary(rpc->txn, owner, SEQ_HOLDER, &holder);
    if (s.why == REASON_NOT_FOUND) {
        return STATUS_OK;
    }
    TRY(s);
    recipient->name = message_new(rpc->arena, &hayat__v1__person_name__descriptor);
    if (recipient->name == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (holder->name != NULL) {
        recipient->name->given_name = holder->name->given_name;
        recipient->name->family_name = holder->name->family_name;
        recipient->name->given_name_ar = holder->name->given_name_ar;
        recipient->name->family_name_ar = holder->name->family_name_ar;
    }
    return STATUS_OK;
}

/* What a courier of this queue needs, and no more. */
static status fill_recipient(struct rpc *rpc, const Hayat__Store__V1__StoredMessage *message,
                             struct owner owner, const struct outbox_person *person,
                             Hayat__Backoffice__V1__OutboxItem *item)
{
    enum outbox_queue queue = (enum outbox_queue)item->queue;
    char *place = message_text(rpc->arena, place_of(message, queue, person));
    Hayat__Backoffice__V1__OutboxRecipient *recipient = message_new(
        rpc->arena, &hayat__backoffice__v1__outbox_recipient__descriptor);
    item->recipient = recipient;
    if (recipient == NULL) {
        return FAIL(ARENA_FULL);
    }
    rpc_audit_subject(rpc, owner); /* SEC-F1 */
    if (queue == OUTBOX_PUSH) {
        recipient->push_token = place;
        return STATUS_OK;
    }
    recipient->language_code = message_text(rpc->arena,
                                            preferences_tag((enum language)message->language));
    if (queue == OUTBOX_SMS) {
        recipient->phone_number = place;
        return STATUS_OK;
    }
    if (queue == OUTBOX_EMAIL) {
        recipient->email_address = place;
        return STATUS_OK;
    }
    recipient->address = place;
    recipient->country_code = person->member->country_code;
    return fill_name(rpc, owner, recipient);
}

static status fill_nothing(struct rpc *rpc, Hayat__Backoffice__V1__NothingReason reason,
                           Hayat__Backoffice__V1__OutboxItem *item)
{
    item->content_case = CONTENT(NOTHING);
    item->nothing = message_new(rpc->arena, &hayat__backoffice__v1__outbox_nothing__descriptor);
    if (item->nothing == NULL) {
        return FAIL(ARENA_FULL);
    }
    item->nothing->reason = reason;
    rpc_audit_nobody(rpc);
    return STATUS_OK;
}

static bool is_zero(ProtobufCBinaryData id)
{
    static const uint8_t zero[ID_BYTES];
    return id.len != ID_BYTES || memcmp(id.data, zero, ID_BYTES) == 0;
}

static status fill_code(struct rpc *rpc, Hayat__Store__V1__StoredMessage *message,
                        Hayat__Backoffice__V1__OutboxItem *item)
{
    item->content_case = CONTENT(CODE);
    item->code = message_new(rpc->arena, &hayat__backoffice__v1__outbox_code__descriptor);
    if (item->code == NULL) {
        return FAIL(ARENA_FULL);
    }
    item->code->code = message->code;
    item->code->expire_time = message_time(rpc->arena, message->expire_ms);
    item->code->try_count = (int32_t)message->try_count;
    if (!is_zero(message->enrolment_id)) {
        item->code->enrolment_id = message_id(rpc->arena, "enr", message->enrolment_id);
    }
    return STATUS_OK;
}

static status fill_notice(struct rpc *rpc, Hayat__Store__V1__StoredMessage *message,
                          Hayat__Backoffice__V1__OutboxItem *item)
{
    item->content_case = CONTENT(NOTICE);
    item->notice = message_new(rpc->arena, &hayat__backoffice__v1__outbox_notice__descriptor);
    if (item->notice == NULL) {
        return FAIL(ARENA_FULL);
    }
    item->notice->kind = (Hayat__Backoffice__V1__NoticeKind)message->notice_kind;
    item->notice->refusal_code = message->code;
    return STATUS_OK;
}

static status fill_news(struct rpc *rpc, const Hayat__Store__V1__StoredMessage *message,
                        Hayat__Backoffice__V1__OutboxItem *item)
{
    struct notification_words words;
    if (!notification_words(message->notification_kind, (enum language)message->language, &words)) {
        return FAIL(STORE_CORRUPT);
    }
    item->content_case = CONTENT(NEWS);
    item->news = message_new(rpc->arena, &hayat__backoffice__v1__outbox_news__descriptor);
    if (item->news == NULL) {
        return FAIL(ARENA_FULL);
    }
    item->news->title = message_text(rpc->arena, words.title);
    item->news->body = message_text(rpc->arena, words.body);
    return STATUS_OK;
}

static status fill_wake(struct rpc *rpc, Hayat__Backoffice__V1__OutboxItem *item)
{
    item->content_case = CONTENT(WAKE);
    item->wake = message_new(rpc->arena, &hayat__backoffice__v1__outbox_wake__descriptor);
    return item->wake == NULL ? FAIL(ARENA_FULL) : STATUS_OK;
}

static status fill_content(struct rpc *rpc, Hayat__Store__V1__StoredMessage *message,
                           Hayat__Backoffice__V1__OutboxItem *item)
{
    if (message->language > LANGUAGE_AR) {
        return FAIL(STORE_CORRUPT);
    }
    switch (message->kind) {
    case MESSAGE(CODE):
        return fill_code(rpc, message, item);
    case MESSAGE(NOTICE):
        return fill_notice(rpc, message, item);
    case MESSAGE(NEWS):
        return fill_news(rpc, message, item);
    case MESSAGE(WAKE):
        return fill_wake(rpc, item);
    case MESSAGE(DECOY):
    case MESSAGE(UNSPECIFIED):
    case _HAYAT__STORE__V1__MESSAGE_KIND_IS_INT_SIZE:
        break;
    }
    return FAIL(STORE_CORRUPT);
}

static status fill_message(struct rpc *rpc, const Hayat__Store__V1__StoredOutbox *row,
                           struct owner owner, Hayat__Backoffice__V1__OutboxItem *item)
{
    Hayat__Store__V1__StoredMessage *message;
    struct outbox_person person;
    TRY(delivery_unpack(rpc->arena, bytes_of_binary(row->payload), &message));
    TRY(find_person(rpc, owner, &person));
    Hayat__Backoffice__V1__NothingReason nothing = outbox_nothing_reason(
        message, (enum outbox_queue)row->queue, &person, rpc->now_ms);
    if (nothing != NOTHING(UNSPECIFIED)) {
        return fill_nothing(rpc, nothing, item);
    }
    TRY(fill_recipient(rpc, message, owner, &person, item));
    return fill_content(rpc, message, item);
}

static status fill_event(struct rpc *rpc, const Hayat__Store__V1__StoredOutbox *row,
                         struct owner owner, Hayat__Backoffice__V1__OutboxItem *item)
{
    item->content_case = CONTENT(EVENT);
    item->event = message_new(rpc->arena, &hayat__backoffice__v1__outbox_event__descriptor);
    if (item->event == NULL) {
        return FAIL(ARENA_FULL);
    }
    rpc_audit_subject(rpc, owner);
    item->event->kind = row->kind;
    item->event->payload = row->payload;
    return STATUS_OK;
}

status outbox_item_make(struct rpc *rpc, const struct outbox_taken *taken,
                        Hayat__Backoffice__V1__OutboxItem **ret_item)
{
    const Hayat__Store__V1__StoredOutbox *row = taken->row;
    struct owner owner;
    Hayat__Backoffice__V1__OutboxItem *item = message_new(
        rpc->arena, &hayat__backoffice__v1__outbox_item__descriptor);
    if (item == NULL) {
        return FAIL(ARENA_FULL);
    }
    memcpy(owner.bytes, row->owner.data, OWNER_BYTES); /* looked at when it was taken */
    item->outbox_id = outbox_id_text(rpc, taken->sequence);
    item->queue = (Hayat__Backoffice__V1__OutboxQueue)row->queue;
    item->create_time = message_time(rpc->arena, row->create_ms);
    item->attempt = (int32_t)taken->attempt_count;
    item->lease_end_time = message_time(rpc->arena, taken->lease_end_ms);
    *ret_item = item;
    if (strcmp(row->kind, OUTBOX_KIND_MESSAGE) == 0) {
        return fill_message(rpc, row, owner, item);
    }
    return fill_event(rpc, row, owner, item);
}
