#include "service/notification.h"

#include "base/array.h"
#include "base/bytes.h"
#include "service/delivery.h"
#include "service/message.h"
#include "service/preferences.h"
#include "storage/inbox_store.h"
#include "storage/member_store.h"

enum { LANGUAGES = 3 };

struct notification_row {
    enum notification_kind kind;
    enum notification_topic topic;
    const char *title[LANGUAGES], *body[LANGUAGES]; /* in the order of enum language */
};

static const struct notification_row rows[] = {
#define NOTIFICATION(number, name, topic, title_en, title_fr, title_ar, en, fr, ar)                \
    {NOTIFICATION_##name, TOPIC_##topic, {title_en, title_fr, title_ar}, {en, fr, ar}},
#include "service/notifications.def"
};

static const struct notification_row *find(uint32_t kind)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if ((uint32_t)rows[i].kind == kind) {
            return &rows[i];
        }
    }
    return NULL;
}

bool notification_words(uint32_t kind, enum language language, struct notification_words *ret_words)
{
    const struct notification_row *row = find(kind);
    if (row == NULL) {
        return false;
    }
    *ret_words = (struct notification_words){row->title[language], row->body[language]};
    return true;
}

bool notification_topic(uint32_t kind, enum notification_topic *ret_topic)
{
    const struct notification_row *row = find(kind);
    if (row == NULL) {
        return false;
    }
    *ret_topic = row->topic;
    return true;
}

bool notification_at(size_t index, enum notification_kind *ret_kind)
{
    if (index >= ARRAY_LEN(rows)) {
        return false;
    }
    *ret_kind = rows[index].kind;
    return true;
}

/* --- the other ways --- */

static status language_for(struct txn *txn, struct owner owner,
                           const Hayat__Store__V1__StoredPreferences *preferences,
                           uint32_t *ret_language)
{
    Hayat__Store__V1__StoredMember *member;
    status s = member_store_get(txn, owner, &member);
    if (!ok(s) && s.why != REASON_NOT_FOUND) {
        return s;
    }
    *ret_language = (uint32_t)preferences_language(preferences,
                                                   ok(s) ? member->preferred_language : "");
    return STATUS_OK;
}

static status send_email(struct txn *txn, const struct notification *notification,
                         const Hayat__Store__V1__StoredPreferences *preferences,
                         uint64_t *ret_sequence)
{
    Hayat__Store__V1__StoredMessage message = HAYAT__STORE__V1__STORED_MESSAGE__INIT;
    if (preferences->email[0] == '\0') {
        return STATUS_OK;
    }
    message.kind = HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_NEWS;
    message.notification_kind = (uint32_t)notification->kind;
    TRY(language_for(txn, notification->owner, preferences, &message.language));
    return delivery_append(txn, OUTBOX_EMAIL, notification->owner, &message, ret_sequence);
}

/* A round of wake-ups that waits behind another one comes after everything there is to see by then: it stands for this one too. */
static status wake_devices(struct txn *txn, struct owner owner,
                           const Hayat__Store__V1__StoredPreferences *preferences)
{
    uint64_t sequence;
    size_t waiting, devices = preferences->n_push_tokens, enough = LIMIT_PUSH_WAITING * devices;
    Hayat__Store__V1__StoredMessage message = HAYAT__STORE__V1__STORED_MESSAGE__INIT;
    message.kind = HAYAT__STORE__V1__MESSAGE_KIND__MESSAGE_KIND_WAKE;
    if (devices == 0) {
        return STATUS_OK;
    }
    TRY(outbox_store_count_line(txn, OUTBOX_PUSH, owner, enough, &waiting));
    for (size_t i = 0; i < devices && waiting < enough; i++) {
        message.device_id = preferences->push_tokens[i]->device_id;
        TRY(delivery_append(txn, OUTBOX_PUSH, owner, &message, &sequence));
    }
    return STATUS_OK;
}

/* The inbox is what counts: a full outbox holds up no act. */
static status tell_elsewhere(struct txn *txn, const struct notification *notification,
                             enum notification_topic topic, uint64_t *ret_email)
{
    Hayat__Store__V1__StoredPreferences *preferences;
    TRY(preferences_store_get(txn, notification->owner, &preferences));
    uint32_t channels = preferences_channels(preferences, topic);
    status s = (channels & PREFER_EMAIL) != 0
                   ? send_email(txn, notification, preferences, ret_email)
                   : STATUS_OK;
    if (ok(s) && (channels & PREFER_PUSH) != 0) {
        s = wake_devices(txn, notification->owner, preferences);
    }
    return s.why == REASON_OUTBOX_FULL ? STATUS_OK : s;
}

status notification_add(struct txn *txn, const struct notification *notification)
{
    uint64_t email;
    return notification_add_told(txn, notification, &email);
}

status notification_add_told(struct txn *txn, const struct notification *notification,
                             uint64_t *ret_email)
{
    struct arena *arena = txn_arena(txn);
    const struct notification_row *known = find((uint32_t)notification->kind);
    if (known == NULL) {
        return FAIL(INTERNAL);
    }
    Hayat__Store__V1__StoredNotification row = HAYAT__STORE__V1__STORED_NOTIFICATION__INIT;
    row.kind = (uint32_t)notification->kind;
    row.create_ms = txn_now_ms(txn);
    row.important = known->topic == TOPIC_SECURITY;
    if (notification->object_type != NULL) {
        row.object_type = message_text(arena, notification->object_type);
        row.object_id = message_bytes(arena, bytes_of(notification->object.bytes, ID_BYTES));
    }
    struct id id = id_new(txn_random(txn));
    row.notification_id = message_bytes(arena, bytes_of(id.bytes, ID_BYTES));
    TRY(arena_check(arena));
    TRY(inbox_store_add(txn, notification->owner, &row));
    *ret_email = 0;
    return tell_elsewhere(txn, notification, known->topic, ret_email);
}
