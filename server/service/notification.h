/*
 * notification: what a member is told in the app: a row of their inbox, written with what it tells of.
 *
 * It names what happened and what it is about, by id; its texts (notifications.def) name no person, place, amount, account or illness.
 *
 * Threads  re-entrant; in a WRITE transaction, with the act.
 * Reasons  ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_NOTIFICATION_H
#define HAYAT_SERVICE_NOTIFICATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/id.h"
#include "base/status.h"
#include "storage/db.h"

/* Numbers are stored, and those of hayat.v1.NotificationTopic: never reuse one. */
enum notification_topic {
    TOPIC_SECURITY = 1,
    TOPIC_BANK = 2,
    TOPIC_LIFE_CERTIFICATE = 3,
};

/* Numbers are stored, and those of hayat.v1.NotificationKind: never reuse one. */
enum notification_kind {
#define NOTIFICATION(number, name, topic, title_en, title_fr, title_ar, en, fr, ar)                \
    NOTIFICATION_##name = (number),
#include "service/notifications.def"
};

struct notification {
    struct owner owner;
    enum notification_kind kind;
    const char *
        object_type; /* the prefix of OBJECT's public id, "lc" or "bac"; NULL: about nothing that can be looked up */
    struct id object;
};

/* Writes the row; an e-mail and wake-ups of the member's devices too, by their preferences, as far as the outbox has room.  At most
   2 + LIMIT_INBOX_TRIM + 5 + 5 * LIMIT_DEVICES_PER_MEMBER writes. */
status notification_add(struct txn *txn, const struct notification *notification);
/* The same, telling the e-mail's sequence in the outbox; 0: there is none. */
status notification_add_told(struct txn *txn, const struct notification *notification,
                             uint64_t *ret_email);

/* --- what it says --- */

struct notification_words {
    const char *title, *body; /* constants */
};

/* False for a number that is not in the list. */
bool notification_words(uint32_t kind, enum language language,
                        struct notification_words *ret_words);
bool notification_topic(uint32_t kind, enum notification_topic *ret_topic);
/* Walks the list: false past the end. */
bool notification_at(size_t index, enum notification_kind *ret_kind);

#endif
