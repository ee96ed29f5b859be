#include "output_claims.h"

#include <inttypes.h>
#include <stdio.h>

#include "message_json.h"
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

/* "150.00", in French "150,00"; never NULL. */
static const char *amount(struct hayat *hayat, int64_t centimes)
{
    uint64_t size = centimes < 0 ? 0 - (uint64_t)centimes : (uint64_t)centimes;
    char *text = arena_printf(&hayat->arena, "%s%" PRIu64 "%c%02u", centimes < 0 ? "-" : "",
                              size / 100, hayat->language == LANGUAGE_FR ? ',' : '.',
                              (unsigned)(size % 100));
    return text == NULL ? "" : text;
}

static const char *day(struct hayat *hayat, const Google__Type__Date *date)
{
    char text[TIME_TEXT_MAX];
    date_text(date, text);
    const char *copy = arena_str(&hayat->arena, bytes_str(text));
    return copy == NULL ? "" : copy;
}

static status done(void)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? STATUS_OK : FAIL(FILE_UNWRITABLE);
}

/* --- the list --- */

static void add_claim(struct hayat *hayat, struct table *table,
                      const Hayat__V1__ClaimSummary *claim)
{
    static const Hayat__V1__AmountSplit nothing = HAYAT__V1__AMOUNT_SPLIT__INIT;
    const Hayat__V1__AmountSplit *totals = claim->totals == NULL ? &nothing : claim->totals;
    const char *const cells[] = {
        day(hayat, claim->receipt_date),
        claim->file_number,
        label(hayat, state_text(claim->state)),
        amount(hayat, totals->billed_centimes),
        amount(hayat, totals->reimbursed_centimes),
        amount(hayat, totals->billed_centimes - totals->reimbursed_centimes),
        day(hayat, claim->payment_date),
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
        return done();
    }
    TRY(output_claim_rows(hayat, list->claims, list->n_claims));
    return done();
}

/* --- one claim --- */

static void amount_row(struct hayat *hayat, enum text text, int64_t centimes)
{
    char value[64];
    (void)snprintf(value, sizeof value, "%s %s", amount(hayat, centimes), label(hayat, TEXT_DH));
    output_row(hayat, text, value);
}

static void split_rows(struct hayat *hayat, const Hayat__V1__AmountSplit *split)
{
    if (split == NULL) {
        return;
    }
    amount_row(hayat, TEXT_BILLED, split->billed_centimes);
    amount_row(hayat, TEXT_REIMBURSED, split->reimbursed_centimes);
    amount_row(hayat, TEXT_TICKET_MODERATEUR, split->ticket_moderateur_centimes);
    amount_row(hayat, TEXT_OVERRUN, split->overrun_centimes);
    amount_row(hayat, TEXT_NON_COVERED, split->non_covered_centimes);
}

/* A sentence of the server's, indented. */
static void sentence(const char *mark, const char *text)
{
    if (text[0] != '\0') {
        (void)printf("    %s", mark);
        output_safe(stdout, text);
        (void)putchar('\n');
    }
}

static void remedy(struct hayat *hayat, const char *text, const char *next_step,
                   const Google__Type__Date *until)
{
    sentence("✗ ", text);
    sentence("  → ", next_step);
    if (until != NULL) {
        (void)printf("      %s %s\n", label(hayat, TEXT_UNTIL), day(hayat, until));
    }
}

static void rejection_rows(struct hayat *hayat, Hayat__V1__RejectionReason *const *reasons,
                           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        remedy(hayat, reasons[i]->text, reasons[i]->next_step, reasons[i]->respond_by_date);
        sentence("  ", reasons[i]->note);
    }
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
                 day(hayat, line->care_date));
    output_safe(stdout, what_of(line));
    (void)printf(" × %d\n", line->quantity);
    for (size_t i = 0; i < line->n_explanation; i++) {
        sentence("", line->explanation[i]->text);
    }
    rejection_rows(hayat, line->rejections, line->n_rejections);
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
            day(hayat, line->care_date),
            what_of(line),
            amount(hayat, split->billed_centimes),
            amount(hayat, split->reimbursed_centimes),
            amount(hayat, split->ticket_moderateur_centimes),
            amount(hayat, split->overrun_centimes),
            amount(hayat, split->non_covered_centimes),
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

static void missing_rows(struct hayat *hayat, const Hayat__V1__Claim *claim)
{
    if (claim->n_missing_items > 0) {
        (void)printf("\n%s\n", label(hayat, TEXT_MISSING));
    }
    for (size_t i = 0; i < claim->n_missing_items; i++) {
        const Hayat__V1__MissingItem *item = claim->missing_items[i];
        remedy(hayat, item->text, item->next_step, item->respond_by_date);
    }
}

static void timeline_rows(struct hayat *hayat, const Hayat__V1__Claim *claim)
{
    char time[TIME_TEXT_MAX];
    if (claim->n_timeline > 0) {
        (void)printf("\n%s\n", label(hayat, TEXT_TIMELINE));
    }
    for (size_t i = 0; i < claim->n_timeline; i++) {
        time_text(claim->timeline[i]->time, time);
        (void)printf("    %s  ", time);
        output_safe(stdout, claim->timeline[i]->text);
        (void)putchar('\n');
    }
    if (claim->legal_clock != NULL) {
        sentence("", claim->legal_clock->text);
    }
}

status output_claim(struct hayat *hayat, const Hayat__V1__Claim *claim)
{
    if (hayat->arguments.json != 0) {
        return output_json(message_json(&claim->base));
    }
    heading_rows(hayat, claim);
    missing_rows(hayat, claim);
    rejection_rows(hayat, claim->rejections, claim->n_rejections);
    TRY(lines_table(hayat, claim));
    for (size_t i = 0; i < claim->n_lines; i++) {
        line_rows(hayat, claim->lines[i]);
    }
    timeline_rows(hayat, claim);
    return done();
}
