#include "output_claims.h"

#include <stdio.h>

#include "message_json.h"
#include "output_parts.h"
#include "table.h"

#define STATE(name) HAYAT__V1__CLAIM_STATE__CLAIM_STATE_##name

static const char *label(const struct hayat *hayat, enum text text)
{
    return text_get(text, hayat->language);
}

static enum text state_text(Hayat__V1__ClaimState state)
{
    static const enum text texts[] = {
        [STATE(UNSPECIFIED)] = TEXT_UNKNOWN,
        [STATE(RECEIVED)] = TEXT_CLAIM_RECEIVED,
        [STATE(IN_REVIEW)] = TEXT_CLAIM_IN_REVIEW,
        [STATE(MORE_INFORMATION_NEEDED)] = TEXT_CLAIM_MORE_INFORMATION,
        [STATE(APPROVED)] = TEXT_CLAIM_APPROVED,
        [STATE(PARTLY_APPROVED)] = TEXT_CLAIM_PARTLY_APPROVED,
        [STATE(REJECTED)] = TEXT_CLAIM_REJECTED,
        [STATE(PAID)] = TEXT_CLAIM_PAID,
        [STATE(REVERSED)] = TEXT_CLAIM_REVERSED,
    };
    return state >= STATE(UNSPECIFIED) && state <= STATE(REVERSED) ? texts[state] : TEXT_UNKNOWN;
}

/* --- the list --- */

static void add_claim(struct hayat *hayat, struct table *table,
                      const Hayat__V1__ClaimSummary *claim)
{
    static const Hayat__V1__AmountSplit nothing = HAYAT__V1__AMOUNT_SPLIT__INIT;
    const Hayat__V1__AmountSplit *totals = claim->totals == NULL ? &nothing : claim->totals;
    const char *const cells[] = {
        output_day(hayat, claim->receipt_date),
        claim->file_number,
        label(hayat, state_text(claim->state)),
        output_amount(hayat, totals->billed_centimes),
        output_amount(hayat, totals->reimbursed_centimes),
        output_amount(hayat, totals->billed_centimes - totals->reimbursed_centimes),
        output_day(hayat, claim->payment_date),
        claim->claim_id,
    };
    table_add(table, cells);
}

status output_claim_rows(struct hayat *hayat, Hayat__V1__ClaimSummary *const *claims, size_t count)
{
    struct table table;
    const char *const heading[] = {label(hayat, TEXT_RECEIVED_ON), label(hayat, TEXT_FILE),
                                   label(hayat, TEXT_STATE),       label(hayat, TEXT_BILLED),
                                   label(hayat, TEXT_REIMBURSED),  label(hayat, TEXT_YOUR_SHARE),
                                   label(hayat, TEXT_PAID_ON),     label(hayat, TEXT_NUMBER)};
    TRY(table_init(&table, &hayat->arena, 8, count + 1));
    table.right[3] = table.right[4] = table.right[5] = true;
    table_add(&table, heading);
    for (size_t i = 0; i < count; i++) {
        add_claim(hayat, &table, claims[i]);
    }
    TRY(arena_check(&hayat->arena));
    table_print(&table);
    return STATUS_OK;
}

status output_claims(struct hayat *hayat, const Hayat__V1__ListClaimsResponse *list)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&list->base));
    }
    if (list->n_claims == 0) {
        (void)puts(label(hayat, TEXT_NO_CLAIMS));
        return output_done();
    }
    TRY(output_claim_rows(hayat, list->claims, list->n_claims));
    return output_done();
}

/* --- one claim --- */

static void split_rows(struct hayat *hayat, const Hayat__V1__AmountSplit *split)
{
    if (split == NULL) {
        return;
    }
    output_amount_row(hayat, TEXT_BILLED, split->billed_centimes);
    output_amount_row(hayat, TEXT_REIMBURSED, split->reimbursed_centimes);
    output_amount_row(hayat, TEXT_TICKET_MODERATEUR, split->ticket_moderateur_centimes);
    output_amount_row(hayat, TEXT_OVERRUN, split->overrun_centimes);
    output_amount_row(hayat, TEXT_NON_COVERED, split->non_covered_centimes);
}

static const char *what_of(const Hayat__V1__ClaimLine *line)
{
    return line->act_code[0] != '\0'     ? line->act_code
           : line->letter_key[0] != '\0' ? line->letter_key
                                         : line->medicine_code;
}

static void line_rows(struct hayat *hayat, const Hayat__V1__ClaimLine *line)
{
    (void)printf("\n%s %d  %s  ", label(hayat, TEXT_LINE), line->line_number,
                 output_day(hayat, line->care_date));
    output_safe(stdout, what_of(line));
    (void)printf(" × %d\n", line->quantity);
    for (size_t i = 0; i < line->n_explanation; i++) {
        output_sentence("", line->explanation[i]->text);
    }
    output_rejections(hayat, line->rejections, line->n_rejections);
}

/* All lines' amounts under each other, and their sum. */
static status lines_table(struct hayat *hayat, const Hayat__V1__Claim *claim)
{
    struct table table;
    const char *const heading[] = {
        label(hayat, TEXT_LINE),       label(hayat, TEXT_CARE_ON),
        label(hayat, TEXT_ACT),        label(hayat, TEXT_BILLED),
        label(hayat, TEXT_REIMBURSED), label(hayat, TEXT_TICKET_MODERATEUR),
        label(hayat, TEXT_OVERRUN),    label(hayat, TEXT_NON_COVERED)};
    TRY(table_init(&table, &hayat->arena, 8, claim->n_lines + 1));
    for (size_t c = 3; c < 8; c++) {
        table.right[c] = true;
    }
    table_add(&table, heading);
    for (size_t i = 0; i < claim->n_lines; i++) {
        const Hayat__V1__ClaimLine *line = claim->lines[i];
        static const Hayat__V1__AmountSplit nothing = HAYAT__V1__AMOUNT_SPLIT__INIT;
        const Hayat__V1__AmountSplit *split = line->amounts == NULL ? &nothing : line->amounts;
        const char *const cells[] = {
            arena_printf(&hayat->arena, "%d", line->line_number),
            output_day(hayat, line->care_date),
            what_of(line),
            output_amount(hayat, split->billed_centimes),
            output_amount(hayat, split->reimbursed_centimes),
            output_amount(hayat, split->ticket_moderateur_centimes),
            output_amount(hayat, split->overrun_centimes),
            output_amount(hayat, split->non_covered_centimes),
        };
        table_add(&table, cells);
    }
    TRY(arena_check(&hayat->arena));
    (void)putchar('\n');
    table_print(&table);
    return STATUS_OK;
}

static void heading_rows(struct hayat *hayat, const Hayat__V1__Claim *claim)
{
    const Hayat__V1__ClaimSummary *summary = claim->summary;
    (void)printf("%s ", label(hayat, TEXT_FILE));
    output_safe(stdout, summary->file_number);
    (void)putchar('\n');
    output_row(hayat, TEXT_STATE, label(hayat, state_text(summary->state)));
    output_row(hayat, TEXT_REGIME, claim->regime);
    output_date_row(hayat, TEXT_CARE_ON, summary->first_care_date);
    output_date_row(hayat, TEXT_RECEIVED_ON, summary->receipt_date);
    output_date_row(hayat, TEXT_DECIDED_ON, summary->decision_date);
    output_date_row(hayat, TEXT_PAID_ON, summary->payment_date);
    output_row(hayat, TEXT_PAYMENT, claim->payment_reference);
    output_row(hayat, TEXT_ACCOUNT, claim->masked_account);
    split_rows(hayat, summary->totals);
}

status output_claim(struct hayat *hayat, const Hayat__V1__Claim *claim)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&claim->base));
    }
    heading_rows(hayat, claim);
    output_missing(hayat, claim->missing_items, claim->n_missing_items);
    output_rejections(hayat, claim->rejections, claim->n_rejections);
    TRY(lines_table(hayat, claim));
    for (size_t i = 0; i < claim->n_lines; i++) {
        line_rows(hayat, claim->lines[i]);
    }
    output_timeline(hayat, claim->timeline, claim->n_timeline, claim->legal_clock);
    return output_done();
}
