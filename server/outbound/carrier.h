/*
 * carrier: what carries a message out of the house: a gateway for text messages, a mail server, a directory that a printer empties.
 *
 * A carrier is asked again for the same message when nobody knows whether the first time went well: it must tell the repetition by the
 * message's id where it can.  It answers in bounded time and never throws a message away by itself.
 *
 * Memory   a message and its texts are borrowed for the call.
 * Threads  a carrier belongs to one thread.
 */
#ifndef HAYAT_OUTBOUND_CARRIER_H
#define HAYAT_OUTBOUND_CARRIER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum { EVIDENCE_MAX = 128 };

enum message_what {
    MESSAGE_CODE,
    MESSAGE_NOTICE,
    MESSAGE_NEWS,  /* e-mails: a title and a body from the server */
    MESSAGE_WAKE,  /* pushes: nothing */
    MESSAGE_EVENT, /* the core system's */
};

struct outbound_message {
    const char *id;   /* "obx_…" */
    uint32_t attempt; /* 1 the first time */
    int64_t now_ms;   /* wall clock */
    enum message_what what;
    enum language language;

    /* --- to whom: a telephone, an e-mail address, a device, or a postal address --- */
    const char *phone_number, *email_address, *push_token;
    const char *name, *name_ar, *address; /* lines parted by '\n' */

    const char *code; /* of a notice: the one that refuses, or empty */

    /* --- MESSAGE_CODE --- */
    int64_t expire_ms;
    const char *enrolment_id; /* "enr_…", or empty */
    int32_t try_count;

    /* --- MESSAGE_NOTICE --- */
    uint32_t notice_kind; /* numbers of texts.def */

    /* --- MESSAGE_NEWS --- */
    const char *title, *body;

    /* --- MESSAGE_EVENT --- */
    const char *event_kind;
    bytes payload;
    int64_t create_ms;
};

enum verdict {
    VERDICT_DELIVERED, /* whoever carries it has it for good */
    VERDICT_RETRY,     /* the carrier cannot now; the next message would fare no better */
    VERDICT_LATER,     /* this message cannot now; others may */
    VERDICT_REFUSED,   /* this message will never be taken; others may */
};

struct report {
    enum verdict verdict;
    bool gone;                       /* REFUSED, since the recipient is not there any more */
    bool report_expected;            /* DELIVERED, and the carrier will say whether it arrived */
    char evidence[EVIDENCE_MAX + 1]; /* what the carrier says; no personal data (SEC-E7) */
};

struct carrier {
    const char *name; /* "kannel" */
    void (*carry)(struct carrier *self, const struct outbound_message *message,
                  struct report *ret_report);
    void (*close)(struct carrier *self); /* frees it */
};

/* Formats a report. */
void report_fill(struct report *report, enum verdict verdict, const char *evidence);

#endif
