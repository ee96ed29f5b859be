#include "service/feed_rows.h"

#include <assert.h>
#include <string.h>

#include "base/array.h"
#include "base/limits.h"

enum { PATTERN_TEXT_MAX = 32, DAY_MS = 86400000 };

/* In the order of the CSV files; feed_row_parse's fill functions know the positions. */
static const struct feed_layout layouts[FEED_KIND_COUNT] = {
    [FEED_CAMPAIGNS] = {"campaigns", {"year", "open_date", "due_date", "grace_end_date"}, 4},
    [FEED_MEMBERS] = {"members",
                      {"registration_number", "affiliation_number", "mutuelle_code", "country_code",
                       "language", "phone_number", "address", "update_date"},
                      8},
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

/* A row under way: the first fault stays. */
struct reading {
    const struct feed_rules *rules;
    const struct feed_layout *layout;
    const bytes *fields;
    struct arena *arena;
    struct feed_error error;
};

static void blame(struct reading *r, size_t column, enum feed_fault fault)
{
    if (r->error.fault == FEED_FAULT_NONE) {
        r->error = (struct feed_error){fault, r->layout->columns[column]};
    }
}

/* Printable, with nothing at its ends that one does not see. */
static bool clean_text(bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < 0x20 || text.ptr[i] == 0x7f) {
            return false;
        }
    }
    return text.len == 0 || (text.ptr[0] != ' ' && text.ptr[text.len - 1] != ' ');
}

enum { REQUIRED = 1, OPTIONAL = 0 };

static char *read_text(struct reading *r, size_t column, size_t max, int required)
{
    bytes text = r->fields[column];
    if (text.len == 0 && required == REQUIRED) {
        blame(r, column, FEED_FAULT_EMPTY);
    } else if (text.len > max) {
        blame(r, column, FEED_FAULT_TOO_LONG);
    } else if (!clean_text(text)) {
        blame(r, column, FEED_FAULT_NOT_TEXT);
    }
    return r->error.fault == FEED_FAULT_NONE ? arena_str(r->arena, text) : NULL;
}

static char *read_pattern(struct reading *r, size_t column, const regex_t *pattern)
{
    char *text = read_text(r, column, PATTERN_TEXT_MAX, REQUIRED);
    if (text != NULL && regexec(pattern, text, 0, NULL, 0) != 0) {
        blame(r, column, FEED_FAULT_PATTERN);
    }
    return text;
}

/* LEAST to MOST characters from A to Z, digits when DIGITS, and underscores or hyphens between
   them. */
static char *read_code(struct reading *r, size_t column, size_t least, size_t most)
{
    char *text = read_text(r, column, most, REQUIRED);
    if (text == NULL) {
        return NULL;
    }
    size_t len = strlen(text);
    if (len < least || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len) {
        blame(r, column, FEED_FAULT_PATTERN);
    }
    return text;
}

static char *read_country(struct reading *r, size_t column)
{
    char *text = read_text(r, column, 2, REQUIRED);
    if (text != NULL && (strlen(text) != 2 || strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 2)) {
        blame(r, column, FEED_FAULT_PATTERN);
    }
    return text;
}

/* International form, or nothing. */
static char *read_phone(struct reading *r, size_t column)
{
    char *text = read_text(r, column, 16, OPTIONAL);
    if (text != NULL && text[0] != '\0') {
        size_t digits = strspn(text + 1, "0123456789");
        if (text[0] != '+' || text[1 + digits] != '\0' || digits < 6 || digits > 15) {
            blame(r, column, FEED_FAULT_PATTERN);
        }
    }
    return text;
}

static size_t read_word(struct reading *r, size_t column, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes_equal_str(r->fields[column], words[i])) {
            return i;
        }
    }
    blame(r, column, r->fields[column].len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_WORD);
    return 0;
}

static uint32_t read_number(struct reading *r, size_t column, uint32_t most)
{
    bytes text = r->fields[column];
    uint32_t value = 0;
    bool good = text.len > 0 && text.len <= 9 && (text.len == 1 || text.ptr[0] != '0');
    for (size_t i = 0; good && i < text.len; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        value = value * 10 + (uint32_t)(text.ptr[i] - '0');
    }
    if (!good || value > most) {
        blame(r, column, text.len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_NUMBER);
        return 0;
    }
    return value;
}

static int64_t read_days(struct reading *r, size_t column)
{
    char text[11] = "";
    bytes field = r->fields[column];
    struct date date;
    if (field.len == 10) {
        memcpy(text, field.ptr, 10);
    }
    if (!date_parse(text, &date) || date.year < 1900 || date.year > 2100) {
        blame(r, column, field.len == 0 ? FEED_FAULT_EMPTY : FEED_FAULT_DATE);
        return 0;
    }
    return date_to_days(date);
}

static int64_t read_update_ms(struct reading *r, size_t column)
{
    return read_days(r, column) * DAY_MS;
}

/* --- kinds of rows --- */

static void fill_key(struct reading *r, uint32_t most_seq, struct feed_row *row)
{
    char *registration = read_pattern(r, 0, &r->rules->registration);
    row->registration_number = registration != NULL ? bytes_str(registration) : (bytes){NULL, 0};
    row->seq = read_number(r, 1, most_seq);
}

static void fill_campaign(struct reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredCampaign *campaign = &row->record.campaign;
    hayat__store__v1__stored_campaign__init(campaign);
    campaign->year = (int32_t)read_number(r, 0, 2100);
    if (campaign->year < 2000) {
        blame(r, 0, FEED_FAULT_NUMBER);
    }
    campaign->open_days = read_days(r, 1);
    campaign->due_days = read_days(r, 2);
    campaign->grace_end_days = read_days(r, 3);
    if (campaign->due_days < campaign->open_days) {
        blame(r, 2, FEED_FAULT_DATE_ORDER);
    }
    if (campaign->grace_end_days < campaign->due_days) {
        blame(r, 3, FEED_FAULT_DATE_ORDER);
    }
}

static void fill_member(struct reading *r, struct feed_row *row)
{
    static const char *const languages[] = {"fr", "ar", "en"};
    Hayat__Store__V1__StoredMember *member = &row->record.member;
    hayat__store__v1__stored_member__init(member);
    member->registration_number = read_pattern(r, 0, &r->rules->registration);
    member->affiliation_number = read_pattern(r, 1, &r->rules->affiliation);
    member->mutuelle_code = read_code(r, 2, 2, 16);
    member->country_code = read_country(r, 3);
    (void)read_word(r, 4, languages, ARRAY_LEN(languages));
    member->preferred_language = read_text(r, 4, 2, REQUIRED);
    member->phone_number = read_phone(r, 5);
    member->address = read_text(r, 6, 256, OPTIONAL);
    member->update_ms = read_update_ms(r, 7);
    if (member->registration_number != NULL) {
        row->registration_number = bytes_str(member->registration_number);
    }
}

static void fill_beneficiary(struct reading *r, struct feed_row *row)
{
    static const char *const relationships[] = {"HOLDER", "SPOUSE",
                                                "CHILD"}; /* hayat.v1.Relationship, from 1 */
    Hayat__Store__V1__StoredBeneficiary *person = &row->record.beneficiary;
    hayat__store__v1__stored_beneficiary__init(person);
    fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    person->relationship = (uint32_t)read_word(r, 2, relationships, ARRAY_LEN(relationships)) + 1;
    if ((person->relationship == 1) != (row->seq == 0)) {
        blame(r, 1, FEED_FAULT_HOLDER);
    }
    person->name = arena_alloc(r->arena, sizeof(*person->name));
    if (person->name == NULL) {
        return; /* the arena remembers */
    }
    hayat__store__v1__stored_name__init(person->name);
    person->name->given_name = read_text(r, 3, 96, REQUIRED);
    person->name->family_name = read_text(r, 4, 96, REQUIRED);
    person->name->given_name_ar = read_text(r, 5, 96, REQUIRED);
    person->name->family_name_ar = read_text(r, 6, 96, REQUIRED);
    person->birth_days = read_days(r, 7);
    if (person->birth_days > date_to_days(r->rules->today)) {
        blame(r, 7, FEED_FAULT_FUTURE);
    }
    bool has_cine = r->fields[8].len > 0;
    person->cine_number = has_cine ? read_pattern(r, 8, &r->rules->cine)
                                   : read_text(r, 8, 0, OPTIONAL);
    person->update_ms = read_update_ms(r, 9);
}

static void fill_card(struct reading *r, struct feed_row *row)
{
    static const char *const states[] = {"ACTIVE", "SUSPENDED"}; /* hayat.v1.CardState, from 1 */
    Hayat__Store__V1__StoredCard *card = &row->record.card;
    hayat__store__v1__stored_card__init(card);
    fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    card->issue_days = read_days(r, 2);
    card->state = (uint32_t)read_word(r, 3, states, ARRAY_LEN(states)) + 1;
    char *photo = read_text(r, 4, 200, OPTIONAL);
    row->photo_file = photo != NULL ? bytes_str(photo) : (bytes){NULL, 0};
    card->update_ms = read_update_ms(r, 5);
}

static void fill_pension(struct reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredPension *pension = &row->record.pension;
    hayat__store__v1__stored_pension__init(pension);
    fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    pension->pension_number = read_code(r, 2, 4, 32);
    pension->scheme_code = read_code(r, 3, 2, 16);
    pension->country_code = read_country(r, 4);
    pension->start_days = read_days(r, 5);
    pension->update_ms = read_update_ms(r, 6);
}

static void (*const fill[FEED_KIND_COUNT])(struct reading *r, struct feed_row *row) = {
    [FEED_CAMPAIGNS] = fill_campaign,        [FEED_MEMBERS] = fill_member,
    [FEED_BENEFICIARIES] = fill_beneficiary, [FEED_CARDS] = fill_card,
    [FEED_PENSIONS] = fill_pension,
};

/* Before any rule of a column: SEC-E5, everything from outside is text or it is refused. */
static void check_texts(struct reading *r)
{
    for (size_t i = 0; i < r->layout->column_count; i++) {
        if (!bytes_is_text(r->fields[i])) {
            blame(r, i, FEED_FAULT_NOT_TEXT);
        }
    }
}

status feed_row_parse(const struct feed_parser *parser, const bytes *fields, size_t field_count,
                      struct feed_row *ret_row, struct feed_error *ret_error)
{
    struct reading r = {.rules = parser->rules,
                        .layout = &layouts[parser->kind],
                        .fields = fields,
                        .arena = parser->arena};
    *ret_row = (struct feed_row){.kind = parser->kind};
    if (field_count != r.layout->column_count) {
        *ret_error = (struct feed_error){FEED_FAULT_COLUMN_COUNT, ""};
        return STATUS_OK;
    }
    check_texts(&r);
    if (r.error.fault == FEED_FAULT_NONE) {
        fill[parser->kind](&r, ret_row);
    }
    *ret_error = r.error.fault == FEED_FAULT_NONE ? (struct feed_error){FEED_FAULT_NONE, ""}
                                                  : r.error;
    return arena_check(parser->arena);
}
