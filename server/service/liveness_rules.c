#include "service/liveness_rules.h"

#include <string.h>

#include "base/array.h"

#define ACT(name) HAYAT__V1__LIVENESS_ACT__LIVENESS_ACT_##name

static const Hayat__V1__LivenessAct gestures[] = {
    ACT(TURN_LEFT),  ACT(TURN_RIGHT), ACT(LOOK_UP),    ACT(LOOK_DOWN),
    ACT(CLOSE_EYES), ACT(OPEN_MOUTH), ACT(TOUCH_CHIN), ACT(RAISE_HAND),
};

/* Below COUNT, each as likely: what would favour the first few is drawn again. */
static uint32_t draw_below(struct random_source *random, uint32_t count)
{
    const uint32_t fair = UINT32_MAX - UINT32_MAX % count;
    uint32_t word;
    do {
        random_fill(random, &word, sizeof word);
    } while (word >= fair);
    return word % count;
}

static struct liveness_step say(struct random_source *random)
{
    struct liveness_step step = {.act = ACT(SAY_DIGITS)};
    for (size_t i = 0; i < LIVENESS_DIGITS; i++) {
        step.digits[i] = (char)('0' + draw_below(random, 10));
    }
    return step;
}

static void shuffle(struct random_source *random, struct liveness_steps *steps)
{
    for (uint32_t left = LIVENESS_STEPS; left > 1; left--) {
        const uint32_t taken = draw_below(random, left);
        const struct liveness_step last = steps->step[left - 1];
        steps->step[left - 1] = steps->step[taken];
        steps->step[taken] = last;
    }
}

/* RULE LC-14: three different gestures of eight and two groups of three digits, in any order: 3,360,000,000 challenges, each as likely.  A film
   of before fits one of them; LIMIT_LIVENESS_CHALLENGES keeps anybody from asking until it does.  domain 5 (a liveness video against a
   challenge); the choice is ours */
struct liveness_steps liveness_draw(struct random_source *random)
{
    Hayat__V1__LivenessAct left[ARRAY_LEN(gestures)];
    struct liveness_steps steps;
    size_t count = ARRAY_LEN(gestures);
    memcpy(left, gestures, sizeof left);
    for (size_t i = 0; i < LIVENESS_GESTURES; i++) {
        const uint32_t taken = draw_below(random, (uint32_t)count);
        steps.step[i] = (struct liveness_step){.act = left[taken]};
        left[taken] = left[--count];
    }
    for (size_t i = LIVENESS_GESTURES; i < LIVENESS_STEPS; i++) {
        steps.step[i] = say(random);
    }
    shuffle(random, &steps);
    return steps;
}

/* RULE LC-15: a video answers the challenge that waits in its own certificate, is declared by the device that asked for it, and in time.  The
   declaration has its digest: no other film can be sent for it, however long the bytes take. */
bool liveness_answers(const struct liveness_claim *claim)
{
    return memcmp(claim->asked.bytes, claim->named.bytes, ID_BYTES) == 0 &&
           memcmp(claim->asked_by.bytes, claim->declared_by.bytes, ID_BYTES) == 0 &&
           claim->now_ms < claim->expire_steady_ms;
}
