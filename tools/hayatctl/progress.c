#include "tools/hayatctl/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { TERMINAL_INTERVAL_US = 250000, PLAIN_INTERVAL_US = 10000000 };

void progress_init(struct progress *progress, const struct clock *clock, const char *what,
                   bool quiet)
{
    int64_t now = clock_mono_us(clock);
    bool terminal = isatty(STDERR_FILENO) == 1;
    *progress = (struct progress){
        .clock = clock,
        .what = what,
        .unit = "rows",
        .start_us = now,
        .next_us = now + (terminal ? TERMINAL_INTERVAL_US : PLAIN_INTERVAL_US),
        .terminal = terminal,
        .quiet = quiet,
    };
}

void progress_tick(struct progress *progress, uint64_t rows, uint32_t share_permille)
{
    int64_t now = clock_mono_us(progress->clock);
    if (progress->quiet || now < progress->next_us) {
        return;
    }
    progress->next_us = now + (progress->terminal ? TERMINAL_INTERVAL_US : PLAIN_INTERVAL_US);
    double seconds = (double)(now - progress->start_us) / 1e6;
    double left = share_permille > 0 ? seconds * (1000.0 - share_permille) / share_permille : 0;
    (void)fprintf(stderr, "%s%s: %u %%, %" PRIu64 " %s, %.0f %s/s, %.0f s left%s",
                  progress->terminal ? "\r\033[K" : "", progress->what, share_permille / 10, rows,
                  progress->unit, (double)rows / (seconds > 0 ? seconds : 1), progress->unit, left,
                  progress->terminal ? "" : "\n");
    (void)fflush(stderr);
}

void progress_finish(struct progress *progress, uint64_t rows, const char *note)
{
    if (progress->quiet) {
        return;
    }
    double seconds = (double)(clock_mono_us(progress->clock) - progress->start_us) / 1e6;
    (void)fprintf(stderr, "%s%s: %" PRIu64 " %s in %.1f s%s\n",
                  progress->terminal ? "\r\033[K" : "", progress->what, rows, progress->unit,
                  seconds, note);
}
