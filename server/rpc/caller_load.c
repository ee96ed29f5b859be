#include "rpc/caller_load.h"

#include "base/codec.h"

/* Both are keyed hashes already. */
static uint32_t slot_of(const struct principal *who)
{
    uint64_t hash = who->kind == CALLER_ANONYMOUS ? who->network : get_be64(who->owner.bytes);
    return (uint32_t)(hash % LIMIT_CALLER_SLOTS);
}

/* False, and nothing added, when WEIGHT more would pass LIMIT. */
static bool add(_Atomic int32_t *sum, int32_t weight, int32_t limit)
{
    if (weight == 0) {
        return true;
    }
    if (atomic_fetch_add(sum, weight) <= limit - weight) {
        return true;
    }
    (void)atomic_fetch_sub(sum, weight);
    return false;
}

status caller_load_take(struct caller_load *load, const struct principal *who, bool is_stream,
                        struct caller_hold *ret_hold)
{
    struct caller_hold hold = {.slot = slot_of(who)}, wanted = hold;
    wanted.weight = is_stream ? LIMIT_STREAM_LOAD : 1;
    wanted.anonymous_calls = who->kind == CALLER_ANONYMOUS ? 1 : 0;
    wanted.anonymous_streams = is_stream ? wanted.anonymous_calls : 0;
    if (!add(&load->held[hold.slot], wanted.weight, LIMIT_CALLER_LOAD)) {
        return FAIL(RATE_LIMITED);
    }
    hold.weight = wanted.weight;
    if (!add(&load->anonymous_calls, wanted.anonymous_calls, LIMIT_ANONYMOUS_CALLS)) {
        caller_load_release(load, &hold);
        return FAIL(OVERLOADED);
    }
    hold.anonymous_calls = wanted.anonymous_calls;
    if (!add(&load->anonymous_streams, wanted.anonymous_streams, LIMIT_ANONYMOUS_STREAMS)) {
        caller_load_release(load, &hold);
        return FAIL(OVERLOADED);
    }
    *ret_hold = wanted;
    return STATUS_OK;
}

void caller_load_release(struct caller_load *load, struct caller_hold *hold)
{
    (void)atomic_fetch_sub(&load->held[hold->slot], hold->weight);
    (void)atomic_fetch_sub(&load->anonymous_calls, hold->anonymous_calls);
    (void)atomic_fetch_sub(&load->anonymous_streams, hold->anonymous_streams);
    *hold = (struct caller_hold){.weight = 0};
}
