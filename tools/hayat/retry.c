#include "retry.h"

void retry_init(struct retry *retry, const struct clock *clock, struct random_source *random,
                int64_t give_up_ms)
{
    *retry = (struct retry){.clock = clock, .random = random, .give_up_ms = give_up_ms};
    retry->since_us = clock_mono_us(clock);
}

bool retry_helps(status s, const struct rpc_error *error)
{
    if (ok(s)) {
        return false;
    }
    switch (error->code) {
    case CODE_UNAVAILABLE:
    case CODE_ABORTED:
    case CODE_DEADLINE_EXCEEDED:
        return true;
    case CODE_RESOURCE_EXHAUSTED:
        return error->retry_after_ms > 0; /* else a quota, which waiting does not fill */
    case CODE_CANCELLED:
    case CODE_UNKNOWN:
    case CODE_INTERNAL:
    case CODE_DATA_LOSS:
        return error->reason[0] ==
               '\0'; /* not the server's word: the connection broke in the middle */
    case CODE_OK:
    case CODE_INVALID_ARGUMENT:
    case CODE_NOT_FOUND:
    case CODE_ALREADY_EXISTS:
    case CODE_PERMISSION_DENIED:
    case CODE_FAILED_PRECONDITION:
    case CODE_OUT_OF_RANGE:
    case CODE_UNIMPLEMENTED:
    case CODE_UNAUTHENTICATED:
        return false;
    }
    return false;
}

void retry_progress(struct retry *retry)
{
    retry->since_us = clock_mono_us(retry->clock);
    retry->failures = 0;
}

void retry_alive(struct retry *retry)
{
    enum { FAILURES_KEPT = 2 };
    retry->failures = retry->failures < FAILURES_KEPT ? retry->failures : FAILURES_KEPT;
}

/* Between half and the whole of the exponential step: clients that lost the same server do not
 * come back together. */
static int64_t backoff_ms(struct retry *retry)
{
    int64_t step = RETRY_FIRST_MS;
    for (int i = 0; i < retry->failures && step < RETRY_MOST_MS; i++) {
        step *= 2;
    }
    step = step < RETRY_MOST_MS ? step : RETRY_MOST_MS;
    uint32_t random;
    random_fill(retry->random, &random, sizeof random);
    return step / 2 + (int64_t)random % (step / 2 + 1);
}

int64_t retry_next_ms(struct retry *retry, int64_t retry_after_ms)
{
    int64_t spent = (clock_mono_us(retry->clock) - retry->since_us) / 1000;
    int64_t left = retry->give_up_ms - spent;
    int64_t wait = backoff_ms(retry);
    retry->failures++;
    wait = wait < retry_after_ms ? retry_after_ms : wait;
    if (left <= 0) {
        return -1;
    }
    return wait < left ? wait : left;
}
