/*
 * retention_rules: when a record's time is over.
 *
 * Pure functions.  Instants are milliseconds since 1970 UTC.
 */
#ifndef HAYAT_SERVICE_RETENTION_RULES_H
#define HAYAT_SERVICE_RETENTION_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "storage/retention.h"

/* A period's value; limit 0: there is none on file. */
struct retention_value {
    uint32_t limit;
    enum retention_unit unit;
};

/* The clock that retention goes by: the wall clock, but never ahead of steady time, so that a clock set forward erases nothing
   (SEC-G4).  Steady time began as the wall clock, and falls behind it by what the machine was off: then records stay longer. */
int64_t retention_now_ms(int64_t wall_ms, int64_t steady_ms);

/* The first instant at which what ended at EVENT_MS is over; INT64_MAX when nothing ended (0), or there is no value. */
int64_t retention_end_ms(int64_t event_ms, struct retention_value value);

#endif
