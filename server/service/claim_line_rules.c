#include "service/claim_line_rules.h"

enum claim_line_fault claim_line_check(const struct claim_line_amounts *a)
{
    if (a->billed_centimes < 0 || a->reimbursed_centimes < 0 || a->ticket_moderateur_centimes < 0 ||
        a->overrun_centimes < 0 || a->non_covered_centimes < 0) {
        return CLAIM_LINE_NEGATIVE;
    }
    /* What is left of the billed amount: differences of amounts that are at least 0 do not overflow. */
    int64_t left = a->billed_centimes - a->reimbursed_centimes;
    left = left < 0 ? left : left - a->ticket_moderateur_centimes;
    left = left < 0 ? left : left - a->overrun_centimes;
    left = left < 0 ? left : left - a->non_covered_centimes;
    return left == 0 ? CLAIM_LINE_GOOD : CLAIM_LINE_SUM;
}
