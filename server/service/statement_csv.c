#include "service/statement_csv.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/money.h"

enum { START_BYTES = 65536, CELL_BYTES = 64, RELATIONSHIPS = 4, PAYEES = 3 };

/* --- a text that grows --- */

struct csv {
    struct arena *arena;
    char *text;
    size_t len, size;
    size_t column; /* of the row being written */
};

static void put_bytes(struct csv *csv, const char *text, size_t len)
{
    if (csv->size - csv->len < len) {
        size_t size = (csv->size + len) * 2 + START_BYTES;
        char *larger = arena_alloc(csv->arena, size);
        if (larger == NULL) {
            return; /* the arena remembers */
        }
        if (csv->len > 0) {
            memcpy(larger, csv->text, csv->len);
        }
        csv->text = larger;
        csv->size = size;
    }
    if (len > 0) {
        memcpy(csv->text + csv->len, text, len);
        csv->len += len;
    }
}

/* --- cells --- */

enum column {
    COLUMN_RECORD,
    COLUMN_REFERENCE,
    COLUMN_REGISTRATION_NUMBER,
    COLUMN_PERSON_NAME,
    COLUMN_PERSON_NAME_AR,
    COLUMN_PERSON_BIRTH_DATE,
    COLUMN_RELATIONSHIP,
    COLUMN_FIRST_DATE,
    COLUMN_LAST_DATE,
    COLUMN_PAYMENT_DATE,
    COLUMN_PAYMENT_REFERENCE,
    COLUMN_PAYEE,
    COLUMN_REGIME,
    COLUMN_PRESCRIBER_INPE,
    COLUMN_EXECUTOR_INPE,
    COLUMN_LINE_NUMBER,
    COLUMN_ACT_CODE,
    COLUMN_LETTER_KEY,
    COLUMN_COEFFICIENT,
    COLUMN_QUANTITY,
    COLUMN_TOOTH,
    COLUMN_SURFACE,
    COLUMN_MEDICINE_CODE,
    COLUMN_TARIFF_VERSION,
    COLUMN_EXEMPTION_CODE,
    COLUMN_RATE_PERCENT,
    COLUMN_BASE,
    COLUMN_BILLED,
    COLUMN_REIMBURSED,
    COLUMN_TICKET_MODERATEUR,
    COLUMN_OVERRUN,
    COLUMN_NON_COVERED,
    COLUMN_CURRENCY,
    COLUMNS,
};

static const char head[] =
    "record,reference,registration_number,person_name,person_name_ar,person_birth_date,"
    "relationship,"
    "first_date,last_date,payment_date,payment_reference,payee,regime,prescriber_inpe,executor_"
    "inpe,"
    "line_number,act_code,letter_key,coefficient,quantity,tooth,surface,medicine_code,"
    "tariff_version,exemption_code,rate_percent,base,billed,reimbursed,ticket_moderateur,overrun,"
    "non_covered,currency\r\n";

/* Commas up to that column, which must not be behind. */
static void go_to(struct csv *csv, enum column column)
{
    for (; csv->column < (size_t)column; csv->column++) {
        put_bytes(csv, ",", 1);
    }
}

static void end_row(struct csv *csv)
{
    go_to(csv, COLUMNS - 1);
    put_bytes(csv, "\r\n", 2);
    csv->column = 0;
}

static bool is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

/* What comes from people and other systems. */
static void text_cell(struct csv *csv, enum column column, const char *text)
{
    const size_t quote = strpbrk(text, ",\"\r\n") != NULL ? 1 : 0;
    go_to(csv, column);
    put_bytes(csv, "\"", quote);
    put_bytes(csv, "'", is_formula(text) ? 1 : 0);
    for (; *text != '\0'; text++) {
        put_bytes(csv, *text == '"' ? "\"\"" : text, *text == '"' ? 2 : 1);
    }
    put_bytes(csv, "\"", quote);
}

/* Ours: a number, a date, a word. */
static void plain_cell(struct csv *csv, enum column column, const char *text)
{
    go_to(csv, column);
    put_bytes(csv, text, strlen(text));
}

static void date_cell(struct csv *csv, enum column column, int64_t days)
{
    char text[CELL_BYTES] = "";
    if (days != 0) {
        const struct date date = date_from_days(days);
        (void)snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
    }
    plain_cell(csv, column, text);
}

static void number_cell(struct csv *csv, enum column column, uint32_t number)
{
    char text[CELL_BYTES];
    (void)snprintf(text, sizeof text, "%" PRIu32, number);
    plain_cell(csv, column, text);
}

static void money_cell(struct csv *csv, enum column column, int64_t centimes)
{
    char text[MONEY_TEXT_MAX];
    money_decimal(centimes, text);
    plain_cell(csv, column, text);
}

static void split_cells(struct csv *csv, const Hayat__Store__V1__StoredSplit *split)
{
    money_cell(csv, COLUMN_BILLED, split->billed_centimes);
    money_cell(csv, COLUMN_REIMBURSED, split->reimbursed_centimes);
    money_cell(csv, COLUMN_TICKET_MODERATEUR, split->ticket_moderateur_centimes);
    money_cell(csv, COLUMN_OVERRUN, split->overrun_centimes);
    money_cell(csv, COLUMN_NON_COVERED, split->non_covered_centimes);
    plain_cell(csv, COLUMN_CURRENCY, "MAD");
}

/* "Amina EXEMPLE" */
static void name_cell(struct csv *csv, enum column column, const char *given, const char *family)
{
    const bool both = given[0] != '\0' && family[0] != '\0';
    const char *name = arena_printf(csv->arena, "%s%s%s", given, both ? " " : "", family);
    text_cell(csv, column, name != NULL ? name : "");
}

static void person_cells(struct csv *csv, const Hayat__Paper__V1__Person *person)
{
    static const char *const relationships[RELATIONSHIPS] = {"", "holder", "spouse", "child"};
    const uint32_t known = person->relationship < RELATIONSHIPS ? person->relationship : 0;
    name_cell(csv, COLUMN_PERSON_NAME, person->given_name, person->family_name);
    name_cell(csv, COLUMN_PERSON_NAME_AR, person->given_name_ar, person->family_name_ar);
    date_cell(csv, COLUMN_PERSON_BIRTH_DATE, person->birth_days);
    plain_cell(csv, COLUMN_RELATIONSHIP, relationships[known]);
}

/* --- rows --- */

static void statement_row(struct csv *csv, const Hayat__Paper__V1__Statement *statement)
{
    plain_cell(csv, COLUMN_RECORD, "statement");
    plain_cell(csv, COLUMN_REFERENCE, statement->document_id);
    text_cell(csv, COLUMN_REGISTRATION_NUMBER, statement->registration_number);
    person_cells(csv, statement->persons[0]);
    date_cell(csv, COLUMN_FIRST_DATE, statement->from_days);
    date_cell(csv, COLUMN_LAST_DATE, statement->to_days);
    end_row(csv);
}

static const Hayat__Paper__V1__Person *person_of(const Hayat__Paper__V1__Statement *statement,
                                                 uint32_t seq)
{
    for (size_t i = 0; i < statement->n_persons; i++) {
        if (statement->persons[i]->beneficiary_seq == seq) {
            return statement->persons[i];
        }
    }
    return NULL;
}

/* The last one that was not taken back. */
static const char *payment_reference(const Hayat__Store__V1__StoredClaim *claim)
{
    const char *reference = "";
    for (size_t i = 0; i < claim->n_payments; i++) {
        if (claim->payments[i]->reversal_days == 0) {
            reference = claim->payments[i]->payment_reference;
        }
    }
    return reference;
}

static void claim_cells(struct csv *csv, const Hayat__Store__V1__StoredClaim *claim)
{
    static const char *const payees[PAYEES] = {"", "insured", "provider"};
    date_cell(csv, COLUMN_PAYMENT_DATE, claim->payment_days);
    text_cell(csv, COLUMN_PAYMENT_REFERENCE, payment_reference(claim));
    plain_cell(csv, COLUMN_PAYEE, payees[claim->payee < PAYEES ? claim->payee : 0]);
    text_cell(csv, COLUMN_REGIME, claim->regime_code);
    text_cell(csv, COLUMN_PRESCRIBER_INPE, claim->prescriber_inpe);
}

static void act_cells(struct csv *csv, const Hayat__Store__V1__StoredClaimLine *line)
{
    char text[CELL_BYTES];
    text_cell(csv, COLUMN_EXECUTOR_INPE, line->executor_inpe);
    number_cell(csv, COLUMN_LINE_NUMBER, line->line_number);
    text_cell(csv, COLUMN_ACT_CODE, line->act_code);
    text_cell(csv, COLUMN_LETTER_KEY, line->letter_key);
    (void)snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64,
                   line->coefficient_thousandths / 1000, line->coefficient_thousandths % 1000);
    plain_cell(csv, COLUMN_COEFFICIENT, line->letter_key[0] != '\0' ? text : "");
    number_cell(csv, COLUMN_QUANTITY, line->quantity);
    text_cell(csv, COLUMN_TOOTH, line->tooth);
    text_cell(csv, COLUMN_SURFACE, line->surface);
    text_cell(csv, COLUMN_MEDICINE_CODE, line->medicine_code);
    text_cell(csv, COLUMN_TARIFF_VERSION, line->tariff_version);
    text_cell(csv, COLUMN_EXEMPTION_CODE, line->exemption_code);
}

static void line_row(struct csv *csv, const Hayat__Paper__V1__Statement *statement,
                     const Hayat__Store__V1__StoredClaim *claim,
                     const Hayat__Store__V1__StoredClaimLine *line)
{
    const Hayat__Paper__V1__Person *person = person_of(statement, claim->beneficiary_seq);
    plain_cell(csv, COLUMN_RECORD, "line");
    text_cell(csv, COLUMN_REFERENCE, claim->file_number);
    if (person != NULL) {
        person_cells(csv, person);
    }
    date_cell(csv, COLUMN_FIRST_DATE, line->care_days);
    date_cell(csv, COLUMN_LAST_DATE, line->care_days);
    claim_cells(csv, claim);
    act_cells(csv, line);
    money_cell(csv, COLUMN_RATE_PERCENT, line->rate_basis_points); /* hundredths, too */
    money_cell(csv, COLUMN_BASE, line->base_centimes);
    split_cells(csv, line->split);
    end_row(csv);
}

static void total_row(struct csv *csv, const Hayat__Paper__V1__Statement *statement)
{
    plain_cell(csv, COLUMN_RECORD, "total");
    plain_cell(csv, COLUMN_REFERENCE, statement->document_id);
    number_cell(csv, COLUMN_QUANTITY, (uint32_t)statement->n_claims);
    split_cells(csv, statement->totals);
    end_row(csv);
}

static void digest_row(struct csv *csv, const uint8_t digest[STATEMENT_SHA256_BYTES])
{
    char text[2 * STATEMENT_SHA256_BYTES + 1];
    hex_encode(bytes_of(digest, STATEMENT_SHA256_BYTES), text);
    plain_cell(csv, COLUMN_RECORD, "sha256");
    plain_cell(csv, COLUMN_REFERENCE, text);
    end_row(csv);
}

status statement_csv(const Hayat__Paper__V1__Statement *statement, struct arena *arena,
                     bytes *ret_file, uint8_t ret_content_sha256[STATEMENT_SHA256_BYTES])
{
    struct csv csv = {.arena = arena};
    put_bytes(&csv, head, sizeof head - 1);
    statement_row(&csv, statement);
    for (size_t i = 0; i < statement->n_claims; i++) {
        const Hayat__Store__V1__StoredClaim *claim = statement->claims[i]->claim;
        for (size_t j = 0; j < claim->n_lines; j++) {
            line_row(&csv, statement, claim, claim->lines[j]);
        }
    }
    total_row(&csv, statement);
    TRY(arena_check(arena));
    (void)crypto_hash_sha256(ret_content_sha256, (const uint8_t *)csv.text, csv.len);
    digest_row(&csv, ret_content_sha256);
    *ret_file = bytes_of(csv.text, csv.len);
    return arena_check(arena);
}
