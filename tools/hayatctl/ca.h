/*
 * ca: a development certificate authority and server certificates under it, and a second one for
 * agents and core systems (OpenSSL, EC P-256, SHA-256).
 *
 * CA       self-signed, 10 years, CA:TRUE with path length 0, keyCertSign and cRLSign.
 * Server   1 year, CA:FALSE, digitalSignature, serverAuth, the subject alternative names asked for.
 * Client   CA:FALSE, digitalSignature, clientAuth; the subject is for people: what a caller may is in
 *          the store, by its key (auth/certificate.h).
 * Files    ca.crt, ca.key, server.crt, server.key, clients-ca.crt, clients-ca.key in one directory;
 *          keys have mode 0600.  Each is written whole or not at all.  Not for production: there the certificates come from the
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

/* Makes all six files; the directory must exist. */
status ca_make(const char *directory, const struct ca_names *names, const struct clock *clock);
/* Makes a new server key and certificate under the CA that is there. */
status ca_renew_server(const char *directory, const struct ca_names *names,
                       const struct clock *clock);
/* Makes clients-ca.crt and clients-ca.key alone. */
#define CA_CLIENTS "clients-ca"
status ca_make_clients(const char *directory, const struct clock *clock);

/* A certificate for an agent or a core system. */
struct ca_client {
    const char *name;         /* ≤ 64 characters */
    const char *staff_number; /* or NULL */
    const char *email;        /* or NULL */
    const char *csr_file;     /* PEM: the key stays with who made it; NULL: a key is made here */
    int days;
    const char *key_path, *certificate_path; /* key_path is not written when there is a csr_file */
};

/* Under the clients' CA in DIRECTORY.  CERTIFICATE_INVALID when the CSR is not signed by its own key, or its key is weak. */
status ca_issue_client(const char *directory, const struct ca_client *client,
                       const struct clock *clock);

#endif
