#include "tests/support/paper_statement.h"

#include "base/array.h"
#include "base/clock.h"
#include "service/message.h"

enum { LINES_MAX = 4 };

static int64_t day(int32_t year, int32_t month, int32_t d)
{
    return date_to_days((struct date){year, month, d});
}

static char *text(const char *literal)
{
    return (char *)(uintptr_t)literal; /* protobuf-c does not write to it */
}

static Hayat__Paper__V1__Person *add_person(struct arena *arena,
                                            Hayat__Paper__V1__Statement *statement, uint32_t seq)
{
    static const char *const given[] = {"Amina", "Youssef", ""};
    static const char *const given_ar[] = {"أمينة", "يوسف", "سلمى"};
    Hayat__Paper__V1__Person *person = message_new(arena, &hayat__paper__v1__person__descriptor);
    struct id id = {{(uint8_t)seq, 0xBE}};
    person->beneficiary_seq = seq;
    person->beneficiary_id = message_id_of(arena, "ben", id);
    person->given_name = text(given[seq]);
    person->family_name = text(seq < 2 ? "EXEMPLE" : "");
    person->given_name_ar = text(given_ar[seq]);
    person->family_name_ar = text("المثال");
    person->birth_days = day(1970 + (int32_t)seq * 20, 2, 3);
    person->relationship = seq + 1;
    statement->persons[statement->n_persons++] = person;
    return person;
}

static void add(Hayat__Store__V1__StoredSplit *sum, const Hayat__Store__V1__StoredSplit *part)
{
    sum->billed_centimes += part->billed_centimes;
    sum->reimbursed_centimes += part->reimbursed_centimes;
    sum->ticket_moderateur_centimes += part->ticket_moderateur_centimes;
    sum->overrun_centimes += part->overrun_centimes;
    sum->non_covered_centimes += part->non_covered_centimes;
}

/* What the lines look like, one after the other; the first is domain.md's worked example. */
static const struct {
    const char *act, *key, *medicine, *tooth, *exemption;
    int64_t coefficient, billed, base;
    uint32_t rate;
} kinds[] = {
    {"CONS-G", "C", "", "", "", 1000, 15000, 8000, 7000},
    {"RX-POUM", "Z", "", "", "", 20500, 30000, 20500, 7000},
    {"", "", "6118000041597", "", "", 0, 8460, 8460, 7000},
    {"DENT-OBT", "D", "", "36", "", 12000, 45000, 15000, 7000},
    {"DIALYSE", "", "", "", "ALD", 0, 85000, 85000, 10000},
};

static Hayat__Store__V1__StoredClaimLine *a_line(struct arena *arena, size_t kind, uint32_t number)
{
    Hayat__Store__V1__StoredClaimLine *line = message_new(
        arena, &hayat__store__v1__stored_claim_line__descriptor);
    Hayat__Store__V1__StoredSplit *split = message_new(arena,
                                                       &hayat__store__v1__stored_split__descriptor);
    line->line_number = number;
    line->care_days = day(2026, 2, 3) + (int64_t)kind;
    line->act_code = text(kinds[kind].act);
    line->letter_key = text(kinds[kind].key);
    line->medicine_code = text(kinds[kind].medicine);
    line->tooth = text(kinds[kind].tooth);
    line->surface = text("");
    line->exemption_code = text(kinds[kind].exemption);
    line->coefficient_thousandths = kinds[kind].coefficient;
    line->quantity = 1;
    line->executor_inpe = text("991000042");
    line->tariff_version = text("TNR-2006");
    line->base_centimes = kinds[kind].base;
    line->rate_basis_points = kinds[kind].rate;
    split->billed_centimes = kinds[kind].billed;
    split->reimbursed_centimes = kinds[kind].base * kinds[kind].rate / 10000;
    split->ticket_moderateur_centimes = kinds[kind].base - split->reimbursed_centimes;
    split->overrun_centimes = kinds[kind].billed - kinds[kind].base;
    line->split = split;
    return line;
}

static void add_claim(struct arena *arena, Hayat__Paper__V1__Statement *statement, size_t index)
{
    Hayat__Paper__V1__StatementClaim *listed = message_new(
        arena, &hayat__paper__v1__statement_claim__descriptor);
    Hayat__Store__V1__StoredClaim *claim = message_new(arena,
                                                       &hayat__store__v1__stored_claim__descriptor);
    Hayat__Store__V1__StoredPayment *payment = message_new(
        arena, &hayat__store__v1__stored_payment__descriptor);
    struct id id = {{(uint8_t)index, (uint8_t)(index >> 8), 0xC1}};
    listed->claim_id = message_id_of(arena, "clm", id);
    listed->claim = claim;
    claim->file_number = arena_printf(arena, "2026-%06zu", index + 1);
    claim->beneficiary_seq = (uint32_t)(index % 3);
    claim->regime_code = text("CNSS");
    claim->prescriber_inpe = text(index % 2 == 0 ? "991000017" : "");
    claim->first_care_days = day(2026, 2, 3);
    claim->last_care_days = day(2026, 2, 8);
    claim->decision_days = day(2026, 3, 1);
    claim->payment_days = day(2026, 3, 10) + (int64_t)index / 20;
    claim->payee = index % 4 == 3 ? 2 : 1;
    claim->totals = message_new(arena, &hayat__store__v1__stored_split__descriptor);
    claim->n_lines = 1 + index % LINES_MAX;
    claim->lines = arena_array(arena, claim->n_lines, sizeof *claim->lines);
    for (size_t i = 0; i < claim->n_lines; i++) {
        claim->lines[i] = a_line(arena, (index + i) % ARRAY_LEN(kinds), (uint32_t)i + 1);
        add(claim->totals, claim->lines[i]->split);
    }
    payment->payment_reference = arena_printf(arena, "VIR-%zu", 70000 + index);
    payment->payment_days = claim->payment_days;
    payment->amount_centimes = claim->totals->reimbursed_centimes;
    payment->masked_account = text("…4921");
    claim->n_payments = 1;
    claim->payments = arena_array(arena, 1, sizeof *claim->payments);
    claim->payments[0] = payment;
    add(statement->totals, claim->totals);
    statement->claims[statement->n_claims++] = listed;
}

Hayat__Paper__V1__Statement *paper_statement(struct arena *arena, size_t claims)
{
    Hayat__Paper__V1__Statement *statement = message_new(arena,
                                                         &hayat__paper__v1__statement__descriptor);
    struct id id = {{0xD0, 0x0C}};
    statement->fund = message_new(arena, &hayat__paper__v1__fund__descriptor);
    statement->fund->name_fr = text("Caisse de démonstration");
    statement->fund->name_ar = text("صندوق العرض التجريبي");
    statement->fund->phone = text("+212 5 00 00 00 00");
    statement->fund->site = text("caisse.example");
    statement->document_id = message_id_of(arena, "doc", id);
    statement->create_ms = 1795860000000;
    statement->create_days = day(2026, 11, 28);
    statement->from_days = day(2026, 1, 1);
    statement->to_days = day(2026, 6, 30);
    statement->registration_number = text("990000042");
    statement->content_sha256 = text(
        "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    statement->key_id = text("89abcdef01234567");
    statement->totals = message_new(arena, &hayat__store__v1__stored_split__descriptor);
    statement->persons = arena_array(arena, 3, sizeof *statement->persons);
    statement->claims = arena_array(arena, claims, sizeof *statement->claims);
    for (uint32_t seq = 0; seq < 3; seq++) {
        (void)add_person(arena, statement, seq);
    }
    for (size_t i = 0; i < claims; i++) {
        add_claim(arena, statement, i);
    }
    return statement;
}
