/*
 * mail: an e-mail as bytes: plain text in UTF-8, in whatever script, with headers that every mail server takes (RFC 5322, RFC 2045, RFC 2047).
 *
 * Every line is ASCII and at most 78 bytes long; subject and sender's name are encoded words, the body is base64.  The message's id makes its
 * Message-ID, so that a mailbox can tell a repetition.  What could end a header line is refused.
 *
 * Threads  re-entrant.
 */
#ifndef HAYAT_OUTBOUND_MAIL_H
#define HAYAT_OUTBOUND_MAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAIL_BYTES_MAX = 8192 };

struct mail {
    const char *id;                       /* "obx_…" */
    const char *from_address, *from_name; /* the name in UTF-8 */
    const char *to;
    const char *subject, *body; /* UTF-8; lines of the body parted by '\n' */
    const char *language;       /* "fr" */
    int64_t date_ms;            /* wall clock */
};

/* False when it does not fit, or a part is not what a header may hold.  Not NUL-terminated. */
bool mail_build(const struct mail *mail, char out[MAIL_BYTES_MAX], size_t *ret_len);

#endif
