/*
 * inbox: what a member is told and how they change by which ways, for tests.
 *
 * Memory   replies live in the harness's arena.  Everything fails by cmocka assertions.
 */
#ifndef HAYAT_TESTS_INBOX_H
#define HAYAT_TESTS_INBOX_H

#include "hayat/store/v1/delivery.pb-c.h"
#include "hayat/v1/notification.pb-c.h"
#include "service/notification.h"
#include "storage/outbox_store.h"
#include "tests/support/harness.h"

#define NOTIFICATION_METHOD(name) "/hayat.v1.NotificationService/" name

/* Through notification_add, in a transaction of its own. */
void inbox_put(struct harness *h, struct owner owner, enum notification_kind kind);
void inbox_put_about(struct harness *h, const struct notification *notification);

const Hayat__V1__ListNotificationsResponse *inbox_list(struct harness *h, const char *token);

/* The messages that wait in a queue, in the order of their commits: what a courier would be given. */
enum { INBOX_MESSAGES_MAX = 32 };
struct inbox_messages {
    size_t count;
    const Hayat__Store__V1__StoredMessage *rows[INBOX_MESSAGES_MAX];
};
struct inbox_messages inbox_waiting(struct harness *h, enum outbox_queue queue);

/* --- preferences --- */

const Hayat__V1__Preferences *inbox_preferences(struct harness *h, const char *token);

/* An update with the etag of now, of what PATH names ("" for none). */
struct inbox_update {
    const char *path;
    Hayat__V1__Preferences wish;
    const char *email_code; /* NULL: none */
};
struct inbox_update inbox_update_of(const char *path);
struct harness_reply inbox_try_update(struct harness *h, const char *token,
                                      const struct inbox_update *update);
/* One that must go well. */
void inbox_set_email(struct harness *h, const char *token, const char *address);
void inbox_set_push(struct harness *h, const char *token, const char *push_token);
/* The code that waits for the address. */
const char *inbox_email_code(struct harness *h);
/* Wished for and confirmed. */
void inbox_confirm_email(struct harness *h, const char *token, const char *address);

#endif
