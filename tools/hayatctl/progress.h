/*
 * progress: how far a long command is, on standard error only.
 *
 * On a terminal one line is rewritten at most 4 times a second (share, rows, rows per second, time
 * left); elsewhere a plain line comes every 10 seconds.  The last line always comes.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_PROGRESS_H
#define HAYAT_TOOLS_HAYATCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct progress {
    const struct clock *clock;
    const char *what; /* borrowed: "members.csv" */
    const char
        *unit; /* what is counted, "rows"; may be set to another constant after progress_init */
    int64_t start_us, next_us;
    bool terminal, quiet;
};

void progress_init(struct progress *progress, const struct clock *clock, const char *what,
                   bool quiet);
/* SHARE of the whole in thousandths; cheap when it is not yet time. */
void progress_tick(struct progress *progress, uint64_t rows, uint32_t share_permille);
/* Ends the line: "members.csv: 10000 rows in 1.2 s" and NOTE. */
void progress_finish(struct progress *progress, uint64_t rows, const char *note);

#endif
