#include "tools/hayatctl/copy_rules.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"

enum { DIGITS_YEAR = 4, DIGITS_TWO = 2, DIGITS_MS = 3, SECOND_MS = 1000, YEAR_MAX = 9999 };

static const int64_t DAY_MS = 24LL * 3600 * SECOND_MS;

bool copy_name_of(int64_t wall_ms, char out[COPY_NAME_BYTES])
{
    if (wall_ms < 0 || wall_ms / DAY_MS > date_to_days((struct date){YEAR_MAX, 12, 31})) {
        return false;
    }
    struct date day = date_from_days(wall_ms / DAY_MS);
    unsigned ms = (unsigned)(wall_ms % DAY_MS), second = ms / SECOND_MS;
    int n = snprintf(out, COPY_NAME_BYTES, "%04d%02d%02dT%02u%02u%02u.%03uZ", day.year, day.month,
                     day.day, second / 3600, second / 60 % 60, second % 60, ms % SECOND_MS);
    return n == COPY_NAME_BYTES - 1;
}

/* DIGITS of them at *AT, which moves on. */
static bool take_number(const char **at, int digits, int32_t *ret_value)
{
    int32_t value = 0;
    for (int i = 0; i < digits; i++, ++*at) {
        if (**at < '0' || **at > '9') {
            return false;
        }
        value = value * 10 + (**at - '0');
    }
    *ret_value = value;
    return true;
}

static bool take_letter(const char **at, char letter)
{
    return *(*at)++ == letter;
}

bool copy_name_time(const char *name, int64_t *ret_wall_ms)
{
    struct date day;
    int32_t hour, minute, second, ms;
    if (strlen(name) != COPY_NAME_BYTES - 1) {
        return false;
    }
    bool shape = take_number(&name, DIGITS_YEAR, &day.year) &&
                 take_number(&name, DIGITS_TWO, &day.month) &&
                 take_number(&name, DIGITS_TWO, &day.day) && take_letter(&name, 'T') &&
                 take_number(&name, DIGITS_TWO, &hour) && take_number(&name, DIGITS_TWO, &minute) &&
                 take_number(&name, DIGITS_TWO, &second) && take_letter(&name, '.') &&
                 take_number(&name, DIGITS_MS, &ms) && take_letter(&name, 'Z');
    if (!shape || !date_valid(day) || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    int64_t wall_ms = date_to_days(day) * DAY_MS +
                      ((hour * 60LL + minute) * 60 + second) * SECOND_MS + ms;
    if (wall_ms < 0) {
        return false;
    }
    *ret_wall_ms = wall_ms;
    return true;
}

size_t copy_surplus(char *const *names, size_t count, size_t keep, const char *fresh, size_t *gone)
{
    size_t found = 0;
    for (size_t i = 0; keep > 0 && i < count && count - found > keep; i++) {
        if (strcmp(names[i], fresh) != 0) {
            gone[found++] = i;
        }
    }
    return found;
}

uint64_t copy_spare_bytes(bool beside_store)
{
    return beside_store ? LIMIT_FREE_DISK_UPLOAD_BYTES : LIMIT_COPY_SPARE_BYTES;
}

bool copy_has_room(uint64_t free_bytes, uint64_t needed, bool beside_store)
{
    uint64_t spare = copy_spare_bytes(beside_store);
    return free_bytes >= spare && free_bytes - spare >= needed;
}
