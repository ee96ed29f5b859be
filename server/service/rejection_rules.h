/*
 * rejection_rules: what a rejection, or an item the fund waits for, means to a member: the reason, the remedy, the last day.
 *
 * Pure functions; texts are constants.  A code we do not know (a newer feed) is told as such, with the agency as remedy.
 */
#ifndef HAYAT_SERVICE_REJECTION_RULES_H
#define HAYAT_SERVICE_REJECTION_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

enum rejection {
#define REJECTION(name, ...) REJECTION_##name,
#include "service/rejections.def"
#undef REJECTION
    REJECTIONS,
    REJECTION_UNKNOWN = REJECTIONS,
};

enum rejection rejection_of(const char *code);
const char *rejection_code(enum rejection rejection); /* "" of UNKNOWN */
const char *rejection_text(enum rejection rejection, enum language language);
const char *rejection_next_step(enum rejection rejection, enum language language);

/* Whether the same care sheet can be filed again, with what it lacked: then the time to file counts. */
bool rejection_is_mended_by_filing(enum rejection rejection);

/* What tells the last day; a day of 0 or a count below 0 is none. */
struct respond_facts {
    int64_t told_day;     /* the claim's own */
    int64_t decision_day; /* or the day it was asked for */
    int32_t respond_days; /* the reference set's, from the decision on */
    int64_t filing_day;   /* the last one to file the care sheet, when filing again helps */
};
/* 0: there is none. */
int64_t rejection_respond_by(const struct respond_facts *facts);

#endif
