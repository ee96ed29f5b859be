#include "service/notification.h"

#include "base/array.h"
#include "base/bytes.h"
#include "service/message.h"
#include "storage/inbox_store.h"

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

status notification_add(struct txn *txn, const struct notification *notification)
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
    TRY(arena_check(arena));
    return inbox_store_add(txn, notification->owner, &row);
}
