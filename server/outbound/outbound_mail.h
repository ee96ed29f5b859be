/*
 * outbound_mail: a message as the e-mail that the fund sends.
 *
 * Threads  re-entrant.
 */
#ifndef HAYAT_OUTBOUND_OUTBOUND_MAIL_H
#define HAYAT_OUTBOUND_OUTBOUND_MAIL_H

#include "outbound/carrier.h"
#include "outbound/mail.h"

struct mail_sender {
    const char *address;
    const char *name_fr, *name_ar; /* Arabic for messages in Arabic */
};

/* False for a message that is no e-mail.  Not NUL-terminated. */
bool outbound_mail(const struct mail_sender *sender, const struct outbound_message *message,
                   char out[MAIL_BYTES_MAX], size_t *ret_len);

#endif
