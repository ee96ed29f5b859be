/*
 * ratelimit: token buckets, one per (rate class, caller), in a table of fixed size.
 *
 * A bucket holds BURST calls and gains PER_MINUTE calls each minute.  The table has LIMIT_RATE_BUCKETS places in groups of
 * eight; a caller has a place in one group, and takes the place used longest ago when the group is full: forgetting a
 * caller gives it a full bucket, never an empty one.
 *
 * Memory   callers are remembered as a keyed 64-bit hash, with a key drawn at start.
 * Threads  re-entrant: one mutex per stripe of groups.
 * Reasons  RATE_LIMITED.
 */
#ifndef HAYAT_AUTH_RATELIMIT_H
#define HAYAT_AUTH_RATELIMIT_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/status.h"

struct rate_limiter;

struct rate_rule {
    uint16_t rate_class;
    int32_t per_minute, burst; /* 0 per minute: no limit */
};

/* NULL when there is no memory.  CLOCK is borrowed. */
struct rate_limiter *rate_limiter_new(const struct clock *clock, struct random_source *random);
void rate_limiter_free(struct rate_limiter *limiter);

/* Takes one call; on RATE_LIMITED says when the next one is free. */
status rate_limiter_take(struct rate_limiter *limiter, const struct rate_rule *rule, bytes caller,
                         int64_t *ret_retry_after_ms);

#endif
