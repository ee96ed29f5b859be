/*
 * shifted_clock: the system's clocks moved forward by what a file says, so that a demonstration lives through months in minutes.
 *
 * File     8 bytes: the shift in milliseconds, in the machine's byte order; it only grows.  One process moves it, others follow at once
 *          (they share the page).  Both clocks move: nobody who waits by either waits for nothing.
 * Boot     another one than the machine's: monotonic times with and without the shift must not be compared.
 * Threads  reading is re-entrant; one thread moves.
 * Errors   FILE_UNREADABLE · FILE_UNWRITABLE.
 */
#ifndef HAYAT_BASE_SHIFTED_CLOCK_H
#define HAYAT_BASE_SHIFTED_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/status.h"

struct shifted_clock {
    struct clock clock;              /* first: pass &shifted.clock */
    const _Atomic int64_t *shift_ms; /* the mapped file */
};

/* Follows what another process moves. */
status shifted_clock_open(const char *path, struct shifted_clock *ret_clock);
/* Makes the file, with no shift yet; *RET_SHIFT_MS is the caller's to move. */
status shifted_clock_create(const char *path, struct shifted_clock *ret_clock,
                            _Atomic int64_t **ret_shift_ms);
void shifted_clock_close(struct shifted_clock *clock);

#endif
