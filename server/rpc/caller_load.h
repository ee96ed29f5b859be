/*
 * caller_load: what every caller holds of the server at one time, so that none holds all of it.
 *
 * A rate bounds how fast calls begin; streams that last an hour, replies that are not taken and
 * requests that never end pile up below any rate.  A caller holds at most LIMIT_CALLER_LOAD: a
 * unary call weighs 1, a stream LIMIT_STREAM_LOAD, from its headers until the transport let go of
 * it.  All anonymous callers together have at most LIMIT_ANONYMOUS_CALLS, so that members who are
 * signed in always find room, and LIMIT_ANONYMOUS_STREAMS, so that others can sign in.
 *
 * Callers are counted in LIMIT_CALLER_SLOTS places by a hash that they cannot choose (owner and
 * network are keyed hashes): two that meet in one place share a limit, which is rare and harmless.
 *
 * Memory   of fixed size; zeroes are an empty one.
 * Threads  re-entrant, without locks.
 * Reasons  RATE_LIMITED (this caller) · OVERLOADED (anonymous callers).
 */
#ifndef HAYAT_RPC_CALLER_LOAD_H
#define HAYAT_RPC_CALLER_LOAD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "auth/principal.h"
#include "base/limits.h"
#include "base/status.h"

struct caller_load {
    _Atomic int32_t held[LIMIT_CALLER_SLOTS];
    _Atomic int32_t anonymous_calls, anonymous_streams;
};

/* What one call holds; zeroes: nothing. */
struct caller_hold {
    uint32_t slot;
    int32_t weight, anonymous_calls, anonymous_streams;
};

status caller_load_take(struct caller_load *load, const struct principal *who, bool is_stream,
                        struct caller_hold *ret_hold);
/* Once or more; what is held nothing of is nothing. */
void caller_load_release(struct caller_load *load, struct caller_hold *hold);

#endif
