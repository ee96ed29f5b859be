/*
 * round: what a courier does with the items of one message of WatchOutbox: looks whether it carried them already, carries them, and says what
 * became of each.  Knows no connection.
 *
 * Memory   results live in the arena; ids are borrowed from the items.
 * Threads  a route belongs to one thread.
 */
#ifndef HAYAT_COURIER_ROUND_H
#define HAYAT_COURIER_ROUND_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/retry_rules.h"
#include "hayat/backoffice/v1/outbox.pb-c.h"
#include "outbound/carried.h"

/* One queue and who carries it. */
struct route {
    const char *name; /* "sms", "post" */
    Hayat__Backoffice__V1__OutboxQueue queue;
    struct carrier *carrier;
    const struct carried *carried;
    const struct clock *clock;
    struct random_source *random;
    int64_t give_up_ms, retry_ms;
    struct breaker breaker;
};

struct round_counts {
    uint32_t delivered, failed, discarded, postponed, untouched;
};

/* Stops at END_US (monotonic): the leases are nearly over; what was not touched is not in RET_REQUEST. */
status round_run(struct route *route, const Hayat__Backoffice__V1__WatchOutboxResponse *items,
                 int64_t end_us, struct arena *arena,
                 Hayat__Backoffice__V1__AckOutboxRequest *ret_request);
/* After the server has taken REQUEST: nobody will ask for these again. */
void round_forget(struct route *route, const Hayat__Backoffice__V1__AckOutboxRequest *request);
struct round_counts round_count(const Hayat__Backoffice__V1__AckOutboxRequest *request);

#endif
