/*
 * cleaner: has hayat-check make the copies that agents asked for (service/document_clean.h) and stores them, piece by piece as they
 * come: neither the document nor its copy is ever held as a whole.
 *
 *   due row ──▶ the program writes ──▶ a document in state ISSUING, sealed with a key of its own ──whole──▶ CLEANED, an hour
 *                                                                                        └── it died: IMPOSSIBLE; the rest expires
 *
 * Threads  one at a time; it blocks while the program runs.
 */
#ifndef HAYAT_JOBS_CLEANER_H
#define HAYAT_JOBS_CLEANER_H

#include "jobs/checker.h"

/* Makes the copies that are due now. */
enum checker_round cleaner_clean(const struct checker_options *options);

#endif
