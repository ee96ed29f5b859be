/*
 * certificate_read: the two facts the server takes from a certificate: whose key it is, and when it ends.
 *
 * Nothing is verified here: TLS does that when somebody calls with it.
 * Reasons  CERTIFICATE_UNREADABLE.
 */
#ifndef HAYAT_AUTH_CERTIFICATE_READ_H
#define HAYAT_AUTH_CERTIFICATE_READ_H

#include "auth/principal.h"
#include "base/bytes.h"
#include "base/status.h"

struct certificate_facts {
    uint8_t key_hash[CERTIFICATE_KEY_BYTES]; /* SHA-256 of the SubjectPublicKeyInfo, DER */
    int64_t expire_ms;
};

/* DER, or PEM whose first certificate counts. */
status certificate_read(bytes certificate, struct certificate_facts *ret_facts);

#endif
