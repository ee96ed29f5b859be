/*
 * clock: where time comes from.  Programs use clock_system; tests own a struct fake_clock.
 *
 * Units   wall: milliseconds since 1970-01-01 UTC (can jump).  mono: microseconds since an arbitrary start (never
 *         goes back; the one to measure with and to time out by).
 * Boot    mono counts from the machine's start, so two processes may compare it as long as the boot is the same.
 * Threads clock_system is re-entrant; a fake clock is set by one thread and read by any.
 */
#ifndef HAYAT_BASE_CLOCK_H
#define HAYAT_BASE_CLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct clock {
    int64_t (*wall_ms)(const struct clock *self);
    int64_t (*mono_us)(const struct clock *self);
    uint64_t (*boot)(const struct clock *self); /* which start of the machine; 0 when unknown */
};

extern const struct clock clock_system;

static inline int64_t clock_wall_ms(const struct clock *clock)
{
    return clock->wall_ms(clock);
}

static inline int64_t clock_mono_us(const struct clock *clock)
{
    return clock->mono_us(clock);
}

static inline uint64_t clock_boot(const struct clock *clock)
{
    return clock->boot(clock);
}

struct fake_clock {
    struct clock clock; /* first: pass &fake.clock */
    _Atomic int64_t wall_ms, mono_us;
    _Atomic uint64_t boot;
};

void fake_clock_init(struct fake_clock *fake, int64_t wall_ms);
/* Both clocks move on by MS. */
void fake_clock_advance(struct fake_clock *fake, int64_t ms);

/* A civil date of the Gregorian calendar, without a time zone. */
struct date {
    int32_t year;
    int32_t month; /* 1-12 */
    int32_t day;   /* 1-31 */
};

bool date_valid(struct date date);
/* Days since 1970-01-01; the date must be valid. */
int64_t date_to_days(struct date date);
struct date date_from_days(int64_t days);
/* -1, 0 or 1. */
int date_compare(struct date a, struct date b);
/* The civil date in Morocco at that instant.  Morocco's offset is configuration: UTC+1 all year, UTC+0 in Ramadan. */
struct date date_from_wall_ms(int64_t wall_ms, int32_t utc_offset_minutes);
/* "YYYY-MM-DD" exactly; false for anything else, including dates that do not exist. */
bool date_parse(const char *text, struct date *ret);

#endif
