/*
 * certificate_read: the facts the server takes from a certificate: whose key it is, when it ends, and for whose staff number it was made.
 *
 * Nothing is verified here: TLS does that when somebody calls with it.
 * Reasons  CERTIFICATE_UNREADABLE.
 */
#ifndef HAYAT_AUTH_CERTIFICATE_READ_H
#define HAYAT_AUTH_CERTIFICATE_READ_H

#include "auth/principal.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"

struct certificate_facts {
    uint8_t key_hash[CERTIFICATE_KEY_BYTES]; /* SHA-256 of the SubjectPublicKeyInfo, DER */
    int64_t expire_ms;
    /* The subject's serialNumber, where hayatctl puts it: it can only keep a certificate from an entry, never open one. */
    bool names_staff;
    char staff_number[LIMIT_CALLER_TEXT_BYTES +
                      1]; /* as it stands there; "" when no entry could have it */
};

/* DER, or PEM whose first certificate counts. */
status certificate_read(bytes certificate, struct certificate_facts *ret_facts);

#endif
