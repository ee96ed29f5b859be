#include "service/calendar_rules.h"

enum { WEEK = 7, EPOCH_WEEKDAY = 3 /* 1970-01-01 was a Thursday; Monday is 0 */, YEAR_MONTHS = 12 };

static int64_t floor_div(int64_t a, int64_t b)
{
    int64_t quotient = a / b;
    return a % b < 0 ? quotient - 1 : quotient;
}

int64_t calendar_add_months(int64_t day, int32_t count)
{
    struct date date = date_from_days(day);
    int64_t months = (int64_t)date.year * YEAR_MONTHS + (date.month - 1) + count;
    date.year = (int32_t)floor_div(months, YEAR_MONTHS);
    date.month = (int32_t)(months - (int64_t)date.year * YEAR_MONTHS) + 1;
    while (!date_valid(date)) {
        date.day--; /* 31 January and a month: the last day of February */
    }
    return date_to_days(date);
}

int64_t calendar_birthday(int64_t birth, int32_t years)
{
    struct date date = date_from_days(birth);
    date.year += years;
    if (!date_valid(date)) {
        date.month = 3;
        date.day = 1;
    }
    return date_to_days(date);
}

int32_t calendar_age(int64_t birth, int64_t day)
{
    int32_t years = date_from_days(day).year - date_from_days(birth).year;
    return calendar_birthday(birth, years) > day ? years - 1 : years;
}

static bool is_weekend(const struct calendar *calendar, int64_t day)
{
    int64_t weekday = day + EPOCH_WEEKDAY - WEEK * floor_div(day + EPOCH_WEEKDAY, WEEK);
    return (calendar->weekend >> weekday & 1) != 0;
}

static bool is_fixed_holiday(const struct calendar *calendar, int64_t day)
{
    struct date date = date_from_days(day);
    for (size_t i = 0; i < calendar->fixed_count; i++) {
        const struct fixed_holiday *holiday = &calendar->fixed[i];
        if (holiday->month == date.month && holiday->day == date.day &&
            holiday->from_year <= date.year) {
            return true;
        }
    }
    return false;
}

static bool is_moveable_holiday(const struct calendar *calendar, int64_t day)
{
    for (size_t i = 0; i < calendar->moveable_count; i++) {
        if (calendar->moveable[i] == day) {
            return true;
        }
    }
    return false;
}

/* RULE AMO-WORKING-DAY: neither a weekend nor a public holiday, fixed or announced.  domain 4 */
bool calendar_is_working_day(const struct calendar *calendar, int64_t day)
{
    return !is_weekend(calendar, day) && !is_fixed_holiday(calendar, day) &&
           !is_moveable_holiday(calendar, day);
}

int64_t calendar_day_of(const struct calendar *calendar, int64_t wall_ms)
{
    return floor_div(wall_ms + (int64_t)calendar->utc_offset_minutes * 60 * 1000, MS_PER_DAY);
}

int64_t calendar_midnight(const struct calendar *calendar, int64_t day)
{
    return day * MS_PER_DAY - (int64_t)calendar->utc_offset_minutes * 60 * 1000;
}
