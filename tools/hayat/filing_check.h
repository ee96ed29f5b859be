/*
 * filing_check: what the fund's check says of the documents of a filing, before it is submitted (docs/clients.md).
 *
 * The check takes a second or so: it is waited for, but nobody is held up by it for longer than CHECK_WAIT_MS.
 * Reasons  DOCUMENT_UNUSABLE (told, document by document, and the uploads are taken back) · those of calls.
 */
#ifndef HAYAT_CLI_FILING_CHECK_H
#define HAYAT_CLI_FILING_CHECK_H

#include "hayat.h"
#include "journal.h"

enum {
    CHECK_WAIT_MS = 5000, /* five times what a check takes; then a person sees what it says */
    CHECK_LOOK_MS = 250,
};

/* Every document of JOURNAL is complete. */
status filing_check(struct hayat *hayat, struct journal *journal, struct retry *retry);

#endif
