/*
 * output_parts: what claims and prior authorisations show alike: amounts, reasons with their remedy, what is missing, what happened.
 *
 * Memory  texts live in hayat->arena; never NULL: an arena that ran dry is told by arena_check.
 */
#ifndef HAYAT_CLI_OUTPUT_PARTS_H
#define HAYAT_CLI_OUTPUT_PARTS_H

#include "hayat.h"
#include "hayat/v1/claim.pb-c.h"
#include "output.h"

/* "150.00", in French "150,00". */
const char *output_amount(struct hayat *hayat, int64_t centimes);
void output_amount_row(struct hayat *hayat, enum text text, int64_t centimes);
/* "2026-01-15", or "". */
const char *output_day(struct hayat *hayat, const Google__Type__Date *date);
/* A sentence of the server's, indented; nothing for "". */
void output_sentence(const char *mark, const char *text);
void output_rejections(struct hayat *hayat, Hayat__V1__RejectionReason *const *reasons,
                       size_t count);
void output_missing(struct hayat *hayat, Hayat__V1__MissingItem *const *items, size_t count);
/* CLOCK may be NULL. */
void output_timeline(struct hayat *hayat, Hayat__V1__TimelineEvent *const *events, size_t count,
                     const Hayat__V1__LegalClock *clock);
/* FILE_UNWRITABLE when standard output took not all of it. */
status output_done(void);

#endif
