/*
 * demo_network: a bad network between the demonstration's pensioners and the server: lines that stall and break at any byte.  Each
 * connection comes from an address of its own within 127.0.0.0/8, as phones do.
 *
 * What happens to a connection is thrown by dice of the seed and the connection's number; which connection is which pensioner's is not
 * repeatable.
 * Threads  one of its own moves all bytes; start and stop belong to one thread.
 * Errors   CONNECTION_FAILED (no socket) · ARENA_FULL (memory).
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_NETWORK_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_NETWORK_H

#include <stdint.h>

#include "base/status.h"

struct demo_network;

struct demo_network_options {
    uint64_t seed;
    int server_port;
    uint32_t cut_percent;   /* of connections that break, within their first CUT_BYTES_MOST bytes */
    uint32_t stall_percent; /* ... that stall now and then */
};

struct demo_network_counts {
    uint64_t connections, cuts, stalls;
};

status demo_network_start(const struct demo_network_options *options, struct demo_network **ret);
/* Where pensioners connect to, on 127.0.0.1. */
int demo_network_port(const struct demo_network *network);
/* NULL is nothing. */
void demo_network_stop(struct demo_network *network, struct demo_network_counts *ret_counts);

#endif
