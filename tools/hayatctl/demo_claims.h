/*
 * demo_claims: the invented claims of one member, decided by the public tariffs of 2006 (TNR) and
 * the rates of the public sector's scheme.
 *
 * A pure function of (fund, member).  Three members in five have 2 to 10 claims, or each as many as the fund says; oldest
 * first.
 *
 * Invariant of every line, in centimes of MAD, each part ≥ 0:
 *   billed = reimbursed + ticket_moderateur + overrun + non_covered
 * Until a claim is decided its lines carry the estimate under the same rules.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_DEMO_CLAIMS_H
#define HAYAT_TOOLS_HAYATCTL_DEMO_CLAIMS_H

#include "tools/hayatctl/demo_member.h"

enum { DEMO_CLAIMS_USUAL = 10, DEMO_LINES_MAX = 5 };

struct demo_line {
    struct date care_date;
    const char *act_code;
    const char *letter_key; /* empty for medicines */
    int32_t coefficient_thousandths;
    int32_t quantity;
    char medicine_code[14]; /* empty unless a medicine */
    uint32_t executor_inpe;
    int64_t billed_centimes, base_centimes;
    int32_t rate_basis_points;
    const char *exemption; /* "ALD" or empty */
    int64_t ticket_moderateur_centimes, overrun_centimes, non_covered_centimes, reimbursed_centimes;
    int64_t adjustment_centimes;  /* of the base, below 0, as an unjustified caesarean's; or 0 */
    const char *rejection_reason; /* empty when accepted */
};

struct demo_claim {
    char claim_number[28];
    uint32_t beneficiary_seq;
    const char *origin, *state, *payee;
    struct date first_care_date, last_care_date, deposit_date, receipt_date;
    /* year 0 while not decided, not paid, not reversed */
    struct date decision_date, payment_date, reversal_date;
    struct date pause_start_date, pause_end_date; /* year 0: the fund never waited, still waits */
    struct date respond_by_date;                  /* year 0: there is nothing to answer */
    uint32_t prescriber_inpe;
    int64_t billed_centimes, reimbursed_centimes;
    char payment_reference[20]; /* empty while not paid */
    char masked_account[32];
    const char *missing_items; /* empty unless MORE_INFORMATION_NEEDED; else all of them, by ';' */
    bool complementary_statement;
    struct date update_date;
    struct demo_line lines[DEMO_LINES_MAX];
    uint32_t line_count;
};

uint32_t demo_claim_count(const struct demo_fund *fund, const struct demo_member *member);
/* The claim at POSITION, 0 being the oldest. */
void demo_claim_make(const struct demo_fund *fund, const struct demo_member *member,
                     uint32_t position, struct demo_claim *ret);

#endif
