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
/* Bytes up to OFFSET have been handed to the network. */
void progress_sent(struct progress *progress, int64_t offset);
void progress_interrupted(struct progress *progress);
/* Sending starts (again) at OFFSET, which the server has on disk. */
void progress_resume(struct progress *progress, int64_t offset);
void progress_close(struct progress *progress, bool complete);

#endif
