/* Rows of the campaigns' windows and reminders, and what the civil registry confirms. */
#include "base/array.h"
#include "base/limits.h"
#include "service/feed_fill.h"

#define KIND(name) HAYAT__STORE__V1__REFERENCE_KIND__REFERENCE_KIND_##name

static char *optional_country(struct feed_reading *r, size_t column)
{
    return r->fields[column].len > 0 ? feed_read_country(r, column)
                                     : feed_read_text(r, column, 0, FEED_OPTIONAL);
}

static char *read_year(struct feed_reading *r, size_t column)
{
    uint32_t year = feed_read_number(r, column, 2100);
    if (year < 2000) {
        feed_blame(r, column, FEED_FAULT_NUMBER);
    }
    return arena_printf(r->arena, "%u", year);
}

void feed_fill_campaign_window(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredCampaignWindow *item = feed_fill_set(
        r, row, KIND(CAMPAIGN_WINDOW), &hayat__store__v1__stored_campaign_window__descriptor);
    if (item == NULL) {
        return;
    }
    item->year = read_year(r, 3);
    item->country_code = optional_country(r, 4);
    item->scheme_code = r->fields[5].len > 0 ? feed_read_code(r, 5, 2, 16)
                                             : feed_read_text(r, 5, 0, FEED_OPTIONAL);
    item->open_days = feed_read_days(r, 6);
    item->due_days = feed_read_days(r, 7);
    item->grace_end_days = feed_read_days(r, 8);
    if (item->due_days < item->open_days) {
        feed_blame(r, 7, FEED_FAULT_DATE_ORDER);
    }
    if (item->grace_end_days < item->due_days) {
        feed_blame(r, 8, FEED_FAULT_DATE_ORDER);
    }
    row->record.reference.n_windows = 1;
    row->record.reference.windows = feed_list_of_one(r, item);
}

void feed_fill_reminder_plan(struct feed_reading *r, struct feed_row *row)
{
    static const char *const sides[] = {"BEFORE", "AFTER"};
    static const char *const ways[] = {"EVERYWHERE", "INBOX"};
    Hayat__Store__V1__StoredReminderRule *item = feed_fill_set(
        r, row, KIND(REMINDER_PLAN), &hayat__store__v1__stored_reminder_rule__descriptor);
    if (item == NULL) {
        return;
    }
    item->country_code = optional_country(r, 3);
    size_t side = feed_read_word(r, 4, sides, ARRAY_LEN(sides));
    int32_t days = (int32_t)feed_read_number(r, 5, 365);
    item->offset_days = side == 0 ? -days : days;
    item->offset_name = arena_printf(r->arena, "%d", item->offset_days);
    item->way = (Hayat__Store__V1__ReminderWay)(feed_read_word(r, 6, ways, ARRAY_LEN(ways)) + 1);
    row->record.reference.n_reminders = 1;
    row->record.reference.reminders = feed_list_of_one(r, item);
}

void feed_fill_life_confirmation(struct feed_reading *r, struct feed_row *row)
{
    Hayat__Store__V1__StoredLifeConfirmation *confirmation = &row->record.confirmation;
    hayat__store__v1__stored_life_confirmation__init(confirmation);
    char *registration = feed_read_pattern(r, 0, &r->rules->registration);
    row->registration_number = registration != NULL ? bytes_str(registration) : (bytes){NULL, 0};
    confirmation->pension_number = feed_read_code(r, 1, 4, 32);
    confirmation->confirm_days = feed_read_days(r, 2);
    confirmation->registry_reference = feed_read_code(r, 3, 4, 64);
    confirmation->update_ms = feed_read_update_ms(r, 4);
    if (confirmation->confirm_days > date_to_days(r->rules->today)) {
        feed_blame(r, 2, FEED_FAULT_DATE);
    }
}
