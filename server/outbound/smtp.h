/*
 * smtp: e-mails through a mail server that takes them for the recipient (RFC 5321): the fund's own, which sends them on, or the recipient's.
 *
 * A message is delivered when the server answers its end with 250.  A 5xx about the recipient or the message means that it will never be taken;
 * about anything else (the sign-in, the sender) it is our trouble and the message is tried again, as after a 4xx, a cut or silence.  When the
 * connection breaks between the end of a message and its answer it goes out again, with the same Message-ID.
 *
 * Threads  a carrier belongs to one thread; outbound_global_init (outbound/http.h) before any other.
 * Reasons  ARENA_FULL (no memory) · CONFIG_INVALID.
 */
#ifndef HAYAT_OUTBOUND_SMTP_H
#define HAYAT_OUTBOUND_SMTP_H

#include "outbound/carrier.h"

struct smtp_options {
    const char *url;                 /* "smtp://mail.fonds.example:587", "smtps://…" */
    const char *username, *password; /* NULL: no sign-in */
    bool plain;                      /* no TLS is asked for: only to a server on the same machine */
    const char *ca_file;             /* roots of its certificate; NULL: the system's */
    int64_t timeout_ms;              /* for one message, from its connection to its answer */
    const char *from_address;
    const char *name_fr,
        *name_ar; /* the sender's, by the message's language; borrowed for the carrier's life */
};

status smtp_open(const struct smtp_options *options, struct carrier **ret_carrier);

/* How a message ended. */
struct smtp_end {
    bool taken;      /* the server answered its end well */
    bool silent;     /* it answered nothing in time, or hung up without a word */
    int error;       /* libcurl's number, 0 for none: for the evidence */
    long code;       /* the server's last one, 0 for none ... */
    char command[5]; /* ... and the first letters of the command it answers, "RCPT" */
};
enum verdict smtp_verdict(const struct smtp_end *end);

/* A directory of obx_….eml files instead, for trying things out. */
struct spool_email_options {
    const char *directory;
    const char *from_address, *name_fr, *name_ar; /* borrowed for the carrier's life */
};
status spool_email_open(const struct spool_email_options *options, struct carrier **ret_carrier);

#endif
