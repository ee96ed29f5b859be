/*
 * claim_line_rules: what must be true of the amounts of every line of a claim.  Pure functions.
 *
 * Units    centimes of MAD.
 * Threads  re-entrant.
 */
#ifndef HAYAT_SERVICE_CLAIM_LINE_RULES_H
#define HAYAT_SERVICE_CLAIM_LINE_RULES_H

#include <stdint.h>

struct claim_line_amounts {
    int64_t billed_centimes;
    int64_t reimbursed_centimes, ticket_moderateur_centimes, overrun_centimes, non_covered_centimes;
};

enum claim_line_fault {
    CLAIM_LINE_GOOD,
    CLAIM_LINE_NEGATIVE, /* one of the amounts is below 0 */
    CLAIM_LINE_SUM,      /* the parts do not add up to what was billed */
};

/* RULE AMO-LINE: billed = reimbursed + ticket modérateur + overrun + non covered, each at least 0. */
enum claim_line_fault claim_line_check(const struct claim_line_amounts *amounts);

#endif
