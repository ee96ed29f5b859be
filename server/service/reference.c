#include "service/reference.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "storage/change_feed.h"
#include "storage/reference_store.h"

typedef Hayat__Store__V1__StoredReferenceSet reference_set;

#define KIND(name) HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_##name

/* NULL when there is none. */
static status set_on(struct txn *txn, Hayat__Store__V1__ReferenceKind kind, int64_t day,
                     reference_set **ret_set)
{
    *ret_set = NULL;
    status found = reference_store_on(txn, kind, day, ret_set);
    return found.why == REASON_NOT_FOUND ? STATUS_OK : found;
}

/* --- delays --- */

static const Hayat__Store__V1__StoredDelay *find_delay(const reference_set *set, const char *code)
{
    for (size_t i = 0; set != NULL && i < set->n_delays; i++) {
        if (strcmp(set->delays[i]->delay_code, code) == 0) {
            return set->delays[i];
        }
    }
    return NULL;
}

/* Stored units are hayat.v1.DelayUnit's numbers, one more than ours. */
static bool unit_of(const Hayat__Store__V1__StoredDelay *delay, enum delay_unit *ret_unit)
{
    bool known = delay->unit > DELAY_HOURS && delay->unit <= DELAY_MONTHS + 1 && delay->limit > 0 &&
                 delay->limit <= DELAY_LIMIT_MAX;
    if (known) {
        *ret_unit = (enum delay_unit)(delay->unit - 1);
    }
    return known;
}

static bool rule_of(const reference_set *set, const Hayat__Store__V1__StoredDelay *delay,
                    struct delay_rule *ret_rule)
{
    enum delay_unit unit;
    if (!unit_of(delay, &unit)) {
        return false;
    }
    *ret_rule = (struct delay_rule){
        .valid_from = set->valid_from_days, .limit = (int32_t)delay->limit, .unit = unit};
    (void)snprintf(ret_rule->version, sizeof ret_rule->version, "%s/%s", delay->delay_code,
                   set->version);
    return true;
}

status reference_delay(struct txn *txn, const char *code, int64_t day, struct delay_rule *ret_rule,
                       bool *ret_found)
{
    reference_set *set;
    TRY(set_on(txn, KIND(DELAY), day, &set));
    const Hayat__Store__V1__StoredDelay *delay = find_delay(set, code);
    *ret_found = delay != NULL && rule_of(set, delay, ret_rule);
    return STATUS_OK;
}

/* --- the calendar --- */

/* "MM-DD": of a leap year, so that 29 February is one. */
static void add_fixed(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row)
{
    char text[] = "2000-MM-DD";
    struct date date;
    if (strlen(row->row_name) != 5 || calendar->fixed_count == HOLIDAYS_MAX) {
        return;
    }
    memcpy(text + 5, row->row_name, 5);
    if (date_parse(text, &date)) {
        calendar->fixed[calendar->fixed_count++] = (struct fixed_holiday){date.month, date.day,
                                                                          (int32_t)row->value};
    }
}

static void add_moveable(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row)
{
    struct date date;
    if (date_parse(row->row_name, &date) && calendar->moveable_count < HOLIDAYS_MAX) {
        calendar->moveable[calendar->moveable_count++] = date_to_days(date);
    }
}

static void add_weekend(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row)
{
    const char *name = row->row_name;
    if (name[0] >= '1' && name[0] <= '7' && name[1] == '\0') {
        calendar->weekend |= (uint8_t)(1U << (name[0] - '1'));
    }
}

static int32_t minute_of(const Hayat__Store__V1__StoredCalendarRow *row)
{
    return row->value > MINUTES_PER_DAY ? MINUTES_PER_DAY : (int32_t)row->value;
}

static void set_day_start(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row)
{
    calendar->day_start_minute = minute_of(row);
}

static void set_day_end(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row)
{
    calendar->day_end_minute = minute_of(row);
}

static const struct {
    const char *code;
    void (*add)(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row);
} calendar_rows[] = {
    {"holiday", add_fixed},       {"moveable", add_moveable}, {"weekend", add_weekend},
    {"day_start", set_day_start}, {"day_end", set_day_end},
};

static void add_row(struct calendar *calendar, const Hayat__Store__V1__StoredCalendarRow *row)
{
    for (size_t i = 0; i < ARRAY_LEN(calendar_rows); i++) {
        if (strcmp(calendar_rows[i].code, row->row_code) == 0) {
            calendar_rows[i].add(calendar, row);
        }
    }
}

status reference_calendar(struct txn *txn, int32_t utc_offset_minutes, int64_t day,
                          struct calendar *ret_calendar)
{
    reference_set *set;
    memset(ret_calendar, 0, sizeof *ret_calendar);
    ret_calendar->utc_offset_minutes = utc_offset_minutes;
    ret_calendar->day_end_minute = MINUTES_PER_DAY;
    TRY(set_on(txn, KIND(CALENDAR), day, &set));
    for (size_t i = 0; set != NULL && i < set->n_calendar; i++) {
        add_row(ret_calendar, set->calendar[i]);
    }
    return STATUS_OK;
}

/* --- coverage --- */

static int32_t months_of(const reference_set *set, const char *code)
{
    enum delay_unit unit;
    const Hayat__Store__V1__StoredDelay *delay = find_delay(set, code);
    bool found = delay != NULL && unit_of(delay, &unit) && unit == DELAY_MONTHS;
    return found ? (int32_t)delay->limit : FIGURE_NONE;
}

static status read_coverage(struct txn *txn, int64_t day, struct coverage_figures *ret_figures)
{
    reference_set *set;
    TRY(set_on(txn, KIND(DELAY), day, &set));
    *ret_figures = (struct coverage_figures){
        .qualifying_months = months_of(set, "qualifying"),
        .kept_job_loss_months = months_of(set, "kept_job_loss"),
        .kept_divorce_months = months_of(set, "kept_divorce"),
        .kept_survivor_months = months_of(set, "kept_survivor"),
        .child_months = months_of(set, "child_age"),
        .student_months = months_of(set, "student_age"),
    };
    if (set != NULL) {
        (void)snprintf(ret_figures->version, sizeof ret_figures->version, "%s", set->version);
    }
    return STATUS_OK;
}

/* A set is read once for each day and change of the sets, not once for each call. */
status reference_coverage(struct txn *txn, int64_t day, struct coverage_figures *ret_figures)
{
    static const struct owner nobody;
    static _Thread_local struct { /* this thread's last answer */
        struct change_mark mark;
        int64_t day;
        struct coverage_figures figures;
    } known;
    if (known.day != day || !change_mark_holds(&known.mark, txn, nobody)) {
        struct coverage_figures figures;
        TRY(read_coverage(txn, day, &figures));
        known.mark = change_mark_of(txn);
        known.day = day;
        known.figures = figures;
    }
    *ret_figures = known.figures;
    return STATUS_OK;
}

/* --- rejections --- */

status reference_rejections(struct txn *txn, int64_t day, struct reference_rejections *ret)
{
    reference_set *set;
    for (size_t i = 0; i < REJECTIONS; i++) {
        ret->respond_days[i] = FIGURE_NONE;
    }
    TRY(set_on(txn, KIND(REJECTION), day, &set));
    for (size_t i = 0; set != NULL && i < set->n_rejection_rules; i++) {
        enum rejection rejection = rejection_of(set->rejection_rules[i]->reason_code);
        if (rejection != REJECTION_UNKNOWN) {
            ret->respond_days[rejection] = (int32_t)set->rejection_rules[i]->respond_days;
        }
    }
    return STATUS_OK;
}
