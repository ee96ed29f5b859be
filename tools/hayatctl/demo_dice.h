/*
 * demo_dice: repeatable randomness for invented data: the same (seed, purpose, index) throws the
 * same dice on every machine, so a member can be made without making the ones before it.
 * SplitMix64; never for secrets.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_DICE_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_DICE_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

enum dice_purpose {
    DICE_MEMBER = 1,
    DICE_ABROAD,
    DICE_CLAIMS,
    DICE_PHOTO,
    DICE_RIGHTS,
    DICE_AUTHORIZATIONS,
    DICE_ACCOUNTS
};

static inline uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

static inline struct dice dice_for(uint64_t seed, enum dice_purpose purpose, uint64_t index)
{
    struct dice dice = {seed ^ (uint64_t)purpose << 56};
    dice.state = dice_next(&dice) + index * 0xd1342543de82ef95ULL;
    (void)dice_next(&dice);
    return dice;
}

/* 0 … n-1; the bias of the modulo is far below what invented data shows. */
static inline uint32_t dice_below(struct dice *dice, uint32_t n)
{
    assert(n > 0);
    return (uint32_t)(dice_next(dice) % n);
}

/* lo … hi, both included. */
static inline int32_t dice_between(struct dice *dice, int32_t lo, int32_t hi)
{
    assert(lo <= hi);
    return lo + (int32_t)dice_below(dice, (uint32_t)(hi - lo) + 1);
}

static inline bool dice_chance(struct dice *dice, uint32_t percent)
{
    return dice_below(dice, 100) < percent;
}

#endif
