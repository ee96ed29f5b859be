#include "rpc/caller_load.h"

#include "base/codec.h"

/* Keyed hashes, or random, already. */
static uint32_t slot_of(const struct principal *who)
{
    struct owner account = principal_account(who);
    uint64_t hash = who->kind == CALLER_ANONYMOUS ? who->network : get_be64(account.bytes);
    return (uint32_t)(hash % LIMIT_CALLER_SLOTS);
}

/* Counts it in, or nothing and false when that would pass LIMIT. */
static bool count_in(struct caller_hold *hold, _Atomic int32_t *count, int32_t limit)
{
    if (atomic_fetch_add(count, 1) >= limit) {
        (void)atomic_fetch_sub(count, 1);
        return false;
    }
    hold->counts[hold->count++] = count;
    return true;
}

static bool count_caller(struct caller_load *load, uint32_t slot, enum load_kind kind,
                         struct caller_hold *hold)
{
    switch (kind) {
    case LOAD_LARGE:
        return count_in(hold, &load->large[slot], LIMIT_CALLER_LARGE);
    case LOAD_WATCH:
        return count_in(hold, &load->watches[slot], LIMIT_CALLER_LARGE);
    case LOAD_SMALL:
        break;
    }
    return count_in(hold, &load->small[slot], LIMIT_CALLER_CALLS);
}

static bool count_all(struct caller_load *load, bool is_anonymous, enum load_kind kind,
                      struct caller_hold *hold)
{
    bool is_large = kind == LOAD_LARGE;
    if (is_large && !count_in(hold, &load->all_large, LIMIT_LARGE_CALLS)) {
        return false;
    }
    if (kind == LOAD_WATCH && !count_in(hold, &load->all_watches, LIMIT_WATCHES)) {
        return false;
    }
    if (!is_anonymous) {
        return true;
    }
    return count_in(hold, &load->anonymous, LIMIT_ANONYMOUS_CALLS) &&
           (!is_large || count_in(hold, &load->anonymous_large, LIMIT_ANONYMOUS_LARGE));
}

status caller_load_take(struct caller_load *load, const struct principal *who, enum load_kind kind,
                        struct caller_hold *ret_hold)
{
    *ret_hold = (struct caller_hold){.count = 0};
    if (!count_caller(load, slot_of(who), kind, ret_hold)) {
        return FAIL(RATE_LIMITED);
    }
    if (!count_all(load, who->kind == CALLER_ANONYMOUS, kind, ret_hold)) {
        caller_load_release(ret_hold);
        return FAIL(OVERLOADED);
    }
    return STATUS_OK;
}

void caller_load_release(struct caller_hold *hold)
{
    while (hold->count > 0) {
        (void)atomic_fetch_sub(hold->counts[--hold->count], 1);
    }
}
