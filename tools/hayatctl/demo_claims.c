#include "tools/hayatctl/demo_claims.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "tools/hayatctl/demo_dice.h"
#include "tools/hayatctl/demo_rights.h"

enum {
    HISTORY_DAYS = 720,
    INPE_FIRST = 990000100, /* invented: 9 digits beginning with 99 */
    INPE_COUNT = 700,
    RATE_ACT = 8000, /* consultations and acts, public sector; hundredths of a per cent */
    RATE_MEDICINE = 7000,
    RATE_EXEMPT = 10000, /* long-term illness */
    RESPOND_DAYS = 60,
};

/* TNR 2006, private sector: reference data of the demonstration, in centimes per unit of the
   letter-key. */
struct act {
    const char *code, *letter_key;
    int32_t key_centimes;
    int32_t coefficient_min, coefficient_max;       /* whole units */
    int32_t market_percent_min, market_percent_max; /* billed, in percent of the tariff */
    uint32_t weight;
};

static const struct act acts[] = {
    {"C", "C", 8000, 1, 1, 100, 250, 26},         {"CS", "Cs", 15000, 1, 1, 120, 267, 22},
    {"CNPSY", "CNPSY", 19000, 1, 1, 110, 220, 3}, {"V", "V", 12000, 1, 1, 120, 210, 2},
    {"VS", "Vs", 19000, 1, 1, 110, 200, 1},       {"VNPSY", "VNPSY", 19000, 1, 1, 110, 220, 1},
    {"CSC", "CsC", 19000, 1, 1, 110, 210, 5},     {"BIO", "P", 110, 40, 320, 100, 100, 9},
    {"RADIO", "Z", 1000, 8, 60, 100, 150, 9},     {"CHIR", "K", 2250, 10, 80, 100, 190, 4},
    {"KINE", "AMM", 5000, 1, 10, 100, 160, 4},    {"ORTHO", "AMY", 5000, 1, 8, 100, 160, 2},
};
static const struct act medicine = {"PHARM", "", 100, 12, 480, 100, 100, 0};

static const char *const rejections[] = {"late_filing",
                                         "missing_prescription",
                                         "missing_inpe",
                                         "missing_stamp_or_signature",
                                         "invoice_not_original",
                                         "invoice_not_numbered",
                                         "medicine_not_reimbursable",
                                         "missing_barcode",
                                         "prior_agreement_missing",
                                         "xray_missing",
                                         "duplicate",
                                         "over_frequency",
                                         "act_not_in_nomenclature",
                                         "illegible",
                                         "covered_elsewhere"};

static const char *const missing_items[] = {
    "missing_prescription",
    "missing_stamp_or_signature",
    "missing_prescription;invoice_not_original",
    "missing_inpe;missing_barcode;missing_stamp_or_signature",
};

static struct date days_after(struct date date, int64_t days)
{
    return date_from_days(date_to_days(date) + days);
}

static uint32_t pick_inpe(struct dice *dice)
{
    return (uint32_t)INPE_FIRST + dice_below(dice, INPE_COUNT);
}

static const struct act *pick_act(struct dice *dice)
{
    uint32_t total = 0;
    for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
        total += acts[i].weight;
    }
    uint32_t roll = dice_below(dice, total);
    size_t i = 0;
    while (roll >= acts[i].weight) {
        roll -= acts[i].weight;
        i++;
    }
    return &acts[i];
}

/* Billed at the market's price, rounded to 5 MAD above 50 MAD as prices are. */
static int64_t market_price(struct dice *dice, const struct act *act, int64_t tariff)
{
    int64_t price = tariff * dice_between(dice, act->market_percent_min, act->market_percent_max) /
                    100;
    bool exact = act->market_percent_max == 100;
    return !exact && price > 5000 ? price / 500 * 500 : price;
}

/* The four parts of what was billed; RULE: they add up to it, each ≥ 0. */
static void split_amount(struct demo_line *line, bool rejected)
{
    if (rejected) {
        line->rate_basis_points = 0;
        line->non_covered_centimes = line->billed_centimes;
        return;
    }
    int64_t base = line->base_centimes < line->billed_centimes ? line->base_centimes
                                                               : line->billed_centimes;
    line->base_centimes = base;
    line->reimbursed_centimes = base * line->rate_basis_points / 10000;
    line->ticket_moderateur_centimes = base - line->reimbursed_centimes;
    line->overrun_centimes = line->billed_centimes - base;
}

static void make_line(struct dice *dice, const struct act *act, struct date care_date, bool exempt,
                      struct demo_line *line)
{
    bool is_medicine = act == &medicine;
    int32_t units = dice_between(dice, act->coefficient_min, act->coefficient_max);
    *line = (struct demo_line){
        .care_date = care_date,
        .act_code = act->code,
        .letter_key = act->letter_key,
        .coefficient_thousandths = is_medicine ? 0 : units * 1000,
        .quantity = is_medicine ? dice_between(dice, 1, 3) : 1,
        .executor_inpe = pick_inpe(dice),
        .rate_basis_points = exempt        ? RATE_EXEMPT
                             : is_medicine ? RATE_MEDICINE
                                           : RATE_ACT,
        .exemption = exempt ? "ALD" : "",
        .rejection_reason = "",
    };
    line->base_centimes = (int64_t)act->key_centimes * units * line->quantity;
    line->billed_centimes = market_price(dice, act, line->base_centimes);
    if (is_medicine) {
        (void)snprintf(line->medicine_code, sizeof(line->medicine_code), "611999%07u",
                       dice_below(dice, 4000));
    }
    if (strcmp(line->letter_key, "K") == 0 && dice_chance(dice, 10)) {
        line->adjustment_centimes = -(line->base_centimes / 4);
        line->base_centimes += line->adjustment_centimes;
    }
    bool rejected = dice_chance(dice, 6);
    if (rejected) {
        line->adjustment_centimes = 0;
        line->rejection_reason = rejections[dice_below(dice, ARRAY_LEN(rejections))];
    }
    split_amount(line, rejected);
}

static void make_lines(struct dice *dice, struct demo_claim *claim, bool exempt)
{
    claim->line_count = 1 + dice_below(dice, DEMO_LINES_MAX);
    for (uint32_t i = 0; i < claim->line_count; i++) {
        const struct act *act = i == 0                  ? pick_act(dice)
                                : dice_chance(dice, 70) ? &medicine
                                                        : pick_act(dice);
        struct date care = i == 0 ? claim->first_care_date : claim->last_care_date;
        make_line(dice, act, care, exempt, &claim->lines[i]);
        claim->billed_centimes += claim->lines[i].billed_centimes;
        claim->reimbursed_centimes += claim->lines[i].reimbursed_centimes;
    }
}

static uint32_t rejected_lines(const struct demo_claim *claim)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < claim->line_count; i++) {
        count += claim->lines[i].rejection_reason[0] != '\0' ? 1 : 0;
    }
    return count;
}

/* Some were waited for: a pause of the clock between receipt and decision. */
static void pause_claim(struct dice *dice, struct demo_claim *claim, int32_t days)
{
    if (days < 6 || !dice_chance(dice, 8)) {
        return;
    }
    int32_t start = dice_between(dice, 1, days / 2);
    claim->pause_start_date = days_after(claim->receipt_date, start);
    claim->pause_end_date = days_after(claim->receipt_date,
                                       dice_between(dice, start + 1, days - 1));
}

static void pay(struct dice *dice, struct demo_claim *claim, struct date today)
{
    struct date payment = days_after(claim->decision_date, dice_between(dice, 3, 18));
    if (claim->reimbursed_centimes == 0 || date_compare(payment, today) > 0) {
        return;
    }
    claim->payment_date = payment;
    claim->state = "PAID";
    (void)snprintf(claim->payment_reference, sizeof(claim->payment_reference), "VIR-%08u",
                   dice_below(dice, 100000000));
    (void)snprintf(claim->masked_account, sizeof(claim->masked_account),
                   "*** *** **************** %02u", 1 + dice_below(dice, 97));
    struct date reversal = days_after(payment, 5);
    if (dice_below(dice, 300) == 0 && date_compare(reversal, today) <= 0) {
        claim->state = "REVERSED";
        claim->reversal_date = reversal;
    }
}

static void decide(struct dice *dice, struct demo_claim *claim, struct date today)
{
    int64_t waited = date_to_days(today) - date_to_days(claim->receipt_date);
    if (waited < 4) {
        claim->state = "RECEIVED";
        return;
    }
    if (waited < 15 || dice_below(dice, 200) == 0) {
        bool asks = dice_chance(dice, 18);
        claim->state = asks ? "MORE_INFORMATION_NEEDED" : "IN_REVIEW";
        if (asks) {
            claim->missing_items = missing_items[dice_below(dice, ARRAY_LEN(missing_items))];
            claim->pause_start_date = days_after(claim->receipt_date, 2);
            claim->respond_by_date = days_after(claim->pause_start_date, RESPOND_DAYS);
        }
        return;
    }
    int32_t latest = waited < 40 ? (int32_t)waited : 40;
    int32_t days = dice_between(dice, 10, latest);
    claim->decision_date = days_after(claim->receipt_date, days);
    pause_claim(dice, claim, days);
    uint32_t rejected = rejected_lines(claim);
    claim->state = rejected == 0                   ? "APPROVED"
                   : rejected == claim->line_count ? "REJECTED"
                                                   : "PARTLY_APPROVED";
    if (rejected > 0) {
        claim->respond_by_date = days_after(claim->decision_date, RESPOND_DAYS);
    }
    pay(dice, claim, today);
}

static bool is_hero(const struct demo_fund *fund, const struct demo_member *member)
{
    return member->index == demo_hero_index(fund);
}

uint32_t demo_claim_count(const struct demo_fund *fund, const struct demo_member *member)
{
    if (fund->claims_per_member > 0) {
        return fund->claims_per_member;
    }
    struct dice dice = dice_for(fund->seed, DICE_CLAIMS, member->index);
    bool any = dice_chance(&dice, 60);
    uint32_t count = 2 + dice_below(&dice, DEMO_CLAIMS_USUAL - 1);
    if (is_hero(fund, member)) {
        return count < 4 ? 4 : count;
    }
    return any ? count : 0;
}

/* Claims are spread over two years; each falls in its own slice of it, so that they come in order.
   */
static void date_claim(struct dice *dice, const struct demo_fund *fund, uint32_t position,
                       uint32_t count, struct demo_claim *claim)
{
    int32_t slice = HISTORY_DAYS / (int32_t)count;
    int32_t age = HISTORY_DAYS - slice * (int32_t)position - dice_between(dice, 0, slice - 1);
    age = age < 3 ? 3 : age;
    struct date first = days_after(fund->today, -age);
    claim->first_care_date = first;
    int32_t span = age - 2 < 6 ? age - 2 : 6;
    claim->last_care_date = days_after(first, dice_between(dice, 0, span));
    int64_t left = date_to_days(fund->today) - date_to_days(claim->last_care_date);
    int32_t wait = left < 50 ? (int32_t)left : 50; /* filed within two months of the first act */
    claim->deposit_date = days_after(claim->last_care_date, dice_between(dice, 0, wait));
    left = date_to_days(fund->today) - date_to_days(claim->deposit_date);
    claim->receipt_date = days_after(claim->deposit_date,
                                     dice_between(dice, 0, left < 4 ? (int32_t)left : 4));
}

void demo_claim_make(const struct demo_fund *fund, const struct demo_member *member,
                     uint32_t position, struct demo_claim *ret)
{
    static const char *const origins[] = {"AGENCY", "POST", "MUTUELLE", "ELECTRONIC"};
    uint32_t count = demo_claim_count(fund, member);
    assert(position < count);
    uint64_t stream = (uint64_t)member->index * DEMO_CLAIMS_MAX + position + DEMO_MEMBERS_MAX;
    struct dice dice = dice_for(fund->seed, DICE_CLAIMS, stream);
    memset(ret, 0, sizeof(*ret));
    (void)snprintf(ret->claim_number, sizeof(ret->claim_number), "F99%07u-%02u", member->index + 1,
                   position + 1);
    ret->beneficiary_seq = dice_below(&dice, member->person_count);
    ret->origin = origins[dice_below(&dice, ARRAY_LEN(origins))];
    ret->payee = dice_chance(&dice, 92) ? "MEMBER" : "PROVIDER";
    ret->missing_items = "";
    ret->prescriber_inpe = pick_inpe(&dice);
    ret->complementary_statement = dice_chance(&dice, 12);
    date_claim(&dice, fund, position, count, ret);
    make_lines(&dice, ret, demo_is_exempt(fund, member, ret->beneficiary_seq));
    decide(&dice, ret, fund->today);
    ret->update_date = ret->reversal_date.year > 0      ? ret->reversal_date
                       : ret->payment_date.year > 0     ? ret->payment_date
                       : ret->decision_date.year > 0    ? ret->decision_date
                       : ret->pause_start_date.year > 0 ? ret->pause_start_date
                                                        : ret->receipt_date;
}
