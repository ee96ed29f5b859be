/*
 * claim_rules: the arithmetic of one line of a claim.
 *
 * Pure functions on integers; nothing is ever reckoned in fractions.
 *
 *     base       tariff of one unit × quantity + adjustments, at least 0
 *     covered    billed − non-covered
 *     share      the smaller of covered and base
 *     reimbursed share × rate, rounded to the centime, half a centime upwards
 *     ticket modérateur share − reimbursed; so the rounding never loses a centime
 *     overrun    covered − share
 *
 * Units    centimes of MAD; rates in hundredths of a per cent (70 % is 7000); coefficients in thousandths.
 * Bounds   amounts are 0 to AMOUNT_MAX, quantities 1 to QUANTITY_MAX, rates 0 to RATE_ALL (assert).
 */
#ifndef HAYAT_SERVICE_CLAIM_RULES_H
#define HAYAT_SERVICE_CLAIM_RULES_H

#include <stdbool.h>
#include <stdint.h>

#define AMOUNT_MAX                                                                                 \
    100000000000LL /* a thousand million dirhams: more than any claim, and times RATE_ALL fits */
enum { RATE_ALL = 10000, QUANTITY_MAX = 10000, COEFFICIENT_ONE = 1000, COEFFICIENT_MAX = 10000000 };

struct amount_split {
    int64_t billed, reimbursed, ticket_moderateur, overrun, non_covered;
};

struct line_terms {
    int64_t billed;
    int64_t tariff; /* reference tariff of one unit */
    int32_t quantity;
    int64_t adjustment;    /* sum of the base's changes, may be below 0 */
    int32_t rate;          /* of the regime for such care */
    int32_t exempted_rate; /* of an exemption that counts; 0: none */
    int64_t non_covered;   /* what no rule covers, at most billed */
    bool rejected;         /* none of it is covered */
};

/* The tariff of an act: its letter key's value times its coefficient, rounded half up. */
int64_t tariff_of_act(int64_t letter_centimes, int64_t coefficient_thousandths);
/* The base after adjustments. */
int64_t line_base(const struct line_terms *terms);
/* The rate that counts. */
int32_t line_rate(const struct line_terms *terms);
struct amount_split line_split(const struct line_terms *terms);

/* billed = reimbursed + ticket modérateur + overrun + non-covered, each at least 0. */
bool split_holds(const struct amount_split *split);
bool split_equal(const struct amount_split *a, const struct amount_split *b);

/* How an unjustified caesarean changes the base: it is paid as a normal delivery; never upwards. */
int64_t caesarean_adjustment(int64_t caesarean_base, int64_t delivery_base);

#endif
