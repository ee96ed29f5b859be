/*
 * reporter: has gateways' reports kept as they come, and tells the server of them, for ever.
 *
 *   gateway ──GET──▶ report_listener ──▶ reported (on disk) ──▶ AckOutbox, ARRIVED or NOT_ARRIVED
 *
 * It may be killed at any point: a gateway that got its answer is not needed any more, one that got none tries again, and the server takes the same
 * report any number of times.  While the server is away, reports wait on disk.
 *
 * Threads  the listener's and one that tells; reporter_stop from any other.
 * Reasons  those of report_link, reported and report_listener.
 */
#ifndef HAYAT_COURIER_REPORTER_H
#define HAYAT_COURIER_REPORTER_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/random.h"
#include "outbound/report_listener.h"
#include "rpc/client/client.h"

struct reporter {
    struct report_link link;
    struct channel_options server;
    const char *carrier; /* "kannel": what the server is told as channel */
    const struct clock *clock;
    struct random_source *random;
    struct reported reported;
    struct report_counts counts;
    struct report_listener *listener;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t came;
    bool news; /* something was kept since the thread last looked; under mutex */
    _Atomic bool stopping;
};

/* The link, server, carrier, clock and random are set.  DIRECTORY keeps what the server does not know of yet. */
status reporter_start(struct reporter *reporter, int directory);
/* Hears nothing more; what is kept is told after the next start. */
void reporter_stop(struct reporter *reporter);

#endif
