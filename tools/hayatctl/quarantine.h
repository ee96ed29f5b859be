/*
 * quarantine: the file of refused rows beside an imported file, in step with the store's commits.
 *
 * The length at each commit is in the import's state; what a killed import wrote past it is cut off
 * at the next start.
 * Errors  FILE_UNWRITABLE.
 */
#ifndef HAYAT_TOOLS_HAYATCTL_QUARANTINE_H
#define HAYAT_TOOLS_HAYATCTL_QUARANTINE_H

#include <limits.h>
#include <stdint.h>
#include <stdio.h>

#include "base/bytes.h"
#include "base/status.h"
#include "service/feed_rows.h"

struct quarantine {
    char path[PATH_MAX];
    FILE *file;      /* NULL until the first refused row */
    uint64_t length; /* what is on disk for sure */
};

/* LENGTH is what the last commit knew of; 0 starts afresh and removes an old file. */
status quarantine_open(struct quarantine *quarantine, const char *import_path, uint64_t length);
status quarantine_add(struct quarantine *quarantine, uint64_t line, struct feed_error error,
                      bytes row);
/* Everything added is on disk and LENGTH tells how much that is. */
status quarantine_sync(struct quarantine *quarantine);
void quarantine_close(struct quarantine *quarantine);

#endif
