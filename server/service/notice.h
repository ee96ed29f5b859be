/*
 * notice: tells a member what was done in their name, on another channel than the one it was done through (SEC-B8).
 *
 * A notice says that something happened and what to do when it was not them; it names no device, place or person.
 *
 * Threads  re-entrant; in a WRITE transaction, with the act.
 * Reasons  OUTBOX_FULL (LIMIT_OUTBOX_ROWS) · ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_NOTICE_H
#define HAYAT_SERVICE_NOTICE_H

#include "service/delivery.h"

/* Numbers are stored: never reuse one.  Texts: server/outbound/texts.def. */
enum notice_kind {
    NOTICE_DEVICE_ADDED = 1,
    NOTICE_DEVICE_REVOKED = 2,
    NOTICE_FACTOR_CHANGED = 3,
    NOTICE_SESSIONS_ENDED = 4,
    NOTICE_TOKEN_REUSED = 5,
    NOTICE_ENROLMENT_STARTED = 6,
    NOTICE_ADDRESS_CHANGED = 7,
    NOTICE_BANK_CHANGE_STARTED = 8, /* with a code that refuses it */
    NOTICE_BANK_CHANGED = 9,
    NOTICE_BANK_CHANGE_STOPPED = 10,
    NOTICE_CERTIFICATE_REMINDER = 11,
    NOTICE_CERTIFICATE_MORE_NEEDED = 12,
    NOTICE_CERTIFICATE_ACCEPTED = 13,
    NOTICE_CERTIFICATE_REFUSED = 14,
    NOTICE_SUSPENSION_PROPOSED = 15,
    NOTICE_PENSION_SUSPENDED = 16,
    NOTICE_PENSION_REINSTATED = 17,
    NOTICE_EMAIL_CHANGED = 28,
    NOTICE_ERASURE_ASKED = 40,
    NOTICE_ERASURE_GRANTED = 41,
    NOTICE_ERASURE_REFUSED = 42,
    NOTICE_ERASURE_WITHDRAWN = 43,
};

struct notice {
    struct owner owner;
    enum notice_kind kind;
    enum channel avoid; /* the one the act came through */
    const char *code;   /* for kinds that have one, at most CODE_TEXT_MAX bytes; NULL else */
};

/* One row, by what the member has on file, and what is about security in the inbox too; nothing, and OK, when LIMIT_NOTICES_OF_A_KIND
   went to them within a day. */
status notice_send(struct txn *txn, const struct notice *notice);

/* The same on every channel the member has on file: a row for each (SEC-C2). */
status notice_send_everywhere(struct txn *txn, const struct notice *notice);

/* Which rows of the outbox were written: what delivery_evidence asks by. */
enum { NOTICE_ROWS_MAX = 3 };
struct notice_rows {
    size_t count;
    struct {
        enum channel channel;
        uint64_t sequence;
    } rows[NOTICE_ROWS_MAX];
};

/* A reminder that somebody may have to prove later: on every channel the member has on file and wants for it, and on one of those that leave
   evidence at least. */
status notice_send_provably(struct txn *txn, const struct notice *notice,
                            struct notice_rows *ret_rows);

/* The same on those of CHANNELS (bits of enum preferred_channel) that the member has on file: where another way has failed. */
status notice_send_on(struct txn *txn, const struct notice *notice, uint32_t channels,
                      struct notice_rows *ret_rows);

/* To an e-mail address that is not the member's any more, or not yet. */
status notice_send_to_email(struct txn *txn, const struct notice *notice, const char *email);

/* POST, SMS or NONE.  A text message is preferred, since it comes at once; what is to be avoided is taken when there is
   nothing else. */
enum channel notice_channel(bool has_address, bool has_phone, enum channel avoid);

#endif
