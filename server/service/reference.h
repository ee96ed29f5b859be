/*
 * reference: what claims and coverage are reckoned by, read from the versioned reference sets as of a day.
 *
 * Nothing here knows a figure: without a set on file there is no rule, and the answer says less instead of guessing.
 *
 * Memory   outputs are values; what is read lives in the transaction's arena.
 * Reasons  STORE_CORRUPT · ARENA_FULL.
 */
#ifndef HAYAT_SERVICE_REFERENCE_H
#define HAYAT_SERVICE_REFERENCE_H

#include "service/coverage_rules.h"
#include "service/legal_clock.h"
#include "service/rejection_rules.h"
#include "storage/table.h"

/* The delay CODE in force on DAY; *RET_FOUND is false when none is on file. */
status reference_delay(struct txn *txn, const char *code, int64_t day, struct delay_rule *ret_rule,
                       bool *ret_found);
/* Weekends, holidays and working hours; without a set on file every day works all day. */
status reference_calendar(struct txn *txn, int32_t utc_offset_minutes, int64_t day,
                          struct calendar *ret_calendar);
status reference_coverage(struct txn *txn, int64_t day, struct coverage_figures *ret_figures);

/* How long a member may answer each rejection. */
struct reference_rejections {
    int32_t respond_days[REJECTIONS]; /* below 0: not on file */
};
status reference_rejections(struct txn *txn, int64_t day, struct reference_rejections *ret);

#endif
