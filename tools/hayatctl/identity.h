/*
 * identity: a key and its certificate in the making, and as files: what the server's and the callers' certificates share
 * (OpenSSL).  For ca.c and ca_client.c.
 *
 * Files    keys have mode 0600 from their first byte; each file is written whole or not at all.
 * Errors   FILE_UNWRITABLE · FILE_UNREADABLE · CERTIFICATE_INVALID.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_IDENTITY_H
#define HAYAT_TOOLS_HAYATCTL_IDENTITY_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/status.h"

struct identity {
    EVP_PKEY *key; /* the public part alone when somebody else has the key */
    X509 *certificate;
};

void identity_fini(struct identity *identity);

/* A certificate for identity->key (a fresh P-256 key when it is NULL), not signed yet. */
bool identity_begin(struct identity *identity, const struct clock *clock, int days,
                    const char *common_name);
/* One more part of the subject; NAME is OpenSSL's: "serialNumber". */
bool identity_add_name(struct identity *identity, const char *name, const char *value);

struct identity_extension {
    int nid;
    const char *value; /* in OpenSSL's little language: only what was checked goes in */
};
bool identity_add_extensions(struct identity *identity, const struct identity *issuer,
                             const struct identity_extension *extensions, size_t count);
bool identity_sign(struct identity *identity, const struct identity *issuer);

enum { WRITES_KEY = 0600, WRITES_CERTIFICATE = 0644 };
status identity_write(const char *path, const struct identity *identity, int mode);
/* DIRECTORY/NAME.key and DIRECTORY/NAME.crt, which must belong together. */
status identity_read(const char *directory, const char *name, struct identity *ret_identity);

#endif
