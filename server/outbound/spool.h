/*
 * spool: carriers that put each message into a directory as one file, for a courier that reads directories, a printer, or a test.
 *
 *   text messages  obx_….json   {"to": …, "language": …, "text": …, "coding": "gsm7" or "ucs2", "parts": …}
 *   letters        obx_….pdf    and a line "id,file,kind,language,date" in index.csv, written after the PDF
 *
 *   core system    obx_….json   {"id": …, "kind": …, "create_time_ms": …, "payload": base64} and a line "id,file,kind" in index.csv, written
 *                               after it
 *
 * A file is there whole or not at all.  Whoever takes a file away must not put it back: a message that comes again is known by its file
 * or, for letters and the core system, by its line in the index.
 *
 * Threads  a carrier belongs to one thread.
 * Reasons  FILE_UNWRITABLE · PAPER_FONTS.
 */
#ifndef HAYAT_OUTBOUND_SPOOL_H
#define HAYAT_OUTBOUND_SPOOL_H

#include "outbound/carrier.h"
#include "paper/letter.h"

status spool_sms_open(const char *directory, struct carrier **ret_carrier);
status spool_core_open(const char *directory, struct carrier **ret_carrier);

struct spool_letter_options {
    const char *directory;
    const char *font_directory; /* NULL: PAPER_FONT_DIRECTORY */
    struct paper_fund fund;     /* borrowed for the carrier's life */
    int32_t utc_offset_minutes; /* of the dates printed */
};
status spool_letter_open(const struct spool_letter_options *options, struct carrier **ret_carrier);

#endif
