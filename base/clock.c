#include "base/clock.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { DAYS_PER_ERA = 146097, MS_PER_DAY = 86400000 };

static int64_t read_clock(clockid_t id, int64_t per_second)
{
    struct timespec ts = {0};
    (void)clock_gettime(id, &ts); /* cannot fail for these two clocks */
    return (int64_t)ts.tv_sec * per_second + (int64_t)ts.tv_nsec / (1000000000 / per_second);
}

static int64_t system_wall_ms(const struct clock *self)
{
    (void)self;
    return read_clock(CLOCK_REALTIME, 1000);
}

static int64_t system_mono_us(const struct clock *self)
{
    (void)self;
    return read_clock(CLOCK_MONOTONIC, 1000000);
}

/* The kernel's random UUID of this boot: 16 of its hex digits tell one from another. */
static uint64_t system_boot(const struct clock *self)
{
    char text[64] = {0};
    (void)self;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) {
        (void)close(fd);
    }
    uint64_t boot = 0;
    for (ssize_t i = 0; i < len; i++) {
        const char *digits = "0123456789abcdef", *digit = strchr(digits, text[i]);
        if (digit != NULL && *digit != '\0') {
            boot = (boot << 4 | boot >> 60) ^ (uint64_t)(digit - digits);
        }
    }
    return boot;
}

const struct clock clock_system = {system_wall_ms, system_mono_us, system_boot};

static int64_t fake_wall_ms(const struct clock *self)
{
    return ((const struct fake_clock *)(const void *)self)->wall_ms;
}

static int64_t fake_mono_us(const struct clock *self)
{
    return ((const struct fake_clock *)(const void *)self)->mono_us;
}

static uint64_t fake_boot(const struct clock *self)
{
    return ((const struct fake_clock *)(const void *)self)->boot;
}

void fake_clock_init(struct fake_clock *fake, int64_t wall_ms)
{
    fake->clock = (struct clock){fake_wall_ms, fake_mono_us, fake_boot};
    fake->wall_ms = wall_ms;
    fake->mono_us = 1000000;
    fake->boot = 1;
}

void fake_clock_advance(struct fake_clock *fake, int64_t ms)
{
    fake->wall_ms += ms;
    fake->mono_us += ms * 1000;
}

static bool is_leap(int32_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

bool date_valid(struct date date)
{
    static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (date.year < 1 || date.year > 9999 || date.month < 1 || date.month > 12 || date.day < 1) {
        return false;
    }
    int32_t last = days[date.month - 1] + (date.month == 2 && is_leap(date.year) ? 1 : 0);
    return date.day <= last;
}

/* Both conversions count in 400-year eras that start on 1 March, so the leap day is a year's last. */
int64_t date_to_days(struct date date)
{
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t of_era = year - era * 400;
    int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    int64_t day_of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    return era * DAYS_PER_ERA + day_of_era - 719468;
}

struct date date_from_days(int64_t days)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int64_t of_era = days - era * DAYS_PER_ERA;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
    int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
    return (struct date){(int32_t)year, (int32_t)month,
                         (int32_t)(of_year - (153 * shifted + 2) / 5 + 1)};
}

int date_compare(struct date a, struct date b)
{
    int64_t x = date_to_days(a), y = date_to_days(b);
    return (x > y) - (x < y);
}

struct date date_from_wall_ms(int64_t wall_ms, int32_t utc_offset_minutes)
{
    int64_t local = wall_ms + (int64_t)utc_offset_minutes * 60000;
    int64_t days = local / MS_PER_DAY - (local % MS_PER_DAY < 0 ? 1 : 0);
    return date_from_days(days);
}

static bool parse_digits(const char *text, size_t count, int32_t *ret)
{
    int32_t value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
        value = value * 10 + (text[i] - '0');
    }
    *ret = value;
    return true;
}

bool date_parse(const char *text, struct date *ret)
{
    struct date date;
    if (!parse_digits(text, 4, &date.year) || text[4] != '-' ||
        !parse_digits(text + 5, 2, &date.month) || text[7] != '-' ||
        !parse_digits(text + 8, 2, &date.day) || text[10] != '\0' || !date_valid(date)) {
        return false;
    }
    *ret = date;
    return true;
}
