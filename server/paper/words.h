/* words: dates and codes as they are printed. */
#ifndef HAYAT_SERVER_PAPER_WORDS_H
#define HAYAT_SERVER_PAPER_WORDS_H

#include <stddef.h>

#include "base/clock.h"
#include "base/status.h"

enum { WORDS_DATE_MAX = 64, WORDS_CODE_MAX = 40 };

/* "28 novembre 2026", "28 نونبر 2026", "28 November 2026"; OUT holds WORDS_DATE_MAX bytes.  Empty for no date. */
void words_date(struct date date, enum language language, char *out);
/* "28/11/2026". */
void words_short_date(struct date date, char *out);
/* In groups of four, upper case: "7K3M-Q9XT-2WBE"; false for what is no code.  OUT holds WORDS_CODE_MAX bytes. */
bool words_code(const char *code, char *out);

#endif
