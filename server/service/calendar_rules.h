/*
 * calendar_rules: civil months, and the days and hours on which the fund works.
 *
 * Pure functions.  Days are civil days since 1970-01-01 in Morocco.  Which days are weekends and holidays, and when a
 * working day begins and ends, is reference data: holidays that follow the moon are announced from year to year.
 */
#ifndef HAYAT_SERVICE_CALENDAR_RULES_H
#define HAYAT_SERVICE_CALENDAR_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum { MS_PER_HOUR = 3600 * 1000, MS_PER_DAY = 24 * MS_PER_HOUR, MINUTES_PER_DAY = 24 * 60 };

enum { HOLIDAYS_MAX = 256 };

/* A holiday on the same date of every year from FROM_YEAR on. */
struct fixed_holiday {
    int32_t month, day, from_year;
};

struct calendar {
    int32_t utc_offset_minutes; /* Morocco's civil time */
    uint8_t weekend;            /* bit 0 Monday ... bit 6 Sunday */
    int32_t day_start_minute,
        day_end_minute; /* of a working day, local; 0 and 1440 for all of it */
    size_t fixed_count, moveable_count;
    struct fixed_holiday fixed[HOLIDAYS_MAX];
    int64_t moveable[HOLIDAYS_MAX]; /* days */
};

/* The same day of the month COUNT months later (earlier when below 0), or that month's last day. */
int64_t calendar_add_months(int64_t day, int32_t count);
/* Whole years from BIRTH to DAY; born on a 29 February, a year is full on 1 March of a common year. */
int32_t calendar_age(int64_t birth, int64_t day);
/* The day on which somebody born on BIRTH is YEARS old. */
int64_t calendar_birthday(int64_t birth, int32_t years);
bool calendar_is_working_day(const struct calendar *calendar, int64_t day);

/* The civil day of an instant, and the instant at which a day begins. */
int64_t calendar_day_of(const struct calendar *calendar, int64_t wall_ms);
int64_t calendar_midnight(const struct calendar *calendar, int64_t day);

#endif
