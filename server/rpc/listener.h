/*
 * listener: the unix socket for the edge, with an accept loop of our own; connections go to the
 * core by descriptor.
 *
 * The core's own listener dies for good when descriptors run out and cannot be closed before the
 * server; this one backs off and goes on, and on a drain it closes first: whoever reached the
 * backlog is still served.
 *
 * Invariants
 *   1 At most LIMIT_UNIX_CONNECTIONS connections are open; more wait in the kernel's backlog.  The
 *     core does not tell when it closes one, so each is watched through a duplicate of its
 *     descriptor.
 *   2 A path that a living process serves, or that is no socket, is left alone (SOCKET_IN_USE).
 *   3 Only the socket made here is unlinked: a newer server's stays.
 *
 * Threads  one of its own; start and stop from any other.
 * Errors   SOCKET_IN_USE · LISTEN_FAILED.
 */
#ifndef HAYAT_RPC_LISTENER_H
#define HAYAT_RPC_LISTENER_H

#include "base/status.h"

struct listener;

/* CONNECTED is called on the listener's thread with a connected, non-blocking descriptor that it
   then owns. */
struct listener_options {
    const char *path; /* the socket's mode is 0660: the edge is in our group */
    void (*connected)(void *ctx, int fd);
    void *ctx;
};

status listener_start(const struct listener_options *options, struct listener **ret_listener);
/* Takes what is in the backlog, closes, unlinks, joins.  NULL is nothing. */
void listener_stop(struct listener *listener);

#endif
