#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { CENTIMES = 100, GROUP = 3 };

static const char no_break_space[] = "\u00a0";

/* Of INT64_MIN too. */
static uint64_t magnitude(int64_t centimes)
{
    return centimes < 0 ? ~(uint64_t)centimes + 1 : (uint64_t)centimes;
}

void money_decimal(int64_t centimes, char *out)
{
    uint64_t value = magnitude(centimes);
    (void)snprintf(out, MONEY_TEXT_MAX, "%s%" PRIu64 ".%02" PRIu64, centimes < 0 ? "-" : "",
                   value / CENTIMES, value % CENTIMES);
}

void money_printed(int64_t centimes, char *out)
{
    char whole[24];
    uint64_t value = magnitude(centimes);
    size_t digits = (size_t)snprintf(whole, sizeof whole, "%" PRIu64, value / CENTIMES), at = 0;
    if (centimes < 0) {
        out[at++] = '-';
    }
    for (size_t i = 0; i < digits; i++) {
        if (i > 0 && (digits - i) % GROUP == 0) {
            memcpy(out + at, no_break_space, sizeof no_break_space - 1);
            at += sizeof no_break_space - 1;
        }
        out[at++] = whole[i];
    }
    (void)snprintf(out + at, MONEY_TEXT_MAX - at, ",%02" PRIu64, value % CENTIMES);
}
