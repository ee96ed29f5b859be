/*
 * retry_rules: when to try again, when to give up, and when to leave a carrier alone.  Pure but for the jitter's random numbers.
 *
 * A breaker opens after BREAKER_FAILURES failures in a row and stays open for a time that doubles with each failure after that; then one
 * message tries.  All waits are drawn from the upper half of their length, so that nobody comes back in step.
 *
 * Units    milliseconds; now_us is monotonic microseconds.
 * Threads  a breaker belongs to one thread.
 */
#ifndef HAYAT_BASE_RETRY_RULES_H
#define HAYAT_BASE_RETRY_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

enum {
    BREAKER_FAILURES = 3,
    BREAKER_MOST_MS = 600000,
    RETRY_MOST_MS = 1800000,
};

/* How long a message waits after its ATTEMPT-th failure: FIRST_MS, doubled each time up to RETRY_MOST_MS. */
int64_t retry_after_ms(uint32_t attempt, int64_t first_ms, struct random_source *random);

/* How old a message may grow before it is given up: a code ends by itself. */
bool retry_gives_up(int64_t age_ms, int64_t limit_ms);

struct breaker {
    int64_t first_ms;  /* the first time open; doubled each time up to BREAKER_MOST_MS */
    uint32_t failures; /* in a row */
    int64_t open_until_us;
};

void breaker_success(struct breaker *breaker);
void breaker_failure(struct breaker *breaker, int64_t now_us, struct random_source *random);
/* 0: go ahead. */
int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_us);

/* From the upper half of MS. */
int64_t jitter_ms(int64_t ms, struct random_source *random);

#endif
