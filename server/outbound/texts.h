/*
 * texts: what a message says, from texts.def.
 *
 * Threads  re-entrant.
 */
#ifndef HAYAT_OUTBOUND_TEXTS_H
#define HAYAT_OUTBOUND_TEXTS_H

#include "base/status.h"
#include "outbound/carrier.h"
#include "paper/letter.h"

/* "fr", "ar" or "en". */
const char *text_tag(enum language language);

enum { SMS_TEXT_MAX = 512 };

/* The whole text message; false for a notice that is not in the list. */
bool text_sms(const struct outbound_message *message, char out[SMS_TEXT_MAX]);

/* Title and body of a notice letter, the body with what to do when it was not the member; false for a notice that is not in the list. */
enum { NOTICE_BODY_MAX = 2048 };
struct notice_words {
    const char *title;
    char body[NOTICE_BODY_MAX];
};
bool text_notice(const struct outbound_message *message, enum language language,
                 struct notice_words *ret_words);

/* Subject and body of an e-mail, in the message's language; false for a message that is none. */
enum { MAIL_SUBJECT_MAX = 192, MAIL_BODY_MAX = 1536 };
struct mail_words {
    char subject[MAIL_SUBJECT_MAX];
    char body[MAIL_BODY_MAX];
};
bool text_mail(const struct outbound_message *message, struct mail_words *ret_words);

/* Walks the list of notices: false past the end. */
bool text_notice_at(size_t index, uint32_t *ret_kind);

#endif
