/* Rows of rights and exemptions, and of the versioned reference sets. */
#include "base/array.h"
#include "base/limits.h"
#include "service/feed_fill.h"
#include "storage/retention.h"

enum { RATE_MAX = 10000, NAME_MAX_BYTES = 48 };

void feed_fill_rights(struct feed_reading *r, struct feed_row *row)
{
    static const char *const bases[] = {"EMPLOYEE", "PENSIONER", "SPOUSE",   "CHILD",   "STUDENT",
                                        "DISABLED", "SURVIVOR",  "DIVORCED", "JOB_LOSS"};
    Hayat__Store__V1__StoredRightsPeriod *period = &row->record.rights_period;
    hayat__store__v1__stored_rights_period__init(period);
    feed_fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    period->beneficiary_seq = row->seq;
    period->period_number = feed_read_number(r, 2, 999999);
    (void)feed_read_word(r, 3, bases, ARRAY_LEN(bases));
    period->basis_code = feed_read_text(r, 3, NAME_MAX_BYTES, FEED_REQUIRED);
    period->from_days = feed_read_days(r, 4);
    period->open_days = feed_read_optional_days(r, 5);
    period->to_days = feed_read_optional_days(r, 6);
    if (period->open_days != 0 && period->open_days < period->from_days) {
        feed_blame(r, 5, FEED_FAULT_DATE_ORDER);
    }
    if (period->to_days != 0 && period->to_days < period->from_days) {
        feed_blame(r, 6, FEED_FAULT_DATE_ORDER);
    }
    period->end_reason_code = feed_read_name(r, 7, NAME_MAX_BYTES, FEED_OPTIONAL);
    period->update_ms = feed_read_update_ms(r, 8);
}

void feed_fill_exemption(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredExemption *exemption = &row->record.exemption;
    hayat__store__v1__stored_exemption__init(exemption);
    feed_fill_key(r, LIMIT_BENEFICIARIES - 1, row);
    exemption->beneficiary_seq = row->seq;
    exemption->exemption_number = feed_read_number(r, 2, 999999);
    exemption->exemption_code = feed_read_name(r, 3, NAME_MAX_BYTES, FEED_REQUIRED);
    exemption->condition_code = feed_read_name(r, 4, NAME_MAX_BYTES, FEED_OPTIONAL);
    exemption->from_days = feed_read_days(r, 5);
    exemption->to_days = feed_read_optional_days(r, 6);
    if (exemption->to_days != 0 && exemption->to_days < exemption->from_days) {
        feed_blame(r, 6, FEED_FAULT_DATE_ORDER);
    }
    exemption->renews = feed_read_bool(r, 7);
    exemption->rate_basis_points = feed_read_number(r, 8, RATE_MAX);
    exemption->update_ms = feed_read_update_ms(r, 9);
}

/* --- reference sets: a row brings its set's name with it --- */

/* Columns 0 to 2, and a new item in a list of one; NULL when the arena is dry. */
void *feed_fill_set(struct feed_reading *r, struct feed_row *row,
                    Hayat__Store__V1__ReferenceKind kind,
                    const ProtobufCMessageDescriptor *item_type)
{
    Hayat__Store__V1__StoredReferenceSet *set = &row->record.reference;
    hayat__store__v1__stored_reference_set__init(set);
    set->kind = kind;
    set->version = feed_read_name(r, 0, NAME_MAX_BYTES, FEED_REQUIRED);
    set->valid_from_days = feed_read_days(r, 1);
    set->source = feed_read_text(r, 2, 256, FEED_REQUIRED);
    if (set->valid_from_days < 0) {
        feed_blame(r, 1, FEED_FAULT_DATE);
    }
    ProtobufCMessage *item = arena_alloc(r->arena, item_type->sizeof_message);
    if (item != NULL) {
        protobuf_c_message_init(item_type, item);
    }
    return item;
}

void *feed_list_of_one(struct feed_reading *r, void *item)
{
    void **list = arena_alloc(r->arena, sizeof *list);
    if (list != NULL) {
        *list = item;
    }
    return list;
}

/* --- names of a calendar's rows --- */

static bool name_is_empty(const char *name)
{
    return name[0] == '\0';
}

static bool name_is_weekday(const char *name)
{
    return name[0] >= '1' && name[0] <= '7' && name[1] == '\0';
}

static bool name_is_date(const char *name)
{
    struct date date;
    return date_parse(name, &date);
}

/* "MM-DD"; of a leap year, so that 29 February is one. */
static bool name_is_month_day(const char *name)
{
    char text[] = "2000-MM-DD";
    if (strlen(name) != strlen("MM-DD")) {
        return false;
    }
    memcpy(text + strlen("2000-"), name, strlen("MM-DD"));
    return name_is_date(text);
}

void feed_fill_tariff(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredTariff *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_TARIFF,
        &hayat__store__v1__stored_tariff__descriptor);
    if (item == NULL) {
        return; /* the arena remembers */
    }
    item->letter_key = feed_read_name(r, 3, 16, FEED_REQUIRED);
    item->sector_code = feed_read_name(r, 4, NAME_MAX_BYTES, FEED_REQUIRED);
    item->unit_centimes = feed_read_amount(r, 5);
    row->record.reference.n_tariffs = 1;
    row->record.reference.tariffs = feed_list_of_one(r, item);
}

void feed_fill_rate(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredRate *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RATE,
        &hayat__store__v1__stored_rate__descriptor);
    if (item == NULL) {
        return;
    }
    item->regime_code = feed_read_name(r, 3, NAME_MAX_BYTES, FEED_REQUIRED);
    item->category_code = feed_read_name(r, 4, NAME_MAX_BYTES, FEED_REQUIRED);
    item->rate_basis_points = feed_read_number(r, 5, RATE_MAX);
    row->record.reference.n_rates = 1;
    row->record.reference.rates = feed_list_of_one(r, item);
}

void feed_fill_rejection_reason(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredRejectionRule *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_REJECTION,
        &hayat__store__v1__stored_rejection_rule__descriptor);
    if (item == NULL) {
        return;
    }
    item->reason_code = feed_read_name(r, 3, NAME_MAX_BYTES, FEED_REQUIRED);
    item->respond_days = feed_read_number(r, 4, 3650);
    row->record.reference.n_rejection_rules = 1;
    row->record.reference.rejection_rules = feed_list_of_one(r, item);
}

void feed_fill_delay(struct feed_reading *r, struct feed_row *row)
{
    static const char *const units[] = {"HOURS", "WORKING_HOURS", "DAYS", "WORKING_DAYS", "MONTHS"};
    Hayat__Store__V1__StoredDelay *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_DELAY,
        &hayat__store__v1__stored_delay__descriptor);
    if (item == NULL) {
        return;
    }
    item->delay_code = feed_read_name(r, 3, NAME_MAX_BYTES, FEED_REQUIRED);
    item->limit = feed_read_number(r, 4, 100000);
    item->unit = (uint32_t)feed_read_word(r, 5, units, ARRAY_LEN(units)) + 1;
    row->record.reference.n_delays = 1;
    row->record.reference.delays = feed_list_of_one(r, item);
}

/* What each row of a calendar is named by, and the most its value may be. */
static const struct {
    const char *row, *code;
    bool (*is_name)(const char *name);
    uint32_t most;
} calendar_rows[] = {
    {"WEEKEND", "weekend", name_is_weekday, 0},  {"HOLIDAY", "holiday", name_is_month_day, 9999},
    {"MOVEABLE", "moveable", name_is_date, 0},   {"DAY_START", "day_start", name_is_empty, 1440},
    {"DAY_END", "day_end", name_is_empty, 1440},
};

void feed_fill_calendar(struct feed_reading *r, struct feed_row *row)
{
    const char *words[ARRAY_LEN(calendar_rows)];
    Hayat__Store__V1__StoredCalendarRow *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_CALENDAR,
        &hayat__store__v1__stored_calendar_row__descriptor);
    if (item == NULL) {
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(calendar_rows); i++) {
        words[i] = calendar_rows[i].row;
    }
    size_t which = (size_t)feed_read_word(r, 3, words, ARRAY_LEN(words));
    item->row_name = feed_read_text(r, 4, NAME_MAX_BYTES, FEED_OPTIONAL);
    if (r->error.fault != FEED_FAULT_NONE || item->row_name == NULL) {
        return;
    }
    item->row_code = arena_str(r->arena, bytes_str(calendar_rows[which].code));
    item->value = feed_read_number(r, 5, calendar_rows[which].most);
    if (!calendar_rows[which].is_name(item->row_name)) {
        feed_blame(r, 4, FEED_FAULT_PATTERN);
    }
    row->record.reference.n_calendar = 1;
    row->record.reference.calendar = feed_list_of_one(r, item);
}

/* RULE RETENTION-FLOOR */
static bool is_too_short(const Hayat__Store__V1__StoredRetentionPeriod *item)
{
    uint32_t least = item->unit == RETENTION_MONTHS ? LIMIT_INSURED_MONTHS_LEAST
                                                    : LIMIT_INSURED_DAYS_LEAST;
    return item->period_name != NULL && item->limit < least &&
           strcmp(item->period_name, retention_defaults[PERIOD_insured].name) == 0;
}

void feed_fill_retention_period(struct feed_reading *r, struct feed_row *row)
{
    static const char *const units[] = {"DAYS", "MONTHS"};
    const char *names[PERIOD_COUNT];
    Hayat__Store__V1__StoredRetentionPeriod *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_RETENTION,
        &hayat__store__v1__stored_retention_period__descriptor);
    if (item == NULL) {
        return;
    }
    for (size_t i = 0; i < PERIOD_COUNT; i++) {
        names[i] = retention_defaults[i].name;
    }
    (void)feed_read_word(r, 3, names, PERIOD_COUNT);
    item->period_name = feed_read_name(r, 3, NAME_MAX_BYTES, FEED_REQUIRED);
    item->limit = feed_read_number(r, 4, 12000);
    item->unit = (uint32_t)feed_read_word(r, 5, units, ARRAY_LEN(units)) + RETENTION_DAYS;
    if (item->limit == 0) {
        feed_blame(r, 4, FEED_FAULT_NUMBER); /* at once is never meant */
    } else if (is_too_short(item)) {
        feed_blame(r, 4, FEED_FAULT_TOO_SHORT);
    }
    row->record.reference.n_retention_periods = 1;
    row->record.reference.retention_periods = feed_list_of_one(r, item);
}

void feed_fill_bank_code(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredBankCode *item = feed_fill_set(
        r, row, HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_BANK_CODE,
        &hayat__store__v1__stored_bank_code__descriptor);
    if (item == NULL) {
        return;
    }
    item->bank_code = feed_read_digits(r, 3, 3, FEED_REQUIRED);
    if (r->fields[3].len != 3) {
        feed_blame(r, 3, FEED_FAULT_PATTERN);
    }
    item->bank_name = feed_read_text(r, 4, 96, FEED_REQUIRED);
    row->record.reference.n_bank_codes = 1;
    row->record.reference.bank_codes = feed_list_of_one(r, item);
}
