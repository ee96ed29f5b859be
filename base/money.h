/* money: amounts in integer centimes as text. */
#ifndef HAYAT_BASE_MONEY_H
#define HAYAT_BASE_MONEY_H

#include <stdint.h>

enum { MONEY_TEXT_MAX = 48 };

/* "1234.56": for machines.  OUT holds MONEY_TEXT_MAX bytes. */
void money_decimal(int64_t centimes, char *out);
/* "1 234,56" with no-break spaces: for people, as French and Arabic print it in Morocco. */
void money_printed(int64_t centimes, char *out);

#endif
