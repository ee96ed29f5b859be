/*
 * ca: a development certificate authority and server certificates under it (OpenSSL, EC P-256,
 * SHA-256).
 *
 * CA       self-signed, 10 years, CA:TRUE with path length 0, keyCertSign and cRLSign.
 * Server   1 year, CA:FALSE, digitalSignature, serverAuth, the subject alternative names asked for.
 * Files    ca.crt, ca.key, server.crt, server.key in one directory; keys have mode 0600.  Each is
 *          written whole or not at all.  Not for production: there the certificates come from the
 *          institution's own authority.
 * Errors   FILE_UNWRITABLE · FILE_UNREADABLE · INTERNAL (OpenSSL) · CONFIG_INVALID (a name or an
 *          address).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_CA_H
#define HAYAT_TOOLS_HAYATCTL_CA_H

#include <stddef.h>

#include "base/clock.h"
#include "base/status.h"

enum { CA_NAMES_MAX = 16 };

struct ca_names {
    const char *dns[CA_NAMES_MAX];
    size_t dns_count;
    const char *ip[CA_NAMES_MAX];
    size_t ip_count;
};

/* Makes all four files; the directory must exist. */
status ca_make(const char *directory, const struct ca_names *names, const struct clock *clock);
/* Makes a new server key and certificate under the CA that is there. */
status ca_renew_server(const char *directory, const struct ca_names *names,
                       const struct clock *clock);

#endif
