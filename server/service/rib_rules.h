/*
 * rib_rules: Moroccan account numbers as people write them.
 *
 * RIB      24 digits: bank (3), branch (3), account (16), key (2); shown 3-3-16-2.  key = 97 - (first 22 digits × 100 mod 97),
 *          01 to 97, so a valid RIB is 0 modulo 97, and 00, which is so too, is refused.    RULE RIB-1
 * IBAN     "MA", two check digits, the RIB.  Because the RIB is 0 modulo 97 every valid one begins with MA64.   RULE RIB-2
 * Written  spaces (also no-break ones), dashes and dots may stand anywhere; letters in either case; Arabic-Indic and
 *          European digits.
 * Only the bank's code and the key mean something; whether a bank has that code is reference data, not known here.
 * Pure functions; re-entrant.  Source: the fund's domain notes, section 3, computed again by the tests.
 */
#ifndef HAYAT_SERVICE_RIB_RULES_H
#define HAYAT_SERVICE_RIB_RULES_H

#include "base/bytes.h"

enum {
    RIB_DIGITS = 24,
    RIB_BANK_DIGITS = 3,
    RIB_SHOWN_MAX = RIB_DIGITS + 3,   /* "007 780 0001234567890123 45", without the NUL */
    RIB_MASK_MAX = 3 + 1 + 3 + 1 + 4, /* bytes */
    IBAN_LEN = RIB_DIGITS + 4,
};

struct rib {
    char digits[RIB_DIGITS + 1];
};

enum rib_fault {
    RIB_FINE,
    RIB_EMPTY,
    RIB_CHARACTER,  /* something that no account number holds */
    RIB_COUNTRY,    /* an IBAN of another country */
    RIB_LENGTH,     /* not 24 digits, or not 28 characters from "MA" on */
    RIB_IBAN_CHECK, /* the IBAN's check digits are wrong */
    RIB_KEY,        /* the RIB's key is wrong, or 00 */
};

/* *RET_RIB is written only when the answer is RIB_FINE. */
enum rib_fault rib_parse(bytes text, struct rib *ret_rib);

/* "must have 24 digits (a RIB), or 28 characters (an IBAN)": a constant for BadRequest; "" for RIB_FINE. */
const char *rib_fault_text(enum rib_fault fault);

/* "007 … 0123": the bank and the account's last four digits, all that is ever told again (SEC-C4). */
void rib_mask(const struct rib *rib, char out[RIB_MASK_MAX + 1]);
/* "007 780 0001234567890123 45", for the one text that the member signs. */
void rib_show(const struct rib *rib, char out[RIB_SHOWN_MAX + 1]);

/* The key that belongs to the first 22 of DIGITS. */
unsigned rib_key(const char *digits);

#endif
