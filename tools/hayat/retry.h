/*
 * retry: when to try again.  Exponential backoff with full jitter, and an end: no attempt starts
 * once nothing has been achieved for give_up_ms.
 *
 * Units   milliseconds of the monotonic clock.
 */
#ifndef HAYAT_CLI_RETRY_H
#define HAYAT_CLI_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/random.h"
#include "rpc/client/client.h"

enum { RETRY_FIRST_MS = 200, RETRY_MOST_MS = 10000 };

struct retry {
    const struct clock *clock;
    struct random_source *random;
    int64_t give_up_ms;
    int64_t since_us; /* the last time something was achieved */
    int failures;     /* since then */
};

void retry_init(struct retry *retry, const struct clock *clock, struct random_source *random,
                int64_t give_up_ms);

/* The network or the server let us down, and the same call may do better; every call of ours may
 * be repeated. */
bool retry_helps(status s, const struct rpc_error *error);

/* Something was achieved: patience starts anew. */
void retry_progress(struct retry *retry);

/* The server answered, so the line is back: the next wait is short again, though nothing was
 * achieved yet. */
void retry_alive(struct retry *retry);

/* How long to wait before the next attempt, at least RETRY_AFTER_MS; -1 to give up. */
int64_t retry_next_ms(struct retry *retry, int64_t retry_after_ms);

#endif
