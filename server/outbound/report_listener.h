/*
 * report_listener: hears what a gateway reports: GET of what report_link made, on the loopback and nowhere else.
 *
 *   200  kept for good, or of no interest: nothing more is to be said of it
 *   403  anything that is not a report on one of our messages; the answer is always the same one
 *   503  it cannot be kept now (disk, REPORTED_MAX): the gateway is to try again
 *
 * Bounds   REPORT_CONNECTIONS at a time, REPORT_CONNECTION_BYTES of memory each, REPORT_IDLE_SECONDS of silence; no request has a body.
 * Threads  one of its own, until it is closed.
 * Reasons  CONFIG_INVALID (no address of the loopback) · LISTEN_FAILED.
 */
#ifndef HAYAT_OUTBOUND_REPORT_LISTENER_H
#define HAYAT_OUTBOUND_REPORT_LISTENER_H

#include <stdatomic.h>

#include "outbound/report_link.h"
#include "outbound/reported.h"

enum {
    REPORT_CONNECTIONS = 64,
    REPORT_CONNECTION_BYTES = 4096,
    REPORT_IDLE_SECONDS = 5,
};

/* What a gateway's number means: bits of Kannel's dlr-mask. */
enum {
    REPORT_TYPE_PHONE_HAS_IT = 1,
    REPORT_TYPE_PHONE_FAILED = 2,
    REPORT_TYPE_NETWORK_FAILED = 16
};
#define REPORT_TYPES_WANTED                                                                        \
    (REPORT_TYPE_PHONE_HAS_IT | REPORT_TYPE_PHONE_FAILED | REPORT_TYPE_NETWORK_FAILED)
enum report_word report_word_of_type(int type);

struct report_counts {
    _Atomic uint32_t kept, refused, postponed;
};

struct report_listener_options {
    const struct report_link *link; /* its address is listened on */
    struct reported *reported;
    struct report_counts *counts;
    void (*wake)(void *ctx); /* something was kept; called on the listener's thread */
    void *ctx;
};

/* "127.0.0.1:13014" or "[::1]:13014". */
bool report_address_is_loopback(const char *address);

struct report_listener;
status report_listener_open(const struct report_listener_options *options,
                            struct report_listener **ret_listener);
void report_listener_close(struct report_listener *listener);

#endif
