/*
 * clamd: asks ClamAV's daemon about a file, over its unix socket (INSTREAM): the file is sent, never a path.
 *
 * Only "OK" is clean.  A daemon that is away, slow, over its own size limit or speaks in riddles has given no verdict, and no verdict
 * is never clean (SEC-E6).
 * Threads  blocks its thread, up to LIMIT_SCAN_TIMEOUT_MS in all.
 */
#ifndef HAYAT_JOBS_CLAMD_H
#define HAYAT_JOBS_CLAMD_H

#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

enum clamd_verdict {
    CLAMD_SILENT, /* no verdict, this time */
    CLAMD_CLEAN,
    CLAMD_INFECTED,
    CLAMD_TOO_LARGE, /* no verdict, whenever it is asked */
};

struct clamd_question {
    const char *socket; /* the path of the daemon's socket */
    int64_t timeout_ms; /* for all of it */
    /* The next piece of the file; an empty one is the end. */
    status (*next)(void *ctx, bytes *ret_piece);
    void *ctx;
};

/* What next fails with is returned; otherwise OK, with a verdict. */
status clamd_scan(const struct clamd_question *question, enum clamd_verdict *ret_verdict);

#endif
