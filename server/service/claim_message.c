#include "service/claim_message.h"

#include "service/claim_parts.h"
#include "service/claim_rules.h"
#include "service/claim_view.h"
#include "service/message.h"

#define KIND(name) HAYAT__V1__EXPLANATION_KIND__EXPLANATION_KIND_##name
#define STATE(name) HAYAT__V1__CLAIM_STATE__CLAIM_STATE_##name

typedef Hayat__Store__V1__StoredClaim stored_claim;
typedef Hayat__Store__V1__StoredClaimLine stored_line;

/* --- the arithmetic of a line --- */

enum { STEPS_MAX = 16, ADJUSTMENTS_MAX = 8 };

struct explanation {
    struct rpc *rpc;
    size_t count;
    Hayat__V1__ExplanationStep **steps;
    struct step_text common; /* what every text of the line may name */
};

static status explain(struct explanation *explanation, const struct step_text *step)
{
    struct arena *arena = explanation->rpc->arena;
    Hayat__V1__ExplanationStep *message = message_new(arena,
                                                      &hayat__v1__explanation_step__descriptor);
    if (message == NULL || explanation->count == STEPS_MAX) {
        return FAIL(ARENA_FULL);
    }
    message->kind = step->kind;
    message->amount_centimes = step->amount;
    message->text = claim_text_step(arena, explanation->rpc->language, step);
    explanation->steps[explanation->count++] = message;
    return arena_check(arena);
}

static status explain_amount(struct explanation *explanation, Hayat__V1__ExplanationKind kind,
                             int64_t amount)
{
    struct step_text step = explanation->common;
    step.kind = kind;
    step.amount = amount;
    return explain(explanation, &step);
}

static int64_t adjusted_by(const stored_line *line)
{
    int64_t sum = 0;
    for (size_t i = 0; i < line->n_adjustments; i++) {
        sum += line->adjustments[i]->base_change_centimes;
    }
    return sum;
}

/* RULE AMO-EXPLAIN: amounts are the fund's; a formula is shown when it gives them, to the centime.  domain 4 */
static bool follows_our_rules(const stored_line *line)
{
    const Hayat__Store__V1__StoredSplit *split = line->split;
    bool bounded = split->billed_centimes >= 0 && split->billed_centimes <= AMOUNT_MAX &&
                   split->non_covered_centimes >= 0 &&
                   split->non_covered_centimes <= split->billed_centimes &&
                   line->base_centimes >= 0 && line->base_centimes <= AMOUNT_MAX &&
                   line->rate_basis_points <= RATE_ALL;
    if (!bounded) {
        return false;
    }
    struct line_terms terms = {.billed = split->billed_centimes,
                               .tariff = line->base_centimes,
                               .quantity = 1, /* the base counts the quantity already */
                               .rate = (int32_t)line->rate_basis_points,
                               .non_covered = split->non_covered_centimes};
    struct amount_split ours = line_split(&terms);
    struct amount_split theirs = {split->billed_centimes, split->reimbursed_centimes,
                                  split->ticket_moderateur_centimes, split->overrun_centimes,
                                  split->non_covered_centimes};
    return split_equal(&ours, &theirs);
}

static status explain_base(struct explanation *explanation, const stored_line *line)
{
    if (line->base_centimes == 0 && line->n_adjustments == 0) {
        return STATUS_OK; /* nothing of it is in the tariff */
    }
    TRY(explain_amount(explanation, KIND(BASE), line->base_centimes - adjusted_by(line)));
    for (size_t i = 0; i < line->n_adjustments && i < ADJUSTMENTS_MAX; i++) {
        struct step_text step = explanation->common;
        step.kind = KIND(ADJUSTMENT);
        step.amount = line->adjustments[i]->base_change_centimes;
        step.adjustment_code = line->adjustments[i]->reason_code;
        TRY(explain(explanation, &step));
    }
    return explain_amount(explanation,
                          line->exemption_code[0] != '\0' ? KIND(EXEMPTION) : KIND(RATE), 0);
}

static status explain_split(struct explanation *explanation, const stored_line *line)
{
    const Hayat__Store__V1__StoredSplit *split = line->split;
    const struct {
        Hayat__V1__ExplanationKind kind;
        int64_t amount;
    } rest[] = {
        {KIND(TICKET_MODERATEUR), split->ticket_moderateur_centimes},
        {KIND(OVERRUN), split->overrun_centimes},
        {KIND(NON_COVERED), split->non_covered_centimes},
    };
    struct step_text step = explanation->common;
    step.kind = KIND(REIMBURSED);
    step.amount = split->reimbursed_centimes;
    step.base = follows_our_rules(line)
                    ? split->reimbursed_centimes + split->ticket_moderateur_centimes
                    : -1;
    TRY(explain(explanation, &step));
    for (size_t i = 0; i < 3; i++) {
        if (rest[i].amount != 0) {
            TRY(explain_amount(explanation, rest[i].kind, rest[i].amount));
        }
    }
    return STATUS_OK;
}

static status explain_line(struct rpc *rpc, const stored_line *line, Hayat__V1__ClaimLine *message)
{
    struct explanation explanation = {
        .rpc = rpc,
        .steps = arena_array(rpc->arena, STEPS_MAX, sizeof(void *)),
        .common = {.rate = (int32_t)line->rate_basis_points,
                   .coefficient_thousandths = line->coefficient_thousandths,
                   .letter_key = line->letter_key[0] != '\0'      ? line->letter_key
                                 : line->medicine_code[0] != '\0' ? line->medicine_code
                                                                  : line->act_code,
                   .tariff_version = line->tariff_version,
                   .exemption_code = line->exemption_code,
                   .adjustment_code = ""},
    };
    TRY(arena_check(rpc->arena));
    TRY(explain_amount(&explanation, KIND(BILLED), line->split->billed_centimes));
    TRY(explain_base(&explanation, line));
    TRY(explain_split(&explanation, line));
    message->explanation = explanation.steps;
    message->n_explanation = explanation.count;
    return STATUS_OK;
}

/* --- a line --- */

static status adjustment_messages(struct rpc *rpc, const stored_line *line,
                                  Hayat__V1__ClaimLine *message)
{
    message->adjustments = arena_array(rpc->arena, line->n_adjustments, sizeof(void *));
    TRY(arena_check(rpc->arena));
    for (size_t i = 0; i < line->n_adjustments; i++) {
        Hayat__V1__Adjustment *adjustment = message_new(rpc->arena,
                                                        &hayat__v1__adjustment__descriptor);
        if (adjustment == NULL) {
            return FAIL(ARENA_FULL);
        }
        adjustment->code = line->adjustments[i]->reason_code;
        adjustment->text = message_text(rpc->arena,
                                        adjustment_text(adjustment->code, rpc->language));
        adjustment->base_change_centimes = line->adjustments[i]->base_change_centimes;
        message->adjustments[message->n_adjustments++] = adjustment;
    }
    return STATUS_OK;
}

static void fill_line(struct arena *arena, const stored_line *line, Hayat__V1__ClaimLine *message)
{
    message->line_number = (int32_t)line->line_number;
    message->care_date = message_optional_date(arena, line->care_days);
    message->act_code = line->act_code;
    message->letter_key = line->letter_key;
    message->coefficient_thousandths = line->coefficient_thousandths;
    message->quantity = (int32_t)line->quantity;
    message->tooth = line->tooth;
    message->surface = line->surface;
    message->medicine_code = line->medicine_code;
    message->executor_inpe = line->executor_inpe;
    message->amounts = split_message(arena, line->split);
    message->base_centimes = line->base_centimes;
    message->rate_basis_points = (int32_t)line->rate_basis_points;
    message->exemption_code = line->exemption_code;
    message->tariff_version = line->tariff_version;
}

static status line_message(const struct claim_context *context, const stored_line *line,
                           Hayat__V1__ClaimLine **ret_message)
{
    struct rpc *rpc = context->rpc;
    Hayat__V1__ClaimLine *message = message_new(rpc->arena, &hayat__v1__claim_line__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    if (line->split == NULL) {
        return FAIL(STORE_CORRUPT);
    }
    fill_line(rpc->arena, line, message);
    TRY(adjustment_messages(rpc, line, message));
    TRY(claim_parts_rejections(context, line->rejections, line->n_rejections,
                               &message->rejections));
    message->n_rejections = line->n_rejections;
    TRY(explain_line(rpc, line, message));
    *ret_message = message;
    return arena_check(rpc->arena);
}

static status line_messages(const struct claim_context *context, const stored_claim *claim,
                            Hayat__V1__Claim *message)
{
    message->lines = arena_array(context->rpc->arena, claim->n_lines, sizeof(void *));
    TRY(arena_check(context->rpc->arena));
    for (size_t i = 0; i < claim->n_lines; i++) {
        TRY(line_message(context, claim->lines[i], &message->lines[i]));
        message->n_lines = i + 1;
    }
    return STATUS_OK;
}

/* --- the whole --- */

static struct event_text event_of(uint32_t state, enum language language)
{
    return claim_event_text((Hayat__V1__ClaimState)state, language);
}

/* What the feed did not tell as a change of state, the claim's days tell by noon. */
static status timeline_of(struct rpc *rpc, const stored_claim *claim, struct timeline *timeline)
{
    TRY(claim_parts_changes(timeline, claim->state_changes, claim->n_state_changes));
    claim_parts_derive(timeline, STATE(RECEIVED), claim_parts_noon(rpc, claim->receipt_days));
    claim_parts_derive(timeline, STATE(PAID), claim_parts_noon(rpc, claim->payment_days));
    if (claim->state == STATE(REJECTED)) {
        claim_parts_derive(timeline, STATE(REJECTED), claim_parts_noon(rpc, claim->decision_days));
    }
    return STATUS_OK;
}

/* RULE AMO-CLAIM-CLOCK: it begins when the fund received the claim and ends when it was paid, or rejected.  domain 4 */
static status clock_of(struct rpc *rpc, const stored_claim *claim, const struct timeline *timeline,
                       Hayat__V1__LegalClock **ret_clock)
{
    bool rejected = claim->state == STATE(REJECTED);
    struct clock_request request = {
        .delay_code = claim->payee == HAYAT__V1__PAYEE__PAYEE_PROVIDER ? "provider_payment"
                                                                       : "reimbursement",
        .start_ms = claim_parts_first(timeline, STATE(RECEIVED)),
        .stop_ms = claim_parts_first(timeline, rejected ? STATE(REJECTED) : STATE(PAID)),
        .pauses = claim->pauses,
        .pause_count = claim->n_pauses,
    };
    return claim_parts_clock(rpc, &request, ret_clock);
}

static void fill_payment(const stored_claim *claim, Hayat__V1__Claim *message)
{
    if (claim->n_payments > 0) {
        const Hayat__Store__V1__StoredPayment *last = claim->payments[claim->n_payments - 1];
        message->payment_reference = last->payment_reference;
        message->masked_account = last->masked_account;
    }
}

static status context_of(struct rpc *rpc, const stored_claim *claim, struct claim_context *context)
{
    const struct filing_facts filing = {claim->first_care_days, claim->last_care_days};
    TRY(claim_context_init(context, rpc,
                           claim->decision_days != 0 ? claim->decision_days : claim->receipt_days));
    return claim_context_filing(context, &filing);
}

static status fill_texts(struct rpc *rpc, const stored_claim *claim, Hayat__V1__Claim *message)
{
    struct claim_context context;
    TRY(context_of(rpc, claim, &context));
    TRY(claim_parts_missing(&context, claim->missing_items, claim->n_missing_items,
                            &message->missing_items));
    message->n_missing_items = claim->n_missing_items;
    TRY(claim_parts_rejections(&context, claim->rejections, claim->n_rejections,
                               &message->rejections));
    message->n_rejections = claim->n_rejections;
    TRY(line_messages(&context, claim, message));
    struct timeline timeline;
    TRY(timeline_of(rpc, claim, &timeline));
    TRY(claim_parts_timeline(rpc, &timeline, event_of, &message->timeline));
    message->n_timeline = timeline.count;
    return clock_of(rpc, claim, &timeline, &message->legal_clock);
}

status claim_message(struct rpc *rpc, struct id id, const Hayat__Store__V1__StoredClaim *claim,
                     Hayat__V1__Claim **ret_message)
{
    struct id beneficiary;
    TRY(claim_parts_beneficiary(rpc->txn, rpc->principal->owner, claim->beneficiary_seq,
                                &beneficiary));
    Hayat__V1__Claim *message = message_new(rpc->arena, &hayat__v1__claim__descriptor);
    if (message == NULL) {
        return FAIL(ARENA_FULL);
    }
    message->summary = claim_summary(rpc->arena, id, beneficiary, claim);
    message->regime = claim->regime_code;
    message->prescriber_inpe = claim->prescriber_inpe;
    message->deposit_date = message_optional_date(rpc->arena, claim->deposit_days);
    message->statement_needed = claim->statement_needed;
    fill_payment(claim, message);
    TRY(fill_texts(rpc, claim, message));
    *ret_message = message;
    return arena_check(rpc->arena);
}
