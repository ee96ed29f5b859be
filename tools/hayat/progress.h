/*
 * progress: tells on standard error how an upload goes: a bar on a terminal, a few plain lines
 * elsewhere.
 */
#ifndef HAYAT_CLI_PROGRESS_H
#define HAYAT_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "hayat.h"
#include "journal.h"

struct progress {
    const struct filing_document *document;
    enum language language;
    bool terminal;
    int shown_percent; /* on the terminal; -1 for nothing */
    bool interrupted;
};

void progress_begin(struct progress *progress, const struct hayat *hayat,
                    const struct filing_document *document);
/* Bytes up to OFFSET are on the server's disk. */
void progress_sent(struct progress *progress, int64_t offset);
void progress_interrupted(struct progress *progress);
/* Says what the next attempt waits for, and how long: once for each outage, or on the terminal's one line. */
void progress_waiting(struct hayat *hayat, int64_t wait_ms);
/* The server has answered. */
void progress_waited(struct hayat *hayat);
/* Sending starts (again) at OFFSET, which the server has on disk. */
void progress_resume(struct progress *progress, int64_t offset);
void progress_close(struct progress *progress, bool complete);

#endif
