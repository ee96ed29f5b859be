/*
 * liveness_rules: what a liveness challenge asks for, and which video answers it.
 *
 * Pure functions of values and of a source of randomness.
 */
#ifndef HAYAT_SERVICE_LIVENESS_RULES_H
#define HAYAT_SERVICE_LIVENESS_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/id.h"
#include "base/random.h"
#include "hayat/v1/life_certificate.pb-c.h"

enum {
    LIVENESS_GESTURES = 3, /* different ones, ... */
    LIVENESS_WORDS = 2,    /* ... and groups of digits, in any order */
    LIVENESS_STEPS = LIVENESS_GESTURES + LIVENESS_WORDS,
    LIVENESS_DIGITS = 3, /* of a group: what an old ear and tongue keep in mind */
};

struct liveness_step {
    Hayat__V1__LivenessAct act;
    char digits[LIVENESS_DIGITS + 1]; /* "" but with SAY_DIGITS */
};

struct liveness_steps {
    struct liveness_step step[LIVENESS_STEPS];
};

/* Each as likely as any other. */
struct liveness_steps liveness_draw(struct random_source *random);

/* What is known when a video is declared. */
struct liveness_claim {
    struct id asked, named;           /* the challenge that waits, and the one that is named */
    struct id asked_by, declared_by;  /* devices */
    int64_t now_ms, expire_steady_ms; /* steady time */
};
bool liveness_answers(const struct liveness_claim *claim);

#endif
