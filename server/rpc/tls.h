/*
 * tls: the server's certificate, as files that may change while it runs.
 *
 * Every new connection looks whether the files changed.  A new pair is used only after OpenSSL read
 * it and found that key and certificate belong together; otherwise the one in use stays, so a
 * half-written pair does no harm. TLS 1.2 and 1.3 (the core speaks nothing else).
 *
 * Threads  tls_recheck from any thread; the core serialises the rest.
 * Errors   FILE_UNREADABLE · CERTIFICATE_INVALID.
 */
#ifndef HAYAT_RPC_TLS_H
#define HAYAT_RPC_TLS_H

#include <grpc/grpc_security.h>

#include "base/status.h"

struct tls;

struct tls_files {
    const char *cert; /* PEM chain, leaf first */
    const char *key;  /* PEM */
    const char *
        client_ca; /* PEM roots: a client without a certificate under them is refused; NULL: clients are asked for none */
};

/* Reads and checks the files; the paths are borrowed for TLS's life. */
status tls_open(const struct tls_files *files, struct tls **ret_tls);
/* After the server that uses it is gone.  NULL is nothing. */
void tls_close(struct tls *tls);
/* The next connection reads the files again even if they look unchanged. */
void tls_recheck(struct tls *tls);
/* The caller releases them; they borrow TLS. */
grpc_server_credentials *tls_credentials(struct tls *tls);

#endif
