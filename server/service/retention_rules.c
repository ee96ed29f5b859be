#include "service/retention_rules.h"

#include "service/calendar_rules.h"

/* SEC-G4 */
int64_t retention_now_ms(int64_t wall_ms, int64_t steady_ms)
{
    return wall_ms < steady_ms ? wall_ms : steady_ms;
}

/* RULE RETENTION-END: whole days after the event; a month ends on its day, or on the month's last. */
int64_t retention_end_ms(int64_t event_ms, struct retention_value value)
{
    if (event_ms <= 0 || value.limit == 0) {
        return INT64_MAX;
    }
    int64_t day = event_ms / MS_PER_DAY;
    int64_t days = value.unit == RETENTION_DAYS
                       ? value.limit
                       : calendar_add_months(day, (int32_t)value.limit) - day;
    return event_ms + days * MS_PER_DAY;
}
