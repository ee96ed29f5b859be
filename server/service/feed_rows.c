#include "service/feed_rows.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"
#include "service/feed_fill.h"
#include "service/feed_values.h"

/* In the order of the CSV files; feed_row_parse's fill functions know the positions. */
static const struct feed_layout layouts[FEED_KIND_COUNT] = {
    [FEED_CAMPAIGNS] = {"campaigns", {"year", "open_date", "due_date", "grace_end_date"}, 4},
    [FEED_CAMPAIGN_WINDOWS] = {"campaign_windows",
                               {"version", "valid_from_date", "source", "year", "country_code",
                                "scheme_code", "open_date", "due_date", "grace_end_date"},
                               9},
    [FEED_REMINDER_PLANS] = {"reminder_plans",
                             {"version", "valid_from_date", "source", "country_code", "when",
                              "days", "channel"},
                             7},
    [FEED_LIFE_CONFIRMATIONS] = {"life_confirmations",
                                 {"registration_number", "pension_number", "confirmation_date",
                                  "registry_reference", "update_date"},
                                 5},
    [FEED_MEMBERS] = {"members",
                      {"registration_number", "affiliation_number", "mutuelle_code", "country_code",
                       "language", "phone_number", "address", "update_date", "phone_filed_date",
                       "left_date"},
                      10,
                      .optional_count = 2},
    [FEED_BENEFICIARIES] = {"beneficiaries",
                            {"registration_number", "seq", "relationship", "given_name",
                             "family_name", "given_name_ar", "family_name_ar", "birth_date",
                             "cine_number", "update_date"},
                            10},
    [FEED_CARDS] = {"cards",
                    {"registration_number", "seq", "issue_date", "state", "photo_file",
                     "update_date"},
                    6},
    [FEED_PENSIONS] = {"pensions",
                       {"registration_number", "seq", "pension_number", "scheme_code",
                        "country_code", "start_date", "update_date"},
                       7},
    [FEED_TARIFFS] = {"tariffs",
                      {"version", "valid_from_date", "source", "letter_key", "sector",
                       "unit_centimes"},
                      6},
    [FEED_RATES] = {"rates",
                    {"version", "valid_from_date", "source", "regime", "category",
                     "rate_basis_points"},
                    6},
    [FEED_REJECTION_REASONS] = {"rejection_reasons",
                                {"version", "valid_from_date", "source", "reason", "respond_days"},
                                5},
    [FEED_DELAYS] = {"delays",
                     {"version", "valid_from_date", "source", "delay", "limit", "unit"},
                     6},
    [FEED_CALENDAR] = {"calendar",
                       {"version", "valid_from_date", "source", "row", "name", "value"},
                       6},
    [FEED_RETENTION_PERIODS] = {"retention_periods",
                                {"version", "valid_from_date", "source", "period", "limit", "unit"},
                                6},
    [FEED_BANK_CODES] = {"bank_codes",
                         {"version", "valid_from_date", "source", "bank_code", "bank_name"},
                         5},
    [FEED_RIGHTS] = {"rights",
                     {"registration_number", "seq", "period_number", "basis", "from_date",
                      "open_date", "to_date", "end_reason", "update_date"},
                     9},
    [FEED_EXEMPTIONS] = {"exemptions",
                         {"registration_number", "seq", "exemption_number", "exemption",
                          "condition", "from_date", "to_date", "renews", "rate_basis_points",
                          "update_date"},
                         10},
    [FEED_BANK_ACCOUNTS] = {"bank_accounts",
                            {"registration_number", "account_number", "holder_name", "since_date",
                             "update_date"},
                            5},
    [FEED_CLAIMS] = {"claims",
                     {"registration_number",
                      "claim_number",
                      "beneficiary_seq",
                      "origin",
                      "regime",
                      "state",
                      "first_care_date",
                      "last_care_date",
                      "deposit_date",
                      "receipt_date",
                      "decision_date",
                      "prescriber_inpe",
                      "billed_centimes",
                      "reimbursed_centimes",
                      "payee",
                      "missing_items",
                      "respond_by_date",
                      "rejection_reasons",
                      "rejection_note",
                      "statement_needed",
                      "pauses",
                      "update_date"},
                     22},
    [FEED_CLAIM_LINES] = {"claim_lines",
                          {"registration_number",
                           "claim_number",
                           "line_number",
                           "care_date",
                           "act_code",
                           "letter_key",
                           "coefficient_thousandths",
                           "quantity",
                           "tooth",
                           "surface",
                           "medicine_code",
                           "executor_inpe",
                           "billed_centimes",
                           "base_centimes",
                           "rate_basis_points",
                           "exemption",
                           "reimbursed_centimes",
                           "ticket_moderateur_centimes",
                           "overrun_centimes",
                           "non_covered_centimes",
                           "adjustments",
                           "rejection_reasons",
                           "rejection_note",
                           "respond_by_date",
                           "tariff_version"},
                          25},
    [FEED_PAYMENTS] = {"payments",
                       {"registration_number", "claim_number", "payment_reference", "payment_date",
                        "amount_centimes", "masked_account", "reversal_date", "update_date"},
                       8},
    [FEED_PRIOR_AUTHORIZATIONS] = {"prior_authorizations",
                                   {"registration_number",
                                    "authorization_number",
                                    "beneficiary_seq",
                                    "state",
                                    "kind",
                                    "requester_inpe",
                                    "establishment_inpe",
                                    "establishment_name",
                                    "request_time",
                                    "decision_time",
                                    "planned_care_date",
                                    "valid_until_date",
                                    "requested_centimes",
                                    "granted_centimes",
                                    "member_share_centimes",
                                    "missing_items",
                                    "respond_by_date",
                                    "rejection_reasons",
                                    "rejection_note",
                                    "pauses",
                                    "update_date"},
                                   21},
    [FEED_PRIOR_AUTHORIZATION_LINES] =
        {"prior_authorization_lines",
         {"registration_number", "authorization_number", "line_number", "act_code", "letter_key",
          "coefficient_thousandths", "quantity", "medicine_code", "decision", "requested_centimes",
          "granted_centimes", "member_share_centimes", "rejection_reasons", "rejection_note"},
         14},
};

const struct feed_patterns feed_patterns_default = {
    .registration = "^[0-9]{9}$",
    .affiliation = "^[0-9A-Z][0-9A-Z/-]{3,31}$",
    .cine = "^[A-Z]{1,2}[0-9]{1,6}$",
};

static const struct {
    const char *name, *text;
} faults[] = {
    {"none", ""},
#define FEED_FAULT(name, text) {#name, text},
#include "service/feed_faults.def"
#undef FEED_FAULT
};

const char *feed_fault_name(enum feed_fault fault)
{
    return faults[fault].name;
}

const char *feed_fault_text(enum feed_fault fault)
{
    return faults[fault].text;
}

const struct feed_layout *feed_layout(enum feed_kind kind)
{
    return &layouts[kind];
}

bool feed_layout_fits(const struct feed_layout *layout, size_t field_count)
{
    return field_count <= layout->column_count &&
           field_count + layout->optional_count >= layout->column_count;
}

bool feed_kind_parse(const char *name, enum feed_kind *ret)
{
    for (size_t i = 0; i < FEED_KIND_COUNT; i++) {
        if (strcmp(name, layouts[i].name) == 0) {
            *ret = (enum feed_kind)i;
            return true;
        }
    }
    return false;
}

/* --- rules of one value --- */

status feed_rules_init(struct feed_rules *rules, const struct feed_patterns *patterns,
                       struct date today)
{
    enum { FLAGS = REG_EXTENDED | REG_NOSUB };
    if (regcomp(&rules->registration, patterns->registration, FLAGS) != 0) {
        return FAIL(CONFIG_INVALID);
    }
    if (regcomp(&rules->affiliation, patterns->affiliation, FLAGS) != 0) {
        regfree(&rules->registration);
        return FAIL(CONFIG_INVALID);
    }
    if (regcomp(&rules->cine, patterns->cine, FLAGS) != 0) {
        regfree(&rules->registration);
        regfree(&rules->affiliation);
        return FAIL(CONFIG_INVALID);
    }
    rules->today = today;
    return STATUS_OK;
}

void feed_rules_fini(struct feed_rules *rules)
{
    regfree(&rules->registration);
    regfree(&rules->affiliation);
    regfree(&rules->cine);
}

/* --- kinds of rows --- */

void feed_fill_key(struct feed_reading *r, uint32_t most_seq, struct feed_row *row)
{
    char *registration = feed_read_pattern(r, 0, &r->rules->registration);
    row->registration_number = registration != NULL ? bytes_str(registration) : (bytes){NULL, 0};
    row->seq = feed_read_number(r, 1, most_seq);
}

static void fill_campaign(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredCampaign *campaign = &row->record.campaign;
    hayat__store__v1__stored_campaign__init(campaign);
    campaign->year = (int32_t)feed_read_number(r, 0, 2100);
    if (campaign->year < 2000) {
        feed_blame(r, 0, FEED_FAULT_NUMBER);
    }
    campaign->open_days = feed_read_days(r, 1);
    campaign->due_days = feed_read_days(r, 2);
    campaign->grace_end_days = feed_read_days(r, 3);
    if (campaign->due_days < campaign->open_days) {
        feed_blame(r, 2, FEED_FAULT_DATE_ORDER);
    }
    if (campaign->grace_end_days < campaign->due_days) {
        feed_blame(r, 3, FEED_FAULT_DATE_ORDER);
    }
}

static void fill_member(struct feed_reading *r, struct feed_row *row)
{
    static const char *const languages[] = {"fr", "ar", "en"};
    Hayat__Store__V1__StoredMember *member = &row->record.member;
    hayat__store__v1__stored_member__init(member);
    member->registration_number = feed_read_pattern(r, 0, &r->rules->registration);
    member->affiliation_number = feed_read_pattern(r, 1, &r->rules->affiliation);
    member->mutuelle_code = feed_read_code(r, 2, 2, 16);
    member->country_code = feed_read_country(r, 3);
    (void)feed_read_word(r, 4, languages, ARRAY_LEN(languages));
    member->preferred_language = feed_read_text(r, 4, 2, FEED_REQUIRED);
    member->phone_number = feed_read_phone(r, 5);
    member->address = feed_read_text(r, 6, 256, FEED_OPTIONAL);
    member->update_ms = feed_read_update_ms(r, 7);
    member->phone_filed_ms = feed_read_instant(r, 8, FEED_OPTIONAL); /* SEC-B1 */
    member->left_ms = feed_read_instant(r, 9, FEED_OPTIONAL);
    if (member->registration_number != NULL) {
        row->registration_number = bytes_str(member->registration_number);
    }
}

static void fill_beneficiary(struct feed_reading *r, struct feed_row *row)
{
    static const char *const relationships[] = {"HOLDER", "SPOUSE",
                                                "CHILD"}; /* hayat.v1.Relationship, from 1 */
    Hayat__Store__V1__StoredBeneficiary *person = &row->record.beneficiary;
    hayat__store__v1__stored_beneficiary__init(person);
    feed_fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    person->relationship = (uint32_t)feed_read_word(r, 2, relationships, ARRAY_LEN(relationships)) +
                           1;
    if ((person->relationship == 1) != (row->seq == 0)) {
        feed_blame(r, 1, FEED_FAULT_HOLDER);
    }
    person->name = arena_alloc(r->arena, sizeof(*person->name));
    if (person->name == NULL) {
        return; /* the arena remembers */
    }
    hayat__store__v1__stored_name__init(person->name);
    person->name->given_name = feed_read_text(r, 3, 96, FEED_REQUIRED);
    person->name->family_name = feed_read_text(r, 4, 96, FEED_REQUIRED);
    person->name->given_name_ar = feed_read_text(r, 5, 96, FEED_REQUIRED);
    person->name->family_name_ar = feed_read_text(r, 6, 96, FEED_REQUIRED);
    person->birth_days = feed_read_days(r, 7);
    if (person->birth_days > date_to_days(r->rules->today)) {
        feed_blame(r, 7, FEED_FAULT_FUTURE);
    }
    bool has_cine = r->fields[8].len > 0;
    person->cine_number = has_cine ? feed_read_pattern(r, 8, &r->rules->cine)
                                   : feed_read_text(r, 8, 0, FEED_OPTIONAL);
    person->update_ms = feed_read_update_ms(r, 9);
}

static void fill_card(struct feed_reading *r, struct feed_row *row)
{
    static const char *const states[] = {"ACTIVE", "SUSPENDED"}; /* hayat.v1.CardState, from 1 */
    Hayat__Store__V1__StoredCard *card = &row->record.card;
    hayat__store__v1__stored_card__init(card);
    feed_fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    card->issue_days = feed_read_days(r, 2);
    card->state = (uint32_t)feed_read_word(r, 3, states, ARRAY_LEN(states)) + 1;
    char *photo = feed_read_text(r, 4, 200, FEED_OPTIONAL);
    row->photo_file = photo != NULL ? bytes_str(photo) : (bytes){NULL, 0};
    card->update_ms = feed_read_update_ms(r, 5);
}

static void fill_pension(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredPension *pension = &row->record.pension;
    hayat__store__v1__stored_pension__init(pension);
    feed_fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    pension->pension_number = feed_read_code(r, 2, 4, 32);
    pension->scheme_code = feed_read_code(r, 3, 2, 16);
    pension->country_code = feed_read_country(r, 4);
    pension->start_days = feed_read_days(r, 5);
    pension->update_ms = feed_read_update_ms(r, 6);
}

static void (*const fill[FEED_KIND_COUNT])(struct feed_reading *r, struct feed_row *row) = {
    [FEED_CAMPAIGNS] = fill_campaign,
    [FEED_CAMPAIGN_WINDOWS] = feed_fill_campaign_window,
    [FEED_REMINDER_PLANS] = feed_fill_reminder_plan,
    [FEED_LIFE_CONFIRMATIONS] = feed_fill_life_confirmation,
    [FEED_TARIFFS] = feed_fill_tariff,
    [FEED_RATES] = feed_fill_rate,
    [FEED_REJECTION_REASONS] = feed_fill_rejection_reason,
    [FEED_DELAYS] = feed_fill_delay,
    [FEED_CALENDAR] = feed_fill_calendar,
    [FEED_RETENTION_PERIODS] = feed_fill_retention_period,
    [FEED_BANK_CODES] = feed_fill_bank_code,
    [FEED_MEMBERS] = fill_member,
    [FEED_BENEFICIARIES] = fill_beneficiary,
    [FEED_CARDS] = fill_card,
    [FEED_PENSIONS] = fill_pension,
    [FEED_RIGHTS] = feed_fill_rights,
    [FEED_EXEMPTIONS] = feed_fill_exemption,
    [FEED_BANK_ACCOUNTS] = feed_fill_bank_account,
    [FEED_CLAIMS] = feed_fill_claim,
    [FEED_CLAIM_LINES] = feed_fill_claim_line,
    [FEED_PAYMENTS] = feed_fill_payment,
    [FEED_PRIOR_AUTHORIZATIONS] = feed_fill_authorization,
    [FEED_PRIOR_AUTHORIZATION_LINES] = feed_fill_authorization_line,
};

/* Before any rule of a column: SEC-E5, everything from outside is text or it is refused. */
static void check_texts(struct feed_reading *r)
{
    for (size_t i = 0; i < r->layout->column_count; i++) {
        if (!bytes_is_text(r->fields[i])) {
            feed_blame(r, i, FEED_FAULT_NOT_TEXT);
        }
    }
}

status feed_row_parse(const struct feed_parser *parser, const bytes *fields, size_t field_count,
                      struct feed_row *ret_row, struct feed_error *ret_error)
{
    struct feed_reading r = {.rules = parser->rules,
                             .layout = &layouts[parser->kind],
                             .fields = fields,
                             .arena = parser->arena};
    bytes all[FEED_COLUMNS_MAX] = {{NULL, 0}};
    *ret_row = (struct feed_row){.kind = parser->kind};
    if (!feed_layout_fits(r.layout, field_count)) {
        *ret_error = (struct feed_error){FEED_FAULT_COLUMN_COUNT, ""};
        return STATUS_OK;
    }
    memcpy(all, fields, field_count * sizeof *fields);
    r.fields = all; /* an optional column that is not there is empty */
    check_texts(&r);
    if (r.error.fault == FEED_FAULT_NONE) {
        fill[parser->kind](&r, ret_row);
    }
    *ret_error = r.error.fault == FEED_FAULT_NONE ? (struct feed_error){FEED_FAULT_NONE, ""}
                                                  : r.error;
    return arena_check(parser->arena);
}
