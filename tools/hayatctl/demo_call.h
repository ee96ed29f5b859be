/*
 * demo_call: calls as a phone on a bad line makes them: a new connection whenever the old one broke, the same request again, until it is
 * answered.
 *
 * Memory   replies live in the caller's arena until demo_caller_renew.
 * Threads  a caller belongs to one thread.
 * Errors   what the server answered · CONNECTION_FAILED after CALL_TRIES tries.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_CALL_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_CALL_H

#include "base/uuid.h"
#include "rpc/client/client.h"

enum { CALL_TRIES = 60, CALL_TIMEOUT_MS = 15000, CALL_TOKEN_BYTES = 80 };

struct demo_caller {
    struct channel_options options;
    struct channel *channel; /* NULL: to be opened */
    struct arena arena;
    char token[CALL_TOKEN_BYTES]; /* "": none */
    uint64_t calls, broken;       /* how many, and of them how many were not answered */
};

struct demo_method {
    const char *path;
    const ProtobufCMessageDescriptor *response;
};

void demo_caller_init(struct demo_caller *caller, const struct channel_options *options);
void demo_caller_fini(struct demo_caller *caller);
/* For somebody else: forgets the token, the connection and the replies. */
void demo_caller_renew(struct demo_caller *caller);
void demo_caller_hang_up(struct demo_caller *caller);
status demo_caller_connect(struct demo_caller *caller);

/* *RET_ERROR may be NULL. */
status demo_call(struct demo_caller *caller, struct demo_method method,
                 const ProtobufCMessage *request, ProtobufCMessage **ret_response,
                 struct rpc_error *ret_error);
/* The line failed, or the server had no time: the same again may do better. */
bool demo_call_broke(status s, const struct rpc_error *error);
/* Before the next try; counts it. */
void demo_call_wait(struct demo_caller *caller, const struct rpc_error *error, int tries);

#endif
