/*
 * delivery: codes on their way to a person, as rows of the outbox that commit with their cause.
 *
 * The code is in the sealed row alone, until the row is settled.  Every message has the same size, whoever it is for; the decoy of
 * somebody who does not exist takes the same path and is never sent (SEC-B3).  Name and address are not copied: they are read when the
 * row is handed out, and what was meant for an older address is not sent (SEC-B1).
 *
 * Threads  re-entrant; in a WRITE transaction.
 * Reasons  OUTBOX_FULL (LIMIT_OUTBOX_CODES) · ARENA_FULL · those of storage.
 */
#ifndef HAYAT_SERVICE_DELIVERY_H
#define HAYAT_SERVICE_DELIVERY_H

#include "base/id.h"
#include "base/status.h"
#include "hayat/store/v1/delivery.pb-c.h"
#include "storage/db.h"
#include "storage/outbox_store.h"
#include "storage/table.h"

/* How a person is reached, or came.  Numbers may be stored: never reuse one. */
enum channel {
    CHANNEL_NONE = 0,
    CHANNEL_POST = 1,
    CHANNEL_SMS = 2,
    CHANNEL_AGENCY = 3,
    CHANNEL_APP = 4,
    CHANNEL_EMAIL = 5,
};

enum { CODE_TEXT_MAX = 32, PHONE_TEXT_MAX = 24 };

struct code_message {
    struct owner owner;
    enum channel channel; /* POST, SMS or EMAIL */
    const char *code;     /* as it is to be typed, at most CODE_TEXT_MAX bytes */
    int64_t expire_ms;
    enum language language;
    uint32_t address_version; /* POST: the member's, as the code is bound to it */
    const char *phone_number; /* SMS: at most PHONE_TEXT_MAX bytes; NULL: the one on file */
    const char *email;        /* EMAIL: at most LIMIT_EMAIL_BYTES */
    struct id enrolment;      /* "enr": printed in the letter's QR code; zero for other codes */
    uint32_t try_count;       /* how many wrong codes end it: printed */
    bool decoy;               /* nobody's: the same row, never sent */
};

status delivery_send_code(struct txn *txn, const struct code_message *message);

/* MESSAGE as a row's payload of LIMIT_OUTBOX_PAYLOAD_BYTES, and back (STORE_CORRUPT).  Both live in ARENA. */
status delivery_pack(struct arena *arena, const Hayat__Store__V1__StoredMessage *message,
                     bytes *ret_payload);
status delivery_unpack(struct arena *arena, bytes payload,
                       Hayat__Store__V1__StoredMessage **ret_message);

#define OUTBOX_KIND_MESSAGE "message"

/* A row of OWNER's for QUEUE.  Beside what delivery_pack says: OUTBOX_FULL (LIMIT_OUTBOX_ROWS). */
status delivery_append(struct txn *txn, enum outbox_queue queue, struct owner owner,
                       const Hayat__Store__V1__StoredMessage *message, uint64_t *ret_sequence);

#endif
