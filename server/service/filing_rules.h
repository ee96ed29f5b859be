/*
 * filing_rules: until when a care sheet may be filed, or filed again with what was missing.
 *
 * Pure functions.  The two delays are versioned rules of the reference set, "filing" and "filing_continuous"; the versions in
 * force on the day a clock begins count.
 *
 * Units    civil days since 1970-01-01; 0 is none.
 */
#ifndef HAYAT_SERVICE_FILING_RULES_H
#define HAYAT_SERVICE_FILING_RULES_H

#include "service/legal_clock.h"

struct filing_facts {
    int64_t first_care_day, last_care_day;
};

/* Care on more than one day of one sheet is a treatment that went on. */
bool filing_is_continuous(const struct filing_facts *facts);
/* The day the clock begins: that of the first act, or the last of a treatment that went on. */
int64_t filing_start(const struct filing_facts *facts);
/* The last day; RULE is the delay that counts for these facts. */
int64_t filing_last_day(const struct filing_facts *facts, const struct delay_rule *rule,
                        const struct calendar *calendar);

#endif
