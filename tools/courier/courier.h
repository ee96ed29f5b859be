/*
 * courier: takes one queue of the server's outbox and has it carried: watches, carries, acknowledges, for ever.
 *
 * It may be killed at any point.  What the server handed out and did not hear of again it hands out again; what the carrier had taken by then
 * is known from the directory of what was carried.
 *
 * Threads  one per route; courier_stop_all from any other.
 */
#ifndef HAYAT_COURIER_COURIER_H
#define HAYAT_COURIER_COURIER_H

#include <pthread.h>
#include <stdatomic.h>

#include "rpc/client/client.h"
#include "tools/courier/round.h"

struct courier {
    struct route route;
    struct channel_options server;
    int64_t lease_ms;
    pthread_t thread;
    pthread_mutex_t busy;  /* held while anything is being carried or acknowledged */
    _Atomic bool stopping; /* no new round begins */
};

status courier_start(struct courier *courier);
/* Waits up to MS for the round that runs; true when none does any more.  The thread may still wait for the server: end the process. */
bool courier_stop(struct courier *courier, int64_t ms);

#endif
