/*
 * claim_texts: the sentences of a claim in the caller's language.
 *
 * Amounts are written as people write them: "1 234,50 DH", "1,234.50 MAD", "1234.50 درهم".
 * Memory  texts live in the arena, NULL when it ran dry, or are constants.
 */
#ifndef HAYAT_SERVICE_CLAIM_TEXTS_H
#define HAYAT_SERVICE_CLAIM_TEXTS_H

#include "base/arena.h"
#include "hayat/v1/claim.pb-c.h"
#include "hayat/v1/prior_authorization.pb-c.h"
#include "service/legal_clock.h"

char *claim_text_amount(struct arena *arena, enum language language, int64_t centimes);
/* "70 %", "66,67 %" */
char *claim_text_rate(struct arena *arena, enum language language, int32_t basis_points);

/* One step of a line's arithmetic. */
struct step_text {
    Hayat__V1__ExplanationKind kind;
    int64_t amount,
        base; /* centimes; base of REIMBURSED only, below 0 when the formula is not ours */
    int32_t rate;
    int64_t coefficient_thousandths;
    const char *letter_key, *tariff_version, *exemption_code, *adjustment_code; /* never NULL */
};
char *claim_text_step(struct arena *arena, enum language language, const struct step_text *step);

struct event_text {
    const char *code, *text; /* "" and "" for a state we do not know */
};
struct event_text claim_event_text(Hayat__V1__ClaimState state, enum language language);
struct event_text authorization_event_text(Hayat__V1__PriorAuthorizationState state,
                                           enum language language);

/* Of a code we do not know, that the fund made another adjustment. */
const char *adjustment_text(const char *code, enum language language);

/* What is told of a clock; DUE_DAY is the last day that is in time. */
char *legal_clock_text(struct arena *arena, enum language language, const struct clock_state *state,
                       bool done, int64_t due_day);

#endif
