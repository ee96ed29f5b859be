/*
 * outbox_alarm: tells the log when the outbox's oldest row has waited for too long: no courier runs, or what it hands messages to is down.
 *
 * Threads  belongs to the scheduler's.
 */
#ifndef HAYAT_JOBS_OUTBOX_ALARM_H
#define HAYAT_JOBS_OUTBOX_ALARM_H

#include "service/app.h"

struct outbox_alarm {
    int64_t next_look_us; /* monotonic */
    int64_t next_line_us; /* no line before: it would say the same */
};

/* Looks when it is time to, in a read transaction; "outbox_late" with the age and the number of rows past LIMIT_OUTBOX_LATE_MS. */
void outbox_alarm_run(struct outbox_alarm *alarm, const struct app *app);

/* How long the oldest row has waited, 0 when none waits; and how many there are. */
struct outbox_age {
    int64_t oldest_ms;
    uint64_t rows;
};
status outbox_age_now(const struct app *app, struct outbox_age *ret_age);

#endif
