/*
 * legal_clock: the time the law gives the fund to answer or to pay, and where it stands.
 *
 * Pure functions.  A delay is a versioned rule: the one in force on the day the clock began counts to its end.  A clock
 * stands while the fund waits for the member.
 *
 * Units    instants are wall milliseconds; 0 is none.
 * Counting hours        every hour, from the instant it began
 *          working hours the hours in which the calendar's working days are open, from that instant
 *          days         whole days, from the midnight that ends the first one to the midnight that ends the last
 *          working days the same, but weekends and holidays do not count
 *          months       as days: to the end of the same day of a later month
 */
#ifndef HAYAT_SERVICE_LEGAL_CLOCK_H
#define HAYAT_SERVICE_LEGAL_CLOCK_H

#include "service/calendar_rules.h"

enum delay_unit { DELAY_HOURS, DELAY_WORKING_HOURS, DELAY_DAYS, DELAY_WORKING_DAYS, DELAY_MONTHS };

enum { DELAY_VERSION_MAX = 48, DELAY_LIMIT_MAX = 2000, PAUSES_MAX = 32 };

struct delay_rule {
    char version[DELAY_VERSION_MAX]; /* "reimbursement/2007-01-01" */
    int64_t valid_from;              /* day */
    int32_t limit;                   /* 1 to DELAY_LIMIT_MAX */
    enum delay_unit unit;
};

/* The one in force on DAY: the newest that is valid by then; NULL when none is. */
const struct delay_rule *delay_rule_on(const struct delay_rule *rules, size_t count, int64_t day);

struct clock_pause {
    int64_t start_ms, end_ms; /* end 0: it stands still */
};

struct clock_facts {
    int64_t start_ms, stop_ms; /* stop: when the fund did what it had to */
    size_t pause_count;        /* oldest first */
    struct clock_pause pauses[PAUSES_MAX];
};

struct clock_state {
    int64_t due_ms; /* 0 while it stands before its end */
    bool paused, overdue;
};

struct clock_state legal_clock_at(const struct delay_rule *rule, const struct calendar *calendar,
                                  const struct clock_facts *facts, int64_t now_ms);

#endif
