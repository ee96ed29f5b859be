#include "service/claim_rules.h"

#include <assert.h>

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* RULE AMO-ROUNDING: half a centime is rounded upwards; what is left goes to the ticket modérateur.  domain 4 */
static int64_t share_of(int64_t amount, int64_t part, int64_t whole)
{
    return (amount * part + whole / 2) / whole;
}

/* RULE AMO-TARIFF: letter key × coefficient.  domain 4 */
int64_t tariff_of_act(int64_t letter_centimes, int64_t coefficient_thousandths)
{
    assert(letter_centimes >= 0 && letter_centimes <= AMOUNT_MAX);
    assert(coefficient_thousandths >= 0 && coefficient_thousandths <= COEFFICIENT_MAX);
    return share_of(letter_centimes, coefficient_thousandths, COEFFICIENT_ONE);
}

int64_t line_base(const struct line_terms *terms)
{
    assert(terms->tariff >= 0 && terms->tariff <= AMOUNT_MAX);
    assert(terms->quantity >= 1 && terms->quantity <= QUANTITY_MAX);
    int64_t base = terms->tariff * terms->quantity + terms->adjustment;
    return base > 0 ? base : 0;
}

/* RULE AMO-EXEMPTION: an exemption raises the rate, and never lowers it.  domain 4 */
int32_t line_rate(const struct line_terms *terms)
{
    assert(terms->rate >= 0 && terms->rate <= RATE_ALL);
    assert(terms->exempted_rate >= 0 && terms->exempted_rate <= RATE_ALL);
    return terms->exempted_rate > terms->rate ? terms->exempted_rate : terms->rate;
}

/* RULE AMO-SPLIT: the rate counts on the tariff, within what was billed; what exceeds the tariff is the member's.
   domain 4 */
struct amount_split line_split(const struct line_terms *terms)
{
    assert(terms->billed >= 0 && terms->billed <= AMOUNT_MAX);
    assert(terms->non_covered >= 0 && terms->non_covered <= terms->billed);
    struct amount_split split = {.billed = terms->billed};
    split.non_covered = terms->rejected ? terms->billed : terms->non_covered;
    int64_t covered = split.billed - split.non_covered;
    int64_t share = smaller(covered, line_base(terms));
    split.reimbursed = share_of(share, line_rate(terms), RATE_ALL);
    split.ticket_moderateur = share - split.reimbursed;
    split.overrun = covered - share;
    return split;
}

/* RULE AMO-INVARIANT: every dirham billed is somebody's.  domain 4 */
bool split_holds(const struct amount_split *split)
{
    const int64_t parts[] = {split->reimbursed, split->ticket_moderateur, split->overrun,
                             split->non_covered};
    int64_t left = split->billed;
    for (int i = 0; i < 4; i++) {
        if (parts[i] < 0 || parts[i] > left) {
            return false;
        }
        left -= parts[i];
    }
    return left == 0;
}

bool split_equal(const struct amount_split *a, const struct amount_split *b)
{
    return a->billed == b->billed && a->reimbursed == b->reimbursed &&
           a->ticket_moderateur == b->ticket_moderateur && a->overrun == b->overrun &&
           a->non_covered == b->non_covered;
}

/* RULE AMO-CAESAREAN: a caesarean without a medical reason is paid at the tariff of a normal delivery.  domain 4 */
int64_t caesarean_adjustment(int64_t caesarean_base, int64_t delivery_base)
{
    return smaller(delivery_base - caesarean_base, 0);
}
