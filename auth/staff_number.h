/*
 * staff_number: a person's number at the fund, in one way of writing it: where two persons are asked for (SEC-F4), "S-1", "s-1"
 * and "S-1 " are one.
 *
 * Written  1 to 32 of A to Z, 0 to 9, "-", "." and "/", beginning with a letter or a digit.
 */
#ifndef HAYAT_AUTH_STAFF_NUMBER_H
#define HAYAT_AUTH_STAFF_NUMBER_H

#include <stdbool.h>

#include "base/bytes.h"

enum { STAFF_NUMBER_BYTES = 32 };

/* TEXT without white space around it and in capitals; false when it is no staff number. */
bool staff_number_read(bytes text, char ret_number[STAFF_NUMBER_BYTES + 1]);
/* Whether two numbers name the same person, also as they were written before there was one way; an empty one names nobody. */
bool staff_number_same(const char *a, const char *b);

#endif
