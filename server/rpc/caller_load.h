/*
 * caller_load: what every caller holds of the server at one time, so that none holds all of it.
 *
 * A rate bounds how fast calls begin; streams that last an hour, replies that are not taken and
 * requests that never end pile up below any rate.  A call counts from its headers until the
 * transport let go of it.  A caller holds at most LIMIT_CALLER_CALLS small ones and
 * LIMIT_CALLER_LARGE large ones (streams, and what takes large requests), everybody together
 * LIMIT_LARGE_CALLS large ones: memory is bounded.  Small and large are apart so that streams keep
 * no neighbour from signing in.  Watches of members (streams that wait for changes) hold little and
 * last long: they have bounds of their own, LIMIT_CALLER_LARGE for one caller and LIMIT_WATCHES for
 * all.  All anonymous callers together hold at most LIMIT_ANONYMOUS_CALLS,
 * so that members who are signed in always find room, and of these LIMIT_ANONYMOUS_LARGE large ones.
 *
 * Callers are counted in LIMIT_CALLER_SLOTS places by a hash that they cannot choose (owner and
 * network are keyed hashes): two that meet in one place share a limit, which is rare and harmless.
 *
 * Memory   of fixed size; zeroes are an empty one.
 * Threads  re-entrant, without locks.
 * Reasons  RATE_LIMITED (this caller) · OVERLOADED (all of them).
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
    _Atomic int32_t small[LIMIT_CALLER_SLOTS], large[LIMIT_CALLER_SLOTS],
        watches[LIMIT_CALLER_SLOTS]; /* by caller */
    _Atomic int32_t all_large, all_watches, anonymous, anonymous_large;
};

enum load_kind { LOAD_SMALL, LOAD_LARGE, LOAD_WATCH };

enum { CALLER_COUNTS_MAX = 4 };

/* What one call holds: where it counts.  Zeroes: nothing. */
struct caller_hold {
    _Atomic int32_t *counts[CALLER_COUNTS_MAX];
    int count;
};

status caller_load_take(struct caller_load *load, const struct principal *who, enum load_kind kind,
                        struct caller_hold *ret_hold);
/* Once or more; what is held nothing of is nothing. */
void caller_load_release(struct caller_hold *hold);

#endif
