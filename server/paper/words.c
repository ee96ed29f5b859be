#include "paper/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { CODE_MAX = 16, GROUP = 4 };

/* Arabic: the names used in Morocco. */
static const char *const months[12][3] = {
    [0] = {"January", "janvier", "يناير"},
    [1] = {"February", "février", "فبراير"},
    [2] = {"March", "mars", "مارس"},
    [3] = {"April", "avril", "أبريل"},
    [4] = {"May", "mai", "ماي"},
    [5] = {"June", "juin", "يونيو"},
    [6] = {"July", "juillet", "يوليوز"},
    [7] = {"August", "août", "غشت"},
    [8] = {"September", "septembre", "شتنبر"},
    [9] = {"October", "octobre", "أكتوبر"},
    [10] = {"November", "novembre", "نونبر"},
    [11] = {"December", "décembre", "دجنبر"},
};

void words_date(struct date date, enum language language, char *out)
{
    out[0] = '\0';
    if (date_valid(date)) {
        const bool first = language == LANGUAGE_FR && date.day == 1;
        (void)snprintf(out, WORDS_DATE_MAX, "%d%s %s %d", date.day, first ? "er" : "",
                       months[date.month - 1][language], date.year);
    }
}

void words_short_date(struct date date, char *out)
{
    out[0] = '\0';
    if (date_valid(date)) {
        (void)snprintf(out, WORDS_DATE_MAX, "%02d/%02d/%04d", date.day, date.month, date.year);
    }
}

bool words_code(const char *code, char *out)
{
    size_t len = strlen(code);
    if (len == 0 || len > CODE_MAX) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)code[i])) {
            return false;
        }
        if (i > 0 && i % GROUP == 0) {
            *out++ = '-';
        }
        *out++ = (char)toupper((unsigned char)code[i]);
    }
    *out = '\0';
    return true;
}
