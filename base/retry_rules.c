#include "base/retry_rules.h"

int64_t jitter_ms(int64_t ms, struct random_source *random)
{
    uint32_t draw;
    random_fill(random, &draw, sizeof draw);
    return ms / 2 + (int64_t)(((uint64_t)(ms - ms / 2) * draw) >> 32) + 1;
}

/* FIRST doubled STEPS times, at most MOST. */
static int64_t doubled(int64_t first, int64_t most, uint32_t steps)
{
    int64_t ms = first;
    for (uint32_t i = 0; i < steps && ms < most; i++) {
        ms *= 2;
    }
    return ms < most ? ms : most;
}

int64_t retry_after_ms(uint32_t attempt, int64_t first_ms, struct random_source *random)
{
    uint32_t steps = attempt > 0 ? attempt - 1 : 0;
    return jitter_ms(doubled(first_ms, RETRY_MOST_MS, steps), random);
}

bool retry_gives_up(int64_t age_ms, int64_t limit_ms)
{
    return age_ms >= limit_ms;
}

void breaker_success(struct breaker *breaker)
{
    *breaker = (struct breaker){.first_ms = breaker->first_ms};
}

void breaker_failure(struct breaker *breaker, int64_t now_us, struct random_source *random)
{
    breaker->failures++;
    if (breaker->failures >= BREAKER_FAILURES) {
        int64_t ms = doubled(breaker->first_ms, BREAKER_MOST_MS,
                             breaker->failures - BREAKER_FAILURES);
        breaker->open_until_us = now_us + jitter_ms(ms, random) * 1000;
    }
}

int64_t breaker_wait_ms(const struct breaker *breaker, int64_t now_us)
{
    if (breaker->open_until_us <= now_us) {
        return 0;
    }
    return (breaker->open_until_us - now_us + 999) / 1000;
}
