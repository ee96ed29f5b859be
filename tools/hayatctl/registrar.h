/*
 * registrar: the register of callers with certificates, as the commands for agents and systems reach it.
 *
 * With --server through the running server (CallerService), as the operator whose certificate --cert and --key name: a
 * revocation works at once.  Without, in the store itself, while hayatd is stopped: for the first operator.  Both leave an
 * audit entry for each change.
 *
 * What fails is told on standard error.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_REGISTRAR_H
#define HAYAT_TOOLS_HAYATCTL_REGISTRAR_H

#include "base/bytes.h"
#include "base/id.h"
#include "hayat/backoffice/v1/caller.pb-c.h"
#include "rpc/client/client.h"
#include "tools/hayatctl/store_session.h"

struct registrar_options {
    struct store_options store;
    char *server, *ca, *cert, *key; /* popt's */
};

/* The rows of these options for a command's popt table. */
#define REGISTRAR_OPTION_ROWS(o)                                                                   \
    STORE_OPTION_ROWS((o).store),                                                                  \
        {"server",    0, POPT_ARG_STRING,                                                          \
         &(o).server, 0, "the running server's agents_listen: changes it at once",                 \
         "ADDR"},                                                                                  \
        {"ca", 0, POPT_ARG_STRING, &(o).ca, 0, "the server's CA", "FILE"},                         \
        {"cert", 0, POPT_ARG_STRING, &(o).cert, 0, "the operator's certificate", "FILE"},          \
    {                                                                                              \
        "key", 0, POPT_ARG_STRING, &(o).key, 0, "the operator's key", "FILE"                       \
    }

void registrar_options_fini(struct registrar_options *options);

struct registrar {
    struct store_session store; /* db is NULL with a server */
    struct channel *channel;
    struct arena arena; /* of the answers, until registrar_close */
};

/* READ_ONLY works beside a running hayatd. */
bool registrar_open(const struct registrar_options *options, bool read_only,
                    struct registrar *ret_registrar);
void registrar_close(struct registrar *registrar);

/* A call of the server, with a channel alone; the response lives as long as the registrar. */
status registrar_call(struct registrar *registrar, const char *path,
                      const ProtobufCMessage *request, const ProtobufCMessageDescriptor *type,
                      ProtobufCMessage **ret_response);

/* A fresh one, for a request that writes; the arena's. */
char *registrar_request_id(struct registrar *registrar);

/* request_id is filled in here. */
status registrar_add(struct registrar *registrar, Hayat__Backoffice__V1__AddCallerRequest *request,
                     char ret_id[ID_TEXT_MAX]);
status registrar_renew(struct registrar *registrar, const char *caller_id, bytes certificate);
status registrar_revoke(struct registrar *registrar, const char *caller_id);

typedef void registrar_visit(void *ctx, const Hayat__Backoffice__V1__Caller *caller);
status registrar_list(struct registrar *registrar, registrar_visit *visit, void *ctx);

#endif
