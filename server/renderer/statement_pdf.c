#include "renderer/statement_pdf.h"

#include <inttypes.h>

#include "base/array.h"
#include "base/clock.h"
#include "base/money.h"
#include "paper/letterhead.h"
#include "paper/table.h"
#include "paper/words.h"
#include "renderer/statement_text.h"

enum { NAME_BYTES = 512, CELL_BYTES = 256, PAYEE_PROVIDER = 2, PERCENT = 100 };

struct document {
    const Hayat__Paper__V1__Statement *statement;
    struct paper_fund fund;
};

static const Hayat__Paper__V1__Statement *statement_of(const struct sheet *sheet)
{
    const struct document *document = sheet->plan->content;
    return document->statement;
}

static const char *text_of(const char *text)
{
    return text != NULL ? text : "";
}

/* --- people --- */

static const Hayat__Paper__V1__Person *find_person(const Hayat__Paper__V1__Statement *statement,
                                                   uint32_t seq)
{
    for (size_t i = 0; i < statement->n_persons; i++) {
        if (statement->persons[i]->beneficiary_seq == seq) {
            return statement->persons[i];
        }
    }
    return NULL;
}

/* "Amina EXEMPLE"; the other script's name when there is none in this one. */
static void name_in(const Hayat__Paper__V1__Person *who, enum script script, char *out)
{
    const bool arabic = script == SCRIPT_ARABIC;
    const char *given = arabic ? who->given_name_ar : who->given_name;
    const char *family = arabic ? who->family_name_ar : who->family_name;
    if (given[0] == '\0' && family[0] == '\0') {
        given = arabic ? who->given_name : who->given_name_ar;
        family = arabic ? who->family_name : who->family_name_ar;
    }
    (void)snprintf(out, NAME_BYTES, "%s%s%s", given, given[0] != '\0' ? " " : "", family);
}

/* --- the block of facts --- */

static const struct table_column fact_columns[] = {
    {NULL, NULL, 56, ALIGN_START},
    {NULL, NULL, 58, ALIGN_CENTRE},
    {NULL, NULL, 56, ALIGN_END},
};
static const struct table facts = {
    .columns = fact_columns, .count = 3, .x = SHEET_LEFT, .text = {.size = 9}};

static void fact(struct sheet *sheet, enum statement_text label, const char *value, bool bold)
{
    const struct text_pair *pair = statement_text(label);
    const char *cells[] = {pair->fr, value, pair->ar};
    const struct table_look look = {.bold = bold, .rule = true};
    table_row(sheet, &facts, cells, &look);
}

static void money_fact(struct sheet *sheet, enum statement_text label, int64_t centimes, bool bold)
{
    char text[MONEY_TEXT_MAX];
    money_printed(centimes, text);
    fact(sheet, label, text, bold);
}

/* In both scripts, one under the other; the birth date after the Latin one. */
static void person_lines(const Hayat__Paper__V1__Person *who, char *out, size_t size)
{
    char latin[NAME_BYTES], arabic[NAME_BYTES], born[WORDS_DATE_MAX];
    name_in(who, SCRIPT_LATIN, latin);
    name_in(who, SCRIPT_ARABIC, arabic);
    words_short_date(date_from_days(who->birth_days), born);
    const bool two = strcmp(latin, arabic) != 0;
    (void)snprintf(out, size, "%s (%s)%s%s", latin, born, two ? "\n" : "", two ? arabic : "");
}

static void person_facts(struct sheet *sheet)
{
    const Hayat__Paper__V1__Statement *statement = statement_of(sheet);
    char lines[2 * NAME_BYTES + CELL_BYTES];
    if (statement->n_persons == 0) {
        sheet_fail(sheet, FAIL(PAPER_CONTENT));
        return;
    }
    person_lines(statement->persons[0], lines, sizeof lines);
    fact(sheet, STATEMENT_INSURED, lines, false);
    fact(sheet, STATEMENT_REGISTRATION, statement->registration_number, false);
    for (size_t i = 1; i < statement->n_persons; i++) {
        person_lines(statement->persons[i], lines, sizeof lines);
        fact(sheet, STATEMENT_BENEFICIARIES, lines, false);
    }
}

static void draw_facts(struct sheet *sheet)
{
    const Hayat__Paper__V1__Statement *statement = statement_of(sheet);
    const Hayat__Store__V1__StoredSplit *totals = statement->totals;
    char from[WORDS_DATE_MAX], to[WORDS_DATE_MAX], text[CELL_BYTES];
    person_facts(sheet);
    words_short_date(date_from_days(statement->from_days), from);
    words_short_date(date_from_days(statement->to_days), to);
    (void)snprintf(text, sizeof text, "%s – %s", from, to);
    fact(sheet, STATEMENT_PERIOD, text, false);
    words_short_date(date_from_days(statement->create_days), text);
    fact(sheet, STATEMENT_DATE, text, false);
    fact(sheet, STATEMENT_REFERENCE, statement->document_id, false);
    sheet->y += 4;
    (void)snprintf(text, sizeof text, "%zu", statement->n_claims);
    fact(sheet, STATEMENT_CLAIMS, text, false);
    money_fact(sheet, STATEMENT_BILLED, totals->billed_centimes, false);
    money_fact(sheet, STATEMENT_REIMBURSED, totals->reimbursed_centimes, true);
    money_fact(sheet, STATEMENT_TICKET, totals->ticket_moderateur_centimes, false);
    money_fact(sheet, STATEMENT_OVERRUN, totals->overrun_centimes, false);
    money_fact(sheet, STATEMENT_NON_COVERED, totals->non_covered_centimes, false);
}

/* --- the claims --- */

enum {
    COLUMN_DATE,
    COLUMN_ACT,
    COLUMN_INPE,
    COLUMN_QUANTITY,
    COLUMN_BILLED,
    COLUMN_BASE,
    COLUMN_RATE,
    COLUMN_REIMBURSED,
    COLUMN_TICKET,
    COLUMN_OVERRUN,
    COLUMN_NON_COVERED,
    COLUMNS,
};

static const struct table_column claim_columns[COLUMNS] = {
    [COLUMN_DATE] = {"Soins", "العلاج", 15.5, ALIGN_START},
    [COLUMN_ACT] = {"Acte ou médicament", "العمل أو الدواء", 28, ALIGN_START},
    [COLUMN_INPE] = {"INPE", "المعرف", 15.5, ALIGN_START},
    [COLUMN_QUANTITY] = {"Qté", "العدد", 7, ALIGN_END},
    [COLUMN_BILLED] = {"Facturé", "المفوتر", 16.5, ALIGN_END},
    [COLUMN_BASE] = {"Base", "الأساس", 15, ALIGN_END},
    [COLUMN_RATE] = {"Taux %", "النسبة", 10.5, ALIGN_END},
    [COLUMN_REIMBURSED] = {"Remboursé", "المعوض", 17, ALIGN_END},
    [COLUMN_TICKET] = {"Ticket mod.", "الباقي", 16.5, ALIGN_END},
    [COLUMN_OVERRUN] = {"Dépass.", "التجاوز", 14, ALIGN_END},
    [COLUMN_NON_COVERED] = {"Non couv.", "غير مغطى", 14.5, ALIGN_END},
};
static const struct table claims = {
    .columns = claim_columns,
    .count = COLUMNS,
    .x = SHEET_LEFT,
    .head = {.size = 6.8, .bold = true, .colour = &colour_accent},
    .text = {.size = 7},
};

static void split_cells(const Hayat__Store__V1__StoredSplit *amounts,
                        char money[COLUMNS][MONEY_TEXT_MAX], const char *cells[COLUMNS])
{
    const struct {
        int column;
        int64_t centimes;
    } parts[] = {
        {COLUMN_BILLED, amounts->billed_centimes},
        {COLUMN_REIMBURSED, amounts->reimbursed_centimes},
        {COLUMN_TICKET, amounts->ticket_moderateur_centimes},
        {COLUMN_OVERRUN, amounts->overrun_centimes},
        {COLUMN_NON_COVERED, amounts->non_covered_centimes},
    };
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        money_printed(parts[i].centimes, money[parts[i].column]);
        cells[parts[i].column] = money[parts[i].column];
    }
}

/* "CONS  C×1", "Z×20,5", "MED 6118000…": what names the act, and what it is reckoned by. */
static void act_text(const Hayat__Store__V1__StoredClaimLine *line, char *out)
{
    char key[64] = "";
    const char *code = line->act_code[0] != '\0' ? line->act_code : line->medicine_code;
    if (line->letter_key[0] != '\0') {
        int64_t thousandths = line->coefficient_thousandths;
        (void)snprintf(key, sizeof key, "%s×%" PRId64, line->letter_key, thousandths / 1000);
        if (thousandths % 1000 != 0) {
            (void)snprintf(key, sizeof key, "%s×%" PRId64 ",%03" PRId64, line->letter_key,
                           thousandths / 1000, thousandths % 1000);
        }
    }
    (void)snprintf(out, CELL_BYTES, "%s%s%s%s%s%s%s", code,
                   code[0] != '\0' && key[0] != '\0' ? "  " : "", key,
                   line->tooth[0] != '\0' ? "  d. " : "", line->tooth,
                   line->surface[0] != '\0' ? " " : "", line->surface);
}

static void rate_text(uint32_t basis_points, char *out)
{
    const unsigned rest = basis_points % PERCENT;
    (void)snprintf(out, CELL_BYTES, rest == 0 ? "%u" : "%u,%02u", basis_points / PERCENT, rest);
}

static void draw_line(struct sheet *sheet, const Hayat__Store__V1__StoredClaimLine *line)
{
    char date[WORDS_DATE_MAX], act[CELL_BYTES], quantity[16], rate[CELL_BYTES],
        base[MONEY_TEXT_MAX];
    char money[COLUMNS][MONEY_TEXT_MAX];
    const char *cells[COLUMNS] = {NULL};
    const struct table_look look = {.rule = true};
    words_short_date(date_from_days(line->care_days), date);
    act_text(line, act);
    rate_text(line->rate_basis_points, rate);
    money_printed(line->base_centimes, base);
    (void)snprintf(quantity, sizeof quantity, "%u", line->quantity);
    split_cells(line->split, money, cells);
    cells[COLUMN_DATE] = date;
    cells[COLUMN_ACT] = act;
    cells[COLUMN_INPE] = line->executor_inpe;
    cells[COLUMN_QUANTITY] = quantity;
    cells[COLUMN_BASE] = base;
    cells[COLUMN_RATE] = rate;
    table_row(sheet, &claims, cells, &look);
}

static void sum_row(struct sheet *sheet, enum statement_text label,
                    const Hayat__Store__V1__StoredSplit *amounts, const struct table_look *look)
{
    char money[COLUMNS][MONEY_TEXT_MAX];
    const char *cells[COLUMNS] = {NULL};
    const struct text_pair *pair = statement_text(label);
    split_cells(amounts, money, cells);
    cells[COLUMN_ACT] = pair->fr;
    cells[COLUMN_INPE] = pair->ar;
    table_row(sheet, &claims, cells, look);
}

/* The payment that stands: the last one that was not taken back. */
static const Hayat__Store__V1__StoredPayment *payment_of(const Hayat__Store__V1__StoredClaim *claim)
{
    for (size_t i = claim->n_payments; i > 0; i--) {
        if (claim->payments[i - 1]->reversal_days == 0) {
            return claim->payments[i - 1];
        }
    }
    return NULL;
}

static void draw_claim(struct sheet *sheet, const Hayat__Store__V1__StoredClaim *claim)
{
    char fr[2 * NAME_BYTES], ar[2 * NAME_BYTES], latin[NAME_BYTES] = "", arabic[NAME_BYTES] = "";
    char paid[WORDS_DATE_MAX];
    const Hayat__Paper__V1__Person *who = find_person(statement_of(sheet), claim->beneficiary_seq);
    const Hayat__Store__V1__StoredPayment *payment = payment_of(claim);
    const char *reference = payment != NULL ? payment->payment_reference : "";
    const bool provider = claim->payee == PAYEE_PROVIDER;
    if (who != NULL) {
        name_in(who, SCRIPT_LATIN, latin);
        name_in(who, SCRIPT_ARABIC, arabic);
    }
    words_short_date(date_from_days(claim->payment_days), paid);
    (void)snprintf(fr, sizeof fr, "Dossier %s – %s\nPayé le %s %s%s%s", claim->file_number, latin,
                   paid, provider ? "au prestataire" : "à l’assuré",
                   reference[0] != '\0' ? ", réf. " : "", reference);
    (void)snprintf(ar, sizeof ar, "ملف \u2066%s\u2069 – %s\nأدي بتاريخ %s %s", claim->file_number,
                   arabic, paid, provider ? "لمقدم العلاجات" : "للمؤمن له");
    const struct text_pair band = {fr, ar};
    table_band(sheet, &claims, &band, 10);
    for (size_t i = 0; i < claim->n_lines; i++) {
        draw_line(sheet, claim->lines[i]);
    }
    if (claim->n_lines != 1) {
        const struct table_look look = {.bold = true, .rule = true};
        sum_row(sheet, STATEMENT_SUBTOTAL, claim->totals, &look);
    }
    sheet->y += 1.5;
}

static void draw_claims(struct sheet *sheet)
{
    const Hayat__Paper__V1__Statement *statement = statement_of(sheet);
    if (statement->n_claims == 0) {
        const struct text_style style = {.size = 9.5};
        text_pair_flow(sheet, &style, statement_text(STATEMENT_NONE));
        return;
    }
    table_head(sheet, &claims, 20);
    for (size_t i = 0; i < statement->n_claims; i++) {
        draw_claim(sheet, statement->claims[i]->claim);
    }
    const struct table_look look = {.bold = true, .fill = &colour_tint};
    sum_row(sheet, STATEMENT_TOTAL, statement->totals, &look);
}

/* --- the document --- */

static void draw_note(struct sheet *sheet)
{
    const Hayat__Paper__V1__Statement *statement = statement_of(sheet);
    const struct text_style note = {.size = 7.6, .colour = &colour_quiet};
    const struct text_style label = {.size = 7.6, .bold = true, .colour = &colour_quiet};
    const struct text_style digest = {.size = 7.6, .align = ALIGN_CENTRE};
    char line[CELL_BYTES];
    sheet->y += 4;
    sheet_need(sheet, 26);
    text_pair_flow(sheet, &note, statement_text(STATEMENT_NOTE));
    sheet->y += 1.5;
    text_pair_flow(sheet, &label, statement_text(STATEMENT_DIGEST));
    (void)snprintf(line, sizeof line, "%s\nEd25519 %s", statement->content_sha256,
                   statement->key_id);
    sheet->y += text_draw(sheet, &digest, line,
                          (struct place){SHEET_LEFT, sheet->y, SHEET_RIGHT - SHEET_LEFT});
}

static void draw_statement(struct sheet *sheet)
{
    const struct text_style title = {.size = 15, .bold = true, .colour = &colour_accent};
    const struct text_style subtitle = {.size = 8.6, .colour = &colour_quiet};
    sheet->y += 3;
    text_pair_flow(sheet, &title, statement_text(STATEMENT_TITLE));
    sheet->y += 1;
    text_pair_flow(sheet, &subtitle, statement_text(STATEMENT_SUBTITLE));
    sheet->y += 4;
    draw_facts(sheet);
    sheet->y += 6;
    draw_claims(sheet);
    draw_note(sheet);
}

static void statement_page(struct sheet *sheet)
{
    const struct document *document = sheet->plan->content;
    letterhead_band(sheet, &document->fund);
    letterhead_foot(sheet, &document->fund);
    sheet->y += 2;
}

static struct paper_fund fund_of(const Hayat__Paper__V1__Fund *fund)
{
    return (struct paper_fund){
        .name_fr = text_of(fund->name_fr),
        .name_ar = text_of(fund->name_ar),
        .address = "",
        .phone = text_of(fund->phone),
        .site = text_of(fund->site),
    };
}

status statement_pdf(struct paper *paper, const Hayat__Paper__V1__Statement *statement,
                     const struct paper_output *output)
{
    if (statement->fund == NULL || statement->totals == NULL) {
        return FAIL(PAPER_CONTENT);
    }
    const struct document document = {statement, fund_of(statement->fund)};
    const struct sheet_plan plan = {
        .title = "Relevé de remboursements",
        .created_ms = statement->create_ms,
        .bottom = LETTER_BOTTOM,
        .page = statement_page,
        .draw = draw_statement,
        .content = &document,
    };
    return sheet_produce(paper, &plan, output);
}
