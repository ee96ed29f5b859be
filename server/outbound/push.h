/*
 * push: wake-ups of apps by the HTTP interface that docs/push.md publishes: whoever runs push services (the platforms' own, or UnifiedPush)
 * stands behind it.
 *
 *   POST {"version":1,"token":"…","wake":true}     nothing else: no name, no text, no kind (SEC-E7)
 *   200, 202       taken
 *   404, 410       the token is nobody's any more: the device is woken up no more
 *   400, 413, 422  never to be taken
 *   anything else, silence included: tried again
 *
 * Threads  a carrier belongs to one thread; outbound_global_init (outbound/http.h) before any other.
 * Reasons  ARENA_FULL (no memory) · CONFIG_INVALID.
 */
#ifndef HAYAT_OUTBOUND_PUSH_H
#define HAYAT_OUTBOUND_PUSH_H

#include "outbound/carrier.h"

struct push_options {
    const char *url;
    const char *secret;  /* goes as "Authorization: Bearer …"; NULL: none */
    const char *ca_file; /* NULL: the system's */
    int64_t timeout_ms;
};

status push_open(const struct push_options *options, struct carrier **ret_carrier);

/* What an answer means; *RET_GONE that the token is nobody's. */
enum verdict push_verdict(long http_status, bool *ret_gone);

#endif
