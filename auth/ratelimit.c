#include "auth/ratelimit.h"

#include <assert.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/prefetch.h"
#include "base/table_memory.h"
#include "base/wipe.h"

enum {
    GROUP_PLACES = 8,
    GROUPS = LIMIT_RATE_BUCKETS / GROUP_PLACES,
    CALL_COST = 60 * 1000, /* a call in the unit of credit: per_minute × milliseconds */
    CALLER_MAX = 64,
};

_Static_assert(LIMIT_RATE_BUCKETS % GROUP_PLACES == 0 && GROUPS % LIMIT_RATE_STRIPES == 0,
               "whole groups and stripes");

struct bucket {
    uint64_t caller;    /* keyed hash of class and caller; 0: empty */
    int64_t credit;     /* CALL_COST for each call left */
    int64_t touched_ms; /* monotonic; credit is right at this time */
};

struct rate_limiter {
    const struct clock *clock;
    uint8_t key[crypto_shorthash_KEYBYTES];
    pthread_mutex_t stripes[LIMIT_RATE_STRIPES];
    struct bucket buckets[LIMIT_RATE_BUCKETS];
};

struct rate_limiter *rate_limiter_new(const struct clock *clock, struct random_source *random)
{
    struct rate_limiter *limiter = table_memory_new(sizeof *limiter);
    if (limiter == NULL) {
        return NULL;
    }
    limiter->clock = clock;
    random_fill(random, limiter->key, sizeof limiter->key);
    for (size_t i = 0; i < LIMIT_RATE_STRIPES; i++) {
        (void)pthread_mutex_init(&limiter->stripes[i], NULL);
    }
    return limiter;
}

void rate_limiter_free(struct rate_limiter *limiter)
{
    if (limiter == NULL) {
        return;
    }
    for (size_t i = 0; i < LIMIT_RATE_STRIPES; i++) {
        (void)pthread_mutex_destroy(&limiter->stripes[i]);
    }
    wipe(limiter->key, sizeof limiter->key);
    table_memory_free(limiter, sizeof *limiter);
}

static uint64_t hash_caller(const struct rate_limiter *limiter, uint16_t rate_class, bytes caller)
{
    uint8_t input[sizeof rate_class + CALLER_MAX];
    assert(caller.len <= CALLER_MAX);
    memcpy(input, &rate_class, sizeof rate_class);
    if (caller.len > 0) {
        memcpy(input + sizeof rate_class, caller.ptr, caller.len);
    }
    union {
        uint8_t out[crypto_shorthash_BYTES];
        uint64_t value;
    } hash;
    crypto_shorthash(hash.out, input, sizeof rate_class + caller.len, limiter->key);
    return hash.value == 0 ? 1 : hash.value;
}

/* The caller's place; a new caller gets an empty place, else the one used longest ago, with a full bucket. */
static struct bucket *find_bucket(struct bucket *group, uint64_t caller, int64_t full,
                                  int64_t now_ms)
{
    struct bucket *oldest = group;
    for (size_t i = 0; i < GROUP_PLACES; i++) {
        if (group[i].caller == caller) {
            return &group[i];
        }
        if (group[i].caller == 0) {
            oldest = &group[i];
            break; /* places fill from the front and are never emptied */
        }
        if (group[i].touched_ms < oldest->touched_ms) {
            oldest = &group[i];
        }
    }
    *oldest = (struct bucket){caller, full, now_ms};
    return oldest;
}

static void refill(struct bucket *bucket, const struct rate_rule *rule, int64_t full,
                   int64_t now_ms)
{
    int64_t passed_ms = now_ms - bucket->touched_ms;
    int64_t missing = full - bucket->credit;
    bool fills = passed_ms >=
                 missing / rule->per_minute + 1; /* compared so that nothing overflows */
    bucket->credit = fills ? full : bucket->credit + passed_ms * rule->per_minute;
    bucket->touched_ms = now_ms;
}

status rate_limiter_take(struct rate_limiter *limiter, const struct rate_rule *rule, bytes caller,
                         int64_t *ret_retry_after_ms)
{
    if (rule->per_minute <= 0) {
        return STATUS_OK;
    }
    int64_t full = (int64_t)(rule->burst > 0 ? rule->burst : 1) * CALL_COST;
    uint64_t hash = hash_caller(limiter, rule->rate_class, caller);
    size_t group = (size_t)(hash % GROUPS);
    struct bucket *buckets = &limiter->buckets[group * GROUP_PLACES];
    prefetch(buckets, GROUP_PLACES * sizeof *buckets);
    int64_t now_ms = clock_mono_us(limiter->clock) / 1000;
    pthread_mutex_t *stripe = &limiter->stripes[group % LIMIT_RATE_STRIPES];

    (void)pthread_mutex_lock(stripe);
    struct bucket *bucket = find_bucket(buckets, hash, full, now_ms);
    if (now_ms > bucket->touched_ms) { /* another thread may have read the clock after us */
        refill(bucket, rule, full, now_ms);
    }
    int64_t lacking = CALL_COST - bucket->credit;
    if (lacking <= 0) {
        bucket->credit -= CALL_COST;
    }
    (void)pthread_mutex_unlock(stripe);

    if (lacking > 0) {
        *ret_retry_after_ms = (lacking + rule->per_minute - 1) / rule->per_minute;
        return FAIL(RATE_LIMITED);
    }
    return STATUS_OK;
}
